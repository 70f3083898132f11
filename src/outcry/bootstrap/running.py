"""Runs a venue from its first breath to its last."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from outcry.adapters.data_dir import open_data_dir
from outcry.adapters.prompter import Prompter
from outcry.adapters.watchdog import LOOKS, Watchdog
from outcry.bootstrap.assembly import assemble
from outcry.bootstrap.venue import Venue
from outcry.config import Settings
from outcry.gateway.server import listen

COLLECT_AFTER = 50_000
"""Objects made between two looks of the garbage collector: an order makes many, and no cycles."""

Prepare = Callable[[Venue], Awaitable[None]]


async def _nothing(_: Venue) -> None:
    """Prepare nothing."""


@asynccontextmanager
async def running_venue(settings: Settings, prepare: Prepare = _nothing) -> AsyncIterator[Venue]:
    """Run a venue; on the way out drain it.

    `prepare` may use the flow before anybody else can.

    Raises:
        DataDirBusy: another process has the data folder.
        LogDamaged: the log, a snapshot or the ledger contradict each other.
        ImportError: the wanted core was not built.
        OSError: the folder or the port cannot be had.
    """
    async with AsyncExitStack() as stack:
        data = open_data_dir(Path(settings.data))
        stack.callback(data.close)
        venue = assemble(settings, data, stack)
        await _watch_loop(settings, stack)
        venue.ledger.begin()
        stack.push_async_callback(venue.ledger.end, settings.process.drain_timeout_s)
        prompting = asyncio.create_task(_prompter(venue).run(), name="prompter")
        stack.callback(prompting.cancel)
        await prepare(venue)
        await _listen(venue, stack)
        # Pushed last and so done first: answers still have a connection to go to.
        stack.push_async_callback(_drain, venue)
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER)
        yield venue


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


async def _listen(venue: Venue, stack: AsyncExitStack) -> None:
    settings = venue.settings
    port = await listen(venue.services, settings.host, settings.port, stack)
    local = settings.host in ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104  # a comparison
    venue.url = f"http://{'localhost' if local else settings.host}:{port}"


def _prompter(venue: Venue) -> Prompter:
    """Let orders end and auctions be told of in time."""
    engine, clock = venue.engine, venue.services.clock
    interval_s = venue.settings.process.prompt_interval_s
    return Prompter(venue.pipeline, lambda: engine.waits_for_time(clock.now_ns()), interval_s)


async def _drain(venue: Venue) -> None:
    """Finish what is under way and write the state down."""
    venue.url = ""
    await venue.pipeline.drain(venue.settings.process.drain_timeout_s)
