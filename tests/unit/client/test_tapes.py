"""What happened is told once, in order, whatever the connection did meanwhile."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.client.answers import Fill, Kline, Order, Trade
from outcry.client.live.tapes import FillTape, KlineTape, OpenOrders, TradeTape


def trade(number: int) -> Trade:
    return Trade(trade_id=number, price="1", quantity="1", side="buy", time="t")


def ids(trades: list[Trade]) -> list[int]:
    return [t.trade_id for t in trades]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans()), max_size=30))
def test_every_trade_is_told_once_and_in_order(script: list[tuple[int, bool, bool]]) -> None:
    """Messages are lost and come twice; what is missing can be asked for."""
    tape, last, told = TradeTape(), 0, []
    tape.take([], 0)
    for count, lost, twice in script:
        message = [trade(last + n) for n in range(1, count + 1)]
        last += count
        for _ in range(0 if lost else 1 + twice):
            gap = tape.missing(message, last)
            missed = [trade(n) for n in range(gap[0], gap[1] + 1)] if gap else []
            found, unknown = tape.take([*missed, *message], last)
            assert unknown == 0
            told += ids(found)
    assert told == list(range(1, (tape.last_id or 0) + 1))


def test_snapshot_with_older_trades_after_a_gap_shows_what_is_missing() -> None:
    tape = TradeTape()
    tape.take([trade(n) for n in (1, 2)], 2)
    assert tape.missing([trade(n) for n in (6, 7)], 7) == (3, 5)
    assert tape.missing([trade(n) for n in (1, 2, 3)], 3) is None
    assert tape.missing([], 4) == (3, 4)
    assert tape.take([trade(6), trade(7)], 7) == ([trade(6), trade(7)], 3)


def test_first_snapshot_misses_nothing() -> None:
    tape = TradeTape()
    assert tape.missing([trade(60), trade(61)], 61) is None
    assert tape.take([trade(60), trade(61)], 61) == ([trade(60), trade(61)], 0)


def test_venue_that_begins_anew_is_followed_anew() -> None:
    tape = TradeTape()
    tape.take([trade(900)], 900)
    assert tape.missing([trade(1)], 1) is None
    assert tape.take([trade(1)], 1) == ([trade(1)], 0)
    assert tape.last_id == 1


def fill(number: int, order_id: int = 1) -> Fill:
    return Fill(
        trade_id=number, order_id=order_id, market="A_B", side="buy", price="1", quantity="1",
        fee="0", fee_asset="B", liquidity="maker", time="t",
    )  # fmt: skip


def test_fill_is_told_once_and_both_sides_of_a_trade_with_oneself_are_two() -> None:
    tape = FillTape()
    tape.begin([fill(1)])
    assert tape.take([fill(1), fill(2, 1), fill(2, 9)]) == [fill(2, 1), fill(2, 9)]
    assert tape.take([fill(2, 9), fill(3)]) == [fill(3)]
    assert tape.knows(fill(1))


def order(number: int, sequence: int, status: str = "open") -> Order:
    return Order(
        order_id=number, client_order_id=None, market="A_B", side="buy", type="limit",
        time_in_force="gtc", post_only=False, price="1", quantity="1", budget=None,
        filled_quantity="0", remaining_quantity="1", average_price=None, quote_filled="0",
        fee="0", fee_asset="B", status=status, reason=None, created_at="t", updated_at="t",
        sequence=sequence, fills=[],
    )  # fmt: skip


def test_orders_that_ended_unseen_are_those_that_are_not_open_any_more() -> None:
    orders = OpenOrders()
    orders.take([order(1, 5), order(2, 6), order(3, 7)])
    orders.take([order(2, 8, "filled")])
    assert orders.ended([order(3, 7)]) == [1]
    assert orders.newest_id == 3


def test_older_word_about_an_order_is_no_news() -> None:
    orders = OpenOrders()
    orders.take([order(1, 9)])
    assert orders.take([order(1, 8)]) == []
    assert orders.take([order(1, 9)]) == [order(1, 9)]


def kline(minute: int, *, closed: bool = False, trades: int = 1) -> Kline:
    return Kline(
        open_time=f"t{minute:02}", close_time=f"t{minute + 1:02}", open="1", high="1", low="1",
        close="1", volume="1", quote_volume="1", trades=trades, closed=closed,
    )  # fmt: skip


def test_candle_that_was_not_told_as_closed_is_missing_when_a_later_one_comes() -> None:
    tape = KlineTape()
    assert tape.missing_from(kline(1)) is None
    assert tape.take([kline(1)]) == [kline(1)]
    assert tape.missing_from(kline(2)) == "t01"
    assert tape.take([kline(1, closed=True), kline(2)]) == [kline(1, closed=True), kline(2)]


def test_candles_that_follow_each_other_miss_nothing() -> None:
    tape = KlineTape()
    tape.take([kline(1, closed=True)])
    assert tape.missing_from(kline(2)) is None
    assert tape.missing_from(kline(3)) == "t01"


def test_candle_that_says_nothing_new_is_not_told() -> None:
    tape = KlineTape()
    tape.take([kline(2)])
    same: Any = msgspec.structs.replace(kline(2))
    assert tape.take([kline(1), same, kline(2, trades=2)]) == [kline(2, trades=2)]
