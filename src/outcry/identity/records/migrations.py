"""How the tables came to be, step by step. A store is at one step, and goes through those after it.

The types are BIGINT, TEXT and BYTEA, which a store may call by its own names. What was released is
never changed: a store that went through a step does not go through it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from outcry.ports import IdentityWork


def _nothing(_: IdentityWork) -> None:
    """Carry nothing over."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: statements, and then what they cannot say."""

    statements: tuple[str, ...]
    carry: Callable[[IdentityWork], None] = _nothing


_PEOPLE = Migration(
    (
        "CREATE TABLE last_account (account BIGINT NOT NULL CHECK (account >= 0))",
        "INSERT INTO last_account VALUES (0)",
        """CREATE TABLE person (
            account BIGINT NOT NULL PRIMARY KEY CHECK (account >= 1),
            email TEXT NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
            password_hash TEXT NOT NULL,
            created_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        """CREATE TABLE refresh_token (
            token_hash BYTEA NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL REFERENCES person (account),
            expires_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX refresh_token_expiry ON refresh_token (expires_ns)",
    )
)
_KEYS = Migration(
    (
        """CREATE TABLE api_key (
            key TEXT NOT NULL PRIMARY KEY,
            owner BIGINT NOT NULL REFERENCES person (account),
            account BIGINT NOT NULL CHECK (account >= 1),
            kind TEXT NOT NULL CHECK (kind IN ('hmac', 'ed25519')),
            secret BYTEA NOT NULL,
            label TEXT NOT NULL,
            scopes TEXT NOT NULL,
            networks TEXT NOT NULL,
            created_ns BIGINT NOT NULL,
            expires_ns BIGINT NOT NULL,
            revoked_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX api_key_owner ON api_key (owner, created_ns)",
        """CREATE TABLE sub_account (
            account BIGINT NOT NULL PRIMARY KEY CHECK (account >= 1),
            owner BIGINT NOT NULL REFERENCES person (account),
            label TEXT NOT NULL,
            created_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX sub_account_owner ON sub_account (owner, account)",
    )
)
MIGRATIONS = (_PEOPLE, _KEYS)
"""The first one is format 1."""


def migrate(work: IdentityWork, version: int) -> None:
    """Bring the tables from the step `version` (0: nothing is there) to the newest."""
    for migration in MIGRATIONS[version:]:
        for statement in migration.statements:
            work.rows(statement)
        migration.carry(work)
