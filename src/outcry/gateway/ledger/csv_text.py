"""CSV as RFC 4180 has it, safe to open in a spreadsheet.

A cell of text that a spreadsheet would take for a formula gets an apostrophe in front; what the
venue made itself, numbers and times, is written as it is.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from outcry.gateway.ledger.tables import As, ExportTable, Value, Values
from outcry.marketdata.text import time_text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def pieces(table: ExportTable, chunks: Iterable[list[Values]]) -> Iterator[bytes]:
    """Yield the header, then each chunk as CSV, UTF-8."""
    yield _text([list(table.columns)])
    kinds = list(table.columns.values())
    for chunk in chunks:
        if chunk:
            yield _text([[_cell(k, v) for k, v in zip(kinds, row, strict=True)] for row in chunk])


def _text(rows: list[list[Value]]) -> bytes:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _cell(kind: As, value: Value) -> Value:
    if value is None:
        return ""
    if kind is As.TIME:
        return time_text(int(value))
    if kind is As.FLAG:
        return "true" if value else "false"
    if kind is As.TEXT and str(value).startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
