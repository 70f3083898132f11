"""`outcry replay`: a recording through an engine here, or through a running venue."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, progress_bar, show
from outcry.engine.core import CoreFactory
from outcry.replay.engine_target import EngineTarget
from outcry.replay.into import VenueRefused, VenueTarget
from outcry.replay.journal import play_journal
from outcry.replay.play import play
from outcry.replay.source import BadRecording, Progress, guess_format
from outcry.replay.target import ReplayReport


class RecordingFormat(StrEnum):
    """The formats that can be replayed."""

    tape = "tape"
    lobster = "lobster"
    journal = "journal"


def replay(  # noqa: PLR0913, PLR0917  # one argument an option
    file: Annotated[Path, typer.Argument(exists=True, help="The recording; .xz and .gz too.")],
    book: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="LOBSTER: the book file.")
    ] = None,
    format: Annotated[  # it is the option's name
        RecordingFormat | None, typer.Option("--format", help="If the name does not say it.")
    ] = None,
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    into: Annotated[
        str | None, typer.Option(metavar="URL", help="Play it into this venue (development mode).")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(min=0, help="With --into: times the recorded speed; 0 is as fast as it goes."),
    ] = 0.0,
    market: Annotated[
        str | None,
        typer.Option(metavar="BASE_QUOTE", help="With --into: the market to make.  [a new name]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Play a recording and compare fills and books with it."""
    chosen = format.value if format else guess_format(file)
    if not chosen:
        fail(f"{file.name} does not say its format; add --format tape, lobster or journal")
    if book and chosen != "lobster":
        fail("--book goes with --format lobster")
    if into and (core or chosen == "journal"):
        fail("--into takes a tape or LOBSTER files, and uses the venue's own core")
    if market and not into:
        fail("--market goes with --into")
    report = ReplayReport(format=chosen, core="")
    try:
        with progress_bar(file.name) as progress:
            if into:
                with VenueTarget(into, report, speed, market or "") as venue:
                    play(file, venue, report, book, progress)
            else:
                _play_here(file, book, choose_core(core), report, progress)
    except BadRecording as error:
        fail(str(error), DAMAGE)
    except VenueRefused as error:
        fail(f"{into}: {error}", DAMAGE)
    show(report, f"replay of {file.name}", json)
    raise typer.Exit(0 if report.agrees else DAMAGE)


def _play_here(
    file: Path, book: Path | None, factory: CoreFactory, report: ReplayReport, progress: Progress
) -> None:
    report.core = factory().implementation
    if report.format == "journal":
        play_journal(file, factory, report, progress)
    else:
        play(file, EngineTarget(factory, report), report, book, progress)
