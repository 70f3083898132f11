"""Rows on their way to a store: in the order its tree has them, with checksums, and packed.

A venue makes a hundred numbers a trade. One after the other in memory they pass between two
processes as they are; as objects each would cost more than to write it.
"""

import struct
import sys
from array import array
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from outcry.adapters.row_checks import CHECKED, CHECKS, columns_of
from outcry.ledger.tables import TABLES, Table

try:
    from outcry.ledger.compiled.rows import pack as _pack
except ImportError:
    _pack = None  # type: ignore[assignment]
if sys.byteorder != "little":
    _pack = None  # type: ignore[assignment]

NUMBER_BYTES = 8
Row = tuple[Any, ...]


class Packed(NamedTuple):
    """Rows of one table."""

    rows: int
    numbers: bytes
    """Row by row, in this machine's order of bytes, 0 in the place of what is no number."""
    wide: dict[int, list[Any]]
    """What is no number, by its place in a row."""

    def values(self, start: int, end: int) -> list[Any]:
        """Return the values of some rows, one row after the other."""
        width = len(self.numbers) // NUMBER_BYTES // self.rows
        numbers = memoryview(self.numbers).cast("q")
        values: list[Any] = numbers[start * width : end * width].tolist()
        for place, wide in self.wide.items():
            values[place::width] = wide[start:end]
        return values


class _Layout(NamedTuple):
    """What there is to know about the rows of a table."""

    wide: tuple[int, ...]
    order_at: int
    """The column whose order makes neighbours in the tree neighbours here, -1 for none."""
    has_check: bool


def _layout(table: Table) -> _Layout:
    wide = [at for at, name in enumerate(table.columns) if name in table.texts | table.blobs]
    ordered = len(table.key) > 1 and table.key[0] not in table.texts
    order_at = table.columns.index(table.key[0]) if ordered else -1
    return _Layout(tuple(wide), order_at, table.name in CHECKED)


_LAYOUTS = {name: _layout(table) for name, table in TABLES.items()}


def pack(table: Table, rows: list[Row]) -> Packed:
    """Return rows as they are stored.

    Raises:
        OverflowError: a number has more than 64 bits.
    """
    wide, order_at, has_check = _LAYOUTS[table.name]
    if _pack is None:
        return plain_pack(table, rows)
    simple = len(wide) <= 1 and not table.blobs
    if has_check and not simple:
        rows, has_check = _with_checks(table, rows), False
    return Packed(*_pack(rows, wide, order_at, has_check))


def plain_pack(table: Table, rows: Iterable[Row]) -> Packed:
    """Do what `pack` does. `compiled` has a twin of this."""
    wide, order_at, has_check = _LAYOUTS[table.name]
    ordered = list(rows) if order_at < 0 else sorted(rows, key=itemgetter(order_at))
    if has_check:
        ordered = _with_checks(table, ordered)
    if not ordered:
        return Packed(0, b"", {})
    numbers = array("q")
    for row in ordered:
        if len(row) != len(columns_of(table)):
            raise ValueError("rows differ in their width")
        numbers.extend(0 if at in wide else value for at, value in enumerate(row))
    wide_of = {at: [row[at] for row in ordered] for at in wide}
    return Packed(len(ordered), numbers.tobytes(), wide_of)


def _with_checks(table: Table, rows: Iterable[Row]) -> list[Row]:
    check = CHECKS[table.name]
    try:
        return [(*row, check(row)) for row in rows]
    except struct.error as error:
        raise OverflowError(f"{table.name}: {error}") from error
