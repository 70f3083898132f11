"""What waits outside the book has its funds held, acts when the host says, and is checked then."""

import pytest

from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import AccountStatus, MarketState
from outcry.domain.order import DoneReason, Kind, TimeInForce, Trigger
from outcry.domain.rejects import Reject
from tests.support.bare import ALICE, BOB, CAROL, MARKET, QUEUED, QUOTE, WAITING, Bare, told
from tests.support.cores import CORES, core_factory

STOP = {"trigger": Trigger.STOP, "trigger_ticks": 110}


@pytest.fixture(params=CORES)
def venue(request: pytest.FixtureRequest) -> Bare:
    return Bare(core_factory(request.param))


def stop_market(venue: Bare, side: int, trigger: int, **more: int) -> list[e.Event]:
    return venue.send(
        c.PlaceSpecial(
            account=ALICE, market=MARKET, side=side, kind=Kind.MARKET, lots=5,
            trigger=Trigger.STOP, trigger_ticks=trigger, **more,
        )
    )  # fmt: skip


def refusal(events: list[e.Event]) -> tuple[int, int, int]:
    (refused,) = events
    assert isinstance(refused, e.CommandRejected)
    return refused.reason, refused.given, refused.bound


def test_a_stop_waits_outside_the_book_with_its_funds_held(venue: Bare) -> None:
    events = venue.limit(ALICE, 0, 120, 5, **STOP)
    assert told(events) == ["OrderAccepted", "OrderTerms"]
    assert venue.flags(1) == WAITING
    assert venue.core.balance(ALICE, QUOTE)[1] == 600
    assert venue.book() == ([], [])


def test_a_stop_that_the_last_price_has_reached_is_refused(venue: Bare) -> None:
    venue.print_at(115)
    assert refusal(venue.limit(ALICE, 0, 120, 5, **STOP)) == (Reject.WOULD_TRIGGER, 110, 115)
    take = {"trigger": Trigger.TAKE, "trigger_ticks": 110}
    assert told(venue.limit(ALICE, 0, 120, 5, **take)) == ["OrderAccepted", "OrderTerms"]


def test_a_fired_stop_trades_and_rests_with_what_is_left(venue: Bare) -> None:
    venue.limit(BOB, 1, 112, 2)
    venue.limit(ALICE, 0, 120, 5, **STOP)
    events = venue.do(c.FireOrder(order_id=2, price_ticks=111))
    assert told(events) == ["OrderTriggered", "Trade", "OrderDone", "OrderBooked"]
    assert venue.book() == ([(120, 3)], [])
    assert venue.flags(2) == 0


def test_a_stop_market_holds_at_its_protection_and_ends_there(venue: Bare) -> None:
    accepted = stop_market(venue, 0, 110)[0]
    assert isinstance(accepted, e.OrderAccepted)
    assert (accepted.price_ticks, accepted.hold_units) == (115, 575)
    venue.limit(BOB, 1, 115, 2)
    venue.limit(BOB, 1, 116, 2)
    done = venue.do(c.FireOrder(order_id=1, price_ticks=110))[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.open_lots, done.release_units) == (DoneReason.PROTECTED, 3, 345)


def test_the_protection_of_a_sell_is_rounded_up_and_at_least_a_tick(venue: Bare) -> None:
    for trigger, price in ((101, 96), (1, 1)):
        accepted = stop_market(venue, 1, trigger)[0]
        assert isinstance(accepted, e.OrderAccepted)
        assert accepted.price_ticks == price


def test_a_stop_too_dear_to_hold_is_refused(venue: Bare) -> None:
    assert refusal(stop_market(venue, 0, 2**63 - 1))[0] == Reject.NOTIONAL_OVERFLOW


def test_a_fired_order_is_checked_again_and_rejected_where_it_may_not(venue: Bare) -> None:
    venue.limit(ALICE, 0, 120, 5, **STOP)
    venue.send(c.SetAccountStatus(account=ALICE, status=AccountStatus.REDUCE_ONLY))
    _, done = venue.do(c.FireOrder(order_id=1, price_ticks=111))
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.release_units) == (DoneReason.REJECTED_ON_TRIGGER, 600)


def test_a_fired_post_only_order_does_not_trade(venue: Bare) -> None:
    venue.limit(BOB, 1, 112, 2)
    venue.limit(ALICE, 0, 120, 5, flags=1, **STOP)
    done = venue.do(c.FireOrder(order_id=2, price_ticks=111))[-1]
    assert isinstance(done, e.OrderDone)
    assert done.reason == DoneReason.REJECTED_ON_TRIGGER


