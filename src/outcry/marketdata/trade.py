"""The public tape: the last trades of a market, without a word on whose they were."""

from collections import deque
from itertools import islice
from typing import Any, NamedTuple

KEPT_TRADES = 1_000


class TradePrint(NamedTuple):
    """One trade as the public sees it. `taker_side` is a `domain.order.Side`."""

    trade_id: int
    price_ticks: int
    lots: int
    taker_side: int
    time_ns: int


class Tape:
    """The last `KEPT_TRADES` of a market. Newest last inside, newest first when read.

    While somebody follows it, `unsent` holds every trade since the last message, however many.
    """

    __slots__ = ("_trades", "unsent")

    def __init__(self) -> None:
        self._trades: deque[TradePrint] = deque(maxlen=KEPT_TRADES)
        self.unsent: list[TradePrint] | None = None

    def add(self, trade: TradePrint) -> None:
        """Take in the next trade."""
        self._trades.append(trade)
        if self.unsent is not None:
            self.unsent.append(trade)

    def last(self, limit: int) -> list[TradePrint]:
        """Return up to `limit` trades, newest first."""
        return list(islice(reversed(self._trades), limit))

    def restore(self, rows: list[tuple[Any, ...]]) -> None:
        """Fill an empty tape with stored trades, oldest first, fields as in `TradePrint`."""
        self._trades.extend(TradePrint(*row) for row in rows)
