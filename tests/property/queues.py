"""Who stands where in the books: by price, then by time, as the events tell it."""

from collections import Counter

from outcry.domain.order import Side

Levels = list[tuple[int, int]]
NOTHING: dict[int, int] = {}
"""The levels of a market that nobody has defined."""


class Queues:
    """Displayed lots by price, and the orders of each price in the order they joined.

    Invariant: a price is in `_lines` while any order stands there, shown or not.
    """

    def __init__(self) -> None:
        self.update_ids: Counter[int] = Counter()
        self.touched: set[int] = set()
        """Markets in which anything moved since it was last emptied."""
        self._lots: dict[tuple[int, int], dict[int, int]] = {}
        self._lines: dict[tuple[int, int], dict[int, dict[int, None]]] = {}

    def add_market(self, market: int) -> None:
        """Know a market."""
        for side in Side:
            self._lots.setdefault((market, side), {})
            self._lines.setdefault((market, side), {})

    def join(self, market: int, side: int, price_ticks: int, order_id: int) -> None:
        """Let an order join the back of its price."""
        line = self._lines[market, side].setdefault(price_ticks, {})
        line.pop(order_id, None)
        line[order_id] = None
        self.touched.add(market)

    def leave(self, market: int, side: int, price_ticks: int, order_id: int) -> None:
        """Take an order out of its price."""
        lines = self._lines[market, side]
        del lines[price_ticks][order_id]
        if not lines[price_ticks]:
            del lines[price_ticks]
        self.touched.add(market)

    def change(self, market: int, side: int, price_ticks: int, lots: int) -> int:
        """Change what is displayed at a price; return what it is then."""
        self.touched.add(market)
        levels = self._lots[market, side]
        after = levels.get(price_ticks, 0) + lots
        if lots:
            self.update_ids[market] += 1
            if after:
                levels[price_ticks] = after
            else:
                del levels[price_ticks]
        return after

    def first(self, market: int, side: int) -> int:
        """Return whose turn it is: the oldest order of the best price; 0 where there is none."""
        lines = self._lines[market, side]
        if not lines:
            return 0
        return next(iter(lines[min(lines) if side else max(lines)]))

    def depth(self, market: int) -> tuple[int, Levels, Levels]:
        """Return what `Core.depth` should say."""
        bids, asks = self._lots.get((market, 0), NOTHING), self._lots.get((market, 1), NOTHING)
        return (
            self.update_ids[market],
            sorted(bids.items(), reverse=True),
            sorted(asks.items()),
        )
