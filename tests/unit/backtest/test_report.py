"""The report and the tables of a backtest."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from outcry.backtest import BacktestResult, backtest, report_html
from outcry.backtest.report.plots import Frame, clock, moments, steps
from outcry.strategy import Book, Strategy
from tests.support.flow_files import random_lobster


class Quoter(Strategy):
    """<b>Quotes</b> whatever is best."""

    def on_book(self, book: Book) -> None:
        if book.best_bid is not None and len(self.orders) < 3:
            self.place("buy", book.best_bid, 100)
        if book.best_ask is not None and len(self.orders) < 3:
            self.place("sell", book.best_ask, 100)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> BacktestResult:
    path = tmp_path_factory.mktemp("flow") / "a<b>&c.csv"
    return backtest(Quoter(), random_lobster(path, 5, 500))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "line", "rect", "path"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"rect", "path"}:
            assert self.open.pop() == tag


def test_report_is_whole_and_asks_nobody(result: BacktestResult) -> None:
    text = report_html(result)
    page = Page(text)
    assert page.open == []
    assert page.seen.count("svg") == 4
    assert not {"script", "link", "img", "iframe", "object"} & set(page.seen)
    names = {name for name, _ in page.attributes}
    assert not {"style", "src", "href"} & names
    assert not any(name.startswith("on") for name in names)
    assert "a&lt;b&gt;&amp;c.csv" in text


def test_report_shows_under_the_policy_that_it_carries(result: BacktestResult) -> None:
    text = report_html(result)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in unescape(policy)
    assert "default-src 'none'" in unescape(policy)


def test_report_says_the_figures(result: BacktestResult) -> None:
    text = report_html(result)
    assert result.digest in text
    assert f"{len(result.fills):,}" in text
    assert text.count('<path class="buy"') == sum(f.side == "buy" for f in result.fills)
    assert text.count('<path class="sell"') == sum(f.side == "sell" for f in result.fills)


def test_report_of_nothing_is_a_page_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    empty = backtest(Strategy(), path)
    assert Page(report_html(empty)).open == []
    assert (empty.figures()["fills"], empty.points) == (0, [])


def test_tables_have_every_fill_and_point(result: BacktestResult) -> None:
    fills, curve = result.fills_table(), result.curve_table()
    assert (fills.num_rows, curve.num_rows) == (len(result.fills), len(result.points))
    assert fills.column("price_ticks").to_pylist() == [f.price_ticks for f in result.fills]
    assert fills.schema.names[:3] == ["time_ns", "trade_id", "key"]
    assert curve.column("value_units").to_pylist()[-1] == result.value_units


def test_figures_are_those_of_the_curve(result: BacktestResult) -> None:
    highest = deepest = 0
    for point in result.points:
        highest = max(highest, point.value_units)
        deepest = max(deepest, highest - point.value_units)
    assert result.drawdown_units == deepest > 0
    assert result.position_max_units >= max(abs(p.base_units) for p in result.points)
    times = [point.time_ns for point in result.points]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-1, 1, [-1, -0.5, 0, 0.5, 1]), (5, 5, [5])],
)
def test_numbers_of_a_grid_are_round(low: float, high: float, found: list[float]) -> None:
    assert steps(low, high, 5) == found


def test_times_below_a_plot_are_round() -> None:
    found = moments(34_200.5, 37_799, 8)
    assert [clock(value, 3_599) for value in found][:3] == ["09:40", "09:50", "10:00"]
    assert clock(34_200.25, 5) == "09:30:00.250"


def test_frame_puts_the_ends_at_the_ends() -> None:
    frame = Frame(0, 10, -5, 5)
    assert (frame.x(0), frame.x(10)) == (78, 986)
    assert frame.y(-5) > frame.y(0) > frame.y(5)


def test_pandas_is_asked_for_only_when_it_is_needed(result: BacktestResult) -> None:
    try:
        import pandas  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError):
            result.fills_frame()
        with pytest.raises(ImportError):
            result.curve_frame()
        return
    assert len(result.fills_frame()) == len(result.fills)
    assert len(result.curve_frame()) == len(result.points)
