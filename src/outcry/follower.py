"""Follows a log and writes the ledger: log -> engine of its own -> checked rows -> transaction.

A follower stands beside the venue and reads the log like anybody else. It begins at the store's
checkpoint, takes in whatever the log holds by now, checks it, writes it, and looks again. The venue
may tell it what events it has published itself: then both have to agree.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Protocol

from outcry.engine.core import CoreFactory
from outcry.ledger.check import LedgerBroken
from outcry.ledger.ledger import Ledger
from outcry.ledger.proofs.heads import HeadsDisagree
from outcry.ledger.reads.history import last_candles
from outcry.ledger.reads.start import start_of
from outcry.marketdata.candle import KEPT_SPANS, CandleRows
from outcry.ports import (
    EventBatch,
    LedgerAltered,
    LedgerDamaged,
    LedgerRows,
    LedgerStore,
    Log,
    LogDamaged,
    LogTail,
    ProofsUnusable,
    SnapshotStore,
)
from outcry.recovery import applied, engine_at, event_batch
from outcry.sequencer.chain import tail_of
from outcry.start_check import check_books

NO_LIMIT = (1 << 63) - 1
DIGEST_SIZE = 16
DIGESTS_KEPT = 65_536
"""Batches that wait for the venue's word, or words that wait for their batch."""
GRACE_S = 0.5
"""How long the venue's word is waited for before a batch is written without it."""
IDLE_S = 0.2
"""How long a follower sleeps that nobody wakes."""
PUBLISH_S = 1.0
"""Between two heads of the Merkle logs."""
TELL_S = 0.02
"""Between two reports, unless there is nothing else to do."""
PACE_S = 1.0
"""From the beginning of a transaction to that of the next, unless it was full, somebody waits or
there is enough for one. Each one writes the last page of every table and index again, however
little it adds."""
ENOUGH_COMMANDS = 10_000
"""So many are written without waiting for more: the venue keeps in memory what is not written."""
NEAR_COMMANDS, FAR_COMMANDS = 10_000, 200_000
"""Who lacks fewer has caught up; who stands back and lacks more needs its place again. The venue
goes on trading up to some 400,000, a million events."""
BUSY_COMMANDS, BUSY_S = 10_000, 10.0
"""With fewer in such a time nobody has to come first: who stands back is slow beside busy programs.
The demo's past, which it lives through in a few seconds, has some 6,000."""
FAR_S = 5.0
"""Who stands back and takes so long over a transaction, of some 2 s at most, needs its place again
too: the venue waits a minute for what is missing."""
HURRY = b"now"
"""The line that says that somebody waits."""

Digests = dict[int, bytes]


def digest_of(batch: EventBatch) -> bytes:
    """Return what the venue and a follower compare of a batch: BLAKE2b-128 of its event records."""
    return blake2b(batch.records, digest_size=DIGEST_SIZE).digest()


@dataclass(frozen=True, slots=True)
class FollowerSettings:
    """How much a follower takes in at once."""

    events_max: int = 60_000
    """Events after which a transaction ends, once the batch that reached them is complete."""


class Disagreement(Exception):
    """The venue published other events than the log leads to."""

    def __init__(self, sequence: int, what: str, written: bool = False) -> None:
        super().__init__(what)
        self.sequence = sequence
        self.what = what
        self.written = written


class FellBehind(Exception):
    """The follower stood back, and too little was left for it."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that must agree does not.

    `kind` is `ledger` (the rows against themselves or the engine), `venue` (its events against
    those the log leads to), `store` (a row is not what was written, or would have changed), `heads`
    (the Merkle logs against what was signed) or `log`.
    """

    kind: str
    sequence: int
    event_index: int
    what: str
    written: bool = False
    """The venue's word came after the rows were written. The next follower begins behind them, so
    it could not say who is right."""

    def message(self) -> dict[str, Any]:
        """Return it as it is told."""
        return {"alarm": asdict(self)}


def alarm_of(error: Exception, position: int) -> Alarm | None:
    """Return the alarm that an error is; None for mere bad luck. `position` is where it came up."""
    match error:
        case LedgerBroken():
            return Alarm("ledger", error.sequence, error.event_index, error.what)
        case Disagreement():
            return Alarm("venue", error.sequence, 0, error.what, error.written)
        case LedgerAltered() | LedgerDamaged():
            return Alarm("store", position, 0, str(error))
        case HeadsDisagree() | ProofsUnusable():
            return Alarm("heads", position, 0, str(error))
        case LogDamaged():
            return Alarm("log", position, 0, str(error))
        case _:
            return None


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
    def has_enough(self) -> bool:
        """Whether so much was noted and not read that a transaction is worth its while."""
        return self.noted - self._tail.sequence >= ENOUGH_COMMANDS

    @property
    def has_fallen_behind(self) -> bool:
        """Whether it lacks so much of what was noted that it should not stand back."""
        return self.noted - self._stored.sequence > FAR_COMMANDS

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
        self._ledger.check(self._engine.core)
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


