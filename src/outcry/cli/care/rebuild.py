"""`outcry rebuild`: the ledger anew from the log."""

import gc
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import perf_counter
from typing import Annotated, NoReturn

import typer

from outcry.adapters.data_dir import DataDir, DataDirBusy, open_data_dir
from outcry.adapters.files import sync_folder
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.audit.remake import rebuilt
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, progress_bar, show
from outcry.engine.core import CoreFactory
from outcry.ledger.check import LedgerBroken
from outcry.ports import LogDamaged

SUFFIXES = ("", "-wal", "-shm")


def rebuild(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    to: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write it into this folder; the venue may run."),
    ] = None,
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Make the ledger anew from the log: of a stopped venue, or (--to) into another folder."""
    places = DataDir(data, lock=-1)
    if not places.log.exists():
        fail(f"{data} holds no venue: there is no {places.log.name}")
    factory = choose_core(core)
    with ExitStack() as stack:
        if to is None:
            try:
                places = stack.enter_context(closing(open_data_dir(data)))
            except DataDirBusy as error:
                fail(f"{error}; stop the venue, or write the ledger elsewhere with --to")
            _rebuild(places, places.ledger, factory, json)
        else:
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = DataDir(to, lock=-1).ledger
            if target.exists():
                fail(f"{target} exists; give a folder without a ledger")
            _rebuild(places, target, factory, json)


def _rebuild(places: DataDir, target: Path, factory: CoreFactory, as_json: bool) -> None:
    """Write a ledger beside, and put it into its place when it is whole."""
    started = perf_counter()
    aside = target.with_name(f"{target.name}.rebuilt")
    _remove(aside)
    try:
        sequence, events = _write(places, aside, factory)
    except (LogDamaged, LedgerBroken) as error:
        _remove(aside)
        _damaged(places, error)
    except BaseException:
        _remove(aside)
        raise
    _remove(target)
    aside.replace(target)
    sync_folder(target.parent)
    facts = {
        "ledger": str(target),
        "sequence": sequence,
        "events": events,
        "seconds": round(perf_counter() - started, 3),
    }
    show(facts, "rebuilt", as_json)


def _damaged(places: DataDir, error: Exception) -> NoReturn:
    fail(f"the ledger was not rebuilt: {error}; look with `outcry inspect --data {places.path}`",
         DAMAGE)  # fmt: skip


def _write(places: DataDir, aside: Path, factory: CoreFactory) -> tuple[int, int]:
    """Write the whole ledger into a file; return the last sequence, and how many events it has."""
    gc.disable()  # Millions of rows come and go; none of them is part of a cycle.
    try:
        with (
            closing(SqliteLog(places.log, read_only=True)) as log,
            closing(SqliteLedger(aside)) as store,
            progress_bar("rebuild") as progress,
        ):
            return rebuilt(log, store, factory, progress)
    finally:
        gc.enable()


def _remove(path: Path) -> None:
    for suffix in SUFFIXES:
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
