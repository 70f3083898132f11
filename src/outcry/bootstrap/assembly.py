"""Opens what lies in a data folder, recovers, and wires the flow."""

from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack, closing
from functools import cache
from pathlib import Path

import structlog

from outcry import __version__
from outcry.adapters.clock import SystemClock
from outcry.adapters.data_dir import DataDir
from outcry.adapters.following import Following
from outcry.adapters.guarded import Breaker, Breakers, GuardedIdentity, GuardedLedger, GuardedProofs
from outcry.adapters.ledger_process import process_start
from outcry.adapters.ledger_run import Start
from outcry.adapters.ledger_thread import thread_start
from outcry.adapters.lookout import Lookout
from outcry.adapters.memory_limits import MemoryLimits
from outcry.adapters.mode_desk import ModeDesk
from outcry.adapters.operations import Operations
from outcry.adapters.signing import SigningKey
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_identity import SqliteIdentity, secret_file
from outcry.adapters.sqlite_ledger_view import SqliteLedgerView, prepared, put_aside
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.bootstrap.operator import VenueOperator
from outcry.bootstrap.status import gauges, status_of
from outcry.bootstrap.venue import Alarms, Venue
from outcry.bootstrap.views import Views
from outcry.config import Settings
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.engine.snapshot import last_account
from outcry.follower.follower import FollowerSettings
from outcry.gateway.bench.clock import MovedClock
from outcry.gateway.bench.faults import LeakyFeed
from outcry.gateway.limits.gate import Gate
from outcry.gateway.services import Services
from outcry.identity.identity import DAY_S, Identity, IdentitySettings
from outcry.marketdata.feed import Feed
from outcry.pipeline import Hooks, Pipeline
from outcry.ports import Clock, LedgerDamaged, ProofStore
from outcry.recovery import Recovered, recover
from outcry.sequencer.sequencer import Sequencer

_log = structlog.get_logger("venue")

Reached = Callable[[str], None]


def assemble(
    settings: Settings, data: DataDir, clock: Clock, stack: AsyncExitStack, reached: Reached
) -> Venue:
    """Open the stores, recover, and wire the flow. What is opened is closed by `stack`.

    `reached` is told of the named steps on the way, and of those of the flow.

    Raises:
        LogDamaged: the log, a snapshot or the ledger contradict each other.
        ImportError: the wanted core was not built.
    """
    bench = settings.gateway.bench
    log = stack.enter_context(closing(SqliteLog(data.log, reached=reached)))
    snapshots = SnapshotFiles(data.snapshots, reached=reached)
    views, recovered = _sound_views(settings, data, log, snapshots, reached, stack)
    alarms = Alarms()
    parts = (views.readers, settings.pipeline, snapshots, _hooks(views, alarms, reached))
    sequencer = Sequencer(log, clock, recovered.tail)
    pipeline = alarms.pipeline = Pipeline(recovered.engine, sequencer, *parts)
    desk = ModeDesk(_open_operations(data, log, stack), pipeline, recovered.engine, clock)
    lookout = Lookout(desk, views.ledger, data.path, settings.guard)
    breakers = Breakers(clock)
    identity = _open_identity(settings, data, clock, recovered.engine, breakers.identity, stack)
    services = Services(
        entry=pipeline,
        engine=recovered.engine,
        registry=views.registry,
        market_data=views.market_data,
        feed=(LeakyFeed if bench else Feed)(views.market_data),
        orders=views.orders,
        specials=views.specials,
        limits=views.limits,
        history_store=GuardedLedger(views.store, breakers.ledger),
        ledger=views.ledger,
        identity=identity,
        clock=clock,
        private=views.private,
        binance=views.binance,
        proofs=_open_proofs(data, log, breakers, stack),
        gate=_open_gate(settings, clock, stack),
        status=lambda: status_of(venue),
        operator=cache(lambda: VenueOperator(venue, snapshots)),
        settings=settings.gateway,
        version=__version__,
    )
    watch = (desk, lookout, recovered, log.log_id, alarms.halted, breakers)
    venue = Venue(settings, pipeline, services, views, *watch)
    services.ready = venue.ready
    services.gauges = lambda: gauges(venue)
    return venue