def test_a_fired_fill_or_kill_order_fills_or_is_killed(venue: Bare) -> None:
    venue.limit(BOB, 1, 112, 2)
    venue.limit(ALICE, 0, 120, 5, time_in_force=TimeInForce.FOK, **STOP)
    done = venue.do(c.FireOrder(order_id=2, price_ticks=111))[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.open_lots, done.release_units) == (DoneReason.FOK_KILLED, 5, 600)
    assert venue.book() == ([], [(112, 2)])


def test_a_queued_order_can_be_cancelled_but_not_changed(venue: Bare) -> None:
    venue.limit(ALICE, 0, 120, 5, **STOP)
    assert venue.do(c.QueueOrder(order_id=1)) == []
    assert venue.flags(1) == WAITING | QUEUED
    reduce = c.ReduceOrder(account=ALICE, order_id=1, lots=1)
    replace = c.ReplaceOrder(account=ALICE, order_id=1, price_ticks=1, lots=1)
    assert refusal(venue.send(reduce))[0] == Reject.TRANSITION
    assert refusal(venue.send(replace))[0] == Reject.TRANSITION
    (done,) = venue.send(c.CancelOrder(account=ALICE, order_id=1))
    assert isinstance(done, e.OrderDone)
    assert (done.booked, done.release_units, done.update_id) == (0, 600, 0)


def test_a_waiting_order_is_replaced_where_it_waits(venue: Bare) -> None:
    venue.limit(BOB, 1, 112, 2)
    venue.limit(ALICE, 0, 120, 5, **STOP)
    (replaced,) = venue.send(c.ReplaceOrder(account=ALICE, order_id=2, price_ticks=130, lots=6))
    assert isinstance(replaced, e.OrderReplaced)
    assert (replaced.kept_priority, replaced.hold_units, replaced.old_price_ticks) == (0, 180, 120)
    assert (replaced.level_lots, replaced.update_id) == (0, 0)
    assert venue.book() == ([], [(112, 2)])


def test_a_stop_market_is_replaced_without_a_price(venue: Bare) -> None:
    stop_market(venue, 0, 110)
    priced = c.ReplaceOrder(account=ALICE, order_id=1, price_ticks=115, lots=4)
    assert refusal(venue.send(priced))[0] == Reject.SHAPE
    (replaced,) = venue.send(c.ReplaceOrder(account=ALICE, order_id=1, lots=4))
    assert isinstance(replaced, e.OrderReplaced)
    assert (replaced.kept_priority, replaced.price_ticks, replaced.hold_units) == (1, 115, -115)


def test_freezing_ends_waiting_orders_too(venue: Bare) -> None:
    venue.limit(ALICE, 0, 120, 5, **STOP)
    events = venue.send(c.SetAccountStatus(account=ALICE, status=AccountStatus.FROZEN))
    assert told(events) == ["OrderDone", "AccountStatusChanged"]


def test_stop_orders_are_limited_by_what_waits_with_a_trigger(venue: Bare) -> None:
    venue.send(c.SetLimits(account=ALICE, market=MARKET, stop_orders=1))
    venue.limit(ALICE, 0, 120, 5, **STOP)
    assert refusal(venue.limit(ALICE, 0, 120, 5, **STOP)) == (Reject.STOP_ORDERS, 1, 1)
    assert told(venue.limit(ALICE, 0, 1, 5)) == ["OrderAccepted"]


def test_an_order_ends_for_the_reason_it_is_given(venue: Bare) -> None:
    venue.limit(ALICE, 0, 90, 5)
    (refused,) = venue.do(c.EndOrder(order_id=1, reason=16))
    (done,) = venue.do(c.EndOrder(order_id=1, reason=DoneReason.OCO))
    assert isinstance(refused, e.CommandRejected)
    assert (refused.reason, refused.order_id) == (Reject.SHAPE, 1)
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.booked) == (DoneReason.OCO, 1)


def test_what_is_the_hosts_alone_is_refused_to_everyone_else(venue: Bare) -> None:
    venue.limit(ALICE, 0, 90, 5)
    outside = venue.send(c.EndOrder(account=ALICE, order_id=1, reason=2))
    keyed = venue.do(c.EndOrder(account=ALICE, order_id=1, reason=2, key="k"))
    assert refusal(outside)[0] == refusal(keyed)[0] == Reject.SHAPE


def test_only_what_waits_with_a_trigger_can_fire(venue: Bare) -> None:
    venue.limit(ALICE, 0, 90, 5)
    assert refusal(venue.do(c.FireOrder(order_id=1, price_ticks=1)))[0] == Reject.SHAPE
    assert refusal(venue.do(c.FireOrder(order_id=9, price_ticks=1)))[0] == Reject.UNKNOWN_ORDER


