"""Runs a venue from its first breath to its last."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from outcry import codec
from outcry.adapters.control_socket import control_socket
from outcry.adapters.data_dir import open_data_dir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.garbage import Collector
from outcry.adapters.lasting import lasting
from outcry.adapters.operator_calls import OperatorCalls
from outcry.adapters.prompter import Prompter
from outcry.adapters.watchdog import LOOKS, Watchdog
from outcry.bootstrap.assembly import assemble, clock_of
from outcry.bootstrap.status import operator_status
from outcry.bootstrap.venue import Venue
from outcry.config import Settings
from outcry.domain.commands import RULES, ActivateRules, ResetSessions
from outcry.domain.rejects import Reject
from outcry.engine.orders.terms import special
from outcry.gateway.express.port import Entrance
from outcry.gateway.server import serve
from outcry.gateway.special.outcomes import rejection_of
from outcry.ports import Clock, Outcomes

_log = structlog.get_logger("venue")

Prepare = Callable[[Venue], Awaitable[None]]


async def _nothing(_: Venue) -> None:
    """Prepare nothing."""


@asynccontextmanager
async def running_venue(
    settings: Settings, prepare: Prepare = _nothing, clock: Clock | None = None
) -> AsyncIterator[Venue]:
    """Run a venue; on the way out drain it.

    `prepare` may use the flow before anybody else can, and knows the address already. `clock` is
    the one to go by, if not the machine's.

    Raises:
        DataDirBusy: another process has the data folder.
        LogDamaged: the log, a snapshot or the ledger contradict each other.
        ImportError: the wanted core was not built.
        OSError: the folder or the port cannot be had.
    """
    async with AsyncExitStack() as stack:
        data = open_data_dir(Path(settings.data))
        stack.callback(data.close)
        reached = fail_points()
        venue = assemble(settings, data, clock or clock_of(settings), stack, reached)
        await _watch_loop(settings, stack)
        venue.ledger.begin()
        stack.push_async_callback(venue.ledger.end, settings.process.drain_timeout_s)
        prompting = asyncio.create_task(lasting(_prompter(venue).run, "prompter"), name="prompter")
        stack.callback(prompting.cancel)
        await _begin(venue)
        await _end_sessions(venue)
        entrance = await _entrance(venue, stack)
        await prepare(venue)
        await venue.lookout.look()
        reached("before_listen")
        venue.started_ns = venue.services.clock.now_ns()
        await serve(venue.services, entrance, stack)
        identity = venue.services.identity
        calls = OperatorCalls(venue.lookout, lambda: operator_status(venue), identity)
        await stack.enter_async_context(control_socket(data.control, calls.handle))
        looking = asyncio.create_task(lasting(venue.lookout.run, "guard"), name="guard")
        stack.callback(looking.cancel)
        # Pushed last and so done first: answers still have a connection to go to.
        stack.push_async_callback(_drain, venue, looking, reached)
        gc.collect()
        gc.freeze()
        collector = Collector(
            lambda: venue.pipeline.counters.commands, asyncio.get_running_loop().time
        )
        collecting = asyncio.create_task(lasting(collector.run, "collector"), name="collector")
        stack.callback(collecting.cancel)
        yield venue


async def _begin(venue: Venue) -> None:
    """Let a new venue go by the newest rules. One with a past stays on those it has."""
    rules = venue.engine.core.rules
    if venue.recovered.tail.sequence:
        if rules < RULES:
            _log.info(
                "older rules in force", rules=rules, newest=RULES, how="outcry rules activate"
            )
        return
    commands = [ActivateRules(rules=number, staff=True) for number in range(rules + 1, RULES + 1)]
    records = b"".join(codec.encode_command(command) for command in commands)
    answered: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    venue.pipeline.submit(records, len(commands), answered.set_result)
    await answered


async def _end_sessions(venue: Venue) -> None:
    """Cancel what was tied to a session: no connection has outlived the process it was to."""
    core = venue.engine.core
    orders = (special(core, order_id) for order_id in core.special_orders())
    if not any(order is not None and order.terms.session for order in orders):
        return
    answered: asyncio.Future[Outcomes | None] = asyncio.get_running_loop().create_future()
    venue.pipeline.submit(codec.encode_command(ResetSessions()), 1, answered.set_result)
    outcomes = await answered
    refused = rejection_of(outcomes[0]) if outcomes else None
    _log.info("sessions of before ended", refused=refused and Reject(refused.reason).name.lower())


async def _watch_loop(settings: Settings, stack: AsyncExitStack) -> None:
    """Let a watchdog end the process when the loop stops turning, on a stuck disk for one."""
    timeout_s = settings.process.watchdog_timeout_s
    if not timeout_s:
        return
    watchdog = Watchdog(timeout_s)

    async def turn() -> None:
        while True:
            watchdog.turn()
            await asyncio.sleep(timeout_s / LOOKS / 2)

    turning = asyncio.create_task(turn(), name="watchdog")
    watchdog.start()
    stack.callback(watchdog.stop)
    stack.callback(turning.cancel)


async def _entrance(venue: Venue, stack: AsyncExitStack) -> Entrance:
    """Take the address that the venue will answer at."""
    settings, entrance = venue.settings, Entrance()
    port = await entrance.take(settings.host, settings.port, settings.gateway.silence_max_s)
    stack.callback(entrance.close)
    local = settings.host in ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104  # a comparison
    venue.url = f"http://{'localhost' if local else settings.host}:{port}"
    return entrance


def _prompter(venue: Venue) -> Prompter:
    """Let orders end and auctions be told of in time."""
    engine, clock = venue.engine, venue.services.clock
    interval_s = venue.settings.process.prompt_interval_s
    return Prompter(venue.pipeline, lambda: engine.waits_for_time(clock.now_ns()), interval_s)


async def _drain(
    venue: Venue, looking: "asyncio.Task[None]", reached: Callable[[str], None]
) -> None:
    """Finish what is under way and write the state down."""
    venue.url = ""
    looking.cancel()
    reached("before_drain")
    await venue.pipeline.drain(venue.settings.process.drain_timeout_s)
    reached("after_drain")
