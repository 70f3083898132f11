"""Candles: what a market traded in each bucket of time, [open, close).

Four spans are kept (1s, 1m, 1h, 1d), only where something traded; all others are made from them
when asked for, and buckets in which nothing traded are flat at the last close. Trades are summed
into the second they fall in; the sum moves into the kept spans when the second ends or somebody
reads. Sums of lots and quote units are Python integers and cannot overflow.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from typing_extensions import override

from outcry.domain.events import Trade
from outcry.ports import NEVER_NS, EventBatch, EventReader

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
WEEK_START_NS = 4 * DAY_NS
"""1970-01-05, the first Monday."""

KEPT_SPANS = ("1s", "1m", "1h", "1d")
KEPT_CANDLES = {"1s": 1_024, "1m": 2_048, "1h": 1_024, "1d": 4_096}
"""How many candles of a span stay in memory at least; older ones are in the store."""


class Candle:
    """One bucket. Prices in ticks, `volume_lots` in lots, `quote_units` the sum of notionals."""

    __slots__ = ("close", "high", "low", "open", "open_ns", "quote_units", "trades", "volume_lots")

    def __init__(  # noqa: PLR0913, PLR0917  # it is a row
        self,
        open_ns: int,
        open: int,
        high: int,
        low: int,
        close: int,
        volume_lots: int = 0,
        quote_units: int = 0,
        trades: int = 0,
    ) -> None:
        self.open_ns = open_ns
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume_lots = volume_lots
        self.quote_units = quote_units
        self.trades = trades

    def merge(self, later: "Candle") -> None:
        """Take in what traded later in the same bucket."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume_lots += later.volume_lots
        self.quote_units += later.quote_units
        self.trades += later.trades

    def moved(self, open_ns: int) -> "Candle":
        """Return a copy that opens another bucket."""
        return Candle(
            open_ns,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume_lots,
            self.quote_units,
            self.trades,
        )

    def row(self) -> tuple[int, int, int, int, int, str, str, int]:
        """Return it as stored: sums as decimal text, which may pass 64 bits."""
        return (
            self.open_ns,
            self.open,
            self.high,
            self.low,
            self.close,
            str(self.volume_lots),
            str(self.quote_units),
            self.trades,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candle) and self.row() == other.row()

    __hash__ = None  # type: ignore[assignment]  # it changes while its bucket is open

    def __repr__(self) -> str:
        return f"Candle{self.row()}"


def flat(open_ns: int, price_ticks: int) -> Candle:
    """Return a bucket in which nothing traded."""
    return Candle(open_ns, price_ticks, price_ticks, price_ticks, price_ticks)


def candle_of_row(row: Iterable[Any]) -> Candle:
    """Return the candle of `Candle.row()`."""
    open_ns, opened, high, low, close, volume_lots, quote_units, trades = row
    return Candle(open_ns, opened, high, low, close, int(volume_lots), int(quote_units), trades)


# Intervals


class Interval:
    """A span with a name: which bucket a moment falls in, and where the next one opens."""

    __slots__ = ("base", "floor", "name", "next")

    def __init__(
        self, name: str, base: str, floor: Callable[[int], int], following: Callable[[int], int]
    ) -> None:
        self.name = name
        self.base = base
        """The kept span it is made from."""
        self.floor = floor
        self.next = following


def _fixed(name: str, base: str, length_ns: int, origin_ns: int = 0) -> Interval:
    return Interval(
        name,
        base,
        lambda time_ns: time_ns - (time_ns - origin_ns) % length_ns,
        lambda open_ns: open_ns + length_ns,
    )


def _month_start(months: int) -> int:
    year, month = divmod(months, 12)
    return int(datetime(1970 + year, month + 1, 1, tzinfo=UTC).timestamp()) * SECOND_NS


