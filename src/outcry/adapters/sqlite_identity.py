"""People and what they get in with, in one SQLite file (WAL, synchronous=FULL); the secret beside.

What the tables are is told in `identity.records`.
"""

import os
import re
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from typing_extensions import override

from outcry.identity.records.migrations import MIGRATIONS, migrate
from outcry.ports import IdentityStore, IdentityUnusable, IdentityWork

__all__ = ["FORMAT", "SECRET_BYTES", "IdentityUnusable", "SqliteIdentity", "secret_file"]

APPLICATION_ID = 0x4F757449
"""ASCII "OutI"."""
FORMAT = len(MIGRATIONS)
BUSY_TIMEOUT_S = 5.0
SECRET_BYTES = 32
_VERSION_TABLE = "CREATE TABLE schema_version (version BIGINT NOT NULL)"
_TYPES = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}


class _Work(IdentityWork):
    """Statements of the transaction that is open on a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @override
    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        if statement.startswith("CREATE"):
            statement = _spelled(statement)
        return self._connection.execute(statement, parameters).fetchall()


class SqliteIdentity(IdentityStore):
    """The people of one venue. Calls may come from any thread; one is served at a time."""

    def __init__(self, path: Path, *, last_account: int = 0, read_only: bool = False) -> None:
        """Open the store, and create it if it is not there; an older format is brought up to date.

        Accounts up to `last_account` are never given to anybody new. The bootstrap names the
        highest one that the log knows: a store that was lost or restored from an older copy must
        not hand somebody's balance to a stranger. `read_only`: beside a venue that has it open.

        Raises:
            IdentityUnusable: the file is not a sound store of this format.
        """
        self._path = path
        self._lock = Lock()
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        if not read_only:
            path.touch(mode=0o600)
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rw'}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        self._work = _Work(self._connection)
        try:
            if read_only:
                self._check()
            else:
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
        with self.work() as work:
            if self._pragma("schema_version") == 0:
                work.rows(_VERSION_TABLE)
                work.rows("INSERT INTO schema_version VALUES (0)")
                work.rows(f"PRAGMA application_id = {APPLICATION_ID}")
            version = self._version(work)
            if version != FORMAT:
                migrate(work, version)
                work.rows("UPDATE schema_version SET version = ?", FORMAT)
            raised = "UPDATE last_account SET account = ? WHERE account < ?"
            work.rows(raised, last_account, last_account)

    def _check(self) -> None:
        with self.work() as work:
            version = self._version(work)
        if version != FORMAT:
            raise IdentityUnusable(f"{self._path}: format {version} is not {FORMAT}")

    def _version(self, work: IdentityWork) -> int:
        """Return the format of a store that this program can read."""
        if self._pragma("application_id") != APPLICATION_ID:
            raise IdentityUnusable(f"{self._path}: not a store of people")
        versions = work.rows("SELECT version FROM schema_version")
        if len(versions) != 1 or not 0 <= versions[0][0] <= FORMAT:
            raise IdentityUnusable(f"{self._path}: format {versions} is not {FORMAT}")
        return int(versions[0][0])

    @override
    @contextmanager
    def work(self) -> Iterator[IdentityWork]:
        with self._lock:
            self._connection.execute(self._begin)
            try:
                yield self._work
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @override
    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])


def _spelled(statement: str) -> str:
    """Return a creating statement in SQLite's words; its tables take values of their types only."""
    for theirs, ours in _TYPES.items():
        statement = re.sub(rf"\b{theirs}\b", ours, statement)
    return f"{statement} STRICT" if statement.startswith("CREATE TABLE") else statement


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
