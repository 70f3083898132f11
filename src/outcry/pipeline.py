"""The flow on one page: submit -> sequence -> apply -> publish -> reply.

Everything submitted since the last step becomes one batch: one append, one sync, one call of the
engine, one call of each reader. The next step starts as soon as the last one ended and something
waits. A step is synchronous on purpose: nobody can see a state of which half is published.

Nothing is acknowledged that is not durable and applied. When the log fails or the engine meets what
it never should, the flow halts for good: every waiting `done` is told that its outcome is unknown,
and the process is expected to end and to recover.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Thread

from typing_extensions import override

from outcry.codec import decode_outcomes
from outcry.engine.engine import Engine
from outcry.ports import (
    NEVER_NS,
    Batch,
    Done,
    EventBatch,
    EventReader,
    OrderEntry,
    Outcomes,
    Refused,
    SnapshotStore,
)
from outcry.sequencer.intake import RETRY_AFTER_S, Intake, Submission
from outcry.sequencer.sequencer import Sequencer
from outcry.sequencer.snapshotter import Snapshotter

RUNNING, DRAINING, HALTED = "running", "draining", "halted"
DRAIN_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How much may wait, how much one batch holds, how often the state is written down."""

    queue_commands: int = 16_384
    batch_commands: int = 4_096
    batch_bytes: int = 1 << 20
    snapshot_commands: int = 100_000
    """Commands between two snapshots; 0 takes none but the last, when draining."""


def call_soon(step: Callable[[], object]) -> object:
    """Schedule a step of the running event loop."""
    return asyncio.get_running_loop().call_soon(step)


def in_thread(work: Callable[[], None]) -> object:
    """Run `work` beside the event loop."""
    thread = Thread(target=work, name="snapshot", daemon=True)
    thread.start()
    return thread


def _nothing(*_: object) -> None:
    """Do nothing."""


@dataclass(slots=True)
class Hooks:
    """What the pipeline asks of the process around it; the defaults suit an event loop."""

    schedule: Callable[[Callable[[], object]], object] = call_soon
    aside: Callable[[Callable[[], None]], object] = in_thread
    """Runs the writing of a snapshot."""
    checkpoint: Callable[[], int] = lambda: NEVER_NS
    """Up to which sequence the projections are complete on disk."""
    alarm: Callable[[str, BaseException | None], None] = _nothing
    """Told when the pipeline halts (look at `state`), a `done` raises, or a snapshot fails; the
    last in whatever `aside` runs in."""
    reached: Callable[[str], None] = _nothing
    """Told at every named step of a batch; see `adapters.fail_points`."""


class ConservationBroken(Exception):
    """The sums of an asset disagree: the state may not be written down as good."""


@dataclass(slots=True)
class Counters:
    """What has passed, as plain numbers that are read when somebody scrapes them."""

    commands: int = 0
    batches: int = 0
    events: int = 0
    refused: int = 0
    reply_failures: int = 0
    snapshots: int = 0
    snapshot_failures: int = 0
    snapshot_sequence: int = 0
    waiting: int = 0
    last_sequence: int = 0


