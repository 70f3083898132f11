"""Follows a log and writes the ledger: log -> engine of its own -> checked rows -> transaction.

A follower stands beside the venue and reads the log like anybody else. It begins at the store's
checkpoint, takes in whatever the log holds by now, checks it, writes it, and looks again. The venue
may tell it what events it has published itself: then both have to agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from outcry.engine.core import CoreFactory
from outcry.follower.alarm import Disagreement
from outcry.ledger.ledger import Ledger
from outcry.ledger.reads.history import last_candles
from outcry.ledger.reads.start import start_of
from outcry.marketdata.candle import KEPT_SPANS, CandleRows
from outcry.ports import (
    EventBatch,
    LedgerRows,
    LedgerStore,
    Log,
    LogDamaged,
    LogTail,
    SnapshotStore,
)
from outcry.recovery import applied, engine_at, event_batch
from outcry.sequencer.chain import tail_of
from outcry.start_check import check_books

NO_LIMIT = (1 << 63) - 1
DIGEST_SIZE = 16
DIGESTS_KEPT = 65_536
"""Batches that wait for the venue's word, or words that wait for their batch."""

Digests = dict[int, bytes]


def digest_of(batch: EventBatch) -> bytes:
    """Return what the venue and a follower compare of a batch: BLAKE2b-128 of its event records."""
    return blake2b(batch.records, digest_size=DIGEST_SIZE).digest()


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class FollowerSettings:
    """How much a follower takes in at once, and how it lets others come first."""

    events_max: int = 60_000
    """Events after which a transaction ends, once the batch that reached them is complete."""
    give_way: Callable[[], object] = _nothing
    """Called between any two pieces of work, so that others can have the core."""


class Follower:
    """Brings a store to the end of its log, one transaction at a time.

    Invariant: what is written is complete up to the store's checkpoint and was checked before.
    After an exception a follower is of no use: a new one begins at the checkpoint.
    """

    def __init__(
        self,
        log: Log,
        snapshots: SnapshotStore,
        store: LedgerStore,
        factory: CoreFactory,
        settings: FollowerSettings | None = None,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Stand at the store's checkpoint; `reached` is told the named steps of a transaction.

        Raises:
            LogDamaged: the log contradicts itself, a snapshot or the checkpoint.
            LedgerDamaged: the store is not what was written.
        """
        with store.still():  # The follower of a life before may still be writing.
            start = start_of(store)
            standing = engine_at(log, snapshots, factory, start.checkpoint)
            assets, markets = standing.engine.definitions()
            candles = last_candles(store, [market.market for market in markets], KEPT_SPANS)
        check_books(start, standing.engine.core, (asset.asset for asset in assets))
        self._log = log
        self._store = store
        self._settings = settings or FollowerSettings()
        self._reached = reached
        self._give_way = self._settings.give_way
        self._engine = standing.engine
        self._candles = CandleRows()
        self._candles.restore(candles)
        self._ledger = Ledger(markets, start, self._candles.take)
        self._skips = standing.skips
        self._tail = self._stored = standing.tail
        """What was read so far, and what of it is in the store."""
        self._under_way: tuple[LogTail, int] | None = None
        """Up to where rows were handed over that may not be there yet, and how many."""
        self._noted: Digests = {}
        self._computed: Digests = {}
        self.noted = 0
        """The last sequence the venue has told of."""
        self.rows = 0
        """Rows written so far."""
        self.full = False
        """The last transaction ended because it was long enough, not for want of events."""

    @property
    def position(self) -> LogTail:
        """How far the store is complete."""
        return self._stored

    @property
    def lag(self) -> int:
        """How many commands of the log are not in the store."""
        return self._log.tail().sequence - self._stored.sequence

    @property
    def lacks_word(self) -> bool:
        """Whether the log holds something that was not read and that the venue has not noted."""
        return self._log.tail().sequence > max(self.noted, self._tail.sequence)

    @property
    def awaits_word(self) -> bool:
        """Whether it has read more than the venue, which does speak, has told of so far."""
        return 0 < self.noted < self._tail.sequence

    @property
    def unread(self) -> int:
        """How many commands were noted and not read; below 0 if it has read more than was noted."""
        return self.noted - self._tail.sequence

    @property
    def unwritten(self) -> int:
        """How many commands were noted and are not in the store."""
        return self.noted - self._stored.sequence

    # The flow

    def step(self, until: int = NO_LIMIT) -> bool:
        """Take in what the log holds up to a sequence, as far as a transaction goes, and write it.

        Return whether there was anything. While there is more than that, the next one is made ready
        before this one is written.

        Raises:
            LogDamaged, LedgerBroken, LedgerAltered, Disagreement: see `alarm_of`.
            LedgerMoved: somebody else has written.
        """
        if not self._take_in(until):
            return self.settle()
        self._give_way()
        self._ledger.check(self._engine.core)
        self._give_way()
        rows = self._ledger.take()
        assert rows is not None
        self._ledger.written()
        self._reached("before_projection")
        done = self._store.begin(rows)
        self._note_written()
        self._under_way = self._tail, _count(rows)
        if done or not self.full:
            self.settle()
        return True

    def settle(self) -> bool:
        """Wait until what was handed over is in the store; return whether there was anything."""
        if self._under_way is None:
            return False
        self._store.settle()
        self._note_written()
        return True

    def _note_written(self) -> None:
        """Note that what was handed over is in the store."""
        if self._under_way is not None:
            self._reached("after_projection")
            self._stored, rows = self._under_way
            self.rows += rows
            self._under_way = None

    def _take_in(self, until: int) -> bool:
        start, events = self._tail, 0
        for batch in self._log.after(start):
            if batch.last_sequence > until:
                break
            self._give_way()
            published = event_batch(batch, applied(self._engine, batch, self._skips))
            self._compare(published)
            self._ledger.consume(published)
            self._candles.consume(published)
            self._tail = tail_of(batch)
            events += len(published.events)
            if events >= self._settings.events_max:
                break
        self.full = events >= self._settings.events_max
        if self._tail is start:
            self._check_end()
        return self._tail is not start

    def _check_end(self) -> None:
        end = self._log.tail().sequence
        if end < self._tail.sequence:
            raise LogDamaged(f"the log went back: it ends at {end}, {self._tail.sequence} was read")

    # The venue's word

    def note(self, sequence: int, digest: bytes) -> None:
        """Take in the digest of the events that the venue published up to `sequence`.

        Raises:
            Disagreement: they are not the events that the log leads to.
        """
        self.noted = max(self.noted, sequence)
        mine = self._computed.pop(sequence, None)
        if mine is not None:
            _must_agree(sequence, mine, digest, written=True)
        elif sequence > self._tail.sequence:
            _keep(self._noted, sequence, digest)

    def _compare(self, batch: EventBatch) -> None:
        mine, theirs = digest_of(batch), self._noted.pop(batch.last_sequence, None)
        if theirs is None:
            _keep(self._computed, batch.last_sequence, mine)
        else:
            _must_agree(batch.first_sequence, mine, theirs)


def _keep(digests: Digests, sequence: int, digest: bytes) -> None:
    digests[sequence] = digest
    if len(digests) > DIGESTS_KEPT:
        del digests[next(iter(digests))]


def _must_agree(sequence: int, mine: bytes, theirs: bytes, written: bool = False) -> None:
    if mine != theirs:
        what = f"the venue's events have the digest {theirs.hex()}, the log leads to {mine.hex()}"
        raise Disagreement(sequence, what, written)


def _count(rows: LedgerRows) -> int:
    return sum(map(len, rows.rows.values()))
