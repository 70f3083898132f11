"""Orders that belong together, broken: OCO, OTO and OTOCO."""

from typing import Any

from outcry.domain.order import DoneReason
from outcry.engine import desk
from outcry.engine.core.reference import change, state
from outcry.engine.core.reference.orders import hold
from outcry.engine.core.reference.special import lists as core_lists
from outcry.engine.core.reference.special import pairs
from outcry.engine.orders import lists
from tests.scenario.broken.hands import OneByOne
from tests.support.broken import Broken, Function, never


def for_both(link: Function) -> Function:
    def broken(order: Any, partner: Any) -> None:
        link(order, partner)
        order.hold_per_lot = order.own_hold_per_lot + partner.own_hold_per_lot
        partner.hold_per_lot = order.hold_per_lot

    return broken


def for_the_first(link: Function) -> Function:
    def broken(order: Any, partner: Any) -> None:
        link(order, partner)
        order.hold_per_lot = partner.hold_per_lot = order.own_hold_per_lot

    return broken


def when_done(decide: Function) -> Function:
    return lambda all_lists, _events, fired: decide(all_lists, (), fired)


def when_filled(decide: Function) -> Function:
    return lambda all_lists, events, _fired: decide(all_lists, events, ())


def the_second(decide: Function) -> Function:
    return lambda all_lists, events, fired: decide(all_lists, events, fired[::-1])


def the_first_to_fire(_: Function) -> Function:
    """Decide for who fired, even where the other has been filled."""

    def broken(all_lists: Any, events: Any, fired: Any) -> None:
        for order_id in fired:
            all_lists._cancel_partner(order_id)
        for event in events:
            for name in ("taker_order_id", "maker_order_id"):
                all_lists._cancel_partner(getattr(event, name, 0))

    return broken


def the_named_one_alone(_: Function) -> Function:
    def broken(core: Any, order: Any, lots: int) -> None:
        before = order.hold_units
        pairs._shrink_alone(core, order, lots, -lots * order.hold_per_lot)
        hold(order, order.hold_units - before)

    return broken


def with_the_first_fill(count: Function) -> Function:
    def broken(all_lists: Any, event: Any, order_id: int, fee_units: int) -> None:
        count(all_lists, event, order_id, fee_units)
        parent = all_lists._parents.get(order_id)
        if parent and parent.children:
            takes = order_id == event.taker_order_id
            side = event.taker_side if takes else 1 - event.taker_side
            lots = all_lists._affordable(parent, side)
            all_lists._ready.append((max(lots, 0), parent.children))
            parent.children = ()

    return broken


def without_end(_: Function) -> Function:
    return lambda *_args: -1


def fees_are_kept(count: Function) -> Function:
    """Forget that a parent's fee is taken off what it received."""
    return lambda all_lists, event, order_id, _fee: count(all_lists, event, order_id, 0)


def prevented_is_filled(ended: Function) -> Function:
    def broken(all_lists: Any, event: Any) -> None:
        prevented = event.reason == DoneReason.PREVENTED
        ended(all_lists, event._replace(reason=DoneReason.FILLED) if prevented else event)

    return broken


def whatever_became_of_its_parent(ended: Function) -> Function:
    return lambda all_lists, event: ended(all_lists, event._replace(reason=DoneReason.FILLED))


def before_the_queue(_: Function) -> Function:
    def broken(at_desk: Any, hand: Any) -> bool:
        return bool(
            at_desk._life.break_off(hand)
            or at_desk._lists.cancel(hand)
            or at_desk._place_children(hand)
            or at_desk._triggers.step(hand)
        )

    return broken


def after_the_triggers(_: Function) -> Function:
    def broken(at_desk: Any, hand: Any) -> bool:
        return bool(
            at_desk._life.break_off(hand)
            or at_desk._triggers.step(hand)
            or at_desk._lists.cancel(hand)
            or at_desk._place_children(hand)
        )

    return broken


def always(_: Function) -> Function:
    return lambda *_args: True


def one_by_one(place: Function) -> Function:
    return lambda all_lists, hand: place(all_lists, OneByOne(hand))


def a_done_one_leaves_it(ended: Function) -> Function:
    def broken(all_lists: Any, event: Any) -> None:
        partner = all_lists._partners.pop(event.order_id, 0)
        all_lists._partners.pop(partner, 0)
        ended(all_lists, event)

    return broken


def as_one(limits: Function) -> Function:
    return lambda members: limits(members._replace(orders=members.orders[:1]))


RULES = (
    Broken("an OCO holds twice", state.Order, "link", for_both, "oco"),
    Broken("an OCO holds for its first member", state.Order, "link", for_the_first, "oco"),
    Broken("a partial fill leaves the partner", lists.Lists, "decide", when_done, "oco"),
    Broken("the firing of one member leaves the other", lists.Lists, "decide", when_filled, "oco"),
    Broken(
        "of two that fire in one command the second wins", lists.Lists, "decide", the_second, "oco"
    ),
    Broken("who fired wins over who was filled", lists.Lists, "decide", the_first_to_fire, "oco"),
    Broken(
        "triggers fire before lists are cancelled", desk.Desk, "_step", after_the_triggers, "oco"
    ),
    Broken("amending one member leaves the other's size", change, "follow", never, "oco"),
    Broken(
        "reducing one member leaves the other's size", change, "shrink", the_named_one_alone, "oco"
    ),
    Broken(
        "the end of one member leaves the other", lists.Lists, "_ended", a_done_one_leaves_it, "oco"
    ),
    Broken("a list counts as one order", core_lists, "_limits", as_one, "oco"),
    Broken(
        "a child that ends leaves the other to its parent", lists.Lists, "_lost_child", never, "oto"
    ),
    Broken(
        "children are placed with the first fill", lists.Lists, "_count", with_the_first_fill, "oto"
    ),
    Broken("children are not capped", lists.Lists, "_affordable", without_end, "oto"),
    Broken(
        "a parent's fee does not lessen its children", lists.Lists, "_count", fees_are_kept, "oto"
    ),
    Broken(
        "a parent that was prevented counts as filled",
        lists.Lists,
        "_ended",
        prevented_is_filled,
        "oto",
    ),
    Broken(
        "children are placed however their parent ended",
        lists.Lists,
        "_ended",
        whatever_became_of_its_parent,
        "oto",
    ),
    Broken(
        "children come before the queue of triggers", desk.Desk, "_step", before_the_queue, "oto"
    ),
    Broken("children are placed where nothing trades", lists, "trades", always, "oto"),
    Broken("one of a pair is placed without the other", lists.Lists, "place", one_by_one, "otoco"),
    Broken("children need no funds", core_lists, "_is_funded", always, "oto"),
)
