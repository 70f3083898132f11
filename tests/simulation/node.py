"""One node: a venue with its disk, its ledger and its clock, that dies and comes back.

All of it is real but the clock, the disk and the event loop: recovery, sequencer, pipeline, engine,
prompter, ledger. A witness sees every command take effect.
"""

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from outcry.adapters.prompter import Prompter
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from outcry.pipeline import Hooks, Pipeline, PipelineSettings
from outcry.ports import Clock, LogDamaged
from outcry.recovery import Recovered, recover
from outcry.sequencer.sequencer import Sequencer
from tests.simulation.chronicle import Chronicle
from tests.simulation.damage import Damage
from tests.simulation.disk import Disk
from tests.simulation.faults import SNAPSHOT_STEPS, Broken, Crash, Faults
from tests.simulation.keeper import SPOILT, Keeper, Word
from tests.simulation.ledger import VolatileLedger
from tests.simulation.scheduler import MS, Scheduler
from tests.simulation.stores import DiskLog, DiskSnapshots
from tests.simulation.witness import Once, Recollection, Watched, Witness

SETTINGS = PipelineSettings(
    queue_commands=10, batch_commands=5, batch_bytes=1 << 14, snapshot_commands=50
)


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
        self.keeper = Keeper(scheduler, faults, seen, build.ledger)
        self.damage = Damage(self.disk, self.keeper, scheduler, seen)
        self.factory = build.core()
        self.life = 0
        """Which life this is; actions of an earlier one are void."""
        self.alive = False
        self.digests: dict[int, bytes] = {}
        """Of its state at each death."""
        self._disturbed = False
        self._build = build
        self._witness = witness
        self.engine = Engine(self.factory())
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
        self.keeper.start(self.log, self.snapshots, self.factory)
        self.engine = recovered.engine
        hooks = Hooks(
            schedule=lambda step: self.later(2 * MS, step),
            aside=lambda work: self.later(5 * MS, work),
            checkpoint=lambda: self.keeper.sequence,
            reached=self._reached,
        )
        sequencer = self._build.sequencer(self.log, self.clock, recovered.tail)
        watched = Watched(self.engine, self._witness)
        readers = [Word(self._note)]
        self.pipeline = Pipeline(watched, sequencer, readers, SETTINGS, self.snapshots, hooks)
        prompter = Prompter(self.pipeline, self._due, 0)
        self.alive = True
        self._again(30 * MS, prompter.look)
        self._again(20 * MS, self._keep)

    def _recover(self) -> Recovered:
        recollection = Recollection(self._witness)
        checkpoint = self.keeper.open().checkpoint()
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
        self.keeper.lose()
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
        self.keeper.disk.cut()
        self.seen["torn write"] += self.disk.torn > torn

    def disturb(self) -> None:
        """Let faults happen from now on."""
        self._disturbed = self.keeper.disturbed = True

    def leave_alone(self) -> None:
        """Let no more faults happen."""
        self._disturbed = self.keeper.disturbed = False

    def rests(self) -> bool:
        """Return whether it is there, ledger and all, and nothing is under way."""
        return self.alive and self.keeper.alive and not self.pipeline.counters.waiting

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

    # The ledger

    def _note(self, sequence: int, digest: bytes) -> None:
        """Let the ledger's process hear what was published."""
        self.later(3 * MS, lambda: self.keeper.note(sequence, digest))

    def _keep(self) -> None:
        """Let the ledger's process look for news, or let it begin again."""
        try:
            self.keeper.look(self.log, self.snapshots, self.factory)
        except (LogDamaged, *SPOILT) as error:
            self.damage.explain(error, "ledger")
            self.damage.repair("ledger")

    # What goes wrong

    def _reached(self, step: str) -> None:
        if not self._disturbed:
            return
        scheduler, faults = self.scheduler, self.faults
        rate = faults.crash_in_snapshot if step in SNAPSHOT_STEPS else faults.crash_at_step
        if scheduler.chance(rate):
            self.seen[f"crash {step}"] += 1
            raise Crash(self.name)
        if step == "before_append":
            self._go_wrong()

    def _go_wrong(self) -> None:
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
