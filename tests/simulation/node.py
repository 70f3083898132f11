"""One node: a venue with its disk, its ledger and its clock, that dies and comes back.

All of it is real but the clock, the disk and the event loop: recovery, sequencer, pipeline, engine,
prompter, ledger. A witness sees every command take effect.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from outcry.adapters.prompter import Prompter
from outcry.adapters.sqlite_ledger import UNREADABLE, LedgerUnusable
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from outcry.follower import digest_of
from outcry.ledger.check import LedgerBroken
from outcry.ledger.tables import TABLES
from outcry.pipeline import Hooks, Pipeline, PipelineSettings
from outcry.ports import (
    Clock,
    EventBatch,
    EventReader,
    LedgerAltered,
    LedgerDamaged,
    LedgerMoved,
    LogDamaged,
)
from outcry.recovery import Recovered, recover
from outcry.sequencer.sequencer import Sequencer
from tests.simulation.chronicle import Chronicle
from tests.simulation.damage import Damage
from tests.simulation.disk import Disk
from tests.simulation.faults import (
    SNAPSHOT_STEPS,
    Broken,
    Crash,
    Faults,
    LedgerCrash,
)
from tests.simulation.ledger import LedgerDisk, LedgerProcess, VolatileLedger
from tests.simulation.scheduler import MS, Scheduler
from tests.simulation.stores import DiskLog, DiskSnapshots
from tests.simulation.witness import Once, Recollection, Watched, Witness

SETTINGS = PipelineSettings(
    queue_commands=10, batch_commands=5, batch_bytes=1 << 14, snapshot_commands=50
)
SPOILT = (
    *UNREADABLE, LedgerUnusable, LedgerDamaged, LedgerBroken, LedgerAltered, LedgerMoved,
)  # fmt: skip
"""What the keeping of a ledger ends in whose store is not what it was."""


@dataclass(frozen=True)
class Build:
    """The parts a node is made of; a broken build changes one of them."""

    log: type[DiskLog] = DiskLog
    sequencer: type[Sequencer] = Sequencer
    ledger: type[VolatileLedger] = VolatileLedger
    core: Callable[[], CoreFactory] = choose
    """The compiled core where it is built."""


class NodeClock(Clock):
    """The clock of a node, which may be wrong."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.skew_ns = 0
        self._scheduler = scheduler

    @override
    def now_ns(self) -> int:
        return self._scheduler.now_ns() + self.skew_ns


class Word(EventReader):
    """Tells the ledger's process what the venue has published."""

    def __init__(self, tell: Callable[[int, bytes], None]) -> None:
        self._tell = tell

    @override
    def consume(self, batch: EventBatch) -> None:
        self._tell(batch.last_sequence, digest_of(batch))


