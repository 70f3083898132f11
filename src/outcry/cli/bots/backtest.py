"""`outcry backtest`: a strategy against recorded flow, through the engine in this process."""

from pathlib import Path
from typing import Annotated, Any

import typer

from outcry.backtest import BacktestResult, FloorSettings, Latency, report_html
from outcry.backtest import backtest as run
from outcry.cli.bots.loading import given, load
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, progress_bar, show
from outcry.cli.replay import RecordingFormat
from outcry.replay.source import BadRecording
from outcry.strategy import Strategy
from outcry.venue import VenueError

US = 1_000


def backtest(  # noqa: PLR0913, PLR0917  # one argument an option
    strategy: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A file with one Strategy in it.")
    ],
    data: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="A LOBSTER message file or a tape.")
    ],
    book: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="LOBSTER: the book file.")
    ] = None,
    format: Annotated[  # it is the option's name
        RecordingFormat | None, typer.Option("--format", help="If the name does not say it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The report.")] = Path("backtest.html"),
    option: Annotated[
        list[str] | None, typer.Option("--set", help="name=value for the strategy; repeatable.")
    ] = None,
    tick: Annotated[str, typer.Option(help="The market's tick, in dollars.")] = "0.01",
    maker_ppm: Annotated[int, typer.Option(help="Negative: a rebate.")] = 0,
    taker_ppm: Annotated[int, typer.Option(min=0)] = 0,
    latency_us: Annotated[int, typer.Option(min=0, help="One way, to the venue.")] = 250,
    back_us: Annotated[
        int | None, typer.Option(min=0, help="One way, from the venue.  [the same]")
    ] = None,
    jitter_us: Annotated[int, typer.Option(min=0, help="By chance, up to so much more.")] = 50,
    seed: Annotated[int, typer.Option(help="Of that chance.")] = 0,
    limit: Annotated[int, typer.Option(min=0, help="So many lines of the recording.")] = 0,
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Figures for programs.")] = False,
) -> None:
    """Run a strategy against a recording; say what came of it and write a report."""
    choose_core(core)
    found = load(strategy, given(option or []))
    from_us = latency_us if back_us is None else back_us
    latency = Latency(
        to_ns=latency_us * US, from_ns=from_us * US, jitter_ns=jitter_us * US, seed=seed
    )
    floor = FloorSettings(
        tick=tick, maker_ppm=maker_ppm, taker_ppm=taker_ppm, core=core.value if core else ""
    )
    flow = {"book": book, "format": format.value if format else "", "limit": limit}
    result = _ran(found, data, flow, floor, latency)
    out.write_text(report_html(result), encoding="utf-8")
    show(result.figures() | {"report": str(out)}, f"{result.strategy} on {data.name}", json)


def _ran(
    strategy: Strategy, data: Path, flow: dict[str, Any], floor: FloorSettings, latency: Latency
) -> BacktestResult:
    """Run it, or end with what is wrong with the recording."""
    try:
        with progress_bar(data.name) as progress:
            return run(strategy, data, settings=floor, latency=latency, progress=progress, **flow)
    except (BadRecording, OSError) as error:
        fail(str(error), DAMAGE)
    except VenueError as error:
        fail(f"there is no such market: {error}")
