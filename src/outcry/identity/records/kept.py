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
class RefreshToken:
    """What buys one new session."""

    token_hash: bytes = field(repr=False)
    account: int
    expires_ns: int


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
REFRESH_TOKENS = Table("refresh_token", RefreshToken, "token_hash")
KEYS = Table("api_key", KeptKey, "key")
SUB_ACCOUNTS = Table("sub_account", SubAccount, "account")
