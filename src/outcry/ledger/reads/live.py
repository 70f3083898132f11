"""Orders as clients see them: in memory until the store has them for good.

The ledger follows the flow, a moment behind it. What it has not written yet is kept here: open
orders, and those that ended above its checkpoint. Memory and store together are complete at every
moment, and where both know an order, memory is right.
"""

from collections.abc import Iterable, Iterator
from heapq import nlargest

from typing_extensions import override

from outcry.domain.market import Market
from outcry.ledger.ended import EndedOrders
from outcry.ledger.orders import Orders, Record, view_of
from outcry.ledger.rows import (
    CREATED_NS,
    FIRST_DONE_STATE,
    MARKET,
    ORDER_ID,
    STATE,
    TRADES,
    Fill,
    OrderView,
    TradeRow,
)
from outcry.ports import EventBatch

KEPT_DONE = 2_000_000
"""More ended orders than these wait for no ledger: where there is none, memory ends here."""
LET_GO_AT_ONCE, LET_GO_PER_COMMAND = 128, 4
"""How many that ended are let go with a batch or a report, and besides for each command of the
batch: no order waits for a thousand others to go, and in the long run more go than come."""
_FIRST_DONE = int(FIRST_DONE_STATE)


class LiveOrders(Orders):
    """Open orders, and those that ended and are not in the store yet.

    Invariant: after a batch, the open orders are those of the core, with the same open lots; an
    order of which the store does not have the last state is here.
    """

    def __init__(self, markets: Iterable[Market] = ()) -> None:
        """Begin empty. Until `stored` is called for the first time no store is waited for."""
        super().__init__(markets)
        self._ended = EndedOrders()
        self._waits = False
        self.stored_sequence = 0
        """Up to here the store is known to be complete."""

    @override
    def consume(self, batch: EventBatch) -> None:
        if not self._waits:
            self.stored_sequence = batch.first_sequence - 1
        if self._ended:
            commands = batch.last_sequence - batch.first_sequence + 1
            self._forget(LET_GO_AT_ONCE + LET_GO_PER_COMMAND * commands)
        super().consume(batch)
        touched, self._touched, self._traded = self._touched, {}, []
        for record in touched.values():
            if record[STATE] >= _FIRST_DONE:
                self._ended.add(record)

    def stored(self, sequence: int) -> None:
        """Take note that the store is complete up to a sequence."""
        self._waits = True
        self.stored_sequence = max(self.stored_sequence, sequence)
        self._forget(LET_GO_AT_ONCE)

    def _forget(self, at_most: int) -> None:
        """Let go what the store has, some of it at a time."""
        ended, stored = self._ended, self.stored_sequence
        for _ in range(at_most):
            if not ended or (ended.first_sequence > stored and len(ended) <= KEPT_DONE):
                return
            ended.let_go()

    # What clients read

    @override
    def view(self, order_id: int) -> OrderView | None:
        """Return an order that is open, or ended and is not in the store; None: ask the store."""
        record = self._open.get(order_id) or self._ended.get(order_id)
        return None if record is None else view_of(record)

    def row(self, order_id: int) -> Record | None:
        """Return an order as `view` does, to be read at once: what follows changes it in place."""
        return self._open.get(order_id) or self._ended.get(order_id)

    def newest(
        self, account: int, below: int, bounds: tuple[int, int, int, int], limit: int
    ) -> list[OrderView]:
        """Return up to `limit` of an account's orders with ids below `below`, newest first.

        `bounds` are the first and last market and the first and last time of creation. The store
        may have more of them, and never a later state of one that is here.
        """
        first_market, last_market, start_ns, end_ns = bounds
        found = {
            record[ORDER_ID]: record
            for record in self._records(account)
            if record[ORDER_ID] < below
            and first_market <= record[MARKET] <= last_market
            and start_ns <= record[CREATED_NS] <= end_ns
        }
        return [view_of(found[order_id]) for order_id in nlargest(limit, found)]

    def fills_of(self, account: int) -> Iterator[Fill]:
        """Yield what an account's orders traded above `stored_sequence`, in no order."""
        stored = self.stored_sequence
        for record in self._records(account):
            row: TradeRow
            for row in reversed(record[TRADES] or ()):
                if row.sequence <= stored:
                    break
                yield row.fill(is_maker=row.maker_order_id == record[ORDER_ID])

    def _records(self, account: int) -> Iterator[Record]:
        yield from self._by_account.get(account, {}).values()
        yield from self._ended.of_account(account)
