"""`outcry bench`: the core on a workload file, a running venue under load."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcry.bench.core import bench_core
from outcry.bench.load import LoadFailed
from outcry.bench.venue import CONNECTIONS, VenueLoad, bench_venue
from outcry.bench.workload import BadWorkload
from outcry.cli.output import DAMAGE, CoreName, choose_core, event_loop, fail, show
from outcry.client import ApiError, Unreachable

app = typer.Typer(
    help="Measure the core, or a running venue.", no_args_is_help=True, add_completion=False
)


class LoadPath(StrEnum):
    """The ways into a venue that can be measured."""

    http = "http"
    batch = "batch"
    ws = "ws"
    binance = "binance"


@app.command()
def core(
    workload: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="32-byte records, see bench/.")
    ],
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=65_536, help="Commands a call.")] = 1_024,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Measure the CPU time of a core per operation, and check its trades."""
    try:
        report = bench_core(workload, choose_core(core), batch)
    except BadWorkload as error:
        fail(str(error))
    show(report, f"core on {workload.name}", json)
    raise typer.Exit(DAMAGE if report.agrees is False else 0)


@app.command()
def venue(  # noqa: PLR0913, PLR0917  # one argument an option
    url: Annotated[str, typer.Option(help="The venue's address.")] = "http://localhost:8000",
    path: Annotated[LoadPath, typer.Option(help="Which way in.")] = LoadPath.http,
    seconds: Annotated[float, typer.Option(min=0.1, max=3_600, help="How long.")] = 5.0,
    market: Annotated[str, typer.Option(help="Where to trade.")] = "BTC_USDT",
    connections: Annotated[
        int | None, typer.Option(min=1, max=512, help="Connections; for ws: pairs of them.")
    ] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(help="A maker's, then a taker's, funded; else users are registered."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Measure durable orders a second, latency, and the server's CPU per order."""
    if token and len(token) % 2:
        fail("--token comes in pairs: a maker's, then a taker's")
    lanes = connections or CONNECTIONS[path.value]
    load = VenueLoad(url, path.value, seconds, market, lanes, tuple(token or ()))
    try:
        report = bench_venue(load, event_loop())
    except TimeoutError:
        fail(f"{url} does not answer in time", DAMAGE)
    except (ApiError, Unreachable, LoadFailed, OSError, ValueError) as error:
        fail(str(error), DAMAGE)
    show(report, f"{path.value} orders into {url}", json)
    raise typer.Exit(DAMAGE if not report.orders else 0)
