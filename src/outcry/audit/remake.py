"""The ledger's rows, made again from the log by an engine that starts at genesis."""

from collections.abc import Callable, Collection, Iterator

from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.ledger.ledger import Ledger
from outcry.marketdata.candle import CandleRows
from outcry.ports import Batch, LedgerRows, LedgerStore, Log, LogDamaged
from outcry.recovery import applied, event_batch, skips_of
from outcry.sequencer.chain import GENESIS

EVENTS_AT_ONCE = 50_000
"""Rows are written or compared after so many events: what is in memory at a time."""

OnProgress = Callable[[int, int], None]
"""Told (sequence, last sequence) now and then."""


def no_progress(_sequence: int, _last: int) -> None:
    """Tell nobody."""


class Remaker:
    """An engine and a ledger that follow a log from its first batch."""

    def __init__(self, factory: CoreFactory, skips: Collection[int]) -> None:
        """Begin before the first batch of a log that takes `skips` out of effect."""
        self._skips = skips
        self.engine = Engine(factory())
        self.events = 0
        """How many the ledger has seen."""
        self._candles = CandleRows()
        self.ledger = Ledger(candles=self._candles.take)

    def apply(self, batch: Batch, *, rows: bool = True) -> None:
        """Take in a batch; with `rows` the ledger does so too.

        Raises:
            LogDamaged: its records are not what its header says.
        """
        records = applied(self.engine, batch, self._skips)
        if not rows:
            return
        told = event_batch(batch, records)
        self.events += len(told.events)
        self.ledger.consume(told)
        self._candles.consume(told)

    def take(self) -> LedgerRows | None:
        """Return the rows made since the last call, checked against the engine.

        Raises:
            LedgerBroken: the postings contradict each other or the engine.
        """
        self.ledger.check(self.engine.core)
        rows = self.ledger.take()
        self.ledger.written()
        return rows


def whole(log: Log, end: int) -> Iterator[Batch]:
    """Yield a log's batches up to `end`, which it had reached; nothing of it is held meanwhile.

    Raises:
        LogDamaged: it contradicts itself, or ends before.
    """
    last = 0
    for batch in log.after(GENESIS):
        if batch.first_sequence > end:
            break  # It came later.
        yield batch
        last = batch.last_sequence
    if last < end:
        raise LogDamaged(f"the log went back: it ends at {last}, it was at {end}")


def rebuilt(
    log: Log, store: LedgerStore, factory: CoreFactory, progress: OnProgress = no_progress
) -> tuple[int, int]:
    """Fill an empty store with everything the log leads to; return its sequence and its events.

    Raises:
        LogDamaged: the log contradicts itself, or does not apply.
        LedgerBroken: the rows contradict each other or the engine.
    """
    remaker, end, written = Remaker(factory, skips_of(log, 0)), log.tail().sequence, 0
    for batch in whole(log, end):
        remaker.apply(batch)
        if remaker.events - written >= EVENTS_AT_ONCE:
            _write(remaker, store)
            written = remaker.events
            progress(batch.last_sequence, end)
    _write(remaker, store)
    return remaker.ledger.checkpoint.sequence, remaker.events


def _write(remaker: Remaker, store: LedgerStore) -> None:
    rows = remaker.take()
    if rows is not None:
        store.write(rows)
