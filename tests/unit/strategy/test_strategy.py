"""The public class: what it keeps of what it hears, and what it asks for."""

from decimal import Decimal

import pytest

from outcry.strategy import (
    Book,
    Cancel,
    CancelAll,
    Fill,
    OrderUpdate,
    Place,
    Position,
    Replace,
    Strategy,
    Terms,
    Timer,
    Trade,
)
from tests.support.strategies import BTC_USDT, START_NS, PaperDesk


class Diary(Strategy):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_start(self) -> None:
        self.heard.append(f"start {self.terms.market}")

    def on_book(self, book: Book) -> None:
        self.heard.append(f"book {book.best_bid} {book.best_ask} {book.middle_half_ticks}")

    def on_trade(self, trade: Trade) -> None:
        self.heard.append(f"trade {trade.side} {trade.lots}")

    def on_fill(self, fill: Fill) -> None:
        self.heard.append(f"fill {fill.lots}, position {self.position.lots}")

    def on_order(self, order: OrderUpdate) -> None:
        self.heard.append(f"order {order.key} {order.status} {order.key in self.orders}")

    def on_timer(self) -> None:
        self.heard.append("timer")

    def on_stop(self) -> None:
        self.heard.append("stop")


def fill(side: str, price_ticks: int, lots: int, fee: int = 0, **more: bool) -> Fill:
    in_base, is_maker = more.get("fee_in_base", False), more.get("is_maker", True)
    return Fill(START_NS, 1, "1", side, price_ticks, lots, fee, in_base, is_maker)  # type: ignore[arg-type]


def test_events_come_to_their_methods_in_order() -> None:
    diary = Diary()
    desk = PaperDesk(diary)
    key = diary.place("buy", 100, 5)
    for event in (
        Book(1, ((99, 1),), ((101, 2),)),
        Trade(2, 7, 101, 3, "buy"),
        OrderUpdate(3, key, "open", 100, 5, 5),
        fill("buy", 100, 5),
        OrderUpdate(4, key, "filled", 100, 5, 0),
        Timer(5),
    ):
        diary.hear(event)
    diary.end()
    assert diary.heard == [
        "start BTC_USDT", "book 99 101 200", "trade buy 3", "order 1 open True",
        "fill 5, position 5", "order 1 filled False", "timer", "stop",
    ]  # fmt: skip
    assert desk.taken() == [Place("1", "buy", 5, 100), CancelAll()]


def test_actions_reach_the_desk_and_orders_on_their_way_out_are_left_alone() -> None:
    strategy = Strategy()
    desk = PaperDesk(strategy)
    first, second = strategy.place("buy", 10, 1), strategy.place("sell", None, 2)
    strategy.replace(first, 11, 3)
    strategy.cancel(first)
    strategy.cancel(first)
    strategy.replace(first, 12, 3)
    strategy.cancel("unknown")
    assert desk.taken() == [
        Place(first, "buy", 1, 10), Place(second, "sell", 2, None), Replace(first, 11, 3),
        Cancel(first),
    ]  # fmt: skip
    assert (strategy.open_lots("buy"), strategy.open_lots("sell")) == (1, 2)


def test_refused_cancel_can_be_asked_for_again() -> None:
    strategy = Strategy()
    desk = PaperDesk(strategy)
    key = strategy.place("buy", 10, 4)
    strategy.cancel(key)
    strategy.hear(OrderUpdate(1, key, "open", 10, 4, 4, "BUSY"))
    strategy.cancel(key)
    assert [type(action).__name__ for action in desk.taken()] == ["Place", "Cancel", "Cancel"]


@pytest.mark.parametrize(("price_ticks", "lots"), [(0, 1), (-1, 1), (1, 0), (None, 0), (1, -3)])
def test_order_of_nothing_is_refused_at_once(price_ticks: int | None, lots: int) -> None:
    strategy = Strategy()
    desk = PaperDesk(strategy)
    with pytest.raises(ValueError, match="are no order"):
        strategy.place("buy", price_ticks, lots)
    assert not desk.actions
    assert not strategy.orders


def test_second_beginning_goes_on_with_keys_and_position() -> None:
    strategy = Strategy()
    desk = PaperDesk(strategy)
    first = strategy.place("buy", 10, 1)
    strategy.hear(fill("buy", 10, 1))
    strategy.begin(BTC_USDT, desk)
    assert (strategy.orders, strategy.position.lots) == ({}, 1)
    assert strategy.place("buy", 10, 1) != first


def test_position_worked_by_hand() -> None:
    """Ten lots (0.001 BTC) bought at 60,000, four sold at 61,000; fees in USDT."""
    position = Position(BTC_USDT)
    position.take(fill("buy", 6_000_000, 10, fee=12_000))
    position.take(fill("sell", 6_100_000, 4, fee=4_880, is_maker=False))
    # -60 + 24.4 - 0.012 - 0.00488 USDT
    assert position.quote_units == -35_616_880
    assert (position.base_units, position.lots) == (60_000, 6)
    assert (position.fills, position.maker_fills, position.fee_quote_units) == (2, 1, 16_880)
    # 0.0006 BTC at 61,000.005 are 36.600003 USDT.
    assert position.value_units(2 * 6_100_000 + 1) == 36_600_003 - 35_616_880


def test_fee_in_the_received_asset_makes_the_position_smaller() -> None:
    position = Position(BTC_USDT)
    position.take(fill("buy", 6_000_000, 10, fee=20, fee_in_base=True))
    assert (position.base_units, position.fee_base_units) == (99_980, 20)
    assert position.lots == 9
    position.take(fill("sell", 6_000_000, 20))
    assert position.lots == -10


def test_amounts_go_in_and_out_exactly_and_never_as_floats() -> None:
    assert BTC_USDT.ticks("60000.019") == 6_000_001
    assert BTC_USDT.ticks(Decimal("60000.011"), up=True) == 6_000_002
    assert (BTC_USDT.price(6_000_001), BTC_USDT.lots("0.00019")) == (Decimal("60000.01"), 1)
    assert (BTC_USDT.lot_units, BTC_USDT.step_units) == (10_000, 1)
    assert BTC_USDT.notional_units(6_000_000, 3) == 18_000_000
    for wrong in (1.5, True):
        with pytest.raises(TypeError, match="an amount is text, int or Decimal"):
            BTC_USDT.ticks(wrong)


def test_terms_of_a_share_have_whole_units() -> None:
    share = Terms(
        market="TATA_INR", base="TATA", quote="INR", tick="0.05", lot="1", base_decimals=0,
        quote_decimals=4,
    )  # fmt: skip
    assert (share.lot_units, share.step_units) == (1, 500)
    assert share.notional_units(2_001, 3) == 3_001_500
