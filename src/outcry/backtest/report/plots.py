"""Plots as inline SVG: no script, no style of their own, every colour a class of the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from outcry.backtest.result import FillRow

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1_000, 78, 14, 14, 30
NS_PER_S = 1_000_000_000
DAY_S, HALF_HOUR_S = 86_400, 1_800
TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600)
MARKS_MAX = 3_000
"""Fills that are drawn; of more, every so many."""

MANY = 200
"""More marks than that are smaller."""
XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """What turns values into places, and draws what stands around them."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    height: int = 250

    def x(self, value: float) -> float:
        """Return where a value is, from the left."""
        share = (value - self.x_low) / ((self.x_high - self.x_low) or 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return where a value is, from the top."""
        share = (value - self.y_low) / ((self.y_high - self.y_low) or 1)
        return round(self.height - BOTTOM - share * (self.height - TOP - BOTTOM), 1)

    def svg(self, label: str, *parts: str) -> str:
        """Return the whole plot."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(label)}">'
            f"{''.join(parts)}</svg>"
        )

    def grid(self, decimals: int) -> str:
        """Return lines and numbers for the values."""
        found = []
        for value in steps(self.y_low, self.y_high, 5):
            y = self.y(value)
            kind = "zero" if value == 0 else "grid"
            text = f"{value:,.{decimals}f}"
            found.append(
                f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
                f'<text class="tick" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{text}</text>'
            )
        return "".join(found)

    def times(self) -> str:
        """Return the times below, of x in seconds."""
        y, span = self.height - 9, self.x_high - self.x_low
        found = []
        for value in moments(self.x_low, self.x_high, 8):
            text = clock(value, span)
            found.append(
                f'<text class="tick" x="{self.x(value)}" y="{y}" text-anchor="middle">{text}</text>'
            )
        return "".join(found)


def steps(low: float, high: float, about: int) -> list[float]:
    """Return round numbers between two values."""
    rough = (high - low) / about
    if rough <= 0:
        return [low]
    ten = 10.0 ** floor(log10(rough))
    step = next(ten * m for m in (1, 2, 2.5, 5, 10) if ten * m >= rough)
    first = ceil(low / step)
    return [round(n * step, 9) for n in range(first, floor(high / step + 1e-9) + 1)]


def moments(low: float, high: float, about: int) -> list[float]:
    """Return round times between two, in seconds."""
    step = next((step for step in TIME_STEPS_S if step * about >= high - low), 0)
    if not step or high - low < about:
        return steps(low, high, about)
    return [float(n * step) for n in range(ceil(low / step), floor(high / step) + 1)]


def clock(seconds: float, span_s: float) -> str:
    """Return a time of day, as fine as the span asks for."""
    whole = int(seconds % DAY_S)
    text = f"{whole // 3_600:02}:{whole // 60 % 60:02}"
    if span_s < HALF_HOUR_S:
        text += f":{whole % 60:02}"
    if span_s < 10:
        text += f".{int(seconds * 1_000) % 1_000:03}"
    return text


def decimals_for(low: float, high: float) -> int:
    """Return how many decimals tell two neighbouring numbers of a grid apart."""
    step = ((high - low) or 1) / 5
    return max(0, min(4, 1 - floor(log10(step))))


def line(frame: Frame, points: Sequence[XY], kind: str) -> str:
    """Return a line through points."""
    path = "".join(
        f"{'M' if not place else 'L'}{frame.x(x)} {frame.y(y)}"
        for place, (x, y) in enumerate(points)
    )
    return f'<path class="{kind}" d="{path}"/>'


def stairs(frame: Frame, points: Sequence[XY], kind: str) -> str:
    """Return a line that stays until the next point; filled down to nothing."""
    if not points:
        return ""
    zero = frame.y(0)
    path = f"M{frame.x(points[0][0])} {zero}"
    for x, y in points:
        path += f"H{frame.x(x)}V{frame.y(y)}"
    return f'<path class="{kind}" d="{path}V{zero}Z"/>'


def area(frame: Frame, points: Sequence[XY]) -> str:
    """Return the surface between a line and nothing."""
    if not points:
        return ""
    zero = frame.y(0)
    path = f"M{frame.x(points[0][0])} {zero}"
    path += "".join(f"L{frame.x(x)} {frame.y(y)}" for x, y in points)
    return f'<path class="area" d="{path}L{frame.x(points[-1][0])} {zero}Z"/>'


def marks(frame: Frame, fills: Sequence[FillRow], tick: float) -> str:
    """Return a triangle for each fill: up for what was bought, down for what was sold."""
    every = -(-len(fills) // MARKS_MAX) or 1
    size = 5.5 if len(fills) <= MANY else 3.6
    return "".join(_mark(frame, fill, tick, size) for fill in fills[::every])


def _mark(frame: Frame, fill: FillRow, tick: float, size: float) -> str:
    seconds, price = fill.time_ns / NS_PER_S, fill.price_ticks * tick
    x, y = frame.x(seconds), frame.y(price)
    up = fill.side == "buy"
    tip, foot = (y - size, y + size) if up else (y + size, y - size)
    told = (
        f"{fill.side} {fill.lots} at {price:,.2f}, {clock(seconds, 1)},"
        f" {'maker' if fill.is_maker else 'taker'}, {fill.ahead_lots} ahead,"
        f" {fill.rested_ns / 1e6:,.1f} ms in the queue"
    )
    return (
        f'<path class="{fill.side}" d="M{x} {tip:.1f}L{x + size:.1f} {foot:.1f}'
        f'L{x - size:.1f} {foot:.1f}Z"><title>{escape(told)}</title></path>'
    )


def bars(counts: Iterable[tuple[str, int]], height: int = 250) -> str:
    """Return a bar for each (name, count)."""
    rows = list(counts)
    most = max((count for _, count in rows), default=1) or 1
    frame = Frame(0, max(1, len(rows)), 0, most * 1.08, height)
    found = [frame.grid(0)]
    for place, (name, count) in enumerate(rows):
        x, wide = frame.x(place + 0.08), frame.x(place + 0.92) - frame.x(place + 0.08)
        y = frame.y(count)
        tall = frame.y(0) - y
        middle = round(x + wide / 2, 1)
        found.append(
            f'<rect class="bar" x="{x}" y="{y}" width="{wide:.1f}" height="{tall:.1f}" rx="2">'
            f"<title>{escape(name)}: {count} fills</title></rect>"
            f'<text class="tick" x="{middle}" y="{height - 9}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )
    return frame.svg("fills by time in the queue", *found)
