"""What a venue has published, in one SQLite file of its own: WAL, synchronous=FULL.

It is apart from the ledger because nothing can make it again: a ledger is deleted and rebuilt from
the log, a signature that somebody holds stays true. Rows are only ever added; the follower adds
heads, `outcry liabilities` adds liabilities, and SQLite lets one in at a time.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from typing_extensions import override

from outcry.adapters.row_checks import UNREADABLE, is_damage
from outcry.adapters.sqlite_ledger import definition, has_schema, insert
from outcry.ledger.tables import PUBLISHED
from outcry.ports import AlreadyPublished, ProofStore, ProofsUnusable

APPLICATION_ID = 0x4F757450
"""ASCII "OutP"."""
FORMAT = 1
BUSY_TIMEOUT_S = 10.0
_OWNER = "CREATE TABLE owner (log_id TEXT NOT NULL, public_key BLOB NOT NULL)"
_SCHEMA = (_OWNER, *(line for table in PUBLISHED.values() for line in definition(table)))
_INSERT = {name: insert(table, 1) for name, table in PUBLISHED.items()}


class SqliteProofs(ProofStore):
    """The publications of one venue. Any number of processes may have it open."""

    def __init__(self, path: Path, log_id: str, public_key: bytes) -> None:
        """Open it for a log and a key, and create it if it is not there.

        Raises:
            ProofsUnusable: It is damaged, or belongs to another log or another key.
        """
        self.log_id, self.public_key = log_id, public_key
        self._path = path
        self._lock = Lock()
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except UNREADABLE as error:
            self.close()
            raise ProofsUnusable(f"{path}: {error}") from error
        except ProofsUnusable:
            self.close()
            raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        self._create()
        marks = tuple(
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        )
        if marks != (APPLICATION_ID, FORMAT):
            raise ProofsUnusable(f"{self._path}: not publications of format {FORMAT}")
        if not has_schema(connection, _SCHEMA):
            raise ProofsUnusable(f"{self._path}: its tables are not those of format {FORMAT}")
        owners = connection.execute("SELECT log_id, public_key FROM owner").fetchall()
        if len(owners) != 1 or owners[0][0] != self.log_id:
            raise ProofsUnusable(f"{self._path}: it belongs to another log")
        if owners[0][1] != self.public_key:
            raise ProofsUnusable(f"{self._path}: it was signed with another key")

    def _create(self) -> None:
        """Make the tables, unless another process has."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if self._connection.execute("PRAGMA schema_version").fetchone()[0] == 0:
                for statement in _SCHEMA:
                    self._connection.execute(statement)
                owner = (self.log_id, self.public_key)
                self._connection.execute("INSERT INTO owner VALUES (?, ?)", owner)
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version = {FORMAT}")
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @override
    def add(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for name, some in rows.items():
                    self._connection.executemany(_INSERT[name], some)
                self._connection.execute("COMMIT")
            except sqlite3.IntegrityError as error:
                self._roll_back()
                raise AlreadyPublished(f"{self._path}: {error}") from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        with suppress(*UNREADABLE):
            self._connection.execute("ROLLBACK")

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            with self._lock, closing(self._connection.execute(statement, parameters)) as found:
                return found.fetchall()
        except UNREADABLE as error:
            if is_damage(error):
                raise ProofsUnusable(f"{self._path}: {error}") from error
            raise

    @override
    def close(self) -> None:
        self._connection.close()
