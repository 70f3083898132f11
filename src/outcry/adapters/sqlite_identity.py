"""People and their refresh tokens in one SQLite file (WAL, synchronous=FULL); the secret beside it.

The statements but those that create are PostgreSQL's too, down to the sign of a parameter.
"""

import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any
from zlib import crc32

from typing_extensions import override

from outcry.ports import IdentityStore, Person

APPLICATION_ID = 0x4F757449
"""ASCII "OutI"."""
FORMAT = 1
BUSY_TIMEOUT_S = 5.0
SECRET_BYTES = 32

_SCHEMA = """
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
CREATE TABLE last_account (account INTEGER NOT NULL CHECK (account >= 0)) STRICT;
CREATE TABLE person (
    account INTEGER NOT NULL PRIMARY KEY CHECK (account >= 1),
    email TEXT NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    password_hash TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    row_check INTEGER NOT NULL
) STRICT;
CREATE TABLE refresh_token (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES person (account),
    expires_ns INTEGER NOT NULL,
    row_check INTEGER NOT NULL
) STRICT;
CREATE INDEX refresh_token_expiry ON refresh_token (expires_ns);
"""
_PERSON = "SELECT account, email, password_hash, created_ns, row_check FROM person"


class IdentityUnusable(Exception):
    """The file is damaged, not of this format, or open to others. It is never replaced."""


class SqliteIdentity(IdentityStore):
    """The people of one venue. Calls may come from any thread; one is served at a time."""

    def __init__(self, path: Path, *, last_account: int = 0) -> None:
        """Open the store, and create it if it is not there.

        Accounts up to `last_account` are never given to anybody new. The bootstrap names the
        highest one that the log knows: a store that was lost or restored from an older copy must
        not hand somebody's balance to a stranger.

        Raises:
            IdentityUnusable: the file is not a sound store of this format.
        """
        self._path = path
        self._lock = Lock()
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(last_account)
        except (sqlite3.Error, UnicodeError) as error:
            self._connection.close()
            raise IdentityUnusable(f"{path}: {error}") from error
        except IdentityUnusable:
            self._connection.close()
            raise

    def _prepare(self, last_account: int) -> None:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute("PRAGMA trusted_schema = OFF")
        if self._pragma("schema_version") == 0:
            self._create()
        if self._pragma("application_id") != APPLICATION_ID:
            raise IdentityUnusable(f"{self._path}: not a store of people")
        versions = self._connection.execute("SELECT version FROM schema_version").fetchall()
        if versions != [(FORMAT,)]:
            raise IdentityUnusable(f"{self._path}: format {versions} is not {FORMAT}")
        raised = "UPDATE last_account SET account = ? WHERE account < ?"
        self._connection.execute(raised, (last_account, last_account))

    def _create(self) -> None:
        with self._transaction():
            for statement in _SCHEMA.split(";"):
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO schema_version VALUES (?)", (FORMAT,))
            self._connection.execute("INSERT INTO last_account VALUES (0)")
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    @override
    def add_person(self, email: str, password_hash: str, created_ns: int) -> Person | None:
        with self._lock, self._transaction():
            if self._person("email", email):
                return None
            next_account = "UPDATE last_account SET account = account + 1 RETURNING account"
            ((account,),) = self._connection.execute(next_account).fetchall()
            row = (account, email, password_hash, created_ns)
            added = "INSERT INTO person VALUES (?, ?, ?, ?, ?)"
            self._connection.execute(added, (*row, _check(row)))
        return Person(account, email, password_hash)

    @override
    def person_by_email(self, email: str) -> Person | None:
        with self._lock:
            return self._person("email", email)

    @override
    def person_by_account(self, account: int) -> Person | None:
        with self._lock:
            return self._person("account", account)

    @override
    def add_refresh_token(self, token_hash: bytes, account: int, expires_ns: int) -> None:
        row = (token_hash, account, expires_ns)
        with self._lock:
            added = "INSERT INTO refresh_token VALUES (?, ?, ?, ?)"
            self._connection.execute(added, (*row, _check(row)))

    @override
    def take_refresh_token(self, token_hash: bytes, now_ns: int) -> int | None:
        with self._lock, self._transaction():
            # Whatever has expired goes too, so that sessions nobody renews do not pile up.
            expired = "DELETE FROM refresh_token WHERE expires_ns <= ?"
            self._connection.execute(expired, (now_ns,))
            taken = "DELETE FROM refresh_token WHERE token_hash = ? RETURNING *"
            rows = self._connection.execute(taken, (token_hash,)).fetchall()
        return int(self._sound(rows[0])[1]) if rows else None

    @override
    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def _person(self, column: str, value: object) -> Person | None:
        rows = self._connection.execute(f"{_PERSON} WHERE {column} = ?", (value,)).fetchall()
        return Person(*self._sound(rows[0])[:3]) if rows else None

    def _sound(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the columns of a row that is what was written.

        A changed bit must not make one person another.

        Raises:
            IdentityUnusable: it is not.
        """
        *columns, check = row
        if _check(tuple(columns)) != check:
            raise IdentityUnusable(f"{self._path}: a row is not what was written")
        return tuple(columns)

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])


def _check(row: tuple[object, ...]) -> int:
    return crc32(repr(row).encode())


def secret_file(path: Path) -> bytes:
    """Return the 32 random bytes kept in a file only its owner can read; make it if missing.

    It appears whole or not at all: a crash leaves no half secret, and of two processes that make
    it at once both get the first one's.

    Raises:
        IdentityUnusable: it has another length, or its group or others can reach it.
    """
    if not path.exists():
        _make_secret(path)
    with path.open("rb") as file:
        # Asked of the file that is open, so that another cannot take its place in between.
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise IdentityUnusable(
                f"{path}: its mode is {mode:04o}, so others can reach it; "
                f"if nobody has read it, chmod 600 {path}"
            )
        found = file.read()
    if len(found) != SECRET_BYTES:
        raise IdentityUnusable(f"{path}: {len(found)} bytes instead of {SECRET_BYTES}")
    return found


def _make_secret(path: Path) -> None:
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
