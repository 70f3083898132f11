"""The ledger in one SQLite file: WAL, synchronous=NORMAL, rows and position in one transaction.

A power cut may take back the last transactions, whole: the position goes back with the rows, and
the log, which never loses anything, is replayed from there.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any

from typing_extensions import override

from outcry.ledger.tables import TABLES, Table
from outcry.ports import Checkpoint, LedgerAltered, LedgerMoved, LedgerRows, LedgerStore

APPLICATION_ID = 0x4F75744C
"""ASCII "OutL"."""
FORMAT = 1
BUSY_TIMEOUT_S = 5.0
UNREADABLE = (sqlite3.Error, UnicodeError)
"""What SQLite raises over a damaged file; it quotes damaged names in its messages."""
CACHE_KIB = 131_072
WAL_PAGES = 32_000


def _by_number(table: Table) -> bool:
    """Return whether a row's key is one integer, which SQLite then finds it by at once."""
    return len(table.key) == 1 and table.key[0] not in table.texts | table.blobs


def definition(table: Table) -> Iterator[str]:
    """Yield the statements that make a table.

    It is kept in the order of its primary key, so it needs no second tree to be found by it.
    """
    kinds = dict.fromkeys(table.texts, "TEXT") | dict.fromkeys(table.blobs, "BLOB")
    if _by_number(table):
        kinds[table.key[0]] = "INTEGER PRIMARY KEY"
    columns = [f"{name} {kinds.get(name, 'BIGINT')} NOT NULL" for name in table.columns]
    if _by_number(table):
        yield f"CREATE TABLE {table.name} ({', '.join(columns)})"
    else:
        lines = ", ".join([*columns, f"PRIMARY KEY ({', '.join(table.key)})"])
        yield f"CREATE TABLE {table.name} ({lines}) WITHOUT ROWID"
    for index in table.indexes:
        where = f" WHERE {index.where}" if index.where else ""
        # A numbered table's indexes end in its key of themselves.
        named = [name for name in index.columns if (name,) != table.key]
        yield f"CREATE INDEX {index.name} ON {table.name} ({', '.join(named)}){where}"
    if table.append_only:
        for act in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table.name}_never_{act.lower()} BEFORE {act} ON {table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
            )


_CHECKPOINT = """CREATE TABLE checkpoint (
    epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, chain_hash BLOB NOT NULL
)"""


ROWS_AT_ONCE = 32
"""Rows in one statement: starting a statement costs more than a row."""


def insert(table: Table, rows: int) -> str:
    """Return the statement that adds so many rows to a table."""
    row = f"({', '.join('?' * len(table.columns))})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES {values}"  # noqa: S608  # constants


def _upsert(table: Table, rows: int) -> str:
    if table.append_only:
        return insert(table, rows)
    new = ", ".join(f"{name} = excluded.{name}" for name in table.changing)
    return f"{insert(table, rows)} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {new}"


def _statements(make: Callable[[Table, int], str]) -> dict[str, tuple[str, str]]:
    """Return for each table the statement for many rows, and the one for one."""
    return {name: (make(table, ROWS_AT_ONCE), make(table, 1)) for name, table in TABLES.items()}


_ADD = _statements(insert)
_PUT = _statements(_upsert)
_MOVE = (
    "UPDATE checkpoint SET epoch = ?, sequence = ?, chain_hash = ?"
    " WHERE sequence = ? AND chain_hash = ?"
)


class LedgerUnusable(Exception):
    """The file is damaged or not of this format. It can be deleted and is then made anew."""


class SqliteLedger(LedgerStore):
    """The ledger of one venue. One writing thread; reads from any."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, and create it if it is not there.

        Raises:
            LedgerUnusable: the file is not a sound ledger of this format.
        """
        self._path = path
        self._read_lock = Lock()
        self._writer, self._reader = _connect(path), _connect(path)
        try:
            _set_up(self._writer)
            self._prepare()
            _set_up(self._reader)
            self._reader.execute("PRAGMA query_only = ON")
            self._position = self._read_position()
        except UNREADABLE as error:
            self.close()
            raise LedgerUnusable(f"{path}: {error}") from error
        except LedgerUnusable:
            self.close()
            raise

    def _prepare(self) -> None:
        if _pragma(self._writer, "schema_version") == 0:
            self._create()
        found = (_pragma(self._writer, "application_id"), _pragma(self._writer, "user_version"))
        if found != (APPLICATION_ID, FORMAT):
            raise LedgerUnusable(f"{self._path}: not a ledger of format {FORMAT}")

    def _create(self) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        self._writer.execute(_CHECKPOINT)
        for table in TABLES.values():
            for statement in definition(table):
                self._writer.execute(statement)
        start = Checkpoint()
        row = (start.epoch, start.sequence, start.chain_hash)
        self._writer.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", row)
        self._writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._writer.execute(f"PRAGMA user_version = {FORMAT}")
        self._writer.execute("COMMIT")

    def _read_position(self) -> Checkpoint:
        rows = self._writer.execute("SELECT epoch, sequence, chain_hash FROM checkpoint").fetchall()
        if len(rows) != 1:
            raise LedgerUnusable(f"{self._path}: {len(rows)} positions instead of one")
        return Checkpoint(*rows[0])

    @override
    def checkpoint(self) -> Checkpoint:
        return self._position

    @override
    def write(self, rows: LedgerRows) -> None:
        before, after = self._position, rows.checkpoint
        writer = self._writer
        writer.execute("BEGIN IMMEDIATE")
        try:
            position = (after.epoch, after.sequence, after.chain_hash)
            moved = writer.execute(_MOVE, (*position, before.sequence, before.chain_hash))
            if moved.rowcount != 1:
                raise LedgerMoved(f"{self._path} is no longer at {before.sequence}")
            for name, some in rows.rows.items():
                self._put(TABLES[name], some, before.sequence)
            writer.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self._roll_back()
            raise LedgerAltered(f"{self._path}: {error}") from error
        except BaseException:
            self._roll_back()
            raise
        self._position = after

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            self._writer.execute("ROLLBACK")

    def _put(self, table: Table, rows: list[tuple[Any, ...]], before_sequence: int) -> None:
        if len(table.key) > 1:  # Neighbours in the tree are cheaper one after the other.
            rows = sorted(rows, key=itemgetter(table.columns.index(table.key[0])))
        known = [] if table.append_only else rows
        new = rows if table.append_only else []
        if table.born:  # A plain insert of what is younger than the last write is cheaper.
            at = table.columns.index(table.born)
            known = [row for row in rows if row[at] <= before_sequence]
            new = [row for row in rows if row[at] > before_sequence]
        self._run(_PUT[table.name], known)
        self._run(_ADD[table.name], new)

    def _run(self, statements: tuple[str, str], rows: list[tuple[Any, ...]]) -> None:
        many, one = statements
        whole = len(rows) - len(rows) % ROWS_AT_ONCE
        groups = range(0, whole, ROWS_AT_ONCE)
        self._writer.executemany(many, (_joined(rows[n : n + ROWS_AT_ONCE]) for n in groups))
        self._writer.executemany(one, rows[whole:])

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._read_lock, closing(self._reader.execute(statement, parameters)) as found:
            return found.fetchall()

    @override
    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _joined(rows: list[tuple[Any, ...]]) -> list[Any]:
    """Return the values of rows, one row after the other."""
    values: list[Any] = []
    for row in rows:
        values += row
    return values


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    connection.execute("PRAGMA trusted_schema = OFF")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
