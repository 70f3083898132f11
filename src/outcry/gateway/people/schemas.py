"""What people send about themselves, and what they are told; a time of null is never."""

from typing import Any, Literal

import msgspec

from outcry.gateway.native.schemas import In, Time
from outcry.identity.records.kept import KeptKey, StaffRequest
from outcry.marketdata.text import time_text

OptionalTime = Time | None


class PasswordIn(In):
    """A new password; the old one shows that it is oneself."""

    password: str
    new_password: str


class ProofIn(In):
    """One's password, once more."""

    password: str


class CodeIn(In):
    """A code of one's second factor: six digits, or one of those for whoever has lost it."""

    code: str


class KeyIn(In):
    """An API key to make.

    `public_key`: PEM, of an ed25519 key. `networks`: from where it may be used, as CIDR; from
    anywhere if none is named. `account`: one of one's sub-accounts.
    """

    scopes: list[Literal["read", "trade", "withdraw"]]
    kind: Literal["hmac", "ed25519"] = "hmac"
    label: str = ""
    networks: list[str] = []
    expires_at: str | None = None
    public_key: str | None = None
    account: int | None = None


class SubAccountIn(In):
    """A sub-account to open."""

    label: str = ""


class StatusIn(In):
    """What an account may do from now on."""

    status: Literal["active", "reduce_only", "frozen"]
    reason: str


class RequestIn(In):
    """What another has to approve.

    `adjust`: `amount` of `asset` is given to `account`, or taken where it begins with a minus.
    `reset_factor`: the second factor of `account` is taken away.
    """

    act: Literal["adjust", "reset_factor"]
    account: int
    reason: str
    asset: str | None = None
    amount: str | None = None


class WalletIn(In):
    """A message of EIP-4361 and its signature: 0x and 130 hexadecimal digits."""

    message: str
    signature: str


class WalletLoginIn(WalletIn):
    """Who logs in with a wallet; `code` is of their second factor, where they have one."""

    code: str | None = None


class WalletKeyIn(In):
    """A key that a wallet allows to trade: what it has signed by EIP-712, and the signature."""

    wallet: str
    chain_id: int
    public_key: str
    scopes: list[str]
    expires: str
    nonce: str
    signature: str
    key_type: str = "ed25519"
    markets: list[str] = []
    cap: str = ""
    cap_asset: str = ""


class NonceOut(msgspec.Struct):
    """What a wallet's message has to name: a nonce that is good once, and the domain."""

    nonce: str
    domain: str
    expires_at: Time


class WalletOut(msgspec.Struct):
    """A wallet that lets one in."""

    address: str
    created_at: Time


class WalletsOut(msgspec.Struct):
    """One's wallets."""

    wallets: list[WalletOut]


class DoneOut(msgspec.Struct):
    """It is done."""

    done: Literal[True] = True


class MeOut(msgspec.Struct):
    """Oneself."""

    user_id: int
    email: str
    created_at: Time
    second_factor: bool
    roles: list[str]
    withdrawals_held_until: OptionalTime


class SessionItemOut(msgspec.Struct):
    """One of one's sessions."""

    session: str
    current: bool
    created_at: Time
    renewed_at: Time
    expires_at: Time
    address: str
    agent: str


class SessionsOut(msgspec.Struct):
    """One's open sessions, newest first."""

    sessions: list[SessionItemOut]


class EndedOut(msgspec.Struct):
    """How many sessions were ended."""

    ended: int


class LoginOut(msgspec.Struct):
    """One attempt to log in."""

    time: Time
    address: str
    agent: str
    outcome: str


class LoginsOut(msgspec.Struct):
    """The newest attempts, newest first."""

    logins: list[LoginOut]


class FactorOut(msgspec.Struct):
    """What an authenticator is told. It is shown this once."""

    secret: str
    uri: str


class RecoveryOut(msgspec.Struct):
    """Codes for whoever loses their authenticator, each good once. They are shown this once."""

    recovery_codes: list[str]


class KeyOut(msgspec.Struct, kw_only=True):
    """An API key. Its secret was shown when it was made."""

    key: str
    kind: Literal["hmac", "ed25519"]
    scopes: list[str]
    label: str
    networks: list[str]
    account: int
    created_at: Time
    expires_at: OptionalTime
    revoked_at: OptionalTime


class NewKeyOut(KeyOut, kw_only=True):
    """An API key that was made; `secret` is shown this once, and null for an ed25519 key."""

    secret: str | None


class KeysOut(msgspec.Struct):
    """One's API keys, newest first."""

    keys: list[KeyOut]


class SubAccountOut(msgspec.Struct):
    """A sub-account: an account beside one's own, spoken for by keys made for it."""

    account: int
    label: str
    created_at: Time


class SubAccountsOut(msgspec.Struct):
    """One's sub-accounts."""

    sub_accounts: list[SubAccountOut]


class StaffPersonOut(msgspec.Struct):
    """Somebody, as staff sees them."""

    user_id: int
    email: str
    created_at: Time
    status: str
    second_factor: bool
    roles: list[str]
    sessions: int
    withdrawals_held_until: OptionalTime


class RequestOut(msgspec.Struct, kw_only=True):
    """What one of the staff has asked, and what became of it."""

    request: int
    act: str
    account: int
    details: dict[str, Any]
    reason: str
    asked_by: int
    asked_at: Time
    decided_by: int | None
    decided_at: OptionalTime
    state: Literal["asked", "approved", "refused", "done", "failed"]


class RequestsOut(msgspec.Struct):
    """Requests, newest first."""

    requests: list[RequestOut]


class TrailEntryOut(msgspec.Struct):
    """One entry of the trail; `actor` 0 is the venue or its operator."""

    number: int
    time: Time
    actor: int
    act: str
    subject: int
    address: str
    details: dict[str, Any]
    hash: str


class TrailOut(msgspec.Struct):
    """Entries of the trail, oldest first."""

    entries: list[TrailEntryOut]


def optional_time(time_ns: int) -> str | None:
    """Return a time as text; None for never."""
    return time_text(time_ns) if time_ns else None


def key_out(row: KeptKey) -> KeyOut:
    """Return a key as its owner sees it."""
    return KeyOut(**_key_fields(row))


def new_key_out(row: KeptKey, secret: str | None) -> NewKeyOut:
    """Return a key as its owner sees it when it was made."""
    return NewKeyOut(**_key_fields(row), secret=secret)


def _key_fields(row: KeptKey) -> dict[str, Any]:
    return {
        "key": row.key,
        "kind": row.kind,
        "scopes": row.scopes.split(","),
        "label": row.label,
        "networks": [text for text in row.networks.split(",") if text],
        "account": row.account,
        "created_at": time_text(row.created_ns),
        "expires_at": optional_time(row.expires_ns),
        "revoked_at": optional_time(row.revoked_ns),
    }


def request_out(row: StaffRequest) -> RequestOut:
    """Return a request as staff sees it."""
    states: dict[str, Any] = {"state": row.state}
    return RequestOut(
        request=row.number,
        act=row.act,
        account=row.subject,
        details=msgspec.json.decode(row.details),
        reason=row.reason,
        asked_by=row.asked_by,
        asked_at=time_text(row.asked_ns),
        decided_by=row.decided_by or None,
        decided_at=optional_time(row.decided_ns),
        **states,
    )
