"""Lists: orders that belong together, accepted as one, and the children that are placed later."""

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from outcry.codec import TABLES
from outcry.domain.order import DoneReason, ListKind
from outcry.domain.rejects import Reject
from outcry.engine.core.reference import checks
from outcry.engine.core.reference.checks import SHAPE, Body, Refusal, Result
from outcry.engine.core.reference.match import Plan, plan
from outcry.engine.core.reference.orders import accept, funds, hold, is_killed, run, taker_limits
from outcry.engine.core.reference.special.terms import read_special
from outcry.engine.core.reference.state import (
    BUDGET,
    LIMIT,
    PENDING,
    RESTING,
    SLIDE,
    Account,
    Market,
    Order,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_MEMBERS = TABLES["members"]
_COUNT = Struct("<Q")
_SIZES = {ListKind.OCO: 2, ListKind.OTO: 2, ListKind.OTOCO: 3}


class _List(NamedTuple):
    """The orders of a list: the heads act at once, the children wait for the first of them."""

    kind: int
    orders: tuple[Order, ...]

    @property
    def heads(self) -> tuple[Order, ...]:
        """Return the members of an OCO, or the parent."""
        return self.orders if self.kind == ListKind.OCO else self.orders[:1]

    @property
    def children(self) -> tuple[Order, ...]:
        """Return those that wait for the parent."""
        return () if self.kind == ListKind.OCO else self.orders[1:]

    @property
    def pair(self) -> tuple[Order, ...]:
        """Return the two that are one or the other; none in an OTO."""
        return () if self.kind == ListKind.OTO else self.orders[-2:]


def place_list(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Place the orders of a list, all or none."""
    account, market = core.accounts[account_id], core.markets.get(market_id)
    kind, table = body
    rows = list(_MEMBERS.struct.iter_unpack(table[_COUNT.size :]))
    for row in rows[: 2 if kind == ListKind.OCO else 1]:
        if refusal := checks.may_place(account, row[0]):
            return 0, refusal
    refusal = checks.trading(market, market_id)
    if refusal or market is None:
        return 0, refusal
    count: int = _COUNT.unpack_from(table)[0]
    if _SIZES.get(kind) != count:
        return 0, SHAPE
    members = _read(core, account, market, kind, rows[:count])
    if members is None:
        return 0, SHAPE
    if refusal := _rules(members) or _limits(members):
        return 0, refusal
    return _enter(core, members)


# What a list says


def _read(
    core: "Core", account: Account, market: Market, kind: int, rows: list[Body]
) -> _List | None:
    """Return the list that rows describe, None where its shape is none."""
    found = [read_special(core, account, market, row) for row in rows]
    orders = tuple(order for order in found if order is not None and _fits_a_list(order))
    members = _List(kind, orders)
    if len(orders) < len(rows) or (members.pair and not is_pair(*members.pair)):
        return None
    if members.children and (orders[0].kind != LIMIT or orders[0].trigger):
        return None
    for place, order in enumerate(orders):
        order.order_id += place
    return members


def _fits_a_list(order: Order) -> bool:
    terms = order.terms
    moves = terms is not None and (terms.peg or terms.slices)
    return not (moves or order.flags & SLIDE or order.kind == BUDGET)


def is_pair(first: Order, second: Order) -> bool:
    """Return whether two orders can be one or the other: at most one of them is in the book."""
    same = (first.account, first.market, first.side, first.lots)
    if same != (second.account, second.market, second.side, second.lots):
        return False
    free = [order for order in (first, second) if not order.trigger]
    rest = all(order.kind == LIMIT and order.time_in_force in RESTING for order in free)
    return len(free) < 2 and rest


# Checks


def _rules(members: _List) -> Refusal | None:
    """Check what each order says against the rules of the market and its price."""
    for order in members.orders:
        if refusal := checks.filters(order):
            return refusal
    for order in members.heads:
        if refusal := checks.would_trigger(order):
            return refusal
    for order in members.heads:
        if not order.trigger and (refusal := checks.band(order)):
            return refusal
    return None


def _limits(members: _List) -> Refusal | None:
    first, count = members.orders[0], len(members.orders)
    stops = sum(1 for order in members.orders if order.trigger)
    return checks.open_order_limits(first, count) or checks.stop_order_limit(first, stops)


def _enter(core: "Core", members: _List) -> Result:
    """Pass the last checks and carry the list out."""
    first = members.orders[0]
    if members.pair and not members.children:
        first.link(members.orders[1])
    taker = next((order for order in members.heads if not order.trigger), None)
    planned = plan(taker) if taker else None
    killed = taker is not None and planned is not None and is_killed(taker, planned)
    refusal = _last_checks(core, members, taker)
    available, units = first.paying.available, 0 if killed else first.hold_units
    if not refusal and units > available:
        refusal = Refusal(Reject.FUNDS, units, available)
    if refusal:
        return 0, refusal
    if killed:
        first.hold_per_lot = 0
    hold(first, units)
    _accept(core, members)
    if taker is not None and planned is not None:
        run(core, taker, planned, killed=killed)
    core.touched = True
    return first.order_id, None


def _last_checks(core: "Core", members: _List, taker: Order | None) -> Refusal | None:
    """Check the limits of notional of each head by itself, then post-only."""
    for order in members.heads:
        notional = order.price_ticks * order.market.tick_value * order.lots
        if refusal := checks.notional_limits(core, order, notional, order.lots):
            return refusal
    return checks.crossing_post_only(taker) if taker else None


def _accept(core: "Core", members: _List) -> None:
    """Tell of the list and its orders; let those wait that do. The first bears the key."""
    first = members.orders[0]
    ids = [order.order_id for order in members.orders]
    core.next_order_id += len(ids)
    account, market = first.account.account, first.market.market
    core.emit(23, account, market, first.order_id, members.kind, *[*ids, 0][:3])
    for order in members.children:
        order.flags |= PENDING
        order.hold_per_lot = 0
    for order in members.orders:
        if order.trigger or order.flags & PENDING:
            core.wait(order)
        accept(core, order, order.told_hold_units)
        core.key = b""


# Children


def place_children(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Place the child of a list, or its pair of children; if one may not be placed, neither is."""
    first_id, second_id, most_lots = body
    if most_lots < 0:
        return first_id, SHAPE
    found = [core.orders.get(order_id) for order_id in (first_id, second_id)]
    if found[0] is None or (second_id and found[1] is None):
        return first_id, Refusal(Reject.UNKNOWN_ORDER)
    children = [order for order in found if order is not None]
    pending = all(order.flags & PENDING for order in children)
    paired = not second_id or (first_id < second_id and is_pair(*children))
    if not pending or not paired:
        return first_id, SHAPE
    core.touched = True
    drafts = [_draft(order, most_lots) for order in children]
    plans = [None if draft.trigger else plan(draft) for draft in drafts]
    pairs = list(zip(drafts, plans, strict=True))
    if any(_refused(core, *pair) for pair in pairs) or not _is_funded(pairs):
        for order in children:
            core.close(order, DoneReason.REJECTED_ON_TRIGGER)
    else:
        _place(core, children, pairs)
    return first_id, None


def _draft(order: Order, most_lots: int) -> Order:
    """Return a child as it will be once it is placed, with no more than so many lots (0: all)."""
    lots = min(order.lots, most_lots or order.lots)
    draft = order.draft(order.price_ticks, lots, lots)
    draft.flags &= ~PENDING
    draft.hold_per_lot = draft.own_hold_per_lot
    return draft


def _refused(core: "Core", draft: Order, planned: Plan | None) -> Refusal | None:
    """Check a child as a new order, all but its funds; without a plan it will wait."""
    market = draft.market
    refusal = (
        checks.may_place(draft.account, draft.side)
        or checks.trading(market, market.market)
        or checks.filters(draft)
    )
    if refusal or planned is None:
        notional = draft.price_ticks * market.tick_value * draft.lots
        return refusal or checks.notional_limits(core, draft, notional, draft.lots)
    return (
        checks.band(draft) or taker_limits(core, draft, planned) or checks.crossing_post_only(draft)
    )


def _is_funded(pairs: list[tuple[Order, Plan | None]]) -> bool:
    """Return whether a child, or a pair with its one hold, can be paid for."""
    first, planned = pairs[0]
    if len(pairs) == 1 and planned is not None:
        return is_killed(first, planned) or funds(first, planned) is None
    units = first.lots * max(draft.hold_per_lot for draft, _ in pairs)
    return units <= first.paying.available


def _place(core: "Core", children: list[Order], pairs: list[tuple[Order, Plan | None]]) -> None:
    """Give children their lots and their hold, then let the one without trigger run."""
    killed = False
    for order, (draft, planned) in zip(children, pairs, strict=True):
        killed = killed or (planned is not None and is_killed(draft, planned))
        order.lots = order.open_lots = draft.lots
        order.flags &= ~PENDING
        order.hold_per_lot = 0 if killed else draft.hold_per_lot
    if len(children) == 2:
        children[0].link(children[1])
    units = children[0].hold_units
    hold(children[0], units)
    for order in children:
        own = (order.order_id, order.lots, units if order is children[0] else 0)
        core.emit(24, order.account.account, order.market.market, *own)
    for order, (_, planned) in zip(children, pairs, strict=True):
        if planned is not None:
            core.stop_waiting(order)
            run(core, order, planned, killed=killed)
