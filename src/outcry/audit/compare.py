"""Rows that should be beside rows that are: both in the order of their key, in one pass."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from outcry.ledger.rows import Row
from outcry.ledger.tables import Table

PAGE = 2_000
FIRST = -(1 << 63)
"""Below every number that a row is found by."""


class Readable(Protocol):
    """A store that can be asked."""

    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a read."""


class Difference(NamedTuple):
    """A row that is missing (`stored` None), added (`made` None), or not as it should be."""

    made: Row | None
    stored: Row | None

    @property
    def row(self) -> Row:
        """The row that should be, or else the one that is."""
        row = self.made if self.made is not None else self.stored
        assert row is not None
        return row


def differences(table: Table, made: Iterable[Row], stored: Iterable[Row]) -> Iterator[Difference]:
    """Yield what differs between two sources of rows, each in the order of the table's key."""
    key_of = _key_of(table)
    left, right = iter(made), iter(stored)
    mine, theirs = next(left, None), next(right, None)
    while mine is not None or theirs is not None:
        if mine == theirs:
            mine, theirs = next(left, None), next(right, None)
            continue
        mine_at = key_of(mine) if mine is not None else None
        theirs_at = key_of(theirs) if theirs is not None else None
        if theirs_at is None or (mine_at is not None and mine_at < theirs_at):
            yield Difference(mine, None)
            mine = next(left, None)
        elif mine_at is None or theirs_at < mine_at:
            yield Difference(None, theirs)
            theirs = next(right, None)
        else:
            yield Difference(mine, theirs)
            mine, theirs = next(left, None), next(right, None)


def _key_of(table: Table) -> Callable[[Row], tuple[Any, ...]]:
    places = [table.columns.index(name) for name in table.key]

    def key_of(row: Row) -> tuple[Any, ...]:
        return tuple(_ordered(row[place]) for place in places)

    return key_of


def _ordered(value: object) -> tuple[int, Any]:
    """Return a value in the order stores have: numbers, then text, then bytes.

    Whoever alters a row may put anything into it.
    """
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, value)


def scan(store: Readable, table: Table) -> Iterator[Row]:
    """Yield all rows of a table in the order of its key, page by page."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    places = [table.columns.index(name) for name in table.key]
    signs = ", ".join("?" * len(places))
    first = f"SELECT {columns} FROM {table.name} ORDER BY {key} LIMIT ?"  # noqa: S608  # our names
    after = (
        f"SELECT {columns} FROM {table.name} WHERE ({key}) > ({signs})"  # noqa: S608  # our names
        f" ORDER BY {key} LIMIT ?"
    )
    rows = store.query(first, (PAGE,))
    while rows:
        yield from rows
        if len(rows) < PAGE:
            return
        rows = store.query(after, (*(rows[-1][place] for place in places), PAGE))


def between(store: Readable, table: Table, column: str, after: int, last: int) -> list[Row]:
    """Return the rows with `column`, the key's first, in (after, last], in the key's order."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    statement = (
        f"SELECT {columns} FROM {table.name} WHERE {column} > ? AND {column} <= ?"  # noqa: S608
        f" ORDER BY {key}"
    )
    return store.query(statement, (after, last))


def behind(store: Readable, table: Table, column: str, last: int) -> list[Row]:
    """Return a page of the rows with `column`, the key's first, above `last`, whatever it is."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    statement = (
        f"SELECT {columns} FROM {table.name} WHERE {column} > ?"  # noqa: S608  # our names
        f" ORDER BY {key} LIMIT ?"
    )
    return store.query(statement, (last, PAGE))
