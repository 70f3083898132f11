"""What came of a backtest: fills, a curve, figures; as values, Arrow tables and pandas frames."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

from outcry.backtest.floor import Floor
from outcry.backtest.latency import Latency
from outcry.backtest.orders import Filled
from outcry.strategy import Position, Terms

POINTS_MAX = 4_000
FIRST_INTERVAL_NS = 1_000_000


class FillRow(NamedTuple):
    """A fill of the strategy, at the venue's time."""

    time_ns: int
    trade_id: int
    key: str
    side: str
    price_ticks: int
    lots: int
    fee_units: int
    is_maker: bool
    ahead_lots: int
    """What was in front of its order when it joined the queue; 0 for a taker."""
    rested_ns: int
    """How long its order had waited in its place; 0 for a taker."""
    middle_half_ticks: int
    """Twice the middle of the book before the trade; 0 where a side was empty."""


class Point(NamedTuple):
    """How things stood at a moment."""

    time_ns: int
    middle_half_ticks: int
    base_units: int
    value_units: int
    """Profit or loss, the position valued in the middle of the book."""


class Curve:
    """Takes points so often that there are never too many, and one at every fill."""

    def __init__(self, terms: Terms) -> None:
        self.fills: list[FillRow] = []
        self.points: list[Point] = []
        self.position = Position(terms)
        self._middle = 0
        self._due_ns = 0
        self._every_ns = FIRST_INTERVAL_NS

    def take(self, time_ns: int, middle_half_ticks: int, filled: list[Filled]) -> None:
        """Take in how things stand. The middle is 0 while a side is empty."""
        for one in filled:
            fill = one.fill
            self.position.take(fill)
            row = (fill.time_ns, fill.trade_id, fill.key, fill.side, fill.price_ticks, fill.lots)
            ahead = one.order.ahead_lots if fill.is_maker else 0
            more = (fill.fee_units, fill.is_maker, ahead, one.rested_ns, self._middle)
            self.fills.append(FillRow(*row, *more))
        self._middle = middle_half_ticks or self._middle
        if self._middle and (filled or time_ns >= self._due_ns):
            self._due_ns = time_ns + self._every_ns
            self._add(time_ns)

    def end(self, time_ns: int) -> None:
        """Take the last point."""
        if self._middle:
            self._add(time_ns)

    def _add(self, time_ns: int) -> None:
        value = self.position.value_units(self._middle)
        point = Point(time_ns, self._middle, self.position.base_units, value)
        if self.points and self.points[-1].time_ns == time_ns:
            self.points.pop()
        self.points.append(point)
        if len(self.points) > POINTS_MAX:
            del self.points[1:-1:2]
            self._every_ns *= 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """Everything that is known about a backtest.

    `venue` is the venue it ran in, with its whole history: `venue.commands()` are all commands,
    `venue.at(sequence)` any moment.
    """

    strategy: str
    data: str
    core: str
    terms: Terms
    latency: Latency
    messages: int
    """Lines of the recording."""
    seconds: float
    """How long it took."""
    skipped: int
    """Orders of the recording at prices between two ticks."""
    fills: list[FillRow] = field(repr=False)
    points: list[Point] = field(repr=False)
    position: Position
    orders: int
    cancelled: int
    late_cancels: int
    """Cancels and changes that came after the order's end."""
    rejected: dict[str, int]
    """By code."""
    digest: str
    """Of the venue, at the end."""
    first_sequence: int
    venue: Floor = field(repr=False)

    @property
    def value_units(self) -> int:
        """Profit or loss at the end, in quote units, the position valued in the middle."""
        return self.points[-1].value_units if self.points else 0

    @property
    def drawdown_units(self) -> int:
        """The deepest fall of the value from its highest point so far, in quote units."""
        highest = deepest = 0
        for point in self.points:
            highest = max(highest, point.value_units)
            deepest = max(deepest, highest - point.value_units)
        return deepest

    @property
    def position_max_units(self) -> int:
        """The largest position, long or short, in base units."""
        return max((abs(point.base_units) for point in self.points), default=0)

    @property
    def rested_median_ns(self) -> int:
        """The median time that a maker's fill had waited in the queue; 0 without one."""
        rested = sorted(fill.rested_ns for fill in self.fills if fill.is_maker)
        return rested[len(rested) // 2] if rested else 0

    def figures(self) -> dict[str, str | int | float]:
        """Return the figures that a report begins with, amounts as decimal text."""
        terms, position = self.terms, self.position
        return {
            "strategy": self.strategy,
            "data": self.data,
            "messages": self.messages,
            "profit": terms.quote_text(self.value_units),
            "deepest_fall": terms.quote_text(self.drawdown_units),
            "fees": terms.quote_text(position.fee_quote_units),
            "traded": terms.quote_text(position.traded_units),
            "fills": position.fills,
            "maker_fills": position.maker_fills,
            "position": terms.base_text(position.base_units),
            "position_max": terms.base_text(self.position_max_units),
            "orders": self.orders,
            "cancelled": self.cancelled,
            "rejected": sum(self.rejected.values()),
            "queue_median_ms": round(self.rested_median_ns / 1e6, 3),
            "core": self.core,
            "seconds": round(self.seconds, 3),
            "digest": self.digest,
        }

    # Tables

    def fills_table(self) -> Any:  # noqa: ANN401  # pyarrow may not be there
        """Return the fills as a `pyarrow.Table`.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return _table(FillRow, self.fills)

    def curve_table(self) -> Any:  # noqa: ANN401  # pyarrow may not be there
        """Return the curve as a `pyarrow.Table`.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return _table(Point, self.points)

    def fills_frame(self) -> Any:  # noqa: ANN401  # pandas may not be there
        """Return the fills as a `pandas.DataFrame`.

        Raises:
            ImportError: pandas is not installed.
        """
        return import_module("pandas").DataFrame(self.fills, columns=FillRow._fields)

    def curve_frame(self) -> Any:  # noqa: ANN401  # pandas may not be there
        """Return the curve as a `pandas.DataFrame`.

        Raises:
            ImportError: pandas is not installed.
        """
        return import_module("pandas").DataFrame(self.points, columns=Point._fields)


def _table(kind: Any, rows: list[Any]) -> Any:  # noqa: ANN401  # a NamedTuple; pyarrow's table
    columns = list(zip(*rows, strict=True)) or [()] * len(kind._fields)
    return import_module("pyarrow").table(dict(zip(kind._fields, map(list, columns), strict=True)))
