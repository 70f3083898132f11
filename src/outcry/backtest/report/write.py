"""The report of a backtest: one HTML file that asks nobody for anything and runs no script."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from html import escape

from outcry.backtest.report.page import PAGE, STYLE
from outcry.backtest.report.plots import (
    NS_PER_S,
    Frame,
    area,
    bars,
    clock,
    decimals_for,
    line,
    marks,
    stairs,
)
from outcry.backtest.result import BacktestResult, Point

FILLS_LISTED = 500
BINS_MS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
BINS_LEAST = 6


def report_html(result: BacktestResult) -> str:
    """Return the report. It can be opened from a disk or served under any policy of content."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"{result.strategy} on {result.data}"
    return PAGE.format(
        policy=escape(policy),
        style=STYLE,
        title=escape(title),
        strategy=escape(result.strategy),
        data=escape(result.data),
        messages=f"{result.messages:,}",
        span=_span(result),
        tiles="".join(_tiles(result)),
        plots="".join(_plots(result)),
        facts=_rows(_facts(result)),
        fills="".join(_fills(result)),
        fills_said=_fills_said(result),
        digest=result.digest,
    )


def _span(result: BacktestResult) -> str:
    if not result.points:
        return "nothing happened"
    first, last = result.points[0].time_ns / NS_PER_S, result.points[-1].time_ns / NS_PER_S
    return f"{clock(first, 60)} to {clock(last, 60)}"


def _quote(result: BacktestResult, units: int, *, sign: bool = False) -> str:
    """Return quote units as text with two decimals, cut and not rounded."""
    whole = result.terms.quote_text(abs(units))
    digits, _, rest = whole.partition(".")
    mark = "-" if units < 0 else "+" if sign and units > 0 else ""
    return f"{mark}{int(digits):,}.{rest[:2].ljust(2, '0')}"


def _tiles(result: BacktestResult) -> Iterator[str]:
    """Yield the figures that matter most."""
    position, value = result.position, result.value_units
    share = 100 * position.maker_fills // position.fills if position.fills else 0

    def base(units: int) -> str:
        digits, point, rest = result.terms.base_text(abs(units)).partition(".")
        return f"{'-' if units < 0 else ''}{int(digits):,}{point}{rest}"

    kind = "good" if value > 0 else "bad" if value < 0 else ""
    for name, text, more, shade in (
        ("Profit", _quote(result, value, sign=True), result.terms.quote, kind),
        ("Deepest fall", _quote(result, result.drawdown_units), result.terms.quote, ""),
        ("Fills", f"{position.fills:,}", f"{share} % as maker", ""),
        ("Traded", _quote(result, position.traded_units), result.terms.quote, ""),
        ("Fees", _quote(result, position.fee_quote_units), result.terms.quote, ""),
        ("Position", base(position.base_units), f"at most {base(result.position_max_units)}", ""),
        ("In the queue", _time(result.rested_median_ns), "median of maker fills", ""),
        ("Orders", f"{result.orders:,}", f"{result.cancelled:,} cancelled", ""),
    ):
        yield (
            f'<div class="tile"><div class="name">{name}</div>'
            f'<div class="value {shade}">{escape(text)}</div>'
            f'<div class="more">{escape(more)}</div></div>'
        )


def _time(nanoseconds: int) -> str:
    milliseconds = nanoseconds / 1e6
    if milliseconds >= 1_000:
        return f"{milliseconds / 1_000:,.2f} s"
    return f"{milliseconds:,.1f} ms"


def _plots(result: BacktestResult) -> Iterator[str]:
    yield _card("Profit", f"in {result.terms.quote}, the position valued mid-book", _profit(result))
    yield _card("Position", f"in {result.terms.base}", _position(result))
    legend = '<span class="key buy-key">▲ bought</span> <span class="key sell-key">▼ sold</span>'
    yield _card(
        "Fills on the price", f"the line is the middle of the book {legend}", _price(result)
    )
    yield _card(
        "Time in the queue", "maker fills by how long their order had waited", _queue(result)
    )


def _card(title: str, about: str, plot: str) -> str:
    shown = f'<div class="plot">{plot}</div>'
    return f"<section><h2>{title}</h2><p>{about}</p>{shown}</section>"


