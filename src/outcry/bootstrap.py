"""The one place where rooms and adapters meet: a venue in one process, from its data folder.

Nothing here decides anything. It opens what is there, recovers, wires the flow together, listens,
and on the way out does the same backwards.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from outcry import __version__
from outcry.adapters.clock import SystemClock
from outcry.adapters.data_dir import DataDir, open_data_dir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.history_flusher import HistoryFlusher
from outcry.adapters.prompter import Prompter
from outcry.adapters.signing import SigningKey
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_identity import SqliteIdentity, secret_file
from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.adapters.watchdog import LOOKS, Watchdog
from outcry.config import Settings
from outcry.domain.market import VenueMode
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.engine.snapshot import last_account
from outcry.gateway.live.private import PrivateFeed
from outcry.gateway.server import listen
from outcry.gateway.services import Services
from outcry.identity.identity import DAY_S, Identity, IdentitySettings
from outcry.ledger.history import History
from outcry.ledger.orders import Orders
from outcry.ledger.reads import history as queries
from outcry.marketdata.candle import KEPT_CANDLES
from outcry.marketdata.feed import Feed
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.marketdata.trade import KEPT_TRADES
from outcry.pipeline import HALTED, RUNNING, Hooks, Pipeline
from outcry.ports import Clock, EventReader, LedgerStore
from outcry.recovery import Recovered, recover
from outcry.sequencer.sequencer import Sequencer

COLLECT_AFTER = 50_000
"""Objects made between two looks of the garbage collector: an order makes many, and no cycles."""

_log = structlog.get_logger("venue")


class Views:
    """The readers of events, filled at the history's checkpoint and current from then on."""

    def __init__(self, store: LedgerStore) -> None:
        self.readers: list[EventReader] = []
        self.store = store

    def fill(self, engine: Engine) -> None:
        """Build every reader as it was when the history was last written."""
        assets, markets = engine.definitions()
        numbers = [market.market for market in markets]
        kept = queries.kept(self.store, numbers, KEPT_CANDLES, KEPT_TRADES)
        self.registry = Registry(assets, markets, engine.core.mode)
        self.market_data = MarketData(self.registry)
        self.market_data.restore(engine.core, kept.candles, kept.prints, engine.core.now_ns)
        self.orders = Orders(markets)
        self.orders.restore(kept.open_orders, kept.trades_of_open_orders)
        checkpoint = self.store.checkpoint()
        self.history = History(self.orders, checkpoint, self.market_data.take_candles)
        self.private = PrivateFeed()
        # The history comes after those it takes rows from, the private feed after the orders.
        self.readers += [
            self.registry,
            self.market_data,
            self.orders,
            self.history,
            self.private,
        ]


class Alarms:
    """Logs what goes wrong beside the flow, and notes when the flow itself has halted."""

    def __init__(self) -> None:
        self.halted = asyncio.Event()
        self.pipeline: Pipeline | None = None

    def sound(self, what: str, error: BaseException | None) -> None:
        """Log it. The pipeline sounds the alarm after it has changed its state."""
        _log.error(what, error=repr(error))
        if self.pipeline is not None and self.pipeline.state == HALTED:
            self.halted.set()


@dataclass(slots=True)
class Venue:
    """A venue that runs in this process."""

    settings: Settings
    pipeline: Pipeline
    services: Services
    recovered: Recovered
    halted: asyncio.Event
    """Set when the venue stopped itself: the process should end and recover."""
    url: str = ""
    """Where it listens; empty until it does."""

    @property
    def engine(self) -> Engine:
        """The engine, for reads."""
        return self.services.engine

    def ready(self) -> bool:
        """Return whether orders can be placed."""
        normal = self.engine.core.mode == VenueMode.NORMAL
        return bool(self.url) and normal and self.pipeline.state == RUNNING


Prepare = Callable[[Venue], Awaitable[None]]


async def _nothing(_: Venue) -> None:
    """Prepare nothing."""


@asynccontextmanager
async def running_venue(settings: Settings, prepare: Prepare = _nothing) -> AsyncIterator[Venue]:
    """Run a venue; on the way out drain it.

    `prepare` may use the flow before anybody else can.

    Raises:
        DataDirBusy: another process has the data folder.
        LogDamaged: the log, a snapshot or the history contradict each other.
        ImportError: the wanted core was not built.
        OSError: the folder or the port cannot be had.
    """
    async with AsyncExitStack() as stack:
        data = open_data_dir(Path(settings.data))
        stack.callback(data.close)
        venue, flusher = _assemble(settings, data, stack)
        await _watch_loop(settings, stack)
        writing = asyncio.create_task(flusher.run(), name="history")
        stack.push_async_callback(_finish_writing, flusher, writing)
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


