"""A book as one would first write it in Python: the yardstick for the reference core.

It has price-time priority and nothing else: no accounts, no fees, no limits, no events.
"""

from heapq import heappop, heappush

BUY = 0


class PlainBook:
    """Levels in a dict per side, their prices in a heap, orders in a dict.

    Both sides sort upwards: a level's rank is its price for sells and minus its price for buys.
    """

    __slots__ = ("heaps", "levels", "orders", "trades")

    def __init__(self) -> None:
        self.levels: tuple[dict[int, dict[int, int]], ...] = ({}, {})
        self.heaps: tuple[list[int], ...] = ([], [])
        self.orders: dict[int, dict[int, int]] = {}
        """The level of each resting order, by the order's name."""
        self.trades: list[tuple[int, int, int, int]] = []
        """(maker, taker, price, lots)."""

    def add(self, name: int, side: int, price: int, lots: int) -> None:
        """Match a limit order, then let the rest join the book."""
        own_rank, limit = (-price, price) if side == BUY else (price, -price)
        levels, heap = self.levels[1 - side], self.heaps[1 - side]
        while heap and heap[0] <= limit:
            rank = heap[0]
            level = levels[rank]
            while level:
                maker = next(iter(level))
                there = level[maker]
                if there > lots:
                    level[maker] = there - lots
                    self.trades.append((maker, name, abs(rank), lots))
                    return
                self.trades.append((maker, name, abs(rank), there))
                del level[maker], self.orders[maker]
                lots -= there
                if not lots:
                    return
            heappop(heap)
            del levels[rank]
        own = self.levels[side].get(own_rank)
        if own is None:
            own = self.levels[side][own_rank] = {}
            heappush(self.heaps[side], own_rank)
        own[name] = lots
        self.orders[name] = own

    def cancel(self, name: int) -> None:
        """Take an order out, if it is there."""
        level = self.orders.pop(name, None)
        if level is not None:
            del level[name]

    def best(self, side: int) -> int | None:
        """Return the best price of a side."""
        levels, heap = self.levels[side], self.heaps[side]
        while heap and not levels[heap[0]]:
            del levels[heappop(heap)]
        return abs(heap[0]) if heap else None
