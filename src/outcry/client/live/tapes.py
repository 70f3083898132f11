"""What happened once and must be told once: trades, fills, orders, candles, across reconnections.

Each tape knows how far it has told. It says what has been missed, which the caller asks the venue
for, and takes in both together; what it has told already it does not tell again.
"""

from collections import OrderedDict
from collections.abc import Iterable
from itertools import pairwise

from outcry.client.answers import Fill, Kline, Order, Trade

FILLS_REMEMBERED = 8_192


class TradeTape:
    """A market's trades, whose ids go up by one."""

    def __init__(self) -> None:
        self.last_id: int | None = None

    def missing(self, trades: list[Trade], sequence: int) -> tuple[int, int] | None:
        """Return the (first, last) id between what was told and these trades; None for no gap.

        `sequence` is the id of the last trade that there was.
        """
        if self.last_id is None or sequence < self.last_id:
            return None
        newer = [trade.trade_id for trade in trades if trade.trade_id > self.last_id]
        first = newer[0] if newer else sequence + 1
        return (self.last_id + 1, first - 1) if first > self.last_id + 1 else None

    def take(self, trades: Iterable[Trade], sequence: int) -> tuple[list[Trade], int]:
        """Return those that have not been told, oldest first, and how many before are missing."""
        if self.last_id is not None and sequence < self.last_id:
            self.last_id = None  # Another venue at the same address: there is nothing to continue.
        told = -1 if self.last_id is None else self.last_id
        new = {trade.trade_id: trade for trade in trades if trade.trade_id > told}
        ids = sorted(new)
        begin = [told] if self.last_id is not None else []
        missed = sum(later - earlier - 1 for earlier, later in pairwise([*begin, *ids]))
        self.last_id = max([sequence, *ids])
        return [new[number] for number in ids], missed


FillName = tuple[str, int, int]


def name_of(fill: Fill) -> FillName:
    """Return what names a fill for ever."""
    return fill.market, fill.trade_id, fill.order_id


class FillTape:
    """An account's fills. It remembers some thousands of those that it has told."""

    def __init__(self) -> None:
        self._told: OrderedDict[FillName, None] = OrderedDict()

    def begin(self, newest: Iterable[Fill]) -> None:
        """Take these as told: they happened before the stream began."""
        self.take(newest)

    def knows(self, fill: Fill) -> bool:
        """Return whether a fill has been told: then so has every older one."""
        return name_of(fill) in self._told

    def take(self, fills: Iterable[Fill]) -> list[Fill]:
        """Return those that have not been told."""
        new = []
        for fill in fills:
            if not self.knows(fill):
                self._told[name_of(fill)] = None
                new.append(fill)
        while len(self._told) > FILLS_REMEMBERED:
            self._told.popitem(last=False)
        return new


class OpenOrders:
    """An account's open orders, and the newest id it ever had."""

    def __init__(self) -> None:
        self.open: dict[int, Order] = {}
        self.newest_id: int | None = None

    def ended(self, snapshot: Iterable[Order]) -> list[int]:
        """Return the ids of orders that were open and are not in a snapshot of all open ones."""
        listed = {order.order_id for order in snapshot}
        return [order_id for order_id in self.open if order_id not in listed]

    def take(self, orders: Iterable[Order]) -> list[Order]:
        """Take orders in as they stand now; return those that are news."""
        news = []
        for order in orders:
            known = self.open.get(order.order_id)
            if known is not None and known.sequence > order.sequence:
                continue
            if order.is_open:
                self.open[order.order_id] = order
            else:
                self.open.pop(order.order_id, None)
            self.newest_id = max(self.newest_id or 0, order.order_id)
            news.append(order)
        return news


class KlineTape:
    """A market's candles of one interval."""

    def __init__(self) -> None:
        self.last: Kline | None = None

    def missing_from(self, kline: Kline) -> str | None:
        """Return the time from which candles were missed before this one; None for no gap.

        The last one that was told is among them unless it was told as closed.
        """
        last = self.last
        if last is None or kline.open_time <= last.open_time:
            return None
        follows = last.closed and kline.open_time == last.close_time
        return None if follows else last.open_time

    def take(self, klines: Iterable[Kline]) -> list[Kline]:
        """Return those that say something new, oldest first; all but the newest have closed."""
        new = []
        for kline in klines:
            if self.last is None or kline.open_time >= self.last.open_time:
                if kline != self.last:
                    new.append(kline)
                self.last = kline
        return new
