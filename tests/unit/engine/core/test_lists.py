"""A list is accepted whole; a pair has one quantity and one hold; children come when they may."""

import pytest

from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.order import DoneReason, Kind, ListKind, TimeInForce, Trigger
from outcry.domain.rejects import Reject
from tests.support.bare import (
    ALICE,
    BASE,
    BOB,
    HOLD,
    LINKED,
    MARKET,
    PENDING,
    QUOTE,
    WAITING,
    Bare,
    told,
)
from tests.support.cores import CORES, core_factory


@pytest.fixture(params=CORES)
def venue(request: pytest.FixtureRequest) -> Bare:
    return Bare(core_factory(request.param))


def member(side: int, price: int, lots: int = 5, stop: int = 0, **more: int) -> c.Member:
    trigger = {"trigger": Trigger.STOP, "trigger_ticks": stop} if stop else {}
    return c.Member(side=side, price_ticks=price, lots=lots, **trigger | more)


def place(venue: Bare, kind: int, *members: c.Member, key: str = "") -> list[e.Event]:
    return venue.send(
        c.PlaceList(account=ALICE, market=MARKET, key=key, list_kind=kind, members=members)
    )


def oco(venue: Bare, lots: int = 5) -> list[e.Event]:
    """Buy at 90, or above 110 at up to 120."""
    members = member(0, 90, lots), member(0, 120, lots, stop=110)
    return place(venue, ListKind.OCO, *members)


def otoco(venue: Bare) -> list[e.Event]:
    """Buy at 100, then sell at 120 or below 90."""
    pair = member(1, 120), member(1, 85, stop=90)
    return place(venue, ListKind.OTOCO, member(0, 100), *pair)


def reason(events: list[e.Event]) -> int:
    (refused,) = events
    assert isinstance(refused, e.CommandRejected)
    return refused.reason


def partner(venue: Bare, order_id: int) -> int:
    terms = venue.core.terms(order_id)
    assert terms is not None
    return terms[15]


# Pairs


def test_a_pair_holds_once_at_the_higher_price(venue: Bare) -> None:
    events = oco(venue)
    accepted = ["OrderAccepted", "OrderTerms"]
    assert told(events) == ["ListAccepted", *accepted, *accepted, "OrderBooked"]
    assert [a.hold_units for a in events if isinstance(a, e.OrderAccepted)] == [600, 0]
    assert venue.core.balance(ALICE, QUOTE)[1] == 600
    assert (venue.flags(1), venue.flags(2)) == (LINKED, LINKED | WAITING)
    assert (partner(venue, 1), partner(venue, 2)) == (2, 1)
    assert [row[HOLD] for row in venue.core.open_orders(ALICE)] == [600, 0]


def test_a_fill_of_one_lowers_both(venue: Bare) -> None:
    oco(venue)
    (trade,) = [t for t in venue.limit(BOB, 1, 90, 2) if isinstance(t, e.Trade)]
    assert trade.maker_release_units == 240
    assert (venue.open_lots(1), venue.open_lots(2)) == (3, 3)


def test_the_end_of_one_leaves_the_other_with_its_own_hold(venue: Bare) -> None:
    oco(venue)
    (done,) = venue.do(c.EndOrder(order_id=2, reason=DoneReason.OCO))
    assert isinstance(done, e.OrderDone)
    assert done.release_units == 600 - 450
    assert (venue.flags(1), partner(venue, 1)) == (0, 0)


def test_the_partner_of_one_that_is_filled_stays_with_nothing_until_it_is_ended(
    venue: Bare,
) -> None:
    oco(venue)
    venue.limit(BOB, 1, 90, 5)
    assert (venue.open_lots(2), venue.flags(2)) == (0, WAITING)
    (done,) = venue.do(c.EndOrder(order_id=2, reason=DoneReason.OCO))
    assert isinstance(done, e.OrderDone)
    assert (done.open_lots, done.release_units) == (0, 0)


def test_a_reduction_takes_lots_off_both(venue: Bare) -> None:
    oco(venue)
    named, other = venue.send(c.ReduceOrder(account=ALICE, order_id=2, lots=2))
    assert isinstance(named, e.OrderReplaced)
    assert isinstance(other, e.OrderReplaced)
    assert (named.order_id, named.hold_units, named.level_lots) == (2, -240, 0)
    assert (other.order_id, other.hold_units, other.level_lots) == (1, 0, 3)
    assert named.kept_priority == other.kept_priority == 1


def test_more_lots_cost_both_their_places(venue: Bare) -> None:
    oco(venue)
    events = venue.send(c.ReplaceOrder(account=ALICE, order_id=2, price_ticks=120, lots=7))
    assert told(events) == ["OrderReplaced", "OrderReplaced", "OrderBooked"]
    assert [r.hold_units for r in events if isinstance(r, e.OrderReplaced)] == [240, 0]
    assert venue.book() == ([(90, 7)], [])


def test_another_price_moves_the_shared_hold_only(venue: Bare) -> None:
    oco(venue)
    (replaced,) = venue.send(c.ReplaceOrder(account=ALICE, order_id=2, price_ticks=80, lots=5))
    assert isinstance(replaced, e.OrderReplaced)
    assert replaced.hold_units == 450 - 600


def test_one_of_a_pair_does_not_fire_while_the_other_is_in_the_book(venue: Bare) -> None:
    oco(venue)
    assert reason(venue.do(c.FireOrder(order_id=2, price_ticks=110))) == Reject.SHAPE
    venue.do(c.EndOrder(order_id=1, reason=DoneReason.OCO))
    events = venue.do(c.FireOrder(order_id=2, price_ticks=110))
    assert told(events) == ["OrderTriggered", "OrderBooked"]


