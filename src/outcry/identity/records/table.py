"""One table and the objects that are its rows. Every row carries a check of what was written.

The statements are those that SQLite and PostgreSQL both understand.
"""

from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zlib import crc32

from outcry.ports import IdentityUnusable, IdentityWork

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Row = TypeVar("Row", bound=DataclassInstance)
else:
    Row = TypeVar("Row")


class Table(Generic[Row]):
    """Reads and writes the rows of one table; its columns are the fields of `kind`, in order.

    Names of tables and columns are our constants; every value is bound.
    """

    def __init__(self, name: str, kind: type[Row], key: str) -> None:
        self.name = name
        self._kind = kind
        columns = [column.name for column in fields(kind)]
        listed = ", ".join((*columns, "row_check"))
        renewed = ", ".join(f"{c} = excluded.{c}" for c in (*columns, "row_check") if c != key)
        marks = ", ".join("?" for _ in range(len(columns) + 1))
        self._add = f"INSERT INTO {name} ({listed}) VALUES ({marks})"  # noqa: S608
        self._put = f"{self._add} ON CONFLICT ({key}) DO UPDATE SET {renewed}"
        self._find = f"SELECT {listed} FROM {name} WHERE "  # noqa: S608

    def add(self, work: IdentityWork, row: Row) -> None:
        """Write a new row."""
        work.rows(self._add, *_checked(row))

    def put(self, work: IdentityWork, row: Row) -> None:
        """Write a row, over the one with the same key where there is one."""
        work.rows(self._put, *_checked(row))

    def find(self, work: IdentityWork, where: str, *values: object) -> list[Row]:
        """Return the rows for which `where` holds; an order and a limit may stand behind it.

        Raises:
            IdentityUnusable: one is not what was written. A changed bit must not make one person
                another.
        """
        return [self._sound(columns) for columns in work.rows(self._find + where, *values)]

    def one(self, work: IdentityWork, where: str, *values: object) -> Row | None:
        """Return the row for which `where` holds."""
        found = self.find(work, where, *values)
        return found[0] if found else None

    def _sound(self, columns: tuple[Any, ...]) -> Row:
        *values, check = columns
        if row_check(tuple(values)) != check:
            raise IdentityUnusable(f"a row of {self.name} is not what was written")
        return self._kind(*values)


def row_check(values: tuple[Any, ...]) -> int:
    """Return the check of a row."""
    return crc32(repr(values).encode())


def _checked(row: Any) -> tuple[Any, ...]:  # noqa: ANN401
    values = astuple(row)
    return (*values, row_check(values))
