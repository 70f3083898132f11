"""The log, the snapshots and the clock in memory: for tests, simulation and the venue in process.

`MemoryLog` and `MemorySnapshots` play the disk as well: they outlive the venue that wrote them, and
`crash` takes away what was never synced.
"""

from bisect import bisect_right
from collections.abc import Iterator

from typing_extensions import override

from outcry.ports import (
    Batch,
    Clock,
    Log,
    LogFailed,
    LogTail,
    Snapshot,
    SnapshotStore,
)
from outcry.sequencer.chain import GENESIS, follow, tail_of

KEPT = 3


class MemoryLog(Log):
    """A log with a sync mark.

    With `syncs=False` an append returns before the sync: a build that breaks the promise of
    durability, for the tests that have to notice.
    """

    def __init__(self, *, syncs: bool = True) -> None:
        self.batches: list[Batch] = []
        self.synced = 0
        """How many batches a crash leaves behind."""
        self._syncs = syncs
        self._failing: bool | None = None
        self._dead = False

    def fail_next(self, *, durable: bool) -> None:
        """Let the next append fail; `durable` says whether the batch is on disk all the same."""
        self._failing = durable

    def crash(self, unsynced_kept: int = 0) -> None:
        """Lose what is not synced, but for the first `unsynced_kept` batches; open again."""
        del self.batches[self.synced + unsynced_kept :]
        self.synced = len(self.batches)
        self._failing, self._dead = None, False

    @override
    def tail(self) -> LogTail:
        return tail_of(self.batches[-1]) if self.batches else GENESIS

    @override
    def append(self, batch: Batch) -> None:
        tail = self.tail()
        if (batch.first_sequence, batch.previous_hash) != (tail.sequence + 1, tail.chain_hash):
            self._dead = True
        if self._dead:
            raise LogFailed("the batch does not follow the tail, or the log has failed before")
        if self._failing is not None:
            self._dead = True
            if self._failing:
                self._write(batch)
            raise LogFailed("the disk said no")
        self._write(batch)

    def _write(self, batch: Batch) -> None:
        self.batches.append(batch)
        if self._syncs:
            self.synced = len(self.batches)

    @override
    def read(self, after_sequence: int) -> Iterator[Batch]:
        tail = GENESIS
        for batch in self.batches:
            tail = follow(tail, batch)
            if batch.last_sequence > after_sequence:
                yield batch

    @override
    def after(self, tail: LogTail) -> Iterator[Batch]:
        at = bisect_right(self.batches, tail.sequence, key=lambda batch: batch.last_sequence)
        while at < len(self.batches):  # It may grow meanwhile.
            tail = follow(tail, self.batches[at])
            yield self.batches[at]
            at += 1

    @override
    def chain_hash_at(self, sequence: int) -> bytes | None:
        if sequence == 0:
            return GENESIS.chain_hash
        for batch in reversed(self.batches):
            if batch.last_sequence == sequence:
                return batch.chain_hash
        return None

    @override
    def close(self) -> None:
        """Nothing is held."""


class MemorySnapshots(SnapshotStore):
    """The newest three snapshots, and what has been damaged on purpose."""

    def __init__(self) -> None:
        self._stored: dict[int, Snapshot] = {}
        self._damaged: set[int] = set()

    def damage(self, sequence: int) -> None:
        """Make a stored snapshot unreadable."""
        self._damaged.add(sequence)

    @override
    def save(self, snapshot: Snapshot) -> None:
        self._stored[snapshot.sequence] = snapshot
        self._damaged.discard(snapshot.sequence)
        for sequence in self.sequences()[KEPT:]:
            del self._stored[sequence]

    @override
    def sequences(self) -> list[int]:
        return sorted(self._stored, reverse=True)

    @override
    def load(self, sequence: int) -> Snapshot | None:
        return None if self.fault(sequence) else self._stored[sequence]

    @override
    def fault(self, sequence: int) -> str:
        if sequence not in self._stored:
            return "unreadable: not there"
        return "wrong checksum" if sequence in self._damaged else ""


class ManualClock(Clock):
    """A clock that moves when it is told to."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    @override
    def now_ns(self) -> int:
        return self._now_ns

    def set(self, now_ns: int) -> None:
        """Jump to a time, forwards or backwards."""
        self._now_ns = now_ns

    def advance(self, duration_ns: int) -> None:
        """Move on by a duration."""
        self._now_ns += duration_ns
