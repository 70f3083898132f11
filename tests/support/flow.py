"""A whole flow without a network: engine, sequencer, log and pipeline, stepped by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from outcry.adapters.memory import ManualClock, MemoryLog, MemorySnapshots
from outcry.domain.events import Event
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from outcry.pipeline import Hooks, Pipeline, PipelineSettings
from outcry.ports import EventBatch, EventReader, Log, Outcomes, SnapshotStore
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import START_NS, opening

Step = Callable[[], object]


def reference() -> CoreFactory:
    return choose("reference")


class Collector(EventReader):
    """A reader that keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[EventBatch] = []

    def consume(self, batch: EventBatch) -> None:
        self.batches.append(batch)

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch.events]


@dataclass
class Flow:
    """A pipeline whose steps wait in `scheduled` until somebody takes them."""

    log: Log = field(default_factory=MemoryLog)
    snapshots: SnapshotStore = field(default_factory=MemorySnapshots)
    settings: PipelineSettings = field(default_factory=PipelineSettings)
    hooks: Hooks = field(default_factory=Hooks)
    readers: Sequence[EventReader] = ()
    engine: Engine = field(default_factory=lambda: Engine(reference()()))

    def __post_init__(self) -> None:
        self.scheduled: list[Step] = []
        self.alarms: list[str] = []
        self.outcomes: list[Outcomes | None] = []
        self.clock = ManualClock(START_NS)
        self.collector = Collector()
        self.hooks.schedule = self.scheduled.append
        self.hooks.aside = lambda work: work()
        self.hooks.alarm = lambda what, _: self.alarms.append(what)
        self.pipeline = Pipeline(
            self.engine,
            Sequencer(self.log, self.clock, self.log.tail()),
            [self.collector, *self.readers],
            self.settings,
            self.snapshots,
            self.hooks,
        )

    def submit(self, *records: bytes, reserve: bool = False) -> None:
        """Submit records as one submission; its outcomes end up in `outcomes`."""
        self.pipeline.submit(b"".join(records), len(records), self.outcomes.append, reserve=reserve)

    def run(self) -> int:
        """Take every scheduled step; return how many made a batch."""
        batches = 0
        while self.scheduled:
            batches += bool(self.scheduled.pop(0)())
        return batches

    def opened(self) -> "Flow":
        """Define a market and fund accounts, then forget the replies."""
        self.submit(*opening())
        self.run()
        self.outcomes.clear()
        return self
