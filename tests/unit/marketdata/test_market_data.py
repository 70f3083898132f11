"""One pass of events keeps every public view in step with the core."""

import pytest

from outcry.domain import commands as c
from outcry.marketdata.candle import INTERVALS, MINUTE_NS, Candle
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.marketdata.trade import KEPT_TRADES
from tests.support.trading import START_NS, TradingVenue, limit, opening, random_batches

BUY, SELL = 0, 1


class Views:
    """Registry and market data under a venue."""

    def __init__(self) -> None:
        self.venue = TradingVenue()
        self.registry = Registry()
        self.data = MarketData(self.registry)
        self.run(*opening())

    def run(self, *commands: c.Command) -> None:
        batch = self.venue.run(*commands)
        self.registry.consume(batch)
        self.data.consume(batch)

    def trade(self, price_ticks: int, lots: int = 1) -> None:
        self.run(limit(1, SELL, price_ticks, lots), limit(2, BUY, price_ticks, lots))


@pytest.fixture
def views() -> Views:
    return Views()


@pytest.mark.parametrize("seed", range(4))
def test_books_are_those_of_the_core_after_every_batch(seed: int) -> None:
    registry = Registry()
    data = MarketData(registry)
    for venue, batch in random_batches(seed, 150):
        registry.consume(batch)
        data.consume(batch)
        for market in (1, 2):
            assert tuple(data.depth(market, 5_000)) == venue.engine.core.depth(market, 5_000)


def test_depth_is_cut_to_the_limit(views: Views) -> None:
    views.run(*(limit(1, SELL, 1_000 + i, i + 1) for i in range(5)), limit(1, BUY, 900, 9))
    assert views.data.depth(1, 2) == (6, [(900, 9)], [(1_000, 1), (1_001, 2)])


def test_trades_come_newest_first(views: Views) -> None:
    for price in (1_000, 1_001, 1_002):
        views.trade(price)
    assert [trade.price_ticks for trade in views.data.trades(1, 2)] == [1_002, 1_001]
    assert views.data.trades(2, 5) == []


def test_ticker_joins_book_and_trades(views: Views) -> None:
    views.trade(1_000, 3)
    views.run(limit(1, SELL, 1_010, 1), limit(2, BUY, 990, 1))
    ticker = views.data.ticker(1, START_NS)
    assert (ticker.last_ticks, ticker.volume_lots, ticker.quote_units) == (1_000, 3, 15_000)
    assert (ticker.best_bid_ticks, ticker.best_ask_ticks) == (990, 1_010)


def test_klines_go_on_flat_until_now(views: Views) -> None:
    views.trade(1_000)
    candles = views.data.candles(1, "1m", now_ns=START_NS + 2 * MINUTE_NS, limit=5)
    assert [candle.close for candle in candles] == [1_000] * 3
    assert [candle.trades for candle in candles] == [1, 0, 0]


def test_klines_of_a_market_without_trades_are_none(views: Views) -> None:
    assert views.data.candles(1, "1h", now_ns=START_NS) == []


class OldCandles:
    """A store that holds what memory does not: one candle an hour before."""

    def __init__(self, candle: Candle) -> None:
        self.candle = candle

    def between(self, market: int, span: str, start_ns: int, end_ns: int) -> list[object]:
        return [self.candle.row()] if start_ns <= self.candle.open_ns < end_ns else []

    def first(self, market: int, span: str) -> list[object]:
        return [self.candle.row()]

    def last_before(self, market: int, span: str, time_ns: int) -> list[object]:
        return [self.candle.row()] if self.candle.open_ns < time_ns else []


def test_what_memory_forgot_comes_from_the_store(views: Views) -> None:
    now = INTERVALS["1m"].floor(START_NS)
    old = Candle(now - 3 * MINUTE_NS, 7, 8, 6, 7, 1, 7, 1)
    kept = (1, "1m", *Candle(now, 9, 9, 9, 9, 1, 9, 1).row())
    core = views.venue.engine.core
    data = MarketData(views.registry)
    data.restore(core, [kept], [], START_NS)
    stored = OldCandles(old)
    shown = data.candles(1, "1m", start_ns=now - 4 * MINUTE_NS, stored=stored)
    assert [candle.close for candle in shown] == [7, 7, 7, 9]
    later = data.candles(1, "1m", start_ns=now - MINUTE_NS, stored=stored)
    assert [candle.close for candle in later] == [7, 9]


@pytest.mark.parametrize("interval", INTERVALS)
def test_klines_from_long_ago_begin_with_the_first_trade(views: Views, interval: str) -> None:
    views.trade(1_000)
    kind = INTERVALS[interval]
    later = kind.next(kind.next(kind.floor(START_NS)))
    shown = views.data.candles(1, interval, start_ns=0, limit=2, now_ns=later)
    assert [candle.open_ns for candle in shown] == [
        kind.floor(START_NS),
        kind.next(shown[0].open_ns),
    ]
    assert [candle.trades for candle in shown] == [1, 0]


def test_klines_that_end_before_the_first_trade_are_none(views: Views) -> None:
    views.trade(1_000)
    end_ns = INTERVALS["1m"].floor(START_NS) - 1
    assert views.data.candles(1, "1m", start_ns=0, end_ns=end_ns, limit=2, now_ns=START_NS) == []


def test_klines_from_long_ago_begin_with_what_is_stored(views: Views) -> None:
    now = INTERVALS["1m"].floor(START_NS)
    old = Candle(now - 90 * MINUTE_NS, 7, 8, 6, 7, 1, 7, 1)
    kept = (1, "1m", *Candle(now, 9, 9, 9, 9, 1, 9, 1).row())
    data = MarketData(views.registry)
    data.restore(views.venue.engine.core, [kept], [], START_NS)
    first = data.candles(1, "1m", start_ns=0, limit=2, stored=OldCandles(old))
    assert [(candle.open_ns, candle.close) for candle in first] == [
        (old.open_ns, 7),
        (old.open_ns + MINUTE_NS, 7),
    ]
    both = data.candles(1, "1m", start_ns=0, limit=91, stored=OldCandles(old))
    assert [candle.close for candle in both] == [7] * 90 + [9]
    unstored = data.candles(1, "1m", start_ns=0, limit=2)
    assert [candle.close for candle in unstored] == [9]


def test_nothing_is_let_go_that_no_store_has(views: Views) -> None:
    views.data.stored(START_NS)
    for _ in range(KEPT_TRADES + 5):
        views.trade(1_000)
    everything = views.data.trades(1, 10_000)
    assert [trade.trade_id for trade in everything] == list(range(KEPT_TRADES + 5, 0, -1))
    views.data.stored(START_NS + 1)
    views.trade(1_000)
    assert len(views.data.trades(1, 10_000)) == KEPT_TRADES


def test_trades_before_an_id_come_newest_first(views: Views) -> None:
    for _ in range(6):
        views.trade(1_000)
    for before, wanted in ((9, [6, 5]), (7, [6, 5]), (5, [4, 3]), (2, [1]), (1, [])):
        assert [trade.trade_id for trade in views.data.trades(1, 2, before)] == wanted