class Node:
    """A venue in one process, and what is left of it when that ends."""

    def __init__(
        self,
        name: str,
        scheduler: Scheduler,
        witness: Witness,
        build: Build,
        faults: Faults,
        seen: Chronicle,
    ) -> None:
        self.name = name
        self.scheduler = scheduler
        self.faults = faults
        self.seen = seen
        self.clock = NodeClock(scheduler)
        self.disk = Disk(scheduler.random)
        self.ledger_disk = LedgerDisk(scheduler.random)
        self.damage = Damage(self.disk, self.ledger_disk, scheduler, seen)
        self.factory = build.core()
        self.life = 0
        """Which life this is; actions of an earlier one are void."""
        self.alive = False
        self.disturbed = False
        """Whether faults happen to it yet."""
        self.digests: dict[int, bytes] = {}
        """Of its state at each death."""
        self._late_until_ns = 0
        self._build = build
        self._witness = witness
        self.engine = Engine(self.factory())
        self.ledger: LedgerProcess | None = None
        self.pipeline: Pipeline

    # Coming and going

    def start(self) -> None:
        """Recover, and begin to serve.

        Raises:
            LogDamaged: log, snapshots and ledger contradict each other.
            LedgerUnusable: the ledger is damaged.
        """
        self.life += 1
        self.waiting: list[Once] = []
        self.log = self._build.log(self.disk, self._reached)
        self.snapshots = DiskSnapshots(self.disk, self._reached)
        recovered = self._recover()
        self.start_ledger()
        self.engine = recovered.engine
        hooks = Hooks(
            schedule=lambda step: self.later(2 * MS, step),
            aside=lambda work: self.later(5 * MS, work),
            checkpoint=lambda: self.ledger_sequence,
            reached=self._reached,
        )
        sequencer = self._build.sequencer(self.log, self.clock, recovered.tail)
        watched = Watched(self.engine, self._witness)
        readers = [Word(self._note)]
        self.pipeline = Pipeline(watched, sequencer, readers, SETTINGS, self.snapshots, hooks)
        prompter = Prompter(self.pipeline, self._due, 0)
        self.alive = True
        self._again(30 * MS, prompter.look)
        self._again(20 * MS, self._follow)

    def _recover(self) -> Recovered:
        recollection = Recollection(self._witness)
        checkpoint = self._open_ledger().checkpoint()
        recovered = recover(self.log, self.snapshots, self.factory, checkpoint, [recollection])
        replayed = self.log.read(recovered.snapshot_sequence)
        recollection.check(recovered.engine, self.engine, replayed)
        sequence, digest = recovered.engine.core.sequence, recovered.engine.digest()
        if sequence != self.log.tail().sequence:
            raise Broken(f"recovered to {sequence}, the log ends at {self.log.tail().sequence}")
        if self.digests.get(sequence, digest) != digest:
            raise Broken(f"another state at {sequence} after recovery")
        self.seen["recovery from a snapshot"] += recovered.snapshot_sequence > 0
        self.seen["passed over a damaged snapshot"] += bool(recovered.warnings)
        return recovered

    def die(self) -> None:
        """End here and now, with all that was in memory; perhaps the power goes as well."""
        if not self.alive:
            return
        self.seen["death"] += 1
        self.alive = False
        self.digests[self.engine.core.sequence] = self.engine.digest()
        self.ledger = None
        without_power = self.scheduler.chance(self.faults.power_cut)
        if without_power:
            self._lose_power()
        self.disk.free_bytes, self.disk.failing_sync = -1, None
        if self.scheduler.chance(self.faults.damage):
            self.damage.happen(spare_log=without_power)

    def _lose_power(self) -> None:
        self.seen["power cut"] += 1
        torn = self.disk.torn
        self.disk.cut()
        self.ledger_disk.cut()
        self.seen["torn write"] += self.disk.torn > torn

    def rests(self) -> bool:
        """Return whether it is there, ledger and all, and nothing is under way."""
        return self.alive and self.ledger is not None and not self.pipeline.counters.waiting

    def later(self, delay_ns: int, work: Callable[[], object]) -> None:
        """Let something happen in this life."""
        life = self.life

        def if_still_there() -> None:
            if self.alive and self.life == life:
                work()

        self.scheduler.soon(0, delay_ns, if_still_there)

    def _again(self, every_ns: int, work: Callable[[], object]) -> None:
        """Let something happen again and again in this life."""

        def work_again() -> None:
            work()
            self._again(every_ns, work)

        self.later(every_ns, work_again)

    def _due(self) -> bool:
        return self.engine.waits_for_time(self.clock.now_ns())

    # What goes wrong

    def _reached(self, step: str) -> None:
        if not self.disturbed:
            return
        scheduler, faults = self.scheduler, self.faults
        rate = faults.crash_in_snapshot if step in SNAPSHOT_STEPS else faults.crash_at_step
        if scheduler.chance(rate):
            self.seen[f"crash {step}"] += 1
            raise Crash(self.name)
        if step == "before_append":
            self._disturb()

    def _disturb(self) -> None:
        scheduler, faults = self.scheduler, self.faults
        if scheduler.chance(faults.append_fails):
            durable = scheduler.chance(0.5)
            self.seen[f"append failed, {'durable' if durable else 'lost'}"] += 1
            self.disk.failing_sync = durable
        if scheduler.chance(faults.disk_full):
            self.seen["disk full"] += 1
            self.disk.free_bytes = scheduler.random.randint(0, 400)
        if scheduler.chance(faults.clock_jumps):
            self.seen["clock jumped"] += 1
            self.clock.skew_ns = scheduler.random.randint(-3600, 3600) * 1_000 * MS

    # The ledger

    @property
    def ledger_sequence(self) -> int:
        """How far the ledger is known to be complete."""
        return self.ledger.store.checkpoint().sequence if self.ledger else 0

    def _open_ledger(self) -> VolatileLedger:
        return self.ledger_disk.open(self._build.ledger, self._reached_by_ledger)

    def start_ledger(self) -> None:
        """Begin to follow the log, from where the ledger ends."""
        parts = (self.log, self.snapshots, self.factory, self._reached_by_ledger)
        self.ledger = LedgerProcess(self._open_ledger(), *parts)

    def _reached_by_ledger(self, step: str) -> None:
        rate = self.faults.ledger_crashes / (1 if step != "mid_projection" else len(TABLES))
        if self.disturbed and self.scheduler.chance(rate):
            self.seen[f"ledger crash {step}"] += 1
            raise LedgerCrash

    def _note(self, sequence: int, digest: bytes) -> None:
        self.later(3 * MS, lambda: self.ledger and self.ledger.note(sequence, digest))

    def _follow(self) -> None:
        """Let the ledger look for news, unless it is not there or has other things to do."""
        scheduler, faults = self.scheduler, self.faults
        if self.ledger is None or not self.ledger.behind:
            return
        if scheduler.elapsed_ns < self._late_until_ns:
            return
        if scheduler.chance(faults.ledger_late):
            self.seen["ledger late"] += 1
            self._late_until_ns = scheduler.elapsed_ns + 300 * MS
        elif scheduler.chance(faults.ledger_full):
            self._look_while_full(self.ledger)
        else:
            self._look(self.ledger)

    def _look_while_full(self, ledger: LedgerProcess) -> None:
        with self.ledger_disk.full():
            try:
                ledger.look()
            except LedgerCrash:
                self._lose_ledger()
            except sqlite3.OperationalError:
                self.seen["ledger disk full"] += 1
                self._lose_ledger()

    def _look(self, ledger: LedgerProcess) -> None:
        try:
            ledger.look()
        except LedgerCrash:
            self._lose_ledger()
        except (LogDamaged, *SPOILT) as error:
            self.damage.explain(error, "ledger")
            self.damage.repair("ledger")
            self._lose_ledger()
        else:
            self.ledger_disk.sync()

    def _lose_ledger(self) -> None:
        """Let the ledger's process end, and begin again."""
        self.ledger = None
        self.later(30 * MS, self._find_ledger)

    def _find_ledger(self) -> None:
        """Let the ledger's process begin again; a damaged ledger is made anew."""
        try:
            self.start_ledger()
        except (LogDamaged, *SPOILT) as error:
            self.damage.explain(error, "ledger")
            self.damage.repair("ledger")
            self.start_ledger()
