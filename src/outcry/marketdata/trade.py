"""The public tape: the last trades of a market, without a word on whose they were."""

from collections import deque
from itertools import islice
from typing import Any, NamedTuple

from outcry.ports import NEVER_NS

KEPT_TRADES = 1_000


class TradePrint(NamedTuple):
    """One trade as the public sees it. `taker_side` is a `domain.order.Side`."""

    trade_id: int
    price_ticks: int
    lots: int
    taker_side: int
    time_ns: int


class Tape:
    """The last `KEPT_TRADES` of a market, and all that no store has. Newest last inside.

    While somebody follows it, `unsent` holds every trade since the last message, however many.
    Trades from `stored_until_ns` on are not let go.
    """

    __slots__ = ("_trades", "stored_until_ns", "unsent")

    def __init__(self, stored_until_ns: int = NEVER_NS) -> None:
        self._trades: deque[TradePrint] = deque()
        self.unsent: list[TradePrint] | None = None
        self.stored_until_ns = stored_until_ns

    def add(self, trade: TradePrint) -> None:
        """Take in the next trade."""
        trades = self._trades
        trades.append(trade)
        while len(trades) > KEPT_TRADES and trades[0].time_ns < self.stored_until_ns:
            trades.popleft()
        if self.unsent is not None:
            self.unsent.append(trade)

    def last(self, limit: int, before: int | None = None) -> list[TradePrint]:
        """Return up to `limit` trades, newest first, of those with ids below `before`."""
        trades = self._trades
        newer = 0
        if before is not None and trades:  # Ids count without a gap.
            newer = max(trades[-1].trade_id + 1 - before, 0)
        return list(islice(reversed(trades), newer, newer + limit))

    def restore(self, rows: list[tuple[Any, ...]]) -> None:
        """Fill an empty tape with stored trades, oldest first, fields as in `TradePrint`."""
        self._trades.extend(TradePrint(*row) for row in rows)