def _framed(
    result: BacktestResult, value: Callable[[Point], float], *, zero: bool, height: int = 250
) -> tuple[Frame, list[tuple[float, float]]]:
    """Return the frame of a curve and its points."""
    points = [(point.time_ns / NS_PER_S, value(point)) for point in result.points] or [(0.0, 0.0)]
    values = [y for _, y in points] + ([0.0] if zero else [])
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or 1.0
    return Frame(points[0][0], points[-1][0], low - room, high + room, height), points


def _profit(result: BacktestResult) -> str:
    unit = 10**result.terms.quote_decimals
    frame, points = _framed(result, lambda point: point.value_units / unit, zero=True)
    grid = frame.grid(decimals_for(frame.y_low, frame.y_high))
    return frame.svg(
        "profit", grid, frame.times(), area(frame, points), line(frame, points, "line")
    )


def _position(result: BacktestResult) -> str:
    unit = 10**result.terms.base_decimals
    frame, points = _framed(result, lambda point: point.base_units / unit, zero=True, height=190)
    grid = frame.grid(decimals_for(frame.y_low, frame.y_high) if unit > 1 else 0)
    return frame.svg("position", grid, frame.times(), stairs(frame, points, "stairs"))


def _price(result: BacktestResult) -> str:
    tick = float(result.terms.price(1))
    frame, points = _framed(
        result, lambda point: point.middle_half_ticks * tick / 2, zero=False, height=340
    )
    grid = frame.grid(decimals_for(frame.y_low, frame.y_high))
    drawn = (line(frame, points, "price"), marks(frame, result.fills, tick))
    return frame.svg("fills on the price", grid, frame.times(), *drawn)


def _queue(result: BacktestResult) -> str:
    counts = [0] * (len(BINS_MS) + 1)
    for fill in result.fills:
        if fill.is_maker:
            counts[sum(fill.rested_ns >= limit * 1_000_000 for limit in BINS_MS)] += 1
    names = [f"< {_short(limit)}" for limit in BINS_MS] + [f"≥ {_short(BINS_MS[-1])}"]
    last = max((place for place, count in enumerate(counts) if count), default=0)
    return bars(list(zip(names, counts, strict=True))[: max(last + 1, BINS_LEAST)])


def _short(milliseconds: int) -> str:
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    return f"{milliseconds // 1_000} s"


def _facts(result: BacktestResult) -> Iterator[tuple[str, str]]:
    terms, latency = result.terms, result.latency
    yield "Tick, lot", f"{terms.tick} {terms.quote}, {terms.lot} {terms.base}"
    yield "Fees", f"maker {terms.maker_ppm} ppm, taker {terms.taker_ppm} ppm"
    yield (
        "Latency",
        f"{latency.to_ns / 1e3:,.0f} µs there, {latency.from_ns / 1e3:,.0f} µs back, each up to"
        f" {latency.jitter_ns / 1e3:,.0f} µs more (seed {latency.seed})",
    )
    yield "Late", f"{result.late_cancels:,} cancels and changes of orders that had just ended"
    refused = ", ".join(f"{code} {count:,}" for code, count in sorted(result.rejected.items()))
    yield "Refused", refused or "nothing"
    yield "Between two ticks", f"{result.skipped:,} recorded orders left out"
    yield "Engine", f"{result.core} core, {result.messages:,} messages in {result.seconds:.1f} s"


def _rows(facts: Iterator[tuple[str, str]]) -> str:
    return "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in facts)


def _fills(result: BacktestResult) -> Iterator[str]:
    for fill in result.fills[:FILLS_LISTED]:
        price = result.terms.price(fill.price_ticks)
        cells = (
            clock(fill.time_ns / NS_PER_S, 1),
            fill.side,
            f"{result.terms.quantity(fill.lots)}",
            f"{price}",
            "maker" if fill.is_maker else "taker",
            f"{fill.ahead_lots:,}",
            _time(fill.rested_ns) if fill.is_maker else "",
            _quote(result, fill.fee_units),
        )
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _fills_said(result: BacktestResult) -> str:
    count = len(result.fills)
    if count > FILLS_LISTED:
        return f"The first {FILLS_LISTED} of {count:,} fills"
    return f"All {count:,} fills"
