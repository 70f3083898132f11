"""What the venue answers about people, as structs; the fields are those of the API document."""

from typing import Any

from typing_extensions import override

from outcry.client.answers import Answer, Time


class Done(Answer, frozen=True, kw_only=True):
    """It is done."""

    done: bool


class Me(Answer, frozen=True, kw_only=True):
    """Oneself."""

    user_id: int
    email: str
    created_at: Time
    second_factor: bool
    roles: list[str]
    withdrawals_held_until: Time | None


class OpenSession(Answer, frozen=True, kw_only=True):
    """One of one's sessions."""

    session: str
    current: bool
    created_at: Time
    renewed_at: Time
    expires_at: Time
    address: str
    agent: str


class OpenSessions(Answer, frozen=True, kw_only=True):
    """One's open sessions, newest first."""

    sessions: list[OpenSession]


class Ended(Answer, frozen=True, kw_only=True):
    """How many sessions were ended."""

    ended: int


class Login(Answer, frozen=True, kw_only=True):
    """One attempt to log in."""

    time: Time
    address: str
    agent: str
    outcome: str


class Logins(Answer, frozen=True, kw_only=True):
    """The newest attempts, newest first."""

    logins: list[Login]


class Factor(Answer, frozen=True, kw_only=True):
    """What an authenticator is told. It is shown this once."""

    secret: str
    uri: str

    @override
    def __repr__(self) -> str:
        return "Factor()"


class Recovery(Answer, frozen=True, kw_only=True):
    """Codes for whoever loses their authenticator, each good once. They are shown this once."""

    recovery_codes: list[str]


class Key(Answer, frozen=True, kw_only=True):
    """An API key. Its secret was shown when it was made."""

    key: str
    kind: str
    scopes: list[str]
    label: str
    networks: list[str]
    account: int
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None


class NewKey(Key, frozen=True, kw_only=True):
    """An API key that was made; `secret` is shown this once, and null for an ed25519 key."""

    secret: str | None

    @override
    def __repr__(self) -> str:
        return f"NewKey(key={self.key!r}, kind={self.kind!r}, scopes={self.scopes!r})"


class Keys(Answer, frozen=True, kw_only=True):
    """One's API keys, newest first."""

    keys: list[Key]


class SubAccount(Answer, frozen=True, kw_only=True):
    """A sub-account: an account beside one's own, spoken for by keys made for it."""

    account: int
    label: str
    created_at: Time


class SubAccounts(Answer, frozen=True, kw_only=True):
    """One's sub-accounts."""

    sub_accounts: list[SubAccount]


class StaffPerson(Answer, frozen=True, kw_only=True):
    """Somebody, as staff sees them."""

    user_id: int
    email: str
    created_at: Time
    status: str
    second_factor: bool
    roles: list[str]
    sessions: int
    withdrawals_held_until: Time | None


class Request(Answer, frozen=True, kw_only=True):
    """What one of the staff has asked, and what became of it."""

    request: int
    act: str
    account: int
    details: dict[str, Any]
    reason: str
    asked_by: int
    asked_at: Time
    decided_by: int | None
    decided_at: Time | None
    state: str


class Requests(Answer, frozen=True, kw_only=True):
    """Requests, newest first."""

    requests: list[Request]


class TrailEntry(Answer, frozen=True, kw_only=True):
    """One entry of the trail; `actor` 0 is the venue or its operator."""

    number: int
    time: Time
    actor: int
    act: str
    subject: int
    address: str
    details: dict[str, Any]
    hash: str


class Trail(Answer, frozen=True, kw_only=True):
    """Entries of the trail, oldest first."""

    entries: list[TrailEntry]


class Nonce(Answer, frozen=True, kw_only=True):
    """What a wallet's message has to name: a nonce that is good once, and the domain."""

    nonce: str
    domain: str
    expires_at: Time


class Wallet(Answer, frozen=True, kw_only=True):
    """A wallet that lets one in."""

    address: str
    created_at: Time


class Wallets(Answer, frozen=True, kw_only=True):
    """One's wallets."""

    wallets: list[Wallet]
