"""A venue, its disk, its network and its clients, with faults, in one thread and virtual time.

The disk and the clients live through everything; the venue dies with all it had in memory and comes
back through recovery. After every step of the venue the promises are checked.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from outcry import codec
from outcry.adapters.memory import MemoryLog, MemorySnapshots
from outcry.domain.events import Event, OrderAccepted
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from outcry.pipeline import HALTED, Hooks, Pipeline, PipelineSettings
from outcry.ports import Checkpoint, EventBatch, EventReader, Refused
from outcry.recovery import inspect, recover
from outcry.sequencer.sequencer import Sequencer
from tests.simulation.clients import Client, Reply, Request, Result
from tests.simulation.scheduler import MS, US, Scheduler
from tests.support.script import BTC, MARKET, USDT, opening

ACCOUNTS = (1, 2, 3)
SETTINGS = PipelineSettings(
    queue_commands=8, batch_commands=5, batch_bytes=4_096, snapshot_commands=25
)


class Crash(BaseException):  # Not an Exception: nothing in the venue may catch a power cut.
    """The power is gone."""


class Broken(AssertionError):
    """A promise was broken."""


class Projection(EventReader):
    """Rows with their checkpoint, written together; what is not written dies with the venue."""

    def __init__(self) -> None:
        self.rows: list[Event] = []
        self.checkpoint = Checkpoint()
        self._waiting: list[EventBatch] = []

    def consume(self, batch: EventBatch) -> None:
        self._waiting.append(batch)

    def flush(self) -> None:
        for batch in self._waiting:
            self.rows.extend(batch.events)
            self.checkpoint = Checkpoint(1, batch.last_sequence, batch.chain_hash)
        self._waiting.clear()

    def crash(self) -> None:
        self._waiting.clear()


@dataclass
class Build:
    """The parts a world is made of; a broken build changes one of them."""

    log: Callable[[], MemoryLog] = MemoryLog
    sequencer: type[Sequencer] = Sequencer
    projection: Callable[[], Projection] = Projection
    core: Callable[[], CoreFactory] = lambda: choose("reference")


@dataclass
class Faults:
    """How likely each fault is."""

    crash_at_step: float = 0.012
    crash_any_time: int = 3
    """Crashes at arbitrary moments, spread over a run."""
    append_fails: float = 0.01
    message_lost: float = 0.06
    message_twice: float = 0.06
    snapshot_damaged: float = 0.3
    """At a crash."""
    clock_jumps: float = 0.02


@dataclass
class World:
    """One run. `play` returns when every client has an answer to everything, or raises."""

    seed: int
    commands: int = 60
    """Commands of each client."""
    faults: Faults = field(default_factory=Faults)
    build: Build = field(default_factory=Build)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.seed)
        self.log = self.build.log()
        self.snapshots = MemorySnapshots()
        self.projection = self.build.projection()
        self.factory = self.build.core()
        self.seen: Counter[str] = Counter()
        self.life = 0
        """Which life of the venue this is; actions of an earlier one are void."""
        self.alive = False
        self.acknowledged: dict[tuple[int, str], Result] = {}
        self.digests: dict[int, bytes] = {}
        self.engine = Engine(self.factory())
        self.pipeline: Pipeline | None = None
        self.clients = [
            Client(account, self.commands, self.scheduler, self._request, self._told)
            for account in ACCOUNTS
        ]

    # The run

    def play(self) -> "World":
        """Run until everybody is content, then check the whole."""
        self._restart()
        for client in self.clients:
            client.start()
        for _ in range(self.faults.crash_any_time):
            self.scheduler.soon(0, 400 * MS, self._die)
        self.scheduler.soon(0, 10 * MS, self._flush)
        while not all(client.done for client in self.clients):
            action = self.scheduler.next()
            assert action, "nothing happens any more"
            self._perform(action)
        self._check_the_whole()
        return self

    def _perform(self, action: Callable[[], object]) -> None:
        try:
            action()
        except Crash:
            self._die()
        if self.alive and self.pipeline and self.pipeline.state == HALTED:
            self.seen["halt"] += 1
            self._die()
        if self.alive:
            self._check_step()

    def trace(self) -> str:
        """Return a hash over everything that a run decided."""
        told = sorted((key, str(result)) for key, result in self.acknowledged.items())
        parts = (told, sorted(self.seen.items()), self.log.tail(), self.engine.digest())
        return sha256(repr(parts).encode()).hexdigest()

    # The venue

    def _restart(self) -> None:
        self.life += 1
        life = self.life
        before = len(self.projection.rows)
        recovered = recover(
            self.log, self.snapshots, self.factory, self.projection.checkpoint, [self.projection]
        )
        self.engine = recovered.engine
        self.seen["recovery from a snapshot"] += recovered.snapshot_sequence > 0
        self.seen["passed over a damaged snapshot"] += bool(recovered.warnings)
        self._check_recovered(before)
        hooks = Hooks(
            schedule=lambda step: self._later(life, 2 * MS, step),
            aside=lambda work: self._later(life, 5 * MS, work),
            checkpoint=lambda: self.projection.checkpoint.sequence,
            reached=self._reached,
        )
        sequencer = self.build.sequencer(self.log, self.scheduler, recovered.tail)
        self.pipeline = Pipeline(
            self.engine, sequencer, [self.projection], SETTINGS, self.snapshots, hooks
        )
        if recovered.tail.sequence == 0:
            self._open(self.pipeline)
        self.alive = True

    def _open(self, pipeline: Pipeline) -> None:
        """Define the venue, before anybody is there."""
        for record in opening():
            pipeline.submit(record, 1, lambda _: None)
            pipeline.step()

    def _later(self, life: int, delay_ns: int, work: Callable[[], object]) -> None:
        def if_still_there() -> None:
            if self.alive and self.life == life:
                work()

        self.scheduler.soon(0, delay_ns, if_still_there)

    def _reached(self, step: str) -> None:
        scheduler = self.scheduler
        if not self.alive:
            return  # The opening is not disturbed.
        if scheduler.chance(self.faults.crash_at_step):
            self.seen[f"crash {step}"] += 1
            raise Crash
        if step == "before_append":
            if scheduler.chance(self.faults.append_fails):
                self.seen["append failed"] += 1
                self.log.fail_next(durable=scheduler.chance(0.5))
            if scheduler.chance(self.faults.clock_jumps):
                self.seen["clock jumped"] += 1
                scheduler.skew_ns = scheduler.random.randint(-3600, 3600) * 1_000 * MS

    def _die(self) -> None:
        if not self.alive:
            return
        self.seen["death"] += 1
        self.alive = False
        self.pipeline = None
        self.log.crash()
        self.projection.crash()
        if self.snapshots.sequences() and self.scheduler.chance(self.faults.snapshot_damaged):
            self.snapshots.damage(self.snapshots.sequences()[0])
        self._check_acknowledged()
        self.scheduler.soon(1 * MS, 40 * MS, self._restart)

    def _flush(self) -> None:
        if self.alive:
            self.projection.flush()
        self.scheduler.soon(1 * MS, 20 * MS, self._flush)

    # The network

    def _request(self, record: bytes, reply: Reply) -> None:
        self._carry(lambda: self._arrive(record, reply))

    def _carry(self, deliver: Callable[[], None]) -> None:
        if self.scheduler.chance(self.faults.message_lost):
            self.seen["message lost"] += 1
            return
        self.scheduler.soon(50 * US, 4 * MS, deliver)
        if self.scheduler.chance(self.faults.message_twice):
            self.seen["message twice"] += 1
            self.scheduler.soon(50 * US, 30 * MS, deliver)

    def _arrive(self, record: bytes, reply: Reply) -> None:
        if not (self.alive and self.pipeline):
            return
        try:
            self.pipeline.submit(record, 1, lambda outcomes: self._carry(lambda: reply(outcomes)))
        except Refused as refusal:
            self.seen[f"refused {refusal.code}"] += 1

    def _told(self, client: Client, request: Request) -> None:
        assert request.result
        self.seen["retry answered"] += request.sends > 1
        self.acknowledged[client.account, request.key] = request.result

    # The promises

    def _check_step(self) -> None:
        core = self.engine.core
        sequence = core.sequence
        if sequence in self.digests:
            return
        self.digests[sequence] = self.engine.digest()
        if core.conservation_failure():
            raise Broken(f"asset {core.conservation_failure()} does not add up at {sequence}")
        _, bids, asks = core.depth(MARKET, 1)
        if bids and asks and bids[0][0] >= asks[0][0]:
            raise Broken(f"crossed book at {sequence}: {bids[0]} over {asks[0]}")

    def _check_acknowledged(self) -> None:
        """Check that whatever anybody was told is in what is left of the log."""
        records = self._records()
        for (account, key), result in self.acknowledged.items():
            command = records.get(result.sequence)
            if command != (account, key):
                raise Broken(f"{account} {key} was acknowledged at {result.sequence} and is lost")

    def _records(self) -> dict[int, tuple[int, str]]:
        found = {}
        for batch in self.log.batches:
            for record in codec.split(batch.payload):
                command = codec.decode_command(record)
                found[command.sequence] = command.account, command.key
        return found

    def _check_recovered(self, rows_before: int) -> None:
        sequence = self.engine.core.sequence
        if sequence != self.log.tail().sequence:
            raise Broken(f"recovered to {sequence}, the log ends at {self.log.tail().sequence}")
        if self.digests.get(sequence, self.engine.digest()) != self.engine.digest():
            raise Broken(f"another state at {sequence} after recovery")
        if rows_before > len(self.projection.rows):
            raise Broken("recovery took rows away")

    def _check_the_whole(self) -> None:
        self._check_acknowledged()
        report = inspect(self.log, self.snapshots, self.factory)
        if self.alive and report.digest != self.engine.digest():
            raise Broken("a replay from genesis leads to another state")
        if [line for line in report.damage if "wrong checksum" not in line]:
            raise Broken(str(report.damage))
        self._check_deposits([(asset.asset, asset.credited) for asset in report.assets])
        self._check_projection()

    def _check_deposits(self, credited: list[tuple[int, int]]) -> None:
        """Check that each deposit counts once, however often it was sent."""
        wanted = {BTC: 3 * 10**12, USDT: 3 * 10**12}
        for client in self.clients:
            for request in client.requests:
                if request.deposit_units:
                    command = codec.decode_command(request.record)
                    wanted[getattr(command, "asset")] += request.deposit_units  # noqa: B009
        if dict(credited) != wanted:
            raise Broken(f"credited {credited}, deposited {wanted}")

    def _check_projection(self) -> None:
        """Check that rows and what is still to come are each event once, in order."""
        engine, events = Engine(self.factory()), []
        for batch in self.log.read(0):
            events.extend(codec.decode_events(engine.apply(batch.payload)))
        rows = self.projection.rows
        upto = self.projection.checkpoint.sequence
        if rows != [event for event in events if event.sequence <= upto]:
            raise Broken("the projection's rows are not the events of the log")
        keys = Counter((e.account, e.key) for e in events if isinstance(e, OrderAccepted))
        if max(keys.values(), default=1) > 1:
            raise Broken("an order was accepted twice")