def clock_of(settings: Settings) -> Clock:
    """Return the time of the venue: on a bench somebody may set it."""
    return MovedClock(SystemClock()) if settings.gateway.bench else SystemClock()


def _hooks(views: Views, alarms: Alarms, reached: Reached) -> Hooks:
    """Return what the flow asks of the process around it."""
    return Hooks(
        checkpoint=lambda: views.ledger.stored_sequence, alarm=alarms.sound, reached=reached
    )


def _sound_views(
    settings: Settings,
    data: DataDir,
    log: SqliteLog,
    snapshots: SnapshotFiles,
    reached: Reached,
    stack: AsyncExitStack,
) -> tuple[Views, Recovered]:
    """Recover beside the ledger, or beside a new one where that is not what was written."""
    try:
        return _views(settings, data, log, snapshots, reached, stack)
    except LedgerDamaged as error:
        _log.warning("the ledger is made anew from the log", reason=str(error))
        put_aside(data.ledger)
        return _views(settings, data, log, snapshots, reached, stack)


def _views(
    settings: Settings,
    data: DataDir,
    log: SqliteLog,
    snapshots: SnapshotFiles,
    reached: Reached,
    stack: AsyncExitStack,
) -> tuple[Views, Recovered]:
    """Recover, and fill the views on the way."""
    views = Views(_open_ledger(data, stack), _follower(settings, data), reached)
    return views, _recover(settings, log, snapshots, views)


def _open_ledger(data: DataDir, stack: AsyncExitStack) -> SqliteLedgerView:
    fault = prepared(data.ledger)
    if fault:
        _log.warning("the ledger is made anew from the log", reason=fault)
    store = SqliteLedgerView(data.ledger)
    stack.callback(store.close)
    return store


def _follower(settings: Settings, data: DataDir) -> Start | None:
    """Return what starts the ledger's followers."""
    match settings.ledger.run:
        case "process":
            return process_start(data.path, settings.core, settings.ledger.events_max)
        case "thread":
            follower = FollowerSettings(settings.ledger.events_max)
            return thread_start(Following(data, choose(settings.core), follower).run)
        case "off":
            return None


def _recover(
    settings: Settings, log: SqliteLog, snapshots: SnapshotFiles, views: Views
) -> Recovered:
    # A follower of the life before may still be writing: what is read is of one moment.
    with ExitStack() as still:
        still.enter_context(views.store.still())

        def fill(engine: Engine) -> None:
            views.fill(engine)
            still.close()

        checkpoint = views.store.checkpoint()
        recovered = recover(log, snapshots, choose(settings.core), checkpoint, views.readers, fill)
    for warning in recovered.warnings:
        _log.warning("snapshot not used", reason=warning)
    return recovered


def _open_operations(data: DataDir, log: SqliteLog, stack: AsyncExitStack) -> Operations:
    journal = Operations(data.operations, log.log_id)
    stack.callback(journal.close)
    return journal


def _open_identity(
    settings: Settings,
    data: DataDir,
    clock: Clock,
    engine: Engine,
    breaker: Breaker,
    stack: AsyncExitStack,
) -> Identity:
    """Open the people. No account that the log knows is ever given to somebody new."""
    store = SqliteIdentity(data.identity, last_account=last_account(engine.snapshot()))
    stack.callback(store.close)
    people = GuardedIdentity(store, breaker)
    secret = secret_file(secret_path(settings))
    if settings.gateway.development:
        lenient = IdentitySettings(secret, access_lifetime_s=DAY_S, factor_required=False)
        return Identity(people, clock, lenient)
    return Identity(people, clock, IdentitySettings(secret))


def _open_gate(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Gate:
    limits = MemoryLimits()
    stack.callback(limits.close)
    return Gate(limits, clock, settings.limits, development=settings.gateway.development)


def _open_proofs(
    data: DataDir, log: SqliteLog, breakers: Breakers, stack: AsyncExitStack
) -> ProofStore:
    """Open what was published of this log; its key is made at the first start."""
    proofs = SqliteProofs(data.proofs, log.log_id, SigningKey(data.signing_key).public_key)
    stack.callback(proofs.close)
    return GuardedProofs(proofs, breakers.proofs)


def secret_path(settings: Settings) -> Path:
    """Return where a venue keeps the secret that signs its tokens."""
    return Path(settings.data) / "secret"
