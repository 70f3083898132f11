"""The 24-hour ticker of a market, over minute buckets.

It covers the current minute and the 1,439 before it. What has traded in the closed minutes is
summed up once a minute; the current one is added when somebody reads.
"""

from typing import NamedTuple

from outcry.marketdata.candle import MINUTE_NS, Candle, Candles

WINDOW_MINUTES = 1_440


class Ticker(NamedTuple):
    """A market at a glance. Prices in ticks, 0 where there is none; sums are exact.

    Without a trade in the window open, high and low are the last price. `open_ns` to `close_ns` is
    the window.
    """

    market: int
    last_ticks: int
    best_bid_ticks: int
    best_ask_ticks: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    volume_lots: int
    quote_units: int
    trades: int
    open_ns: int
    close_ns: int

    @property
    def change_ticks(self) -> int:
        """How far the price moved inside the window."""
        return self.last_ticks - self.open_ticks

    @property
    def change_percent_thousandths(self) -> int:
        """The change in thousandths of a percent of the open, rounded half away from zero."""
        if not self.open_ticks:
            return 0
        rounded = (abs(self.change_ticks) * 200_000 + self.open_ticks) // (2 * self.open_ticks)
        return rounded if self.change_ticks >= 0 else -rounded


class DayWindow:
    """The sum of the closed minutes of the window, kept until the minute changes."""

    __slots__ = ("_closed", "_last_minute")

    def __init__(self) -> None:
        self._last_minute = (-1, -1)
        self._closed: Candle | None = None

    def traded(self, candles: Candles, now_ns: int) -> Candle | None:
        """Return what traded in the window as one candle; None where nothing did."""
        candles.settle()
        minutes = candles.series["1m"]
        current = now_ns - now_ns % MINUTE_NS
        # The number of candles moves when a trade opens a minute that a reader has seen go by.
        seen = (current, len(minutes.candles))
        if seen != self._last_minute:
            start = current - (WINDOW_MINUTES - 1) * MINUTE_NS
            self._closed = _sum(minutes.between(start, current))
            self._last_minute = seen
        open_minute = minutes.between(current, current + MINUTE_NS)
        parts = open_minute if self._closed is None else [self._closed, *open_minute]
        return _sum(parts)


def _sum(candles: list[Candle]) -> Candle | None:
    if not candles:
        return None
    total = candles[0].moved(candles[0].open_ns)
    for candle in candles[1:]:
        total.merge(candle)
    return total


def ticker_of(
    market: int, traded: Candle | None, last_ticks: int, best: tuple[int, int], now_ns: int
) -> Ticker:
    """Return the ticker; `best` are the best bid and ask in ticks."""
    minute = now_ns - now_ns % MINUTE_NS
    return Ticker(
        market=market,
        last_ticks=last_ticks,
        best_bid_ticks=best[0],
        best_ask_ticks=best[1],
        open_ticks=traded.open if traded else last_ticks,
        high_ticks=traded.high if traded else last_ticks,
        low_ticks=traded.low if traded else last_ticks,
        volume_lots=traded.volume_lots if traded else 0,
        quote_units=traded.quote_units if traded else 0,
        trades=traded.trades if traded else 0,
        open_ns=minute - (WINDOW_MINUTES - 1) * MINUTE_NS,
        close_ns=now_ns,
    )
