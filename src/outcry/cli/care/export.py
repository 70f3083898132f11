"""`outcry export`: a table of the ledger as CSV or Parquet, of one account or of all."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from outcry.adapters.data_dir import DataDir
from outcry.adapters.files import created
from outcry.adapters.sqlite_ledger import LedgerUnusable
from outcry.adapters.sqlite_reader import LedgerReader
from outcry.cli.output import DAMAGE, choose_core, fail
from outcry.cli.past.point import BadPoint, time_ns_of
from outcry.cli.past.rebuild import opened
from outcry.cli.past.rebuild import rebuild as rebuild_past
from outcry.domain.units import ACCOUNT_LIMIT
from outcry.gateway.ledger import csv_text, parquet
from outcry.gateway.ledger.tables import OF_THE_VENUE, ExportTable, Values
from outcry.ledger.reads.history import LARGEST, Filter
from outcry.marketdata.registry import Registry
from outcry.ports import LogDamaged

STANDARD_OUTPUT = Path("-")


class ExportName(StrEnum):
    """What can be written: the names of `gateway.ledger.tables.OF_THE_VENUE`."""

    orders = "orders"
    fills = "fills"
    transfers = "transfers"
    statement = "statement"
    volume = "volume"
    statistics = "statistics"


class ExportFormat(StrEnum):
    """What a table can be written as."""

    csv = "csv"
    parquet = "parquet"


def export(  # noqa: PLR0913, PLR0917  # one argument an option
    table: Annotated[ExportName, typer.Argument(help="What to write.")],
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where to; - is standard output.")],
    format: Annotated[  # it is the option's name
        ExportFormat, typer.Option("--format", help="How.")
    ] = ExportFormat.csv,
    account: Annotated[
        int | None,
        typer.Option(min=0, max=ACCOUNT_LIMIT - 1, help="Only this one's; 0 is the venue."),
    ] = None,
    start: Annotated[str, typer.Option(help="Not before this time.")] = "",
    end: Annotated[str, typer.Option(help="Not after this time.")] = "",
) -> None:
    """Write a table of the ledger into a file, as it is now; a venue may run meanwhile."""
    places = DataDir(data, lock=-1)
    if not places.ledger.exists():
        fail(f"{data} holds no ledger: there is no {places.ledger.name}")
    if out != STANDARD_OUTPUT and out.exists():
        fail(f"{out} exists; give a new name")
    wanted = _span(start, end)
    found = OF_THE_VENUE[table.value]
    pieces_of = csv_text.pieces if format is ExportFormat.csv else parquet.pieces
    try:
        with closing(LedgerReader(places.ledger)) as ledger:
            rows = found.rows(ledger, _registry(data, ledger), account, wanted)
            _write(out, found, rows, pieces_of)
    except (LedgerUnusable, LogDamaged) as error:
        fail(str(error), DAMAGE)
    except parquet.ParquetMissing as error:
        fail(str(error))


def _span(start: str, end: str) -> Filter:
    try:
        start_ns = time_ns_of(start) if start else 0
        return Filter(0, start_ns, min(time_ns_of(end), LARGEST) if end else LARGEST)
    except BadPoint as error:
        fail(str(error))


def _registry(data: Path, ledger: LedgerReader) -> Registry:
    """Return the assets and markets as they were where the ledger ends."""
    with opened(data) as folder:
        engine = rebuild_past(folder, choose_core(None), ledger.checkpoint().sequence).engine
    return Registry(*engine.definitions())


Pieces = Callable[[ExportTable, Iterator[list[Values]]], Iterator[bytes]]


def _write(out: Path, table: ExportTable, rows: Iterator[list[Values]], pieces_of: Pieces) -> None:
    """Write pieces; a file gets its name when it is whole."""
    if out == STANDARD_OUTPUT:
        _pour(pieces_of(table, rows), sys.stdout.buffer)
        return
    aside = out.with_name(f"{out.name}.part")
    aside.unlink(missing_ok=True)
    with ExitStack() as undo:
        undo.callback(aside.unlink, missing_ok=True)
        with created(aside) as file:
            _pour(pieces_of(table, rows), file)
        aside.replace(out)


def _pour(pieces: Iterator[bytes], file: BinaryIO) -> None:
    for piece in pieces:
        file.write(piece)
