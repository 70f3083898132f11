"""A ledger beside an engine that runs a script, batched, flushed and restarted as one likes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from outcry import codec
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.domain.events import Trade
from outcry.engine.core import Core
from outcry.engine.snapshot import definitions
from outcry.ledger.ledger import Ledger
from outcry.ledger.reads.start import start_of
from outcry.ledger.rows import CANDLE_COLUMNS, Row
from outcry.ledger.tables import TABLES
from outcry.ports import EventBatch, LedgerStore

Rows = dict[str, list[Row]]
SPANS_NS = {"1s": 10**9, "1m": 60 * 10**9, "1h": 3_600 * 10**9, "1d": 86_400 * 10**9}


class PlainCandles:
    """The candles of a run, without the room that makes them for a venue."""

    def __init__(self, store: LedgerStore) -> None:
        """Begin with the stored ones."""
        statement = f"SELECT {', '.join(CANDLE_COLUMNS)} FROM candles"
        self._sums = {
            row[:3]: [*row[3:7], int(row[7]), int(row[8]), row[9]]
            for row in store.query(statement, ())
        }
        self._changed: set[tuple[int, str, int]] = set()

    def consume(self, batch: EventBatch) -> None:
        for event in batch.events:
            if isinstance(event, Trade):
                for span, length_ns in SPANS_NS.items():
                    self._add((event.market, span, event.time_ns // length_ns * length_ns), event)

    def _add(self, key: tuple[int, str, int], event: Trade) -> None:
        price = event.price_ticks
        sums = self._sums.setdefault(key, [price, price, price, price, 0, 0, 0])
        sums[1], sums[2], sums[3] = max(sums[1], price), min(sums[2], price), price
        sums[4] += event.lots
        sums[5] += event.notional_units
        sums[6] += 1
        self._changed.add(key)

    def take(self) -> list[Row]:
        changed, self._changed = sorted(self._changed), set()
        rows = ((key, self._sums[key]) for key in changed)
        return [(*key, *sums[:4], str(sums[4]), str(sums[5]), sums[6]) for key, sums in rows]


class LedgerRun:
    """A ledger, its store, and the candles it is given."""

    def __init__(self, path: Path, core: Core, snapshot: bytes = b"") -> None:
        """Begin where the store stands; then `core` stands there too, with this `snapshot`."""
        self.path = path
        self.store = SqliteLedger(path)
        self.core = core
        self.candles = PlainCandles(self.store)
        markets = definitions(snapshot)[1] if snapshot else []
        self.ledger = Ledger(markets, start_of(self.store), self.candles.take)

    def consume(self, records: bytes, time_ns: int = 0) -> None:
        """Take in what the core has told since the last call."""
        last = self.core.sequence
        first = self.ledger.sequence + 1
        events = codec.decode_events(records)
        batch = EventBatch(first, last, time_ns, last.to_bytes(32, "big"), events, records)
        self.candles.consume(batch)
        self.ledger.consume(batch)

    def flush(self) -> None:
        """Check what is new and write it."""
        self.ledger.check(self.core)
        rows = self.ledger.take()
        if rows is not None:
            self.store.write(rows)
            self.ledger.written()

    def restarted(self, snapshot: bytes) -> "LedgerRun":
        """Return a run that goes on from what is on disk; everything is, and the core is there."""
        self.store.close()
        return LedgerRun(self.path, self.core, snapshot)


def all_rows(store: LedgerStore) -> Rows:
    """Return every row of every table, in the order of its key."""
    return {
        name: store.query(
            f"SELECT {', '.join(table.columns)} FROM {name} ORDER BY {', '.join(table.key)}", ()
        )
        for name, table in TABLES.items()
    }


def chunks(records: list[bytes], glued: Iterable[bool]) -> Iterator[tuple[bytes, bool]]:
    """Yield what has to be applied in one call, and whether a command is complete behind it.

    `glued` says of each record whether it belongs to the one before.
    """
    chunk = b""
    nexts = [*records[1:], b""]
    follows = [*glued, False][1:]
    for record, following, goes_on in zip(records, nexts, follows, strict=True):
        chunk += record
        if not goes_on:
            yield chunk, not following or _sequence(following) != _sequence(record)
            chunk = b""


def _sequence(record: bytes) -> int:
    sequence: int = codec.STAMP.unpack_from(record, codec.STAMP_OFFSET)[0]
    return sequence


class Chance:
    """How a run is cut: into batches, transactions and lives."""

    def __init__(self, seed: int) -> None:
        self._random = random = Random(seed)
        self._batch = random.choice((1, 0.5, 0.1))
        self._flush = random.choice((0.2, 0.1, 0.05))
        self._restart = random.choice((0.5, 0.2, 0))

    def batch(self) -> bool:
        """Return whether a batch ends here."""
        return self._random.random() < self._batch

    def flush(self) -> bool:
        """Return whether a transaction ends behind this batch."""
        return self._random.random() < self._flush

    def restart(self) -> bool:
        """Return whether the ledger is made again behind this transaction."""
        return self._random.random() < self._restart
