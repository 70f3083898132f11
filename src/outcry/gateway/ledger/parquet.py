"""Parquet in pieces, by pyarrow where it is installed.

Amounts are `decimal128(38, 18)`: every asset has at most 18 decimals, so none is rounded. Times are
microseconds in UTC, as everywhere in the API.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from outcry.gateway.ledger.tables import As, ExportTable, Values

ROW_GROUP = 10_000
"""Rows that are packed together, and are in memory at a time."""


class ParquetMissing(Exception):
    """pyarrow is not installed here."""

    def __init__(self) -> None:
        super().__init__("Parquet needs pyarrow: install `outcry[parquet]`, or ask for csv")


class _Sink:
    """A file that is only written to: what has been written waits to be taken."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes | memoryview) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        """Return what was written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


class _Packer:
    """Makes Arrow tables of rows."""

    def __init__(self, table: ExportTable) -> None:
        try:
            self._arrow: Any = import_module("pyarrow")
            self.parquet: Any = import_module("pyarrow.parquet")
        except ImportError:
            raise ParquetMissing from None
        types = {
            As.NUMBER: self._arrow.int64(),
            As.TEXT: self._arrow.string(),
            As.AMOUNT: self._arrow.decimal128(38, 18),
            As.TIME: self._arrow.timestamp("us", "UTC"),
            As.FLAG: self._arrow.bool_(),
        }
        self._kinds = list(table.columns.values())
        self.schema: Any = self._arrow.schema(
            [(name, types[kind]) for name, kind in table.columns.items()]
        )

    def packed(self, rows: list[Values]) -> object:
        """Return rows as an Arrow table."""
        text, columns = self._arrow.string(), []
        for place, values in enumerate(zip(*rows, strict=True)):
            wanted = self.schema.field(place).type
            kind = self._kinds[place]
            if kind is As.TIME:
                values = tuple(int(value or 0) // 1_000 for value in values)
            made_of = text if kind is As.AMOUNT else wanted
            columns.append(self._arrow.array(values, made_of).cast(wanted))
        return self._arrow.Table.from_arrays(columns, schema=self.schema)


def check_installed() -> None:
    """Do nothing where Parquet can be written.

    Raises:
        ParquetMissing: it cannot.
    """
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        raise ParquetMissing from None


def pieces(table: ExportTable, chunks: Iterable[list[Values]]) -> Iterator[bytes]:
    """Yield a Parquet file, row group by row group.

    Raises:
        ParquetMissing: pyarrow is not installed.
        ValueError: a sum has more than 20 digits before the point.
    """
    packer, sink = _Packer(table), _Sink()
    with packer.parquet.ParquetWriter(sink, packer.schema, compression="zstd") as writer:
        for group in _grouped(chunks):
            writer.write_table(packer.packed(group))
            yield sink.take()
    yield sink.take()


def _grouped(chunks: Iterable[list[Values]]) -> Iterator[list[Values]]:
    """Yield the rows of chunks in groups of at least `ROW_GROUP`, but for the last."""
    group: list[Values] = []
    for chunk in chunks:
        group += chunk
        if len(group) >= ROW_GROUP:
            yield group
            group = []
    if group:
        yield group
