"""The ledger in one SQLite file: WAL, synchronous=NORMAL, rows and position in one transaction.

A power cut may take back the last transactions, whole: the position goes back with the rows, and
the log, which never loses anything, is replayed from there.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from typing_extensions import override

from outcry.adapters.acknowledged import AcknowledgedMark
from outcry.adapters.row_checks import (
    CHECKED,
    COLUMN,
    POSITION,
    UNREADABLE,
    RowGuard,
    columns_of,
    is_damage,
    position_of,
    position_row,
)
from outcry.adapters.row_packs import Packed, pack
from outcry.adapters.scheduling import give_way, stands_back
from outcry.adapters.sqlite_wal import Wal, beside, descriptor_of
from outcry.ledger.tables import TABLES, Table
from outcry.ports import (
    Checkpoint,
    LedgerAltered,
    LedgerDamaged,
    LedgerMoved,
    LedgerRows,
    LedgerStore,
)

APPLICATION_ID = 0x4F75744C
"""ASCII "OutL"."""
FORMAT = 1
BUSY_TIMEOUT_S = 5.0
CACHE_KIB = 131_072
WAL_BYTES = 64 << 20
"""Changes that wait beside the file before they are written into it."""
UNCERTAIN = 0
"""The format of a file that may not be on the disk as it was written."""


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
    columns = [f"{name} {kinds.get(name, 'BIGINT')} NOT NULL" for name in columns_of(table)]
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


_CHECKPOINT = f"""CREATE TABLE checkpoint (
    epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, chain_hash BLOB NOT NULL,
    {COLUMN} BIGINT NOT NULL
)"""


_SCHEMA = (_CHECKPOINT, *(line for table in TABLES.values() for line in definition(table)))


_DESCRIBED = "SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY type, name"


def has_schema(connection: sqlite3.Connection, statements: tuple[str, ...]) -> bool:
    """Return whether a file has just what these statements make: SQLite does not mind less."""
    return connection.execute(_DESCRIBED).fetchall() == _made_by(statements)


@cache
def _made_by(statements: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return how SQLite describes what statements make."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        for statement in statements:
            fresh.execute(statement)
        return fresh.execute(_DESCRIBED).fetchall()


ROWS_AT_ONCE = 32
"""Rows in one statement: starting a statement costs more than a row."""


def insert(table: Table, rows: int) -> str:
    """Return the statement that adds so many rows to a table."""
    columns = columns_of(table)
    row = f"({', '.join('?' * len(columns))})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {values}"  # noqa: S608  # constants


def _upsert(table: Table, rows: int) -> str:
    if table.append_only:
        return insert(table, rows)
    renewed = (*table.changing, COLUMN) if table.name in CHECKED else table.changing
    new = ", ".join(f"{name} = excluded.{name}" for name in renewed)
    return f"{insert(table, rows)} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {new}"


def _statements(make: Callable[[Table, int], str]) -> dict[str, tuple[str, str]]:
    """Return for each table the statement for many rows, and the one for one."""
    return {name: (make(table, ROWS_AT_ONCE), make(table, 1)) for name, table in TABLES.items()}


_ADD = _statements(insert)
_PUT = _statements(_upsert)
_MOVE = (
    f"UPDATE checkpoint SET epoch = ?, sequence = ?, chain_hash = ?, {COLUMN} = ?"  # noqa: S608
    " WHERE sequence = ? AND chain_hash = ?"
)


class Put(NamedTuple):
    """Rows of one table for its statements."""

    table: str
    known: Packed
    """Those whose key may be there already."""
    new: Packed


def puts_of(rows: dict[str, list[tuple[Any, ...]]], before_sequence: int) -> list[Put]:
    """Return what brings a store that is at `before_sequence` these rows, by table.

    Raises:
        OverflowError: a number has more than 64 bits.
    """
    return [_put_of(TABLES[name], some, before_sequence) for name, some in rows.items()]


def _put_of(table: Table, rows: list[tuple[Any, ...]], before_sequence: int) -> Put:
    give_way()
    known: list[tuple[Any, ...]] = [] if table.append_only else rows
    new = rows if table.append_only else []
    if table.born:  # A plain insert of what is younger than the last write is cheaper.
        at = table.columns.index(table.born)
        known = [row for row in rows if row[at] <= before_sequence]
        new = [row for row in rows if row[at] > before_sequence]
    return Put(table.name, pack(table, known), pack(table, new))


class LedgerUnusable(Exception):
    """The file is damaged or not of this format. It can be deleted and is then made anew."""


class SqliteLedger(LedgerStore):
    """The ledger of one venue. One writing thread; reads from any.

    A mark beside the file says up to where changes may have been written into it: a damaged WAL
    that ends before that would leave a file of two times.
    """

    def __init__(self, path: Path, *, reached: Callable[[str], None] = lambda _: None) -> None:
        """Open the ledger, and create it if it is not there.

        `reached` is told the named step of a transaction.

        Raises:
            LedgerUnusable: the file is not a sound ledger of this format.
        """
        self._path = path
        self._reached = reached
        self._wal: Wal | None = None
        self._read_lock = Lock()
        self._mark_path = path.with_name(path.name + ".mark")
        if not path.exists():
            self._mark_path.unlink(missing_ok=True)
        self._mark: AcknowledgedMark | None = None
        self._writer, self._reader = _connect(path), _connect(path)
        try:
            _set_up(self._writer)
            opened = descriptor_of(path)
            if opened is not None:  # The WAL that brought it here is written over next.
                os.fdatasync(opened)
            self._prepare()
            _set_up(self._reader)
            self._guard = RowGuard(self._reader, path)
            self._reader.execute("PRAGMA query_only = ON")
            self._position = self._read_position()
        except (*UNREADABLE, LedgerDamaged) as error:
            self._close()
            raise LedgerUnusable(f"{path}: {error}") from error
        except (LedgerUnusable, OSError):
            self._close()
            raise

    def _prepare(self) -> None:
        if _pragma(self._writer, "schema_version") == 0:
            self._create()
        found = (_pragma(self._writer, "application_id"), _pragma(self._writer, "user_version"))
        if found == (APPLICATION_ID, UNCERTAIN):
            raise LedgerUnusable(f"{self._path}: it may not be on the disk as it was written")
        if found != (APPLICATION_ID, FORMAT):
            raise LedgerUnusable(f"{self._path}: not a ledger of format {FORMAT}")
        if not has_schema(self._writer, _SCHEMA):
            raise LedgerUnusable(f"{self._path}: its tables are not those of format {FORMAT}")

    def _create(self) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            self._writer.execute(statement)
        row = position_row(Checkpoint())
        self._writer.execute("INSERT INTO checkpoint VALUES (?, ?, ?, ?)", row)
        self._writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._writer.execute(f"PRAGMA user_version = {FORMAT}")
        self._writer.execute("COMMIT")

    def _read_position(self) -> Checkpoint:
        """Return the position of a file whose log of changes is whole.

        SQLite forgives a damaged end of it as a change that a crash cut short. Where that end was
        already written into the file itself, the file is partly newer than the rest says.
        """
        with closing(AcknowledgedMark(self._mark_path, read_only=True)) as mark:
            before = mark.read()
        # Read last: beside another writer a mark is then never ahead of it.
        position = position_of(self._guard.query(POSITION, ()))
        if before is not None and before[0] > position.sequence:
            raise LedgerUnusable(
                f"{self._path}: it went back, it is at {position.sequence} and was at {before[0]}"
            )
        return position

    @override
    def checkpoint(self) -> Checkpoint:
        return self._position

    @override
    @contextmanager
    def still(self) -> Iterator[None]:
        self._reader.execute("BEGIN")
        try:
            self._position = position_of(self.query(POSITION, ()))
            yield
        finally:
            with suppress(*UNREADABLE):  # Damage has ended it already.
                self._reader.execute("COMMIT")

    @override
    def write(self, rows: LedgerRows) -> None:
        before = self._position
        self.put(puts_of(rows.rows, before.sequence), before, rows.checkpoint)

    def put(self, puts: Iterable[Put], before: Checkpoint, after: Checkpoint) -> None:
        """Write what `puts_of` made and move the checkpoint, as `write` does."""
        writer = self._writer
        # What C calls, once some 40 rows, is C: in Python a Ctrl-C there would look like a fault.
        writer.set_progress_handler(os.sched_yield if stands_back() else None, 1_000)
        writer.execute("BEGIN IMMEDIATE")
        try:
            where = (before.sequence, before.chain_hash)
            moved = writer.execute(_MOVE, (*position_row(after), *where))
            if moved.rowcount != 1:
                raise LedgerMoved(f"{self._path} is no longer at {before.sequence}")
            for put in puts:
                self._put(put)
                self._reached("mid_projection")
            writer.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self._roll_back()
            raise LedgerAltered(f"{self._path}: {error}") from error
        except UNREADABLE as error:
            self._roll_back()
            if is_damage(error):
                raise LedgerDamaged(f"{self._path}: {error}") from error
            raise
        except BaseException:
            self._roll_back()
            raise
        self._position = after
        if self._waiting_bytes() >= WAL_BYTES:
            self._write_over()

    def _waiting_bytes(self) -> int:
        """Let the changes go to the disk; return how much waits beside the file."""
        return self._changes().grown()

    def _changes(self) -> Wal:
        if self._wal is None:
            self._wal = Wal(self._path)
        return self._wal

    def _write_over(self) -> None:
        """Write the changes into the file, as far as no reader needs it as it is.

        SQLite would sync all of it at once, and the log's syncs would wait behind that. It begins
        the WAL anew with the next change, so before that the file has to be on the disk.

        Raises:
            OSError: it may not be there. Nobody can tell later: the file must be made anew.
        """
        changes = self._changes()
        changes.sync()
        if self._mark is None:
            self._mark = AcknowledgedMark(self._mark_path)
        self._mark.write(self._position.sequence, self._position.chain_hash)
        opened = descriptor_of(self._path)
        if opened is None:
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            return
        self._writer.execute("PRAGMA synchronous = OFF")
        try:
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            self._writer.execute("PRAGMA synchronous = NORMAL")
        try:
            changes.sync_written_over(opened)
        except OSError:
            self._writer.execute(f"PRAGMA user_version = {UNCERTAIN}")
            raise

    def _roll_back(self) -> None:
        with suppress(*UNREADABLE):
            self._writer.execute("ROLLBACK")

    def _put(self, put: Put) -> None:
        self._run(_PUT[put.table], put.known)
        self._run(_ADD[put.table], put.new)

    def _run(self, statements: tuple[str, str], packed: Packed) -> None:
        many, one = statements
        count, some = packed.rows, ROWS_AT_ONCE
        whole = count - count % some
        values = packed.values
        self._writer.executemany(many, (values(at, at + some) for at in range(0, whole, some)))
        self._writer.executemany(one, (values(at, at + 1) for at in range(whole, count)))

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._read_lock:
            return self._guard.query(statement, parameters)

    @override
    def close(self) -> None:
        with suppress(*UNREADABLE, OSError):  # The changes are safe where they are.
            self._write_over()
        self._close()

    def _close(self) -> None:
        self._reader.close()
        self._writer.close()
        if self._wal is not None:
            self._wal.close()
        if self._mark is not None:
            self._mark.close()
            if not beside(self._path, "-wal").exists():
                self._mark_path.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA trusted_schema = OFF")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
