"""What a venue in process remembers: its commands, its events, and states to start again from."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from outcry import codec
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.venue.errors import OutOfHistory

FIRST_INTERVAL = 1_024
"""Commands between two states, until there are too many of them."""
STATES = 32
"""Where there are more, every second one goes and the interval doubles."""


class History:
    """Batches of stamped records with the events they caused, oldest first.

    Invariant: `states` begins with the state before the first batch; each state is one that the
    records before it lead to.
    """

    def __init__(self, sequence: int, body: bytes, *, kept: bool = True) -> None:
        """Begin behind `sequence`, in the state `body` (empty: genesis)."""
        self.kept = kept
        self.states = [(sequence, body)]
        self.ends: list[int] = []
        self.records: list[bytes] = []
        self.events: list[bytes] = []
        self._interval = FIRST_INTERVAL

    @property
    def start(self) -> int:
        """The sequence behind which it begins."""
        return self.states[0][0]

    def add(self, records: bytes, events: bytes, engine: Engine) -> None:
        """Remember a batch that has just been applied."""
        if not self.kept:
            return
        sequence = engine.core.sequence
        self.ends.append(sequence)
        self.records.append(records)
        self.events.append(events)
        if sequence - self.states[-1][0] >= self._interval:
            self.states.append((sequence, engine.snapshot()))
            if len(self.states) > STATES:
                del self.states[1::2]
                self._interval *= 2

    def engine_at(self, factory: CoreFactory, sequence: int) -> Engine:
        """Return a new engine in the state after `sequence`.

        Raises:
            OutOfHistory: it lies before the beginning, or has not come yet.
        """
        self.check(sequence)
        place = bisect_right(self.states, sequence, key=lambda state: state[0]) - 1
        start, body = self.states[place]
        engine = Engine.restore(factory, body) if body else Engine(factory())
        for payload in self._between(self.records, start, sequence):
            engine.apply(payload)
        return engine

    def until(self, sequence: int) -> "History":
        """Return a history of its own that ends at `sequence`."""
        shorter = History(*self.states[0])
        shorter.states = [state for state in self.states if state[0] <= sequence]
        shorter.records = list(self._between(self.records, self.start, sequence))
        shorter.events = list(self._between(self.events, self.start, sequence))
        shorter.ends = self.ends[: len(shorter.records)]
        if shorter.ends:
            shorter.ends[-1] = sequence
        shorter._interval = self._interval
        return shorter

    def journal(self) -> bytes:
        """Return all records."""
        self._must_be_kept()
        return b"".join(self.records)

    def events_after(self, sequence: int) -> Iterator[bytes]:
        """Yield the event records of all later sequences."""
        return self._later(self.events, sequence)

    def records_after(self, sequence: int) -> Iterator[bytes]:
        """Yield the command records of all later sequences."""
        return self._later(self.records, sequence)

    def _later(self, blobs: list[bytes], after: int) -> Iterator[bytes]:
        self._must_be_kept()
        first = bisect_right(self.ends, after)
        for place in range(first, len(blobs)):
            blob = blobs[place]
            yield blob[len(_up_to(blob, after)) :] if place == first else blob

    def check(self, sequence: int) -> None:
        """Refuse a sequence that is not in here.

        Raises:
            OutOfHistory: it is not.
        """
        self._must_be_kept()
        end = self.ends[-1] if self.ends else self.start
        if not self.start <= sequence <= end:
            raise OutOfHistory(f"{sequence} is not in this history: {self.start} to {end}")

    def _must_be_kept(self) -> None:
        if not self.kept:
            raise OutOfHistory("this venue was made with history=False")

    def _between(self, blobs: list[bytes], after: int, last: int) -> Iterator[bytes]:
        """Yield the records, or events, of the sequences above `after` up to `last`."""
        first = bisect_right(self.ends, after)
        end = bisect_left(self.ends, last)
        if last > after:
            yield from blobs[first:end]
            yield _up_to(blobs[end], last)


def _up_to(records: bytes, sequence: int) -> bytes:
    """Return the first of these records, or events, up to those of a sequence."""
    length = 0
    for record in codec.split(records):
        if codec.STAMP.unpack_from(record, codec.STAMP_OFFSET)[0] > sequence:
            break
        length += len(record)
    return records[:length]