def _month_floor(time_ns: int) -> int:
    moment = datetime.fromtimestamp(time_ns // SECOND_NS, UTC)
    return _month_start((moment.year - 1970) * 12 + moment.month - 1)


def _month_next(open_ns: int) -> int:
    moment = datetime.fromtimestamp(open_ns // SECOND_NS, UTC)
    return _month_start((moment.year - 1970) * 12 + moment.month)


INTERVALS: dict[str, Interval] = {
    interval.name: interval
    for interval in (
        _fixed("1s", "1s", SECOND_NS),
        _fixed("1m", "1m", MINUTE_NS),
        _fixed("3m", "1m", 3 * MINUTE_NS),
        _fixed("5m", "1m", 5 * MINUTE_NS),
        _fixed("15m", "1m", 15 * MINUTE_NS),
        _fixed("30m", "1m", 30 * MINUTE_NS),
        _fixed("1h", "1h", HOUR_NS),
        _fixed("2h", "1h", 2 * HOUR_NS),
        _fixed("4h", "1h", 4 * HOUR_NS),
        _fixed("6h", "1h", 6 * HOUR_NS),
        _fixed("8h", "1h", 8 * HOUR_NS),
        _fixed("12h", "1h", 12 * HOUR_NS),
        _fixed("1d", "1d", DAY_NS),
        _fixed("3d", "1d", 3 * DAY_NS),
        _fixed("1w", "1d", 7 * DAY_NS, WEEK_START_NS),
        Interval("1M", "1d", _month_floor, _month_next),
    )
}
"""Every interval by its name, shortest first."""


def aggregate(interval: Interval, candles: Iterable[Candle]) -> list[Candle]:
    """Return candles of `interval` made from shorter ones, oldest first, without empty buckets."""
    made: list[Candle] = []
    for candle in candles:
        open_ns = interval.floor(candle.open_ns)
        if made and made[-1].open_ns == open_ns:
            made[-1].merge(candle)
        else:
            made.append(candle.moved(open_ns))
    return made


def filled(
    interval: Interval, candles: Iterable[Candle], last_close: int, start_ns: int, end_ns: int
) -> Iterator[Candle]:
    """Yield every bucket that opens in [start, end], those without a trade flat.

    `candles` are of this interval, oldest first, `last_close` is the price before them in ticks,
    0 where nothing had traded; buckets before the first trade of all are left out.
    """
    traded = {candle.open_ns: candle for candle in candles}
    open_ns = interval.floor(start_ns)
    if open_ns < start_ns:
        open_ns = interval.next(open_ns)
    while open_ns <= end_ns:
        candle = traded.get(open_ns)
        if candle is not None:
            last_close = candle.close
            yield candle
        elif last_close:
            yield flat(open_ns, last_close)
        open_ns = interval.next(open_ns)


def window(
    interval: Interval, start_ns: int | None, end_ns: int | None, limit: int, now_ns: int
) -> tuple[int, int]:
    """Return the opens of the first and last bucket that a request names; empty if first > last.

    With a start the oldest `limit` buckets from there, without one the newest `limit` up to the
    end. Nothing opens after now.
    """
    if (start_ns or 0) > now_ns or (end_ns is not None and end_ns < 0):
        return 1, 0
    last = interval.floor(now_ns if end_ns is None else min(end_ns, now_ns))
    if start_ns is None:
        first = last
        for _ in range(limit - 1):
            first = interval.floor(first - 1)
        return max(first, interval.floor(0)), last
    first = interval.floor(start_ns)
    if first < start_ns:
        first = interval.next(first)
    bound = first
    for _ in range(limit - 1):
        if bound >= last:
            break
        bound = interval.next(bound)
    return first, min(bound, last)


# What a market keeps

_opens_at = attrgetter("open_ns")


class Series:
    """The candles of one kept span, oldest first, only where something traded.

    It is complete from `complete_from_ns` on; what opened before is in the store alone. What closed
    after `stored_until_ns` is not let go. `changed`, where somebody wants it, are the candles that
    have changed, by when they open.
    """

    __slots__ = (
        "_floor", "_kept", "candles", "changed", "complete_from_ns", "span", "stored_until_ns",
    )  # fmt: skip

    def __init__(self, span: str) -> None:
        self.span = span
        self.candles: list[Candle] = []
        self.changed: dict[int, Candle] | None = None
        self.complete_from_ns = 0
        self.stored_until_ns = NEVER_NS
        self._floor = INTERVALS[span].floor
        self._kept = KEPT_CANDLES[span]

    def add(self, part: Candle) -> None:
        """Merge what traded in a part of a bucket into that bucket."""
        open_ns = self._floor(part.open_ns)
        if self.candles and self.candles[-1].open_ns == open_ns:
            candle = self.candles[-1]
            candle.merge(part)
        else:
            candle = part.moved(open_ns)
            self.candles.append(candle)
            self._trim()
        if self.changed is not None:
            self.changed[open_ns] = candle

    def between(self, start_ns: int, end_ns: int) -> list[Candle]:
        """Return the candles that open in [start, end)."""
        first = bisect_left(self.candles, start_ns, key=_opens_at)
        return self.candles[first : bisect_left(self.candles, end_ns, key=_opens_at)]

    def close_before(self, time_ns: int) -> int:
        """Return the close of the last candle that opens before `time_ns`, 0 for none."""
        at = bisect_left(self.candles, time_ns, key=_opens_at)
        return self.candles[at - 1].close if at else 0

    def restore(self, candles: list[Candle], complete_from_ns: int) -> None:
        """Fill an empty series."""
        self.candles = candles
        self.complete_from_ns = complete_from_ns

    def _trim(self) -> None:
        candles, kept = self.candles, self._kept
        # Whatever is before a candle was traded before that opened.
        if len(candles) >= 2 * kept and candles[-kept].open_ns <= self.stored_until_ns:
            del candles[:-kept]
            self.complete_from_ns = candles[0].open_ns


class Candles:
    """The candles of one market."""

    __slots__ = ("_part", "_part_end_ns", "series", "trades")

    def __init__(self) -> None:
        self.series = {span: Series(span) for span in KEPT_SPANS}
        self.trades = 0
        """Trades taken in so far: it changes whenever a candle does."""
        self._part: Candle | None = None
        self._part_end_ns = 0

    def add(self, time_ns: int, price_ticks: int, lots: int, quote_units: int) -> None:
        """Take in a trade. Time never goes back."""
        self.trades += 1
        part = self._part
        if part is None or time_ns >= self._part_end_ns:
            self.settle()
            open_ns = time_ns - time_ns % SECOND_NS
            self._part_end_ns = open_ns + SECOND_NS
            self._part = Candle(
                open_ns, price_ticks, price_ticks, price_ticks, price_ticks, lots, quote_units, 1
            )
            return
        if price_ticks > part.high:
            part.high = price_ticks
        elif price_ticks < part.low:
            part.low = price_ticks
        part.close = price_ticks
        part.volume_lots += lots
        part.quote_units += quote_units
        part.trades += 1

    def settle(self) -> None:
        """Move what has been summed up into the kept spans, so that they can be read."""
        if self._part is not None:
            for series in self.series.values():
                series.add(self._part)
            self._part = None

    @property
    def last_price(self) -> int:
        """The price of the last trade in ticks, 0 before the first one."""
        if self._part is not None:
            return self._part.close
        days = self.series["1d"].candles
        return days[-1].close if days else 0


class CandleRows(EventReader):
    """The candles of all markets as rows for a store: each when it has changed."""

    def __init__(self) -> None:
        self._markets: dict[int, Candles] = {}

    def restore(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Go on with the last stored candle of each span: (market, span, `Candle.row()`...)."""
        for market, span, *row in rows:
            self._candles(market).series[span].restore([candle_of_row(row)], 0)

    @override
    def consume(self, batch: EventBatch) -> None:
        for event in batch.events:
            if type(event) is Trade:
                candles = self._markets.get(event.market) or self._candles(event.market)
                candles.add(event.time_ns, event.price_ticks, event.lots, event.notional_units)

    def _candles(self, market: int) -> Candles:
        candles = self._markets.get(market)
        if candles is None:
            candles = self._markets[market] = Candles()
            for series in candles.series.values():
                series.changed = {}
        return candles

    def take(self) -> list[tuple[Any, ...]]:
        """Return the rows of the candles that changed since the last call."""
        rows: list[tuple[Any, ...]] = []
        for market, candles in self._markets.items():
            candles.settle()
            for span, series in candles.series.items():
                changed, series.changed = series.changed or {}, {}
                rows.extend((market, span, *candle.row()) for candle in changed.values())
                del series.candles[:-1]  # Only the last one can change again.
        return rows
