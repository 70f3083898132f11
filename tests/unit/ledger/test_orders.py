"""What a client is told of an order, from the reference core's events."""

import pytest

from outcry.domain import commands as c
from outcry.domain.order import DoneReason, Kind, SelfTrade, TimeInForce
from outcry.ledger.orders import Orders
from outcry.ledger.rows import STATE_OF, OrderState, OrderView, end_state
from tests.support.trading import (
    BTC,
    QUOTE_MARKET,
    RECEIVED_MARKET,
    USDT,
    TradingVenue,
    limit,
    opening,
    random_batches,
)

BUY, SELL = 0, 1
TICK_VALUE = 5
"""Tick 0.05 x lot 0.0001 is 0.000005 of an asset with six decimals."""


@pytest.fixture
def venue() -> TradingVenue:
    return TradingVenue()


@pytest.fixture
def orders(venue: TradingVenue) -> Orders:
    orders = Orders()
    orders.consume(venue.run(*opening()))
    return orders


def seen(orders: Orders, order_id: int) -> OrderView:
    view = orders.view(order_id)
    assert view is not None
    return view


def test_resting_order_is_open_as_it_was_placed(venue: TradingVenue, orders: Orders) -> None:
    placed = c.PlaceOrder(
        account=1, market=1, key="mine", side=BUY, flags=1, price_ticks=1000, lots=7
    )
    orders.consume(venue.run(placed))
    view = seen(orders, 1)
    assert (view.key, view.side, view.price_ticks, view.lots) == ("mine", BUY, 1000, 7)
    assert (view.status, view.reason, view.open_lots, view.fills) == ("open", None, 7, [])
    assert (view.post_only, view.created_ns) == (True, venue.now_ns)
    assert view.sequence == view.first_sequence == venue.engine.core.sequence


def test_partial_fill_adds_up_notional_and_fees(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 7), limit(2, BUY, 1001, 3)))
    maker, taker = seen(orders, 1), seen(orders, 2)
    notional = 3 * 1000 * TICK_VALUE
    assert (maker.status, maker.filled_lots, maker.open_lots) == ("partially_filled", 3, 4)
    assert (taker.status, taker.reason, taker.open_lots) == ("filled", "filled", 0)
    assert taker.quote_filled_units == maker.quote_filled_units == notional


def test_fees_are_in_the_asset_the_market_charges(venue: TradingVenue, orders: Orders) -> None:
    for market in (QUOTE_MARKET, RECEIVED_MARKET):
        orders.consume(
            venue.run(limit(1, SELL, 1000, 2, market=market), limit(2, BUY, 1000, 2, market=market))
        )
    seller, buyer, paid_in_quote = seen(orders, 3), seen(orders, 4), seen(orders, 2)
    assert (paid_in_quote.fee_asset, paid_in_quote.fee_units) == (USDT, 5)  # 500 ppm of 10,000
    assert (buyer.fee_asset, buyer.fee_units) == (BTC, 10)  # 500 ppm of 20,000
    assert (seller.fee_asset, seller.fee_units) == (USDT, 2)  # 200 ppm of 10,000


def test_rebate_is_a_negative_fee(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 8), limit(2, BUY, 1000, 8)))
    assert seen(orders, 1).fee_units == -2  # 50 ppm of 40,000


def test_each_side_sees_its_own_fill_of_a_trade(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 2), limit(2, BUY, 1000, 2)))
    (sold,), (bought,) = seen(orders, 1).fills, seen(orders, 2).fills
    assert (sold.trade_id, sold.is_maker, sold.side) == (1, True, SELL)
    assert (bought.trade_id, bought.is_maker, bought.side) == (1, False, BUY)
    assert (bought.lots, bought.price_ticks, bought.time_ns) == (2, 1000, venue.now_ns)


def test_replaced_order_keeps_its_id_and_its_fills(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 7), limit(2, BUY, 1000, 3)))
    orders.consume(venue.run(c.ReplaceOrder(account=1, order_id=1, price_ticks=1005, lots=9)))
    view = seen(orders, 1)
    assert (view.price_ticks, view.lots, view.open_lots, view.filled_lots) == (1005, 9, 6, 3)
    assert view.status == "partially_filled"
    assert len(view.fills) == 1


def test_cancelled_order_keeps_what_was_filled(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 7), limit(2, BUY, 1000, 3)))
    orders.consume(venue.run(c.CancelOrder(account=1, order_id=1)))
    view = seen(orders, 1)
    assert (view.status, view.reason, view.filled_lots) == ("cancelled", "cancelled", 3)
    assert orders.open_of(1) == []


