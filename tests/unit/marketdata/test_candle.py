"""Buckets in time, worked by hand."""

from datetime import UTC, datetime

import pytest

from outcry.domain.events import Event
from outcry.marketdata.candle import (
    DAY_NS,
    HOUR_NS,
    INTERVALS,
    KEPT_CANDLES,
    MINUTE_NS,
    SECOND_NS,
    Candle,
    CandleRows,
    Candles,
    aggregate,
    candle_of_row,
    filled,
    flat,
    window,
)
from outcry.ports import EventBatch
from tests.support.trading import START_NS, TradingVenue, limit, opening


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


def test_candles_that_no_store_has_are_kept() -> None:
    candles = Candles()
    series, wanted = candles.series["1s"], 3 * KEPT_CANDLES["1s"]
    series.stored_until_ns = SECOND_NS
    for second in range(wanted):
        candles.add(second * SECOND_NS, 100, 1, 100)
    candles.settle()
    assert len(series.candles) == wanted
    series.stored_until_ns = wanted * SECOND_NS
    candles.add(wanted * SECOND_NS, 100, 1, 100)
    candles.settle()
    assert len(series.candles) == KEPT_CANDLES["1s"]
    assert series.complete_from_ns == series.candles[0].open_ns


def trades_of(seconds: range) -> EventBatch:
    """Return a batch with one trade a second."""
    venue = TradingVenue()
    venue.run(*opening())
    events: list[Event] = []
    for second in seconds:
        venue.now_ns = START_NS + second * SECOND_NS
        events += venue.run(limit(1, 1, 1_000 + second, 1), limit(2, 0, 1_000 + second, 1)).events
    return EventBatch(1, 1, venue.now_ns, bytes(32), events)


def test_rows_are_the_candles_that_changed() -> None:
    rows = CandleRows()
    rows.consume(trades_of(range(2)))
    assert [(row[1], row[-1]) for row in rows.take()] == [
        ("1s", 1), ("1s", 1), ("1m", 2), ("1h", 2), ("1d", 2),
    ]  # fmt: skip
    assert rows.take() == []
    rows.consume(trades_of(range(1, 3)))
    assert [(row[1], row[-1]) for row in rows.take()] == [
        ("1s", 2), ("1s", 1), ("1m", 4), ("1h", 4), ("1d", 4),
    ]  # fmt: skip


def test_rows_go_on_with_the_last_stored_candles() -> None:
    whole, first, second = CandleRows(), CandleRows(), CandleRows()
    early, late = trades_of(range(5)), trades_of(range(4, 130))
    for batch in (early, late):
        whole.consume(batch)
    first.consume(early)
    stored = {row[:3]: row for row in first.take()}
    second.restore({row[:2]: row for row in stored.values()}.values())
    second.consume(late)
    stored.update((row[:3], row) for row in second.take())
    assert sorted(stored.values()) == sorted(whole.take())
