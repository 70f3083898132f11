"""A checksum in every row: SQLite does not notice that a page has changed under it.

Whoever writes a row adds a CRC-32 of its columns. Whoever reads has views in the place of the
tables (`RowGuard`) that let a row pass only with its right checksum, so no statement has to know of
it. Events and postings have none: they are by far the most rows, the Merkle log holds the events
together, and an audit makes both again.
"""

import sqlite3
import struct
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from struct import Struct
from typing import Any
from zlib import crc32

from outcry.ledger.tables import EVENTS, POSTINGS, TABLES, Table
from outcry.ports import Checkpoint, LedgerDamaged

COLUMN = "row_check"
CHECKED = {name: table for name, table in TABLES.items() if table not in (EVENTS, POSTINGS)}
Row = tuple[Any, ...]
Check = Callable[[Row], int]
UNREADABLE = (sqlite3.Error, UnicodeError)
"""What SQLite raises over a damaged file; it quotes damaged names in its messages."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_OF_A_FUNCTION = "user-defined function raised exception"
"""What SQLite says where a text of a row is none, before the function is called with it."""
_BAD_TYPES = (struct.error, TypeError, AttributeError, UnicodeError)


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the columns of a table as they are stored."""
    return (*table.columns, COLUMN) if table.name in CHECKED else table.columns


POSITION = f"SELECT epoch, sequence, chain_hash, {COLUMN} FROM checkpoint"  # noqa: S608  # constants


def position_row(position: Checkpoint) -> Row:
    """Return a position as it is stored."""
    row = (position.epoch, position.sequence, position.chain_hash)
    return (*row, crc32(position.chain_hash, crc32(b"%d %d" % row[:2])))


def position_of(rows: list[Row]) -> Checkpoint:
    """Return the position that a store has.

    Raises:
        LedgerDamaged: it is not what was written.
    """
    with suppress(ValueError, *_BAD_TYPES):
        ((epoch, sequence, chain_hash, _),) = rows
        position = Checkpoint(epoch, sequence, chain_hash)
        if position_row(position) == rows[0]:
            return position
    raise LedgerDamaged(f"checkpoint: {rows} is not what was written")


def check_of(table: Table) -> Check:
    """Return what computes the checksum of a row: of its numbers, then of everything else.

    It raises one of `_BAD_TYPES` where a column has another type than it was written with.
    """
    wide = [at for at, name in enumerate(table.columns) if name in table.texts | table.blobs]
    pack = Struct(f"<{len(table.columns) - len(wide)}q").pack
    if not wide:
        return lambda row: crc32(pack(*row))
    if len(wide) == 1 and table.texts:  # Orders, which are many.
        at, after = wide[0], wide[0] + 1
        return lambda row: crc32(row[at].encode(), crc32(pack(*row[:at], *row[after:])))
    narrow = [at for at in range(len(table.columns)) if at not in wide]
    blobs = {at for at in wide if table.columns[at] in table.blobs}

    def check(row: Row) -> int:
        parts = [row[at] if at in blobs else row[at].encode() for at in wide]
        return crc32(b"\0".join(parts), crc32(pack(*[row[at] for at in narrow])))

    return check


CHECKS: dict[str, Check] = {name: check_of(table) for name, table in CHECKED.items()}


def is_damage(error: Exception) -> bool:
    """Return whether SQLite says that a file is not what was written, rather than no to a call."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in _DAMAGED or not code  # What cannot be decoded has no code.


class RowGuard:
    """Reads of a connection, which sees only rows whose checksum is right.

    One that is not ends the statement that met it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Put a view in the place of each table, for this connection alone."""
        self._connection = connection
        self._path = path
        self._damage = ""
        for table in CHECKED.values():
            self._guard(table)

    def _guard(self, table: Table) -> None:
        check, places = CHECKS[table.name], [table.columns.index(name) for name in table.key]

        def sound(found: object, *row: object) -> bool:
            try:
                right = check(row) == found
            except _BAD_TYPES:
                right = False
            if not right:
                key = ", ".join(f"{table.columns[at]} {row[at]!r}" for at in places)
                self._damage = f"{table.name}: the row of {key} is not what was written"
                raise ValueError(self._damage)
            return True

        names = ", ".join(table.columns)
        function = f"sound_{table.name}"
        self._connection.create_function(function, len(table.columns) + 1, sound)
        # As a subquery it comes after all other conditions. Otherwise SQLite would put constants in
        # the place of columns that are compared with them, before it knows that they are equal.
        self._connection.execute(
            f"CREATE TEMP VIEW {table.name} AS SELECT {names} FROM main.{table.name} "  # noqa: S608  # constants
            f"WHERE (SELECT {function}({COLUMN}, {names}))"
        )

    def query(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """Return what a statement finds.

        Raises:
            LedgerDamaged: it met a row, or a page, that is not what was written.
        """
        self._damage = ""
        try:
            with closing(self._connection.execute(statement, parameters)) as found:
                return found.fetchall()
        except UNREADABLE as error:
            if self._damage or is_damage(error) or str(error) == _OF_A_FUNCTION:
                raise LedgerDamaged(f"{self._path}: {self._damage or error}") from error
            raise
