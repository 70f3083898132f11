"""The rows: one class a table, its fields the columns, and the tables by their names."""

from dataclasses import dataclass, field

from outcry.identity.records.table import Table


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in. `account` is also their ledger account."""

    account: int
    email: str
    password_hash: str = field(repr=False)
    created_ns: int


@dataclass(frozen=True, slots=True)
class KeptSession:
    """Somebody's being logged in, from a login to its end. A time of 0 is never.

    `factor_ns` is when a code of the second factor was last given in it.
    """

    session: str
    account: int
    created_ns: int
    renewed_ns: int
    expires_ns: int
    ended_ns: int
    factor_ns: int
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What renews a session, once. One that was used stays until it expires: so that it is known.

    A time of 0 is never.
    """

    token_hash: bytes = field(repr=False)
    session: str
    expires_ns: int
    used_ns: int


@dataclass(frozen=True, slots=True)
class Login:
    """An attempt to log in as somebody who is there, and what came of it."""

    number: int
    account: int
    time_ns: int
    address: str
    agent: str
    outcome: str


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Somebody's second factor. `last_step` is the newest time step whose code was taken."""

    account: int
    secret: bytes = field(repr=False)
    """Sealed."""
    created_ns: int
    confirmed_ns: int
    last_step: int


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """What stands in for a code of the second factor, once."""

    code_hash: bytes = field(repr=False)
    account: int


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet that lets somebody in: its address, with the checksum."""

    address: str
    account: int
    created_ns: int


@dataclass(frozen=True, slots=True)
class CredentialChange:
    """When somebody last changed what they get in with, and what."""

    account: int
    changed_ns: int
    what: str


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works for the venue; `roles` are joined by commas."""

    account: int
    roles: str


@dataclass(frozen=True, slots=True)
class StaffRequest:
    """What one of the staff wants done and another has to approve. A time of 0 is never."""

    number: int
    act: str
    subject: int
    details: str
    reason: str
    asked_by: int
    asked_ns: int
    decided_by: int
    decided_ns: int
    state: str


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One entry of the trail; `hash` is over all the others."""

    number: int
    time_ns: int
    actor: int
    """Who did it; 0: the venue, or its operator at the machine."""
    act: str
    subject: int
    """The account it was done to."""
    address: str
    details: str
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class TrailHead:
    """Where the trail ends, sealed by the venue."""

    trail: int
    number: int
    hash: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class KeptKey:
    """An API key as it is kept. `account` is the one it speaks for, `owner` the person who made it.

    `secret` is the sealed HMAC secret, or the public Ed25519 key, 32 bytes. `scopes` and `networks`
    are joined by commas. A time of 0 is never.
    """

    key: str
    owner: int
    account: int
    kind: str
    secret: bytes = field(repr=False)
    label: str
    scopes: str
    networks: str
    created_ns: int
    expires_ns: int
    revoked_ns: int


@dataclass(frozen=True, slots=True)
class SubAccount:
    """A ledger account beside the owner's own, in the same group."""

    account: int
    owner: int
    label: str
    created_ns: int


PEOPLE = Table("person", Person, "account")
SESSIONS = Table("session", KeptSession, "session")
REFRESH_TOKENS = Table("session_token", RefreshToken, "token_hash")
KEYS = Table("api_key", KeptKey, "key")
SUB_ACCOUNTS = Table("sub_account", SubAccount, "account")
LOGINS = Table("login", Login, "number")
FACTORS = Table("second_factor", SecondFactor, "account")
RECOVERY_CODES = Table("recovery_code", RecoveryCode, "code_hash")
WALLETS = Table("wallet", Wallet, "address")
CHANGES = Table("credential_change", CredentialChange, "account")
STAFF = Table("staff", StaffMember, "account")
REQUESTS = Table("staff_request", StaffRequest, "number")
TRAIL = Table("trail", TrailEntry, "number")
TRAIL_HEADS = Table("trail_head", TrailHead, "trail")
