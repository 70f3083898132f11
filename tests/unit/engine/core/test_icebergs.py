"""An iceberg shows a part, is refilled at the back of its level, and counts whole."""

import pytest

from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import MarketState
from outcry.domain.order import DoneReason, Kind, SelfTrade, TimeInForce
from outcry.domain.rejects import Reject
from tests.support.bare import ALICE, BOB, CAROL, MARKET, Bare, told
from tests.support.cores import CORES, core_factory

POST_ONLY_SLIDE = 3


@pytest.fixture(params=CORES)
def venue(request: pytest.FixtureRequest) -> Bare:
    return Bare(core_factory(request.param))


def shown(venue: Bare, order_id: int) -> int:
    terms = venue.core.terms(order_id)
    assert terms is not None
    return terms[13]


def test_only_what_it_displays_is_in_the_book(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 10, display_lots=3)
    assert venue.book() == ([], [(100, 3)])
    assert venue.core.sizes(MARKET, 1) == ([], [(100, 10)])
    assert shown(venue, 1) == 3


def test_a_refill_goes_to_the_back_within_the_same_sweep(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 5, display_lots=2)
    venue.limit(BOB, 1, 100, 2)
    venue.limit(BOB, 1, 101, 9)
    events = venue.limit(CAROL, 0, 101, 7)
    trades = [(t.maker_order_id, t.lots) for t in events if isinstance(t, e.Trade)]
    assert trades == [(1, 2), (2, 2), (1, 2), (1, 1)]
    assert told(events).count("OrderShown") == 2
    assert venue.book() == ([], [(101, 9)])


def test_a_refill_tells_the_level_as_it_is_then(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 5, display_lots=2)
    venue.limit(BOB, 1, 100, 4)
    _, trade, refilled, _ = venue.limit(CAROL, 0, 100, 2)
    assert isinstance(trade, e.Trade)
    assert isinstance(refilled, e.OrderShown)
    assert (trade.level_lots, refilled.level_lots, refilled.shown_lots) == (4, 6, 2)
    assert refilled.update_id == trade.update_id + 1


def test_hidden_lots_count_for_fill_or_kill_and_for_budgets(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 5, display_lots=1)
    killed = venue.limit(BOB, 0, 100, 6, time_in_force=TimeInForce.FOK)[-1]
    assert isinstance(killed, e.OrderDone)
    assert killed.reason == DoneReason.FOK_KILLED
    budget = c.PlaceOrder(account=BOB, market=MARKET, side=0, kind=Kind.BUDGET, budget_units=350)
    done = venue.send(budget)[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.filled_lots, done.reason) == (3, DoneReason.BUDGET_EXHAUSTED)
    filled = venue.limit(BOB, 0, 100, 2, time_in_force=TimeInForce.FOK)[-1]
    assert isinstance(filled, e.OrderDone)
    assert filled.reason == DoneReason.FILLED


def test_as_a_taker_all_of_it_trades(venue: Bare) -> None:
    venue.limit(BOB, 1, 100, 6)
    venue.limit(ALICE, 0, 100, 10, display_lots=1)
    assert venue.book() == ([(100, 1)], [])
    assert venue.open_lots(2) == 4


def test_self_trade_prevention_takes_what_is_shown_and_refills(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 5, display_lots=2)
    events = venue.limit(ALICE, 0, 100, 3, self_trade=SelfTrade.DECREMENT)
    lots = [event.lots for event in events if isinstance(event, e.MatchPrevented)]
    assert lots == [2, 1]
    assert (venue.open_lots(1), shown(venue, 1)) == (2, 1)


def test_expired_as_a_maker_it_ends_whole(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 5, display_lots=2)
    events = venue.limit(ALICE, 0, 100, 3, self_trade=SelfTrade.EXPIRE_MAKER)
    done = next(event for event in events if isinstance(event, e.OrderDone))
    assert (done.open_lots, done.level_lots) == (5, 0)


def test_a_reduction_takes_hidden_lots_first(venue: Bare) -> None:
    venue.limit(ALICE, 1, 100, 5, display_lots=3)
    before = venue.core.depth(MARKET, 1)[0]
    venue.send(c.ReduceOrder(account=ALICE, order_id=1, lots=2))
    assert venue.core.depth(MARKET, 1) == (before, [], [(100, 3)])
    venue.send(c.ReduceOrder(account=ALICE, order_id=1, lots=1))
    assert venue.core.depth(MARKET, 1) == (before + 1, [], [(100, 2)])


