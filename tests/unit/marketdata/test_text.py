"""Numbers as text: canonical, exact, the same everywhere."""

import pytest

from outcry.domain.market import Asset, FeeAsset, Market, MarketState
from outcry.marketdata.candle import MINUTE_NS, Candle, Candles
from outcry.marketdata.text import Scale, candle_body, ticker_body, time_text, trade_body
from outcry.marketdata.ticker import DayWindow, ticker_of
from outcry.marketdata.trade import TradePrint


@pytest.fixture
def market() -> Market:
    return Market(
        market=1,
        symbol="BTC_USDT",
        base=1,
        quote=2,
        tick_mantissa=5,
        tick_decimals=2,
        lot_units=10_000,
        tick_value_units=5,
        min_lots=1,
        max_lots=0,
        market_max_lots=0,
        min_notional_units=0,
        max_notional_units=0,
        fee_asset=FeeAsset.QUOTE,
        allow_self_trade=False,
        version=1,
        state=MarketState.TRADING,
        maker_ppm=0,
        taker_ppm=0,
        auction_ppm=0,
    )


@pytest.fixture
def scale(market: Market) -> Scale:
    return Scale(market, Asset(1, "BTC", 8, 8), Asset(2, "USDT", 6, 6))


def test_integers_become_canonical_decimals(scale: Scale) -> None:
    assert (scale.price(2_001), scale.quantity(3)) == ("100.05", "0.0003")
    assert (scale.quote(1_500_000), scale.base(7)) == ("1.500000", "0.00000007")
    assert scale.levels([(2_001, 3)]) == [("100.05", "0.0003")]


def test_lot_of_whole_assets_has_no_decimals(market: Market) -> None:
    whole = Scale(market, Asset(1, "TATA", 0, 0), Asset(2, "INR", 4, 4))
    assert whole.quantity(3) == "30000"


def test_time_is_cut_to_microseconds() -> None:
    assert time_text(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456Z"
    assert time_text(0) == "1970-01-01T00:00:00.000000Z"


def test_trade_says_the_takers_side(scale: Scale) -> None:
    assert trade_body(scale, TradePrint(7, 2_001, 3, 1, 0)) == {
        "trade_id": 7,
        "price": "100.05",
        "quantity": "0.0003",
        "side": "sell",
        "time": "1970-01-01T00:00:00.000000Z",
    }


def test_candle_ends_where_the_next_one_opens(scale: Scale) -> None:
    body = candle_body(scale, "3m", Candle(3 * MINUTE_NS, 1, 4, 1, 2, 5, 9, 2))
    assert body["open_time"] == "1970-01-01T00:03:00.000000Z"
    assert body["close_time"] == "1970-01-01T00:06:00.000000Z"
    assert (body["high"], body["volume"], body["quote_volume"]) == ("0.20", "0.0005", "0.000009")


def test_ticker_has_no_price_where_there_is_none(scale: Scale, market: Market) -> None:
    candles = Candles()
    traded = DayWindow().traded(candles, 0)
    body = ticker_body(scale, market, ticker_of(1, traded, 0, (0, 2_001), 0))
    assert (body["last_price"], body["price_change_percent"]) == (None, None)
    assert (body["best_bid"], body["best_ask"], body["volume"]) == (None, "100.05", "0.0000")


def test_ticker_shows_the_change_with_its_sign(scale: Scale, market: Market) -> None:
    candles = Candles()
    candles.add(0, 300, 1, 1_500)
    candles.add(1, 298, 1, 1_490)
    body = ticker_body(scale, market, ticker_of(1, DayWindow().traded(candles, 5), 298, (0, 0), 5))
    assert (body["price_change"], body["price_change_percent"]) == ("-0.10", "-0.667")
