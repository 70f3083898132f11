"""Builds that break a promise on purpose. A simulation that does not notice proves nothing."""

from typing_extensions import override

from outcry import codec
from outcry.adapters.memory import MemoryLog
from outcry.engine.core import CoreFactory, choose
from outcry.ports import Batch, Clock, EventBatch, Log, LogTail
from outcry.sequencer.chain import linked, tail_of
from outcry.sequencer.sequencer import Sequencer
from tests.simulation.world import Build, Projection


class EarlySequencer(Sequencer):
    """Says that a batch is durable, and appends it with the next one."""

    def __init__(self, log: Log, clock: Clock, tail: LogTail) -> None:
        super().__init__(log, clock, tail)
        self._late: Batch | None = None

    @override
    def commit(self, records: bytearray | bytes) -> Batch:
        if self._late:
            self._log.append(self._late)
        tail = self._tail
        stamped = bytearray(records)
        time_ns = max(tail.time_ns, self._clock.now_ns())
        count = codec.stamp(stamped, tail.sequence + 1, time_ns)
        self._late = linked(tail, tail.sequence + count, time_ns, bytes(stamped))
        self._tail = tail_of(self._late)
        return self._late


class LazyLog(MemoryLog):
    """Syncs every fifth append only, as a disk that lies or a setting that is too fast."""

    def __init__(self) -> None:
        super().__init__(syncs=False)

    @override
    def append(self, batch: Batch) -> None:
        super().append(batch)
        if len(self.batches) % 5 == 0:
            self.synced = len(self.batches)


class TornProjection(Projection):
    """Writes its checkpoint at once and the rows of the last batch with the next flush."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[EventBatch] = []
        self._last: list[EventBatch] = []

    @override
    def flush(self) -> None:
        self._waiting[:0] = self._late
        super().flush()
        self._late, self._last = self._last, []
        for batch in self._late:
            del self.rows[len(self.rows) - len(batch.events) :]

    @override
    def consume(self, batch: EventBatch) -> None:
        super().consume(batch)
        self._last = [batch]

    @override
    def crash(self) -> None:
        super().crash()
        self._late, self._last = [], []


def forgetful() -> CoreFactory:
    """Return a core that keeps no idempotency keys."""
    reference = choose("reference")

    class Forgetful(reference):  # type: ignore[valid-type,misc]  # a class chosen at run time
        """Strips the key off every command before it applies it."""

        @override
        def apply(self, records: bytes, start: int = 0) -> tuple[bytes, int, int]:
            bare = []
            for record in codec.split(records[start:]):
                command = codec.decode_command(record)
                object.__setattr__(command, "key", "")
                bare.append(codec.encode_command(command))
            events, _, stop = super().apply(b"".join(bare))
            return events, len(records), stop

    return Forgetful


BROKEN = {
    "acknowledges before the append": (Build(sequencer=EarlySequencer), "is lost"),
    "acknowledges before the sync": (Build(log=LazyLog), "is lost"),
    "keeps no idempotency keys": (Build(core=forgetful), "after Result"),
    "checkpoint ahead of its rows": (Build(projection=TornProjection), "rows are not the events"),
}
"""Per name a build and how its breach is told."""
