"""The 24-hour ticker, worked by hand."""

from outcry.marketdata.candle import DAY_NS, MINUTE_NS, Candles
from outcry.marketdata.ticker import DayWindow, Ticker, ticker_of

T0 = 20_000 * DAY_NS


def traded(*trades: tuple[int, int, int]) -> Candles:
    """Return the candles of (minute, price, lots)."""
    candles = Candles()
    for minute, price, lots in trades:
        candles.add(T0 + minute * MINUTE_NS, price, lots, price * lots)
    return candles


def ticker(candles: Candles, minute: int, day: DayWindow | None = None) -> Ticker:
    now_ns = T0 + minute * MINUTE_NS + 5
    summed = (day or DayWindow()).traded(candles, now_ns)
    return ticker_of(1, summed, candles.last_price, (90, 110), now_ns)


def test_ticker_sums_up_the_window() -> None:
    now = ticker(traded((0, 100, 1), (1, 130, 2), (2, 80, 3), (3, 95, 4)), 3)
    assert (now.open_ticks, now.high_ticks, now.low_ticks, now.last_ticks) == (100, 130, 80, 95)
    assert (now.volume_lots, now.quote_units, now.trades) == (10, 980, 4)
    assert (now.best_bid_ticks, now.best_ask_ticks) == (90, 110)


def test_minute_leaves_the_window_after_a_day() -> None:
    candles = traded((0, 100, 1), (1, 130, 2))
    assert ticker(candles, 1_439).volume_lots == 3
    assert ticker(candles, 1_440).volume_lots == 2
    assert ticker(candles, 1_440).open_ticks == 130


def test_quiet_day_is_flat_at_the_last_price() -> None:
    now = ticker(traded((0, 100, 1)), 5_000)
    assert (now.open_ticks, now.high_ticks, now.low_ticks, now.last_ticks) == (100,) * 4
    assert (now.volume_lots, now.change_ticks, now.change_percent_thousandths) == (0, 0, 0)


def test_market_without_a_trade_has_no_prices() -> None:
    now = ticker(Candles(), 0)
    assert (now.last_ticks, now.open_ticks, now.change_percent_thousandths) == (0, 0, 0)


def test_change_is_rounded_half_away_from_zero() -> None:
    up = ticker(traded((0, 300, 1), (1, 301, 1)), 1)
    down = ticker(traded((0, 300, 1), (1, 298, 1)), 1)
    assert (up.change_ticks, up.change_percent_thousandths) == (1, 333)
    assert (down.change_ticks, down.change_percent_thousandths) == (-2, -667)


def test_what_trades_after_a_read_is_in_the_next_one() -> None:
    candles, day = traded((0, 100, 1), (1, 110, 1)), DayWindow()
    ticker(candles, 1, day)
    candles.add(T0 + MINUTE_NS + 9, 120, 1, 120)
    assert ticker(candles, 1, day).high_ticks == 120
    assert ticker(candles, 2, day).volume_lots == 3
    candles.add(T0 + 2 * MINUTE_NS, 130, 1, 130)
    assert ticker(candles, 3, day).trades == 4