def test_a_position_counts_a_pair_once(venue: Bare) -> None:
    have = venue.core.balance(ALICE, BASE)[0]
    venue.send(c.SetLimits(account=ALICE, market=MARKET, position_units=have + 6))
    oco(venue)
    assert reason(venue.limit(ALICE, 0, 50, 2)) == Reject.POSITION
    assert told(venue.limit(ALICE, 0, 50, 1)) == ["OrderAccepted"]


# What a list must be


@pytest.mark.parametrize(
    "members",
    [
        (member(0, 90), member(0, 120)),
        (member(0, 90), member(1, 120, stop=110)),
        (member(0, 90), member(0, 120, lots=4, stop=110)),
        (member(0, 90, time_in_force=TimeInForce.IOC), member(0, 120, stop=110)),
        (member(0, 90, flags=3), member(0, 120, stop=110)),
        (member(0, 90, peg=1), member(0, 120, stop=110)),
        (member(0, 90),),
    ],
)
def test_some_orders_are_no_pair(venue: Bare, members: tuple[c.Member, ...]) -> None:
    assert reason(place(venue, ListKind.OCO, *members)) == Reject.SHAPE


def test_a_list_counts_every_member_against_the_limits(venue: Bare) -> None:
    venue.send(c.SetLimits(account=ALICE, market=MARKET, open_orders=2))
    assert reason(otoco(venue)) == Reject.OPEN_ORDERS
    assert told(oco(venue))[0] == "ListAccepted"


def test_a_list_has_one_key_which_names_its_first_order(venue: Bare) -> None:
    members = member(0, 90), member(0, 120, stop=110)
    events = place(venue, ListKind.OCO, *members, key="mine")
    assert [a.key for a in events if isinstance(a, e.OrderAccepted)] == ["mine", ""]
    found = venue.core.find_key(ALICE, "mine")
    assert found is not None
    assert found[0] == 1


def test_a_list_is_refused_whole(venue: Bare) -> None:
    venue.set_market(min_lots=2)
    events = place(venue, ListKind.OTO, member(0, 100), member(1, 120, lots=1))
    assert reason(events) == Reject.MIN_SIZE
    assert venue.core.open_order_count() == 0


# Children


def test_children_wait_and_hold_nothing(venue: Bare) -> None:
    events = otoco(venue)
    assert [a.hold_units for a in events if isinstance(a, e.OrderAccepted)] == [500, 0, 0]
    assert venue.flags(2) == venue.flags(3) == WAITING | PENDING
    assert venue.core.balance(ALICE, BASE)[1] == 0


def test_children_are_placed_as_a_pair(venue: Bare) -> None:
    otoco(venue)
    venue.limit(BOB, 1, 100, 5)
    events = venue.do(c.PlaceChildren(first_order_id=2, second_order_id=3, lots=4))
    assert told(events) == ["ChildPlaced", "ChildPlaced", "OrderBooked"]
    assert [p.hold_units for p in events if isinstance(p, e.ChildPlaced)] == [4, 0]
    assert (venue.flags(2), venue.flags(3)) == (LINKED, LINKED | WAITING)
    assert venue.book() == ([], [(120, 4)])


def test_a_pair_is_given_by_ascending_id_or_not_at_all(venue: Bare) -> None:
    otoco(venue)
    turned = c.PlaceChildren(first_order_id=3, second_order_id=2)
    twice = c.PlaceChildren(first_order_id=2, second_order_id=2)
    assert reason(venue.do(turned)) == reason(venue.do(twice)) == Reject.SHAPE


def test_children_that_cannot_be_paid_for_are_rejected_whole(venue: Bare) -> None:
    child = member(0, 90_000, lots=2)
    place(venue, ListKind.OTO, member(0, 100), child)
    (done,) = venue.do(c.PlaceChildren(first_order_id=2))
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.open_lots) == (DoneReason.REJECTED_ON_TRIGGER, 2)


def test_a_child_too_small_after_its_cap_is_rejected_with_its_old_size(venue: Bare) -> None:
    venue.set_market(min_lots=3)
    place(venue, ListKind.OTO, member(0, 100), member(1, 120))
    (done,) = venue.do(c.PlaceChildren(first_order_id=2, lots=2))
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.open_lots) == (DoneReason.REJECTED_ON_TRIGGER, 5)


def test_a_child_may_be_a_market_order(venue: Bare) -> None:
    venue.limit(BOB, 0, 95, 3)
    child = c.Member(side=1, kind=Kind.MARKET, lots=5)
    place(venue, ListKind.OTO, member(0, 90), child)
    venue.do(c.EndOrder(order_id=2, reason=DoneReason.CANCELLED))
    events = venue.do(c.PlaceChildren(first_order_id=3))
    assert told(events) == ["ChildPlaced", "Trade", "OrderDone", "OrderDone"]
    done = events[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.filled_lots) == (DoneReason.NO_LIQUIDITY, 3)


def test_a_killed_parent_leaves_its_children_to_the_host(venue: Bare) -> None:
    parent = member(0, 100, time_in_force=TimeInForce.FOK)
    events = place(venue, ListKind.OTO, parent, member(1, 120))
    done = events[-1]
    assert isinstance(done, e.OrderDone)
    assert (done.reason, done.release_units) == (DoneReason.FOK_KILLED, 0)
    assert venue.flags(2) == WAITING | PENDING