def test_an_order_slides_behind_the_opposite_best(venue: Bare) -> None:
    venue.limit(BOB, 1, 100, 5)
    accepted = venue.limit(ALICE, 0, 105, 2, flags=POST_ONLY_SLIDE)[0]
    assert isinstance(accepted, e.OrderAccepted)
    assert (accepted.price_ticks, accepted.hold_units) == (99, 198)
    venue.limit(BOB, 0, 99, 1)
    (kept,) = venue.send(c.ReplaceOrder(account=ALICE, order_id=2, price_ticks=105, lots=1))
    assert isinstance(kept, e.OrderReplaced)
    assert (kept.kept_priority, kept.price_ticks) == (1, 99)


def test_an_order_that_cannot_slide_below_a_tick_is_refused(venue: Bare) -> None:
    venue.limit(BOB, 1, 1, 5)
    (refused,) = venue.limit(ALICE, 0, 3, 2, flags=POST_ONLY_SLIDE)
    assert isinstance(refused, e.CommandRejected)
    assert (refused.reason, refused.given, refused.bound) == (Reject.POST_ONLY, 3, 1)


# Call phases and uncrosses


def test_in_a_call_phase_orders_cross_without_trading(venue: Bare) -> None:
    venue.send(c.SetState(market=MARKET, state=MarketState.AUCTION))
    venue.limit(ALICE, 1, 100, 5)
    accepted = venue.limit(BOB, 0, 105, 5)
    assert told(accepted) == ["OrderAccepted"]
    assert venue.book() == ([(105, 5)], [(100, 5)])
    assert venue.core.market(MARKET) is not None


@pytest.mark.parametrize("flags", [{"flags": 1}, {"time_in_force": 1}, {"slices": 1}])
def test_a_call_phase_takes_nothing_but_limits_that_rest(
    venue: Bare, flags: dict[str, int]
) -> None:
    venue.send(c.SetState(market=MARKET, state=MarketState.PRE_OPEN))
    (refused,) = venue.limit(BOB, 0, 105, 5, **flags)
    assert isinstance(refused, e.CommandRejected)
    assert (refused.reason, refused.given) == (Reject.CALL_PHASE, MarketState.PRE_OPEN)


def test_in_a_call_phase_own_orders_that_cross_are_prevented_whole(venue: Bare) -> None:
    venue.send(c.SetState(market=MARKET, state=MarketState.AUCTION))
    venue.limit(ALICE, 1, 100, 5, display_lots=1)
    venue.limit(BOB, 1, 99, 5)
    events = venue.limit(ALICE, 0, 105, 7, self_trade=SelfTrade.DECREMENT)
    assert told(events) == ["OrderAccepted", "MatchPrevented", "OrderDone", "OrderBooked"]
    assert venue.book() == ([(105, 2)], [(99, 5)])
    taken = venue.limit(ALICE, 1, 105, 1, self_trade=SelfTrade.EXPIRE_TAKER)[-1]
    assert isinstance(taken, e.OrderDone)
    assert taken.reason == DoneReason.SELF_TRADE


def test_an_uncross_trades_at_one_price_and_the_later_order_takes(venue: Bare) -> None:
    venue.send(c.SetState(market=MARKET, state=MarketState.AUCTION))
    venue.limit(ALICE, 1, 100, 5)
    venue.limit(BOB, 0, 105, 3)
    venue.limit(CAROL, 0, 104, 4)
    events = venue.auction(103)
    trades = [event for event in events if isinstance(event, e.Trade)]
    assert [(t.taker_order_id, t.lots, t.price_ticks, t.flags) for t in trades] == [
        (2, 3, 103, 1),
        (3, 2, 103, 1),
    ]
    assert trades[0].taker_release_units == 315
    assert venue.book() == ([(104, 2)], [])


def test_an_iceberg_uncrosses_whole_and_is_refilled_at_the_end(venue: Bare) -> None:
    venue.send(c.SetState(market=MARKET, state=MarketState.AUCTION))
    venue.limit(ALICE, 1, 100, 9, display_lots=2)
    venue.limit(CAROL, 1, 100, 9)
    venue.limit(BOB, 0, 100, 6)
    events = venue.auction(100)
    assert told(events).count("Trade") == 1
    refilled = [event for event in events if isinstance(event, e.OrderShown)][-1]
    assert (refilled.order_id, refilled.shown_lots, refilled.level_lots) == (1, 2, 11)
    (first,) = [t for t in venue.limit(BOB, 0, 100, 1) if isinstance(t, e.Trade)]
    assert first.maker_order_id == 2


def test_both_pay_the_auctions_rate_in_an_uncross(venue: Bare) -> None:
    venue.send(c.SetFees(market=MARKET, maker_ppm=-100, taker_ppm=2_000, auction_ppm=1_000))
    venue.send(c.SetState(market=MARKET, state=MarketState.AUCTION))
    venue.limit(ALICE, 1, 100, 50)
    venue.limit(BOB, 0, 100, 50)
    (trade,) = [event for event in venue.auction(100) if isinstance(event, e.Trade)]
    assert (trade.taker_fee_units, trade.maker_fee_units) == (5, 5)
