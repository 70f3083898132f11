"""A book as one would first write it in Python: the yardstick for the reference core.

Price-time priority, orders with an owner and a status, trades as objects, and nothing else: no
balances, no fees, no limits, no records of what happened.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

BUY = 0
OPEN, FILLED, CANCELLED = "open", "filled", "cancelled"


class Trade(NamedTuple):
    """Two orders traded, by their names, at the maker's price."""

    maker: int
    taker: int
    price: int
    lots: int


@dataclass(slots=True)
class Order:
    """A limit order; `lots` is what is left of it."""

    name: int
    account: int
    side: int
    price: int
    lots: int
    status: str = OPEN


class PlainBook:
    """Levels in a dict per side, oldest order first; their prices in a heap, orders in a dict.

    Both sides sort upwards: a level's rank is its price for sells and minus its price for buys.
    """

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        """What rests, by name."""
        self._levels: tuple[dict[int, dict[int, Order]], ...] = ({}, {})
        self._heaps: tuple[list[int], ...] = ([], [])

    def add(self, order: Order) -> list[Trade]:
        """Match a limit order, then let the rest join the book; return its trades."""
        rank = -order.price if order.side == BUY else order.price
        levels, heap = self._levels[1 - order.side], self._heaps[1 - order.side]
        trades: list[Trade] = []
        while order.lots and heap and heap[0] <= -rank:
            level = levels[heap[0]]
            while level and order.lots:
                trades.append(self._trade(order, next(iter(level.values())), level))
            if not level:
                del levels[heappop(heap)]
        if order.lots:
            own = self._levels[order.side].get(rank)
            if own is None:
                own = self._levels[order.side][rank] = {}
                heappush(self._heaps[order.side], rank)
            own[order.name] = self.orders[order.name] = order
        else:
            order.status = FILLED
        return trades

    def _trade(self, taker: Order, maker: Order, level: dict[int, Order]) -> Trade:
        lots = min(taker.lots, maker.lots)
        taker.lots -= lots
        maker.lots -= lots
        if not maker.lots:
            maker.status = FILLED
            del level[maker.name], self.orders[maker.name]
        return Trade(maker.name, taker.name, maker.price, lots)

    def cancel(self, name: int) -> bool:
        """Take an order out; return whether it was there."""
        order = self.orders.pop(name, None)
        if order is None:
            return False
        order.status = CANCELLED
        rank = -order.price if order.side == BUY else order.price
        # A level left empty goes when the best price passes it: a heap has no cheap removal.
        del self._levels[order.side][rank][name]
        return True

    def best(self, side: int) -> int | None:
        """Return the best price of a side."""
        levels, heap = self._levels[side], self._heaps[side]
        while heap and not levels[heap[0]]:
            del levels[heappop(heap)]
        return abs(heap[0]) if heap else None