# The loop around it


class Inbox(Protocol):
    """Where the venue's notes arrive."""

    ended: bool
    """Nothing comes any more: the venue is gone, or has said everything."""
    hurried: bool
    """Somebody waits for what was noted so far; whoever reads it takes it back."""

    def take(self) -> list[tuple[int, bytes]]:
        """Return the notes that have arrived: (last sequence, digest)."""

    def wait(self, timeout_s: float) -> None:
        """Return when a note arrives, when nothing comes any more, or after a while."""


def notes_of(lines: Iterable[bytes]) -> list[tuple[int, bytes]]:
    """Return notes as (last sequence, digest) from lines of `<last sequence> <digest in hex>`."""
    words = (line.split() for line in lines if line != HURRY)
    return [(int(sequence), bytes.fromhex(digest.decode("ascii"))) for sequence, digest in words]


class Silence(Inbox):
    """Nobody says anything."""

    ended = True
    hurried = False

    def take(self) -> list[tuple[int, bytes]]:
        """Return nothing."""
        return []

    def wait(self, timeout_s: float) -> None:
        """Return at once."""


Tell = Callable[[dict[str, Any]], None]


def _nothing() -> None:
    """Do nothing."""


def follow(
    follower: Follower,
    inbox: Inbox,
    tell: Tell,
    now_s: Callable[[], float],
    publish: Callable[[], object] = _nothing,
    stand_back: Callable[[], object] | None = None,
) -> None:
    """Follow until the inbox has ended and everything is written; tell of the position on the way.

    While notes come, nothing is written that the venue has not told of, so that it is compared
    before; where they stay away the log alone is followed. `publish` is called now and then, to
    sign what is stored by then; what was signed stays so for ever, so this does wait for the
    venue's word, or for the next follower if the venue is gone. `stand_back` is called once, when
    the venue is busy and everything was caught up with.

    Raises:
        FellBehind: it stood back and fell far behind. Only a process that begins anew may have its
            place again: to take back a niceness is a privilege.
        LogDamaged, LedgerBroken, LedgerAltered, Disagreement, LedgerMoved: see `Follower.step`.
    """
    heard_s = due_s = now_s()
    told_s = published_s = float("-inf")
    untold = unpublished = True
    place = _Place(stand_back, now_s())
    while True:
        ended, moved = inbox.ended, False
        if _heard(inbox, follower):
            heard_s = now_s()
        begun_s = now_s()
        if ended or inbox.hurried or begun_s >= due_s or follower.has_enough:
            inbox.hurried = False
            free = ended or begun_s - heard_s >= GRACE_S
            moved = follower.step(NO_LIMIT if free else follower.noted)
            due_s = begun_s + PACE_S if moved and not follower.full else begun_s
        untold, unpublished = untold or moved, unpublished or moved
        may_publish = unpublished and not follower.awaits_word
        if may_publish and now_s() - published_s >= PUBLISH_S:
            publish()
            published_s, unpublished = now_s(), False
        if untold and (not moved or now_s() - told_s >= TELL_S):
            tell(_report(follower))
            told_s, untold = now_s(), False
        if not moved and ended:
            return
        if not inbox.ended:
            place.look(follower, moved, begun_s, now_s())
        if not moved:
            inbox.wait(due_s - begun_s if begun_s < due_s else IDLE_S)


class _Place:
    """Whether a follower stands back, and whether that leaves it enough."""

    def __init__(self, stand_back: Callable[[], object] | None, now_s: float) -> None:
        self._stand_back = stand_back
        self._stands_back = False
        self._since_s, self._noted = now_s, 0
        """When the time that is counted began, and what was noted then."""

    def look(self, follower: Follower, moved: bool, begun_s: float, now_s: float) -> None:
        """Decide on it after a turn of the loop.

        Raises:
            FellBehind: it needs its place again.
        """
        if self._stands_back:
            if follower.has_fallen_behind or now_s - begun_s > FAR_S:
                raise FellBehind
        elif self._stand_back and self._is_busy(follower.noted, now_s) and not moved:
            self._stands_back = follower.lag < NEAR_COMMANDS
            if self._stands_back:
                self._stand_back()

    def _is_busy(self, noted: int, now_s: float) -> bool:
        """Return whether many commands came in the time that is counted."""
        if not self._noted or now_s - self._since_s > BUSY_S:
            self._since_s, self._noted = now_s, noted
        return noted - self._noted >= BUSY_COMMANDS


def _heard(inbox: Inbox, follower: Follower) -> bool:
    """Take in the notes that came; return whether any did, or whether none is waited for."""
    notes = inbox.take()
    for sequence, digest in notes:
        follower.note(sequence, digest)
    return bool(notes) or not follower.lacks_word


def _report(follower: Follower) -> dict[str, Any]:
    position = follower.position
    return {
        "position": position.sequence,
        "time_ns": position.time_ns,
        "lag": follower.lag,
        "rows": follower.rows,
    }