def _assemble(
    settings: Settings, data: DataDir, stack: AsyncExitStack
) -> tuple[Venue, HistoryFlusher]:
    """Open the stores, recover, and wire the flow. What is opened is closed by `stack`."""
    reached, clock = fail_points(), SystemClock()
    log = SqliteLog(data.log)
    stack.callback(log.close)
    snapshots = SnapshotFiles(data.snapshots, reached=reached)
    store = _open_history(data.ledger)
    stack.callback(store.close)
    views = Views(store)
    recovered = _recover(settings, log, snapshots, views)
    alarms = Alarms()
    pipeline = Pipeline(
        recovered.engine,
        Sequencer(log, clock, recovered.tail),
        views.readers,
        settings.pipeline,
        snapshots,
        Hooks(
            checkpoint=lambda: views.history.checkpoint.sequence,
            alarm=alarms.sound,
            reached=reached,
        ),
    )
    alarms.pipeline = pipeline
    interval_s = settings.process.flush_interval_s
    flusher = HistoryFlusher(views.history, store, interval_s, alarms.sound)
    identity = _open_identity(settings, data, clock, recovered.engine, stack)
    services = Services(
        entry=pipeline,
        engine=recovered.engine,
        registry=views.registry,
        market_data=views.market_data,
        feed=Feed(views.market_data),
        orders=views.orders,
        history_store=store,
        caught_up=flusher.caught_up,
        identity=identity,
        clock=clock,
        private=views.private,
        proofs=_open_proofs(data, log, stack),
        settings=settings.gateway,
        version=__version__,
    )
    venue = Venue(settings, pipeline, services, recovered, alarms.halted)
    services.ready = venue.ready
    services.gauges = lambda: gauges(venue, views, flusher)
    return venue, flusher


def _recover(
    settings: Settings, log: SqliteLog, snapshots: SnapshotFiles, views: Views
) -> Recovered:
    factory = choose(settings.core)
    recovered = recover(
        log, snapshots, factory, views.store.checkpoint(), views.readers, views.fill
    )
    for warning in recovered.warnings:
        _log.warning("snapshot not used", reason=warning)
    return recovered


def _open_identity(
    settings: Settings, data: DataDir, clock: Clock, engine: Engine, stack: AsyncExitStack
) -> Identity:
    """Open the people. No account that the log knows is ever given to somebody new."""
    people = SqliteIdentity(data.identity, last_account=last_account(engine.snapshot()))
    stack.callback(people.close)
    secret = secret_file(secret_path(settings))
    if settings.gateway.development:
        return Identity(people, clock, IdentitySettings(secret, access_lifetime_s=DAY_S))
    return Identity(people, clock, IdentitySettings(secret))


def _open_proofs(data: DataDir, log: SqliteLog, stack: AsyncExitStack) -> SqliteProofs:
    """Open what was published of this log; its key is made at the first start."""
    proofs = SqliteProofs(data.proofs, log.log_id, SigningKey(data.signing_key).public_key)
    stack.callback(proofs.close)
    return proofs


def secret_path(settings: Settings) -> Path:
    """Return where a venue keeps the secret that signs its tokens."""
    return Path(settings.data) / "secret"


def _open_history(path: Path) -> SqliteLedger:
    """Open the history. One that cannot be used is put aside: the log has everything in it."""
    try:
        return SqliteLedger(path)
    except LedgerUnusable as error:
        _log.warning("history made anew from the log", reason=str(error))
        for suffix in ("", "-wal", "-shm"):
            spoiled = path.with_name(path.name + suffix)
            if spoiled.exists():
                spoiled.replace(path.with_name(f"{path.name}.damaged{suffix}"))
        return SqliteLedger(path)


def gauges(venue: Venue, views: Views, flusher: HistoryFlusher) -> dict[str, float]:
    """Return the numbers that `/metrics` shows besides the gateway's own."""
    counters, history = venue.pipeline.counters, views.history
    return {
        "outcry_commands_total": counters.commands,
        "outcry_batches_total": counters.batches,
        "outcry_events_total": counters.events,
        "outcry_refused_total": counters.refused,
        "outcry_reply_failures_total": counters.reply_failures,
        "outcry_snapshots_total": counters.snapshots,
        "outcry_snapshot_failures_total": counters.snapshot_failures,
        "outcry_snapshot_sequence": counters.snapshot_sequence,
        "outcry_waiting_commands": counters.waiting,
        "outcry_last_sequence": counters.last_sequence,
        "outcry_history_lag_commands": history.sequence - history.checkpoint.sequence,
        "outcry_history_cpu_seconds_total": flusher.cpu_seconds,
        "outcry_open_orders": views.orders.open_count,
        "outcry_recovery_seconds": venue.recovered.seconds,
        "outcry_recovery_commands": venue.recovered.replayed,
    }


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


async def _finish_writing(flusher: HistoryFlusher, writing: "asyncio.Task[None]") -> None:
    flusher.stop()
    await writing