class Pipeline(OrderEntry):
    """The one way to change the venue's state.

    Invariant: engine, readers and replies have all seen exactly the durable log up to the same
    sequence whenever a step is not running.
    """

    def __init__(
        self,
        engine: Engine,
        sequencer: Sequencer,
        readers: Sequence[EventReader],
        settings: PipelineSettings | None = None,
        snapshots: SnapshotStore | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        settings = settings or PipelineSettings()
        self.state = RUNNING
        self.halted_reason = ""
        self.halted_by: Exception | None = None
        self._engine = engine
        self._sequencer = sequencer
        self._readers = [reader.consume for reader in readers]
        self._hooks = hooks or Hooks()
        self._intake = Intake(
            settings.queue_commands, settings.batch_commands, settings.batch_bytes
        )
        self._scheduled = False
        self._last: Batch | None = None
        self._counters = Counters(last_sequence=sequencer.sequence)
        self._snapshotter = self._snapshotter_of(snapshots, settings.snapshot_commands)

    def _snapshotter_of(self, store: SnapshotStore | None, every: int) -> Snapshotter | None:
        if store is None:
            return None
        hooks = self._hooks
        return Snapshotter(store, every, hooks.aside, hooks.checkpoint, hooks.alarm)

    # The flow

    @override
    def submit(self, records: bytes, count: int, done: Done, *, reserve: bool = False) -> None:
        if self.state != RUNNING:
            raise Refused(self.state.upper(), RETRY_AFTER_S)
        self._intake.offer(records, count, done, reserve=reserve)
        if not self._scheduled:
            self._scheduled = True
            self._hooks.schedule(self.step)

    def step(self) -> bool:
        """Move what waits, as far as one batch holds it, through the whole flow.

        Return whether a batch was made.
        """
        self._scheduled = False
        taken = self._intake.take() if self.state != HALTED else []
        if not taken:
            return False
        try:
            outcomes = self._flow(taken)
        except Exception as error:  # Whatever it is, the state after it is not to be trusted.
            self._halt(f"{type(error).__name__}: {error}", error, taken)
            return False
        self._reply(taken, outcomes)
        if self._intake.waiting and not self._scheduled:
            self._scheduled = True
            self._hooks.schedule(self.step)
        return True

    def _flow(self, taken: list[Submission]) -> Outcomes:
        reached = self._hooks.reached
        reached("before_append")
        batch = self._sequencer.commit(bytearray().join([records for records, _, _ in taken]))
        reached("before_apply")
        first, last = batch.first_sequence, batch.last_sequence
        records = self._engine.apply(batch.payload)
        events, outcomes = decode_outcomes(records, first, last)
        reached("before_publish")
        published = EventBatch(first, last, batch.time_ns, batch.chain_hash, events, records)
        for consume in self._readers:
            consume(published)
        reached("before_reply")
        self._count(batch, len(events))
        if self._snapshotter and self._snapshotter.due(last):
            self._snapshotter.take(batch, self._state())
        return outcomes

    def _count(self, batch: Batch, events: int) -> None:
        counters = self._counters
        counters.batches += 1
        counters.commands += batch.last_sequence - batch.first_sequence + 1
        counters.events += events
        counters.last_sequence = batch.last_sequence
        self._last = batch

    def _state(self) -> bytes:
        asset = self._engine.core.conservation_failure()
        if asset:
            raise ConservationBroken(f"the sums of asset {asset} disagree")
        return self._engine.snapshot()

    def _reply(self, taken: list[Submission], outcomes: Outcomes) -> None:
        start = 0
        for _, count, done in taken:
            end = start + count
            try:
                done(outcomes[start:end])
            except Exception as error:  # One client's trouble is not another's.
                self._reply_failed(error)
            start = end
        self._hooks.reached("after_reply")

    def _reply_failed(self, error: Exception) -> None:
        self._counters.reply_failures += 1
        self._hooks.alarm("a reply failed", error)

    def snapshot_now(self) -> int | None:
        """Begin to write the state down; return its sequence, or None where it cannot be.

        It cannot while one is being written, where nothing has happened since the last, and while
        the projections have not reached that one.
        """
        last, snapshotter = self._last, self._snapshotter
        if last is None or snapshotter is None or self.state != RUNNING:
            return None
        if not snapshotter.possible(last.last_sequence):
            return None
        try:
            snapshotter.take(last, self._state())
        except ConservationBroken as error:
            self._halt(f"{type(error).__name__}: {error}", error, [])
            return None
        return last.last_sequence

    # The ends

    def _halt(self, reason: str, error: Exception, taken: list[Submission]) -> None:
        self.state, self.halted_reason, self.halted_by = HALTED, reason, error
        while taken:
            for _, _, done in taken:
                try:
                    done(None)
                except Exception as failure:  # The others still have to hear of it.
                    self._reply_failed(failure)
            taken = self._intake.take()
        self._hooks.alarm(f"halted: {reason}", error)

    async def drain(self, timeout_s: float) -> None:
        """Refuse what is new, finish what waits, take a last snapshot.

        What is still waiting after `timeout_s` seconds is told that its outcome is unknown.
        """
        if self.state == RUNNING:
            self.state = DRAINING
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._intake.waiting and self.state != HALTED:
            if asyncio.get_running_loop().time() >= deadline:
                self._halt("draining took too long", TimeoutError(), self._intake.take())
                return
            self.step()
            await asyncio.sleep(0)
        if self.state != HALTED and self._snapshotter:
            await self._last_snapshot(self._snapshotter, deadline)

    async def _last_snapshot(self, snapshotter: Snapshotter, deadline: float) -> None:
        await self._until_written(snapshotter, deadline)
        if self._last and snapshotter.possible(self._last.last_sequence):
            try:
                snapshotter.take(self._last, self._state())
            except ConservationBroken as error:
                self._halt(f"{type(error).__name__}: {error}", error, [])
            await self._until_written(snapshotter, deadline)

    async def _until_written(self, snapshotter: Snapshotter, deadline: float) -> None:
        # An asyncio.Event could not be set from the thread that writes.
        while snapshotter.busy and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(DRAIN_POLL_S)

    @property
    def counters(self) -> Counters:
        """What has passed so far and what waits now."""
        counters = self._counters
        counters.waiting, counters.refused = self._intake.waiting, self._intake.refused
        if self._snapshotter:
            counters.snapshots = self._snapshotter.saved
            counters.snapshot_failures = self._snapshotter.failed
            counters.snapshot_sequence = self._snapshotter.newest
        return counters