def test_a_market_that_does_not_trade_rejects_what_fires(venue: Bare) -> None:
    venue.limit(ALICE, 0, 120, 5, **STOP)
    venue.send(c.SetState(market=MARKET, state=MarketState.HALTED))
    done = venue.do(c.FireOrder(order_id=1, price_ticks=111))[-1]
    assert isinstance(done, e.OrderDone)
    assert done.reason == DoneReason.REJECTED_ON_TRIGGER


# Slices


def test_a_slice_trades_at_once_and_the_rest_waits_on(venue: Bare) -> None:
    venue.limit(BOB, 1, 100, 3)
    venue.limit(ALICE, 0, 101, 10, slices=5, interval_ns=1)
    events = venue.do(c.RunSlice(order_id=2, lots=2))
    assert told(events) == ["OrderTriggered", "Trade"]
    assert (venue.open_lots(2), venue.flags(2)) == (8, WAITING)
    assert told(venue.do(c.RunSlice(order_id=2, lots=2))) == [
        "OrderTriggered",
        "Trade",
        "OrderDone",
    ]
    assert venue.open_lots(2) == 7


def test_the_last_slice_that_trades_everything_ends_the_order(venue: Bare) -> None:
    venue.limit(BOB, 1, 100, 9)
    venue.limit(ALICE, 0, 101, 4, slices=2, interval_ns=1)
    done = venue.do(c.RunSlice(order_id=2, lots=50))[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.order_id, done.reason, done.release_units) == (2, DoneReason.FILLED, 0)


def test_an_order_in_slices_is_not_replaced(venue: Bare) -> None:
    venue.limit(ALICE, 0, 101, 4, slices=2, interval_ns=1)
    replace = c.ReplaceOrder(account=ALICE, order_id=1, price_ticks=100, lots=4)
    assert refusal(venue.send(replace))[0] == Reject.TRANSITION
    assert told(venue.send(c.ReduceOrder(account=ALICE, order_id=1, lots=1))) == ["OrderReplaced"]


# Pegs


def test_a_peg_joins_the_book_moves_and_leaves_it(venue: Bare) -> None:
    venue.limit(BOB, 0, 95, 1)
    venue.limit(ALICE, 0, 100, 5, peg=1)
    assert told(venue.do(c.MovePeg(order_id=2, price_ticks=95))) == ["OrderBooked"]
    moved = venue.do(c.MovePeg(order_id=2, price_ticks=96))
    assert told(moved) == ["OrderReplaced", "OrderBooked"]
    assert venue.core.reference_price(MARKET, 0) == 95
    assert venue.core.balance(ALICE, QUOTE)[1] == 500
    (parked,) = venue.do(c.MovePeg(order_id=2, price_ticks=0))
    assert isinstance(parked, e.OrderParked)
    assert (parked.price_ticks, parked.level_lots) == (96, 0)
    assert venue.do(c.MovePeg(order_id=2, price_ticks=0)) == []


def test_a_peg_neither_crosses_nor_passes_its_cap(venue: Bare) -> None:
    venue.limit(BOB, 1, 99, 1)
    venue.limit(ALICE, 0, 100, 5, peg=1)
    for price in (99, 101, -1):
        refused = venue.do(c.MovePeg(order_id=2, price_ticks=price))
        assert refusal(refused)[0] == Reject.SHAPE


def test_a_new_cap_takes_a_peg_out_of_the_book(venue: Bare) -> None:
    venue.limit(ALICE, 0, 100, 5, peg=1)
    venue.do(c.MovePeg(order_id=1, price_ticks=90))
    (kept,) = venue.send(c.ReplaceOrder(account=ALICE, order_id=1, price_ticks=100, lots=4))
    (moved,) = venue.send(c.ReplaceOrder(account=ALICE, order_id=1, price_ticks=101, lots=4))
    assert isinstance(kept, e.OrderReplaced)
    assert isinstance(moved, e.OrderReplaced)
    assert (kept.kept_priority, kept.hold_units, kept.level_lots) == (1, -100, 4)
    assert (moved.price_ticks, moved.old_price_ticks, moved.hold_units) == (101, 90, 4)
    assert venue.flags(1) == WAITING


def test_a_sell_may_be_pegged_without_a_cap(venue: Bare) -> None:
    venue.limit(ALICE, 1, 0, 5, peg=2)
    assert told(venue.do(c.MovePeg(order_id=1, price_ticks=7))) == ["OrderBooked"]
    assert refusal(venue.limit(CAROL, 0, 0, 5, peg=2))[0] == Reject.SHAPE
