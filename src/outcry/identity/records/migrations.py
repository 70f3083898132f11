"""How the tables came to be, step by step. A store is at one step, and goes through those after it.

The types are BIGINT, TEXT and BYTEA, which a store may call by its own names. What was released is
never changed: a store that went through a step does not go through it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from outcry.identity.records.table import row_check
from outcry.ports import IdentityUnusable, IdentityWork

SESSION_CHARACTERS = 22


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


def _carry_sessions(work: IdentityWork) -> None:
    """Let whoever was logged in stay so: each refresh token of old becomes a session."""
    rows = work.rows("SELECT token_hash, account, expires_ns, row_check FROM refresh_token")
    for token_hash, account, expires_ns, check in rows:
        if row_check((token_hash, account, expires_ns)) != check:
            raise IdentityUnusable("a row of refresh_token is not what was written")
        session = token_hash.hex()[:SESSION_CHARACTERS]
        kept = (session, account, 0, 0, expires_ns, 0, 0, "", "")
        work.rows(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *kept, row_check(kept)
        )
        token = (token_hash, session, expires_ns, 0)
        work.rows("INSERT INTO session_token VALUES (?, ?, ?, ?, ?)", *token, row_check(token))
    work.rows("DROP TABLE refresh_token")


_SESSIONS = Migration(
    (
        """CREATE TABLE session (
            session TEXT NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL REFERENCES person (account),
            created_ns BIGINT NOT NULL,
            renewed_ns BIGINT NOT NULL,
            expires_ns BIGINT NOT NULL,
            ended_ns BIGINT NOT NULL,
            factor_ns BIGINT NOT NULL,
            address TEXT NOT NULL,
            agent TEXT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX session_account ON session (account, created_ns)",
        "CREATE INDEX session_ended ON session (ended_ns)",
        "CREATE INDEX session_expiry ON session (expires_ns)",
        """CREATE TABLE session_token (
            token_hash BYTEA NOT NULL PRIMARY KEY,
            session TEXT NOT NULL REFERENCES session (session) ON DELETE CASCADE,
            expires_ns BIGINT NOT NULL,
            used_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX session_token_session ON session_token (session, used_ns)",
        "CREATE INDEX session_token_expiry ON session_token (expires_ns)",
        """CREATE TABLE login (
            number BIGINT NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL REFERENCES person (account),
            time_ns BIGINT NOT NULL,
            address TEXT NOT NULL,
            agent TEXT NOT NULL,
            outcome TEXT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX login_account ON login (account, number)",
        """CREATE TABLE second_factor (
            account BIGINT NOT NULL PRIMARY KEY REFERENCES person (account),
            secret BYTEA NOT NULL,
            created_ns BIGINT NOT NULL,
            confirmed_ns BIGINT NOT NULL,
            last_step BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        """CREATE TABLE recovery_code (
            code_hash BYTEA NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL REFERENCES person (account),
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX recovery_code_account ON recovery_code (account)",
        """CREATE TABLE credential_change (
            account BIGINT NOT NULL PRIMARY KEY REFERENCES person (account),
            changed_ns BIGINT NOT NULL,
            what TEXT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        """CREATE TABLE staff (
            account BIGINT NOT NULL PRIMARY KEY REFERENCES person (account),
            roles TEXT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        """CREATE TABLE staff_request (
            number BIGINT NOT NULL PRIMARY KEY,
            act TEXT NOT NULL,
            subject BIGINT NOT NULL,
            details TEXT NOT NULL,
            reason TEXT NOT NULL,
            asked_by BIGINT NOT NULL REFERENCES person (account),
            asked_ns BIGINT NOT NULL,
            decided_by BIGINT NOT NULL,
            decided_ns BIGINT NOT NULL,
            state TEXT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        """CREATE TABLE trail (
            number BIGINT NOT NULL PRIMARY KEY,
            time_ns BIGINT NOT NULL,
            actor BIGINT NOT NULL,
            act TEXT NOT NULL,
            subject BIGINT NOT NULL,
            address TEXT NOT NULL,
            details TEXT NOT NULL,
            previous BYTEA NOT NULL,
            hash BYTEA NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        """CREATE TABLE trail_head (
            trail BIGINT NOT NULL PRIMARY KEY,
            number BIGINT NOT NULL,
            hash BYTEA NOT NULL,
            seal BYTEA NOT NULL,
            row_check BIGINT NOT NULL
        )""",
    ),
    _carry_sessions,
)
_WALLETS = Migration(
    (
        """CREATE TABLE wallet (
            address TEXT NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL REFERENCES person (account),
            created_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
        "CREATE INDEX wallet_account ON wallet (account, created_ns)",
    )
)
_WITHDRAWALS = Migration(
    (
        """CREATE TABLE withdrawal (
            number BIGINT NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL CHECK (account >= 1),
            owner BIGINT NOT NULL REFERENCES person (account),
            client_id TEXT NOT NULL,
            asset TEXT NOT NULL,
            amount_units BIGINT NOT NULL CHECK (amount_units >= 1),
            address TEXT NOT NULL,
            memo TEXT NOT NULL,
            state TEXT NOT NULL,
            becoming TEXT NOT NULL,
            engine_id BIGINT NOT NULL,
            reason TEXT NOT NULL,
            reference TEXT NOT NULL,
            first_by BIGINT NOT NULL,
            first_ns BIGINT NOT NULL,
            second_by BIGINT NOT NULL,
            second_ns BIGINT NOT NULL,
            closed_by BIGINT NOT NULL,
            created_ns BIGINT NOT NULL,
            updated_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL,
            UNIQUE (account, client_id)
        )""",
        "CREATE INDEX withdrawal_account ON withdrawal (account, number)",
        "CREATE INDEX withdrawal_state ON withdrawal (state, number)",
        "CREATE INDEX withdrawal_becoming ON withdrawal (number) WHERE becoming <> ''",
        """CREATE TABLE beneficiary (
            number BIGINT NOT NULL PRIMARY KEY,
            account BIGINT NOT NULL CHECK (account >= 1),
            label TEXT NOT NULL,
            asset TEXT NOT NULL,
            address TEXT NOT NULL,
            memo TEXT NOT NULL,
            created_ns BIGINT NOT NULL,
            row_check BIGINT NOT NULL,
            UNIQUE (account, label)
        )""",
        """CREATE TABLE deposit_reference (
            reference TEXT NOT NULL PRIMARY KEY,
            request BIGINT NOT NULL,
            row_check BIGINT NOT NULL
        )""",
    )
)
MIGRATIONS = (_PEOPLE, _KEYS, _SESSIONS, _WALLETS, _WITHDRAWALS)
"""The first one is format 1."""


def migrate(work: IdentityWork, version: int) -> None:
    """Bring the tables from the step `version` (0: nothing is there) to the newest."""
    for migration in MIGRATIONS[version:]:
        for statement in migration.statements:
            work.rows(statement)
        migration.carry(work)
