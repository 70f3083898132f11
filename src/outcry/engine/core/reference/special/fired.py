"""What lets a waiting order act: the firing of a trigger, a slice, a new price for a peg.

These are internal commands; the order they name is open, or they are refused.
"""

from typing import TYPE_CHECKING

from outcry.domain.order import DoneReason
from outcry.domain.rejects import Reject
from outcry.engine.core.reference.checks import (
    SHAPE,
    Body,
    Refusal,
    Result,
    band,
    crossing_post_only,
    may_place,
    trading,
)
from outcry.engine.core.reference.match import Plan, carry_out, ended_reason, plan
from outcry.engine.core.reference.orders import booked, is_killed, release, run, taker_limits
from outcry.engine.core.reference.state import BUY, PENDING, QUEUED, WAITING, Order

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_UNKNOWN = Refusal(Reject.UNKNOWN_ORDER)
_LAST_REASON = max(DoneReason)


def end_order(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """End an order for a reason."""
    order_id, reason = body
    if not 1 <= reason <= _LAST_REASON:
        return order_id, SHAPE
    order = core.orders.get(order_id)
    if order is None:
        return order_id, _UNKNOWN
    core.close(order, reason)
    return order_id, None


def queue_order(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Note that an order has been triggered."""
    order = core.orders.get(body[0])
    if order is None:
        return body[0], _UNKNOWN
    if not order.flags & WAITING or not order.trigger:
        return order.order_id, SHAPE
    order.flags |= QUEUED
    return order.order_id, None


def fire_order(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Let an order whose trigger was reached run, or end it where it may not."""
    order_id, price_ticks = body
    order = core.orders.get(order_id)
    if order is None:
        return order_id, _UNKNOWN
    if not order.flags & WAITING or order.flags & PENDING or not order.trigger:
        return order_id, SHAPE
    if order.partner is not None and not order.partner.flags & WAITING:
        return order_id, SHAPE
    _tell(core, order, price_ticks, order.open_lots)
    planned = plan(order)
    refused = _may_run(core, order, planned)
    core.stop_waiting(order)
    if refused:
        core.emit_done(order, DoneReason.REJECTED_ON_TRIGGER, release(order))
    else:
        run(core, order, planned, killed=is_killed(order, planned))
    return order_id, None


def _tell(core: "Core", order: Order, price_ticks: int, lots: int) -> None:
    own = (order.order_id, price_ticks, lots)
    core.emit(20, order.account.account, order.market.market, *own)


def _may_run(core: "Core", order: Order, planned: Plan) -> Refusal | None:
    """Check everything again but what it can pay: that is held."""
    market = order.market
    return (
        may_place(order.account, order.side)
        or trading(market, market.market)
        or band(order)
        or taker_limits(core, order, planned)
        or crossing_post_only(order)
    )


def run_slice(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Let a part of an order trade at once; the rest waits on."""
    order_id, lots = body
    if lots < 1:
        return order_id, SHAPE
    order = core.orders.get(order_id)
    if order is None:
        return order_id, _UNKNOWN
    if not order.terms or not order.terms.slices:
        return order_id, SHAPE
    lots = min(lots, order.open_lots)
    _tell(core, order, 0, lots)
    planned = plan(order, lots)
    carry_out(core, order, planned.steps)
    if planned.end == DoneReason.PROTECTED:
        core.touched = True
    if order.open_lots == 0:
        core.stop_waiting(order)
        core.emit_done(order, ended_reason(order), 0)
    return order_id, None


def move_peg(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Move a pegged order to the back of another level, or out of the book."""
    order_id, price_ticks = body
    if price_ticks < 0:
        return order_id, SHAPE
    order = core.orders.get(order_id)
    if order is None:
        return order_id, _UNKNOWN
    if not order.peg or (price_ticks and not _may_rest(order, price_ticks)):
        return order_id, SHAPE
    if price_ticks == 0:
        _park(core, order)
    else:
        _move(core, order, price_ticks)
    return order_id, None


def _may_rest(order: Order, price_ticks: int) -> bool:
    """Return whether a pegged order may have a price: it crosses nothing and keeps to its cap."""
    if order.market.crosses(order.side, price_ticks):
        return False
    if order.side == BUY:
        return price_ticks <= order.limit_ticks
    return price_ticks >= order.limit_ticks


def _park(core: "Core", order: Order) -> None:
    if order.flags & WAITING:
        return
    level_lots = core.leave(order)
    core.wait_on(order)
    core.emit(
        22, order.account.account, order.market.market,
        order.order_id, order.side, order.price_ticks, order.open_lots, level_lots,
        order.market.update_id,
    )  # fmt: skip


def _move(core: "Core", order: Order, price_ticks: int) -> None:
    old_ticks, was_booked = order.price_ticks, not order.flags & WAITING
    if was_booked:
        level_lots = core.leave(order)
        order.price_ticks = price_ticks
        core.emit_replaced(order, 0, 0, old_ticks, (level_lots, order.market.update_id))
    else:
        core.wait_no_more(order)
        order.price_ticks = price_ticks
    booked(core, order, core.join(order))
