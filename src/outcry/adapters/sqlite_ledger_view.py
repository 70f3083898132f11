"""The ledger's SQLite file, read by a venue that does not write it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from typing_extensions import override

from outcry.adapters.row_checks import POSITION, UNREADABLE, RowGuard, position_of
from outcry.adapters.sqlite_ledger import BUSY_TIMEOUT_S, LedgerUnusable, SqliteLedger
from outcry.ports import Checkpoint, LedgerDamaged, LedgerMoved, LedgerRows, LedgerStore

CACHE_KIB = 32_768


class SqliteLedgerView(LedgerStore):
    """What somebody else writes, as it is on disk by now. Reads from any thread."""

    def __init__(self, path: Path, cache_kib: int = CACHE_KIB) -> None:
        """Open a ledger, made and found sound before: see `prepared`.

        Raises:
            LedgerUnusable: it is not a sound ledger after all.
        """
        self._path = path
        self._lock = Lock()
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute(f"PRAGMA cache_size = -{cache_kib}")
            self._guard = RowGuard(self._connection, path)
            self._connection.execute("PRAGMA query_only = ON")
            self.checkpoint()
        except (*UNREADABLE, LedgerDamaged) as error:
            self.close()
            raise LedgerUnusable(f"{path}: {error}") from error

    @override
    def checkpoint(self) -> Checkpoint:
        return position_of(self.query(POSITION, ()))

    @override
    @contextmanager
    def still(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            self.checkpoint()  # The moment is that of the first read.
            yield
        finally:
            with suppress(*UNREADABLE):  # Damage has ended it already.
                self._connection.execute("COMMIT")

    @override
    def write(self, rows: LedgerRows) -> None:
        raise LedgerMoved(f"{self._path} is written by another process")

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._guard.query(statement, parameters)

    @override
    def close(self) -> None:
        self._connection.close()


def prepared(path: Path) -> str:
    """Make sure that there is a sound ledger; return why another was put aside, if one was.

    The log has everything that was in it: the new one is made from there.
    """
    fault = ""
    try:
        SqliteLedger(path).close()
    except LedgerUnusable as error:
        fault = str(error)
        put_aside(path)
        SqliteLedger(path).close()
    return fault


def put_aside(path: Path) -> None:
    """Give a ledger another name, over one that has it."""
    for suffix in ("", "-wal", "-shm", ".mark"):
        spoiled = path.with_name(path.name + suffix)
        aside = path.with_name(f"{path.name}.damaged{suffix}")
        aside.unlink(missing_ok=True)
        if spoiled.exists():
            spoiled.replace(aside)
