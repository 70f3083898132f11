"""The displayed book of a market, by price level, from events alone.

Every event that changes a level carries the level's lots afterwards, so taking it in is one
dictionary write. The order of the prices is worked out when somebody reads: the prices that have
changed since the last read are moved into a sorted list one by one, or, after very many or at
first, the list is made anew.
"""

from bisect import bisect_left, insort
from typing import NamedTuple

Levels = list[tuple[int, int]]
"""(price_ticks, lots), best first."""

MOVED_ONE_BY_ONE = 512
"""With more changed prices than this the sorted list is dropped; the next reader makes it anew."""


class Depth(NamedTuple):
    """A book at one `update_id`, both sides best first."""

    update_id: int
    bids: Levels
    asks: Levels


class BookSide:
    """One side: `levels` maps price_ticks to lots, and holds no level of 0 lots.

    While somebody follows the side, `sent` maps each price that changed since the last message to
    the lots that message stated (0 for no level). `touched`, where somebody wants it, are the
    prices that were stated since it was emptied.
    """

    __slots__ = ("_changed", "_prices", "descending", "levels", "sent", "touched")

    def __init__(self, *, descending: bool) -> None:
        self.descending = descending
        self.levels: dict[int, int] = {}
        self.sent: dict[int, int] | None = None
        self.touched: set[int] | None = None
        self._prices: list[int] | None = None
        self._changed: set[int] = set()

    def put(self, price_ticks: int, lots: int) -> None:
        """State the lots of a level; 0 takes it away."""
        levels = self.levels
        if self.sent is not None and price_ticks not in self.sent:
            self.sent[price_ticks] = levels.get(price_ticks, 0)
        if self.touched is not None:
            self.touched.add(price_ticks)
        if lots:
            levels[price_ticks] = lots
        else:
            levels.pop(price_ticks, None)
        if self._prices is not None:
            self._changed.add(price_ticks)
            if len(self._changed) > MOVED_ONE_BY_ONE:
                self._prices = None

    def best(self, limit: int) -> Levels:
        """Return up to `limit` levels, best first."""
        prices, levels = self._sorted(), self.levels
        chosen = prices[: -limit - 1 : -1] if self.descending else prices[:limit]
        return [(price, levels[price]) for price in chosen]

    def best_price(self) -> int:
        """Return the best price in ticks, 0 where the side is empty."""
        prices = self._sorted()
        if not prices:
            return 0
        return prices[-1] if self.descending else prices[0]

    def _sorted(self) -> list[int]:
        prices, levels = self._prices, self.levels
        if prices is None:
            prices = self._prices = sorted(levels)
        else:
            for price in self._changed:
                at = bisect_left(prices, price)
                listed = at < len(prices) and prices[at] == price
                if listed and price not in levels:
                    del prices[at]
                elif not listed and price in levels:
                    insort(prices, price)
        self._changed.clear()
        return prices


class Book:
    """Both sides of a market at `update_id`."""

    __slots__ = ("asks", "bids", "sides", "update_id")

    def __init__(self) -> None:
        self.update_id = 0
        self.bids = BookSide(descending=True)
        self.asks = BookSide(descending=False)
        self.sides = (self.bids, self.asks)

    def read(self, limit: int) -> Depth:
        """Return up to `limit` levels of each side."""
        return Depth(self.update_id, self.bids.best(limit), self.asks.best(limit))

    def restore(self, update_id: int, bids: Levels, asks: Levels) -> None:
        """Fill an empty book."""
        self.update_id = update_id
        self.bids.levels.update(bids)
        self.asks.levels.update(asks)