def test_decrement_lowers_what_is_open_and_fills_nothing(
    venue: TradingVenue, orders: Orders
) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 7)))
    taker = c.PlaceOrder(
        account=1, market=1, side=BUY, price_ticks=1000, lots=3, self_trade=SelfTrade.DECREMENT
    )
    orders.consume(venue.run(taker))
    assert (seen(orders, 1).open_lots, seen(orders, 1).filled_lots) == (4, 0)
    assert (seen(orders, 2).status, seen(orders, 2).reason) == ("expired", "prevented")


def test_spent_budget_is_filled_and_an_unspent_one_expired(
    venue: TradingVenue, orders: Orders
) -> None:
    budget = c.PlaceOrder(account=2, market=1, side=BUY, kind=Kind.BUDGET, budget_units=12_000)
    orders.consume(venue.run(limit(1, SELL, 1000, 7), budget))
    orders.consume(venue.run(c.CancelAll(account=1), budget))
    assert (seen(orders, 2).status, seen(orders, 2).filled_lots) == ("filled", 2)
    assert (seen(orders, 3).status, seen(orders, 3).reason) == ("expired", "no_liquidity")


def test_rest_of_an_immediate_order_expires(venue: TradingVenue, orders: Orders) -> None:
    taker = c.PlaceOrder(
        account=2, market=1, side=BUY, price_ticks=1000, lots=9, time_in_force=TimeInForce.IOC
    )
    orders.consume(venue.run(limit(1, SELL, 1000, 7), taker))
    view = seen(orders, 2)
    assert (view.status, view.reason, view.filled_lots) == ("expired", "rest", 7)


def test_every_end_has_a_state() -> None:
    assert set(STATE_OF) == set(DoneReason)
    assert end_state(DoneReason.BUDGET_EXHAUSTED, 1) == OrderState.FILLED
    assert end_state(DoneReason.BUDGET_EXHAUSTED, 0) == OrderState.EXPIRED


def test_open_orders_are_by_id_and_of_one_market(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(
        venue.run(
            limit(1, BUY, 900, 1),
            limit(1, BUY, 900, 1, market=RECEIVED_MARKET),
            limit(2, BUY, 900, 1),
            limit(1, BUY, 901, 1),
        )
    )
    assert [view.order_id for view in orders.open_of(1)] == [1, 2, 4]
    assert [view.order_id for view in orders.open_of(1, QUOTE_MARKET)] == [1, 4]
    assert orders.open_of(9) == []


def test_ended_order_is_seen_until_it_was_taken_twice(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, BUY, 900, 1), c.CancelOrder(account=1, order_id=1)))
    orders.take()
    assert seen(orders, 1).status == "cancelled"
    orders.take()
    assert orders.view(1) is None


def test_view_does_not_change_after_it_was_given_out(venue: TradingVenue, orders: Orders) -> None:
    orders.consume(venue.run(limit(1, SELL, 1000, 7), limit(2, BUY, 1000, 3)))
    before = seen(orders, 1)
    orders.consume(venue.run(limit(2, BUY, 1000, 1)))
    assert (before.filled_lots, len(before.fills)) == (3, 1)


@pytest.mark.parametrize("seed", range(4))
def test_open_orders_are_those_of_the_core(seed: int) -> None:
    orders = Orders()
    for venue, batch in random_batches(seed, 120):
        orders.consume(batch)
        core = venue.engine.core
        for account in (1, 2, 3):
            mine = [
                (v.order_id, v.account, v.market, v.side, v.price_ticks, v.lots, v.open_lots)
                for v in orders.open_of(account)
            ]
            assert mine == [row[:7] for row in core.open_orders(account)]
        assert orders.open_count == core.open_order_count()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_filled_is_the_sum_of_the_fills(seed: int) -> None:
    orders, seen_ids = Orders(), 0
    for _, batch in random_batches(seed, 120):
        orders.consume(batch)
    for order_id in range(1, 600):
        view = orders.view(order_id)
        if view is not None:
            seen_ids += 1
            fills = view.fills
            assert view.filled_lots == sum(fill.lots for fill in fills)
            assert view.quote_filled_units == sum(fill.notional_units for fill in fills)
            assert view.fee_units == sum(fill.fee_units for fill in fills)
    assert seen_ids > 100
