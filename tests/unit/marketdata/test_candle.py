"""Buckets in time, worked by hand."""

from datetime import UTC, datetime

import pytest

from outcry.marketdata.candle import (
    DAY_NS,
    HOUR_NS,
    INTERVALS,
    KEPT_CANDLES,
    MINUTE_NS,
    SECOND_NS,
    Candle,
    Candles,
    aggregate,
    candle_of_row,
    filled,
    flat,
    window,
)


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


@pytest.mark.parametrize(
    ("interval", "moment", "opens", "closes"),
    [
        ("1s", "2024-02-29T23:59:59", "2024-02-29T23:59:59", "2024-03-01T00:00:00"),
        ("1m", "2024-02-29T23:59:59", "2024-02-29T23:59:00", "2024-03-01T00:00:00"),
        ("15m", "2024-02-29T23:44:59", "2024-02-29T23:30:00", "2024-02-29T23:45:00"),
        ("4h", "2024-02-29T23:59:59", "2024-02-29T20:00:00", "2024-03-01T00:00:00"),
        ("12h", "2024-02-29T11:59:59", "2024-02-29T00:00:00", "2024-02-29T12:00:00"),
        ("3d", "1970-01-04T00:00:00", "1970-01-04T00:00:00", "1970-01-07T00:00:00"),
        ("3d", "1970-01-03T23:59:59", "1970-01-01T00:00:00", "1970-01-04T00:00:00"),
        ("1w", "2024-03-03T23:59:59", "2024-02-26T00:00:00", "2024-03-04T00:00:00"),
        ("1w", "2024-03-04T00:00:00", "2024-03-04T00:00:00", "2024-03-11T00:00:00"),
        ("1M", "2024-02-29T23:59:59", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("1M", "2023-12-31T23:59:59", "2023-12-01T00:00:00", "2024-01-01T00:00:00"),
    ],
)
def test_moment_falls_in_its_bucket(interval: str, moment: str, opens: str, closes: str) -> None:
    kind = INTERVALS[interval]
    assert kind.floor(ns(moment)) == ns(opens)
    assert kind.next(ns(opens)) == ns(closes)
    assert kind.floor(ns(closes)) == ns(closes)


def test_sixteen_intervals_are_offered() -> None:
    names = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M"
    assert list(INTERVALS) == names.split()


def some_candles() -> Candles:
    """Return trades at 100, 103, 99, 101 in one minute, then one at 107 two minutes later."""
    candles = Candles()
    for second, price, lots in ((0, 100, 1), (0, 103, 2), (7, 99, 3), (59, 101, 4), (130, 107, 5)):
        candles.add(second * SECOND_NS + 5, price, lots, price * lots)
    candles.settle()
    return candles


def test_candle_is_open_high_low_close_and_sums() -> None:
    minute, _ = some_candles().series["1m"].candles
    assert (minute.open, minute.high, minute.low, minute.close) == (100, 103, 99, 101)
    assert (minute.volume_lots, minute.quote_units, minute.trades) == (10, 1007, 4)


def test_bucket_ends_just_before_the_next_one_opens() -> None:
    candles = Candles()
    for time_ns in (MINUTE_NS - 1, MINUTE_NS):
        candles.add(time_ns, 100, 1, 100)
    candles.settle()
    assert [candle.open_ns for candle in candles.series["1m"].candles] == [0, MINUTE_NS]


def test_reading_in_the_middle_of_a_second_changes_nothing() -> None:
    candles = Candles()
    for second, price, lots in ((0, 100, 1), (0, 103, 2), (7, 99, 3), (59, 101, 4), (130, 107, 5)):
        candles.add(second * SECOND_NS + 5, price, lots, price * lots)
        candles.settle()
    for span, series in some_candles().series.items():
        assert candles.series[span].candles == series.candles


def test_empty_buckets_are_flat_at_the_last_close() -> None:
    minutes = some_candles().series["1m"].candles
    shown = list(filled(INTERVALS["1m"], minutes, 0, 0, 2 * MINUTE_NS))
    assert shown[1] == flat(MINUTE_NS, 101)
    assert (shown[1].volume_lots, shown[1].trades) == (0, 0)
    assert len(shown) == 3


def test_nothing_is_shown_before_the_first_trade_of_all() -> None:
    minutes = some_candles().series["1m"].candles
    shown = list(filled(INTERVALS["1m"], minutes, 0, -3 * MINUTE_NS, 0))
    assert [candle.open_ns for candle in shown] == [0]


def test_longer_candle_is_made_of_shorter_ones() -> None:
    (made,) = aggregate(INTERVALS["5m"], some_candles().series["1m"].candles)
    assert (made.open_ns, made.open, made.high, made.low, made.close) == (0, 100, 107, 99, 107)
    assert (made.volume_lots, made.trades) == (15, 5)


def test_making_a_longer_candle_leaves_the_shorter_ones_alone() -> None:
    candles = some_candles()
    aggregate(INTERVALS["5m"], candles.series["1m"].candles)
    assert candles.series["1m"].candles == some_candles().series["1m"].candles


def test_sums_do_not_overflow() -> None:
    candles = Candles()
    for _ in range(3):
        candles.add(0, 100, 1 << 62, 1 << 62)
    candles.settle()
    (candle,) = candles.series["1d"].candles
    assert (candle.volume_lots, candle.quote_units) == (3 << 62, 3 << 62)


def test_last_price_is_known_before_and_after_settling() -> None:
    candles = Candles()
    assert candles.last_price == 0
    candles.add(0, 100, 1, 100)
    assert candles.last_price == 100
    candles.settle()
    assert candles.last_price == 100


def test_memory_keeps_the_newest_and_says_where_they_begin() -> None:
    candles = Candles()
    for second in range(3 * KEPT_CANDLES["1s"]):
        candles.add(second * SECOND_NS, 100, 1, 100)
    candles.settle()
    series = candles.series["1s"]
    assert KEPT_CANDLES["1s"] <= len(series.candles) < 2 * KEPT_CANDLES["1s"]
    assert series.complete_from_ns == series.candles[0].open_ns > 0
    assert candles.series["1d"].candles[0].trades == 3 * KEPT_CANDLES["1s"]


HOUR = INTERVALS["1h"]


@pytest.mark.parametrize(
    ("start", "end", "limit", "first", "last"),
    [
        (None, None, 3, 8, 10),
        (None, 5 * HOUR_NS, 3, 3, 5),
        (None, 5 * HOUR_NS + 1, 1, 5, 5),
        (2 * HOUR_NS, None, 3, 2, 4),
        (2 * HOUR_NS + 1, None, 3, 3, 5),
        (2 * HOUR_NS, 3 * HOUR_NS, 9, 2, 3),
        (None, None, 99, 0, 10),
        (9 * HOUR_NS, 99 * HOUR_NS, 9, 9, 10),
    ],
)
def test_window_is_oldest_from_a_start_and_newest_to_an_end(
    start: int | None, end: int | None, limit: int, first: int, last: int
) -> None:
    now_ns = 10 * HOUR_NS + 5
    assert window(HOUR, start, end, limit, now_ns) == (first * HOUR_NS, last * HOUR_NS)


@pytest.mark.parametrize(("start", "end"), [(11 * HOUR_NS, None), (1 << 90, None), (5, 4)])
def test_window_that_holds_no_bucket_is_empty(start: int, end: int | None) -> None:
    first, last = window(HOUR, start, end, 5, 10 * HOUR_NS)
    assert first > last


def test_candle_comes_back_from_its_row() -> None:
    candle = Candle(DAY_NS, 4, 6, 3, 5, 1 << 70, 1 << 80, 9)
    assert candle_of_row(candle.row()) == candle
