"""`outcry up`: the whole venue in this process, until it is told to end."""

import asyncio
import signal
import sys
from dataclasses import replace
from errno import EADDRINUSE
from pathlib import Path
from time import perf_counter
from typing import Annotated, TextIO, cast

import msgspec
import structlog
import typer

from outcry import __version__
from outcry.adapters.crashes import log_crashes
from outcry.adapters.data_dir import DataDirBusy
from outcry.adapters.limits import raise_open_files, refuse_core_dumps
from outcry.adapters.log_writer import LogWriter
from outcry.adapters.memory_use import give_back_large_blocks
from outcry.adapters.operations import OperationsDamaged
from outcry.adapters.sqlite_identity import IdentityUnusable
from outcry.adapters.telemetry import configure, harmless
from outcry.bootstrap import Venue, running_venue
from outcry.cli.demo import past, seeding
from outcry.cli.demo.bots import DemoBots
from outcry.cli.demo.staff import staff_of
from outcry.cli.output import DAMAGE, HOW_TO_COMPILE, event_loop, fail
from outcry.config import BadSettings, Settings, read_settings
from outcry.domain.trouble import Trouble
from outcry.gateway.bench.clock import MovedClock
from outcry.ports import LogDamaged, ProofsUnusable, Unavailable
from outcry.recovery import DoesNotApply


def up(  # one argument an option
    data: Annotated[Path | None, typer.Option(help="The data folder.  [default: data]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="0: any free.  [default: 8000]")
    ] = None,
    host: Annotated[str | None, typer.Option(help="[default: 127.0.0.1]")] = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Markets, traders, development mode; never in public."),
    ] = False,
    maker: Annotated[
        bool | None,
        typer.Option("--maker/--no-maker", help="With --demo: let a market maker trade.  [on]"),
    ] = None,
    bench: Annotated[
        bool,
        typer.Option("--bench", help="Faults on demand, to test bots; never in public."),
    ] = False,
) -> None:
    """Start the venue: everything in one process, on one data folder."""
    try:
        settings = _settings(data, port, host, demo=demo, bench=bench)
        trades = settings.demo.maker if maker is None else maker
        code = event_loop()(_serve(settings, demo, with_maker=demo and trades and not bench))
    except BadSettings as error:
        fail(str(error))
    except DataDirBusy as error:
        fail(f"{error}; give another folder with --data")
    except (LogDamaged, IdentityUnusable, OperationsDamaged, ProofsUnusable) as error:
        fail(f"{error}; {_see(_trouble_of(error))}", DAMAGE)
    except ImportError as error:
        if "compiled" not in str(error):
            raise
        fail(f"the compiled core is not built here; {HOW_TO_COMPILE}")
    except OSError as error:
        taken = error.errno == EADDRINUSE
        fail(f"{error}; give another port with --port" if taken else str(error), DAMAGE)
    except seeding.DemoFailed as error:
        fail(str(error), DAMAGE)
    except Unavailable as error:  # A full disk, for one.
        fail(f"{error}: {error.__cause__}" if error.__cause__ else str(error), DAMAGE)
    raise typer.Exit(code)


def _settings(
    data: Path | None, port: int | None, host: str | None, *, demo: bool, bench: bool
) -> Settings:
    """Return the environment's settings, with what the command line says put over them."""
    settings = read_settings()
    given = {"data": data and str(data), "port": port, "host": host}
    changes = {name: value for name, value in given.items() if value is not None}
    gateway = replace(settings.gateway, development=demo or bench, bench=bench)
    return msgspec.structs.replace(settings, gateway=gateway, **changes)


async def _serve(settings: Settings, demo: bool, *, with_maker: bool) -> int:
    """Run until SIGTERM or SIGINT, or until the venue halts; return the exit code."""
    started = perf_counter()
    configure(stream=cast(TextIO, LogWriter(sys.stdout)))
    log_crashes()
    raise_open_files()
    refuse_core_dumps()
    give_back_large_blocks()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = past.clock_behind(settings) if with_maker else None

    async def prepare(venue: Venue) -> None:
        if demo:
            await _prepare_demo(venue, clock)

    async with running_venue(settings, prepare, clock) as venue:
        bots = DemoBots(venue) if with_maker else None
        if bots is not None:
            venue.services.bots = bots
            await bots.begin()
        _say_started(venue, perf_counter() - started, with_maker=with_maker)
        ends = [asyncio.create_task(event.wait()) for event in (stop, venue.halted)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if bots is not None:
            await bots.end()
        if not venue.halted.is_set():
            return 0
    reason = harmless(venue.pipeline.halted_reason)
    typer.echo(f"outcry: the venue halted: {reason}; {_see(venue.trouble)}", err=True)
    return DAMAGE


async def _prepare_demo(venue: Venue, clock: MovedClock | None) -> None:
    """Seed, and tell who the demo's people are, so that whoever finds the door open finds both."""
    await seeding.seed(venue)
    if clock is not None:
        await past.live_through(venue, clock)
    await asyncio.to_thread(seeding.write_file, venue, staff_of)


def _trouble_of(error: Exception) -> Trouble:
    """Return what keeps a venue from starting."""
    match error:
        case DoesNotApply():
            return Trouble.COMMAND_FAILS
        case IdentityUnusable():
            return Trouble.IDENTITY_UNUSABLE
        case OperationsDamaged():
            return Trouble.OPERATIONS_DAMAGED
        case ProofsUnusable():
            return Trouble.PROOFS_UNUSABLE
        case _:
            return Trouble.LOG_DAMAGED


def _see(trouble: Trouble) -> str:
    return f"what to do: {trouble.page}"


def _say_started(venue: Venue, seconds: float, *, with_maker: bool) -> None:
    """Say what runs here: lines for a terminal, one line of JSON for anything else."""
    core, recovered = venue.engine.core.implementation, venue.recovered
    development = venue.settings.gateway.development
    facts = {
        "version": __version__,
        "core": core,
        "rules": venue.engine.core.rules,
        "development": development,
        "url": venue.url,
        "data": venue.settings.data,
        "sequence": venue.engine.core.sequence,
        "recovered_sequence": recovered.tail.sequence,
        "replayed": recovered.replayed,
        "digest": venue.engine.digest().hex(),
        "seconds": round(seconds, 3),
    }
    if not sys.stdout.isatty():
        structlog.get_logger("venue").info("started", **facts)
        return
    slow = "" if core == "compiled" else f"  (slower; for the compiled one {HOW_TO_COMPILE})"
    lines = [
        f"outcry {__version__} on {venue.url}  (API: {venue.url}/docs)",
        f"  core       {core}{slow}",
        f"  data       {venue.settings.data}",
        f"  recovered  sequence {recovered.tail.sequence:,}, {recovered.replayed:,} replayed,"
        f" ready after {seconds:.2f} s",
        f"  digest     {facts['digest']}",
    ]
    if development:
        path = Path(venue.settings.data) / seeding.DEMO_FILE
        lines.append("  DEVELOPMENT MODE: anybody may make money and markets; never in public")
        if path.exists():
            lines.append(f"  people     {path}: traders, and staff for {venue.url}/admin")
    if with_maker:
        lines.append("  maker      quotes BTC_USDT and ETH_USDT; --no-maker lets them rest")
    if venue.settings.gateway.bench:
        lines.append("  BENCH: whoever asks may let things go wrong (docs/guide/bench.md)")
    typer.echo("\n".join(lines))
