"""Orders that belong together: one cancels the other, one places the others."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outcry.domain.commands import EndOrder, PlaceChildren
from outcry.domain.events import Event, ListAccepted, MatchPrevented, OrderDone, Trade
from outcry.domain.market import FeeAsset
from outcry.domain.order import DoneReason, Kind, ListKind, Side
from outcry.domain.units import hold_per_lot_units
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.terms import (
    PENDING,
    MarketFacts,
    Special,
    market_of,
    special,
    trades,
)


@dataclass(slots=True)
class Parent:
    """An order with children, and what it has received so far: base of a buy, quote of a sell."""

    children: tuple[int, ...]
    received_units: int = 0


class Lists:
    """Who belongs to whom, and what of it is still to be done."""

    def __init__(
        self, core: Core, parents: Iterable[Sequence[int]], ready: Iterable[Sequence[int]]
    ):
        """Take over from the core and the notes.

        Args:
            core: what it acts on.
            parents: rows of parent, units it has received, children.
            ready: rows of lots (0: no cap), children.
        """
        self._core = core
        self._partners: dict[int, int] = {}
        self._parents = {row[0]: Parent(tuple(row[2:]), row[1]) for row in parents}
        self._parent_of = {
            child: order_id
            for order_id, parent in self._parents.items()
            for child in parent.children
        }
        self._ready: deque[tuple[int, tuple[int, ...]]] = deque(
            (row[0], tuple(row[1:])) for row in ready
        )
        self._doomed: deque[tuple[int, DoneReason]] = deque()
        for order_id in core.special_orders():
            order = special(core, order_id)
            if order and order.terms.partner:
                self._partners[order_id] = order.terms.partner
                self._watch(order_id)
        for order_id, parent in self._parents.items():
            self._watch(order_id, *parent.children)
        for _, children in self._ready:
            self._watch(*children)

    def _watch(self, *order_ids: int) -> None:
        for order_id in order_ids:
            self._core.watch_order(order_id, True)

    def notes(self) -> tuple[list[list[int]], list[list[int]]]:
        """Return parents and the children that are ready, as the constructor takes them."""
        parents = [[o, p.received_units, *p.children] for o, p in sorted(self._parents.items())]
        return parents, [[lots, *children] for lots, children in self._ready]

    def note(self, event: Event) -> None:
        """Take in what happened to members of lists."""
        if type(event) is Trade:
            self._count(event, event.taker_order_id, event.taker_fee_units)
            self._count(event, event.maker_order_id, event.maker_fee_units)
        elif type(event) is OrderDone:
            self._ended(event)
        elif type(event) is ListAccepted:
            self._accepted(event)

    def _accepted(self, event: ListAccepted) -> None:
        members = [event.first_order_id, event.second_order_id, event.third_order_id]
        if event.list_kind == ListKind.OCO:
            first, second = members[:2]
            self._partners |= {first: second, second: first}
        else:
            children = tuple(child for child in members[1:] if child)
            self._parents[members[0]] = Parent(children)
            self._parent_of |= dict.fromkeys(children, members[0])
        self._watch(*members)

    def _count(self, event: Trade, order_id: int, fee_units: int) -> None:
        """Add what a parent received in a trade, its fee taken off."""
        parent = self._parents.get(order_id)
        market = market_of(self._core, event.market)
        if parent is None or market is None:
            return
        buys = (event.taker_side == Side.BUY) == (order_id == event.taker_order_id)
        if not buys:
            parent.received_units += event.notional_units - fee_units
        else:
            fee = fee_units if market.fee_asset == FeeAsset.RECEIVED else 0
            parent.received_units += event.lots * market.lot_units - fee

    def _ended(self, event: OrderDone) -> None:
        """The end of a member is the end of its partner; a parent's brings its children about."""
        order_id = event.order_id
        self._cancel_partner(order_id)
        parent = self._parents.pop(order_id, None)
        if parent is None:
            self._lost_child(order_id)
            return
        for child in parent.children:
            del self._parent_of[child]
        if not parent.children:
            return
        if event.reason != DoneReason.FILLED:
            self._doomed.extend((child, DoneReason.PARENT_DONE) for child in parent.children)
        elif (lots := self._affordable(parent, event.side)) == 0:
            reason = DoneReason.REJECTED_ON_TRIGGER
            self._doomed.extend((child, reason) for child in parent.children)
        else:
            self._ready.append((max(lots, 0), parent.children))

    def _lost_child(self, order_id: int) -> None:
        """A child that ends before its parent takes the other child with it."""
        parent = self._parents.get(self._parent_of.get(order_id, 0))
        if parent is None:
            return
        for child in parent.children:
            del self._parent_of[child]
            if child != order_id:
                self._doomed.append((child, DoneReason.OCO))
        parent.children = ()

    def _cancel_partner(self, order_id: int) -> None:
        partner = self._partners.pop(order_id, 0)
        if partner:
            del self._partners[partner]
            self._doomed.append((partner, DoneReason.OCO))

    def decide(self, events: Sequence[Event], fired: Sequence[int]) -> None:
        """Decide between partners: who was filled stays, else the first that fired."""
        for event in events:
            if type(event) in {Trade, MatchPrevented}:
                self._cancel_partner(event.taker_order_id)  # type: ignore[union-attr]
                self._cancel_partner(event.maker_order_id)  # type: ignore[union-attr]
        for order_id in fired:
            self._cancel_partner(order_id)

    def _affordable(self, parent: Parent, side: int) -> int:
        """Return the lots that a parent's proceeds pay for; -1 where nothing limits its children.

        A market order by size has no price to divide by: the check of its funds has to do.
        """
        children = [order for child in parent.children if (order := special(self._core, child))]
        market = market_of(self._core, children[0].market) if children else None
        if market is None or children[0].side == side:
            return -1
        if children[0].side == Side.SELL:
            return parent.received_units // market.lot_units
        holds = [_hold(child, market) for child in children]
        return parent.received_units // max(holds) if max(holds) else -1

    def cancel(self, hand: Hand) -> bool:
        """End the next order that its list has doomed; return whether there was one."""
        while self._doomed:
            order_id, reason = self._doomed.popleft()
            if self._core.order(order_id) is not None:
                hand.do(EndOrder(order_id=order_id, reason=reason))
                return True
        return False

    def place(self, hand: Hand) -> list[int] | None:
        """Place the next children whose market trades; return them, None if there are none."""
        for place, (lots, children) in enumerate(self._ready):
            pending = [child for child in children if self._is_pending(child)]
            if len(pending) < len(children):
                del self._ready[place]
                self._doomed.extend((child, DoneReason.OCO) for child in pending)
                return pending
            if self._trades(pending[0]):
                del self._ready[place]
                first, second = (*pending, 0)[:2]
                if second:
                    self._partners |= {first: second, second: first}
                hand.do(PlaceChildren(first_order_id=first, second_order_id=second, lots=lots))
                return pending
        return None

    def _is_pending(self, order_id: int) -> bool:
        order = self._core.order(order_id)
        return order is not None and bool(order[10] & PENDING)

    def _trades(self, order_id: int) -> bool:
        order = self._core.order(order_id)
        return order is not None and trades(self._core, order[2])

    def can_place(self) -> bool:
        """Return whether children wait whose market trades."""
        return any(not self._is_pending(c[0]) or self._trades(c[0]) for _, c in self._ready)


def _hold(order: Special, market: MarketFacts) -> int:
    """Return what a lot of a buy would hold; 0 for a market order by size."""
    if order.terms.kind == Kind.MARKET and not order.terms.trigger:
        return 0
    if market.fee_asset == FeeAsset.RECEIVED:
        return order.price_ticks * market.tick_value_units
    return hold_per_lot_units(order.price_ticks, market.tick_value_units, order.cap_ppm)
