"""The history: what changed since it was last written, as rows with the position they reach.

Between two flushes an order changes in memory only, so one that was placed, filled and done in
between costs one row. `take` hands the rows over at the end of a batch, for a thread to write;
`written` says that they are on disk. Only one flush is under way at a time.
"""

from collections.abc import Callable

from typing_extensions import override

from outcry.ledger.orders import Orders
from outcry.ledger.rows import Row
from outcry.ports import Checkpoint, EventBatch, EventReader, LedgerRows


def _no_candles() -> list[Row]:
    return []


class History(EventReader):
    """Rows that wait for the store. It comes after the readers it takes them from.

    Invariant: rows handed over are complete for every sequence up to their checkpoint.
    """

    def __init__(
        self,
        orders: Orders,
        checkpoint: Checkpoint | None = None,
        candles: Callable[[], list[Row]] = _no_candles,
    ) -> None:
        """Begin where the store stands; `candles` returns the candle rows that have changed."""
        self.checkpoint = checkpoint or Checkpoint()
        self._orders = orders
        self._candles = candles
        self._epoch = self.checkpoint.epoch
        self._sequence = self.checkpoint.sequence
        self._chain_hash = self.checkpoint.chain_hash
        self._under_way: LedgerRows | None = None

    @override
    def consume(self, batch: EventBatch) -> None:
        self._sequence = batch.last_sequence
        self._chain_hash = batch.chain_hash

    @property
    def sequence(self) -> int:
        """The last sequence seen; what is above `checkpoint.sequence` is not on disk yet."""
        return self._sequence

    @property
    def waiting_rows(self) -> int:
        """How many order and trade rows wait to be taken."""
        return self._orders.waiting_rows

    def take(self) -> LedgerRows | None:
        """Return what a thread should write now, or None where nothing happened.

        The same rows are returned again until `written` was called, so a write that failed is
        tried again whole.
        """
        if self._under_way is None and self._sequence > self.checkpoint.sequence:
            orders, trades = self._orders.take()
            position = Checkpoint(self._epoch, self._sequence, self._chain_hash)
            rows = {"orders": orders, "trades": trades, "candles": self._candles()}
            self._under_way = LedgerRows(position, rows)
        return self._under_way

    def written(self) -> None:
        """Note that what `take` returned last is on disk."""
        if self._under_way is not None:
            self.checkpoint = self._under_way.checkpoint
            self._under_way = None
