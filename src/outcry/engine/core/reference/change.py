"""The commands that change orders: cancel, reduce, replace, cancel-replace, cancel all."""

from typing import TYPE_CHECKING

from outcry.domain.market import AccountStatus
from outcry.domain.order import BOTH_SIDES, DoneReason, ReplaceMode
from outcry.domain.rejects import Reject
from outcry.engine.core.reference import checks, orders
from outcry.engine.core.reference.checks import SHAPE, Body, Refusal, Result
from outcry.engine.core.reference.match import plan, plan_call
from outcry.engine.core.reference.special.pairs import follow, shrink
from outcry.engine.core.reference.special.terms import slid_ticks
from outcry.engine.core.reference.state import (
    PENDING,
    QUEUED,
    SELL,
    SLIDE,
    TRADING,
    WAITING,
    Account,
    Order,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

CANCELLED = int(DoneReason.CANCELLED)


def _find(
    core: "Core", account_id: int, market_id: int, order_id: int, target: bytes
) -> tuple[int, Order | None]:
    """Return the id a command names, resolved if it can be, and the order if it may touch it."""
    if order_id == 0:
        account = core.accounts[account_id]
        entry = core.keys.find(target, core.now_ns, account.key_count)
        order_id = entry.order_id if entry and entry.account == account_id else 0
    order = core.orders.get(order_id)
    if order is None or order.account.account != account_id:
        return order_id, None
    if market_id and market_id != order.market.market:
        return order_id, None
    return order_id, order


def _known(core: "Core", market_id: int) -> Refusal | None:
    if market_id and market_id not in core.markets:
        return Refusal(Reject.UNKNOWN_MARKET, market_id)
    return None


def cancel(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Cancel what is open of an order."""
    order_id, order = _find(core, account_id, market_id, body[0], body[1])
    if refusal := _known(core, market_id):
        return order_id, refusal
    if order is None:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    core.close(order, CANCELLED)
    return order_id, None


def reduce(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Take lots off an order; it keeps its place."""
    order_id, order = _find(core, account_id, market_id, body[0], body[1])
    lots: int = body[2]
    if refusal := _known(core, market_id):
        return order_id, refusal
    if lots < 1:
        return order_id, SHAPE
    if order is None:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    if order.flags & (PENDING | QUEUED):
        return order_id, Refusal(Reject.TRANSITION)
    if lots >= order.open_lots:
        core.close(order, DoneReason.REDUCED)
    else:
        shrink(core, order, lots)
    if order.terms:
        core.touched = True
    return order_id, None


def replace(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Give an order a new price and a new total size."""
    order_id, order = _find(core, account_id, market_id, body[0], body[1])
    price, lots = body[2:]
    account = core.accounts[account_id]
    if account.status == AccountStatus.FROZEN:
        return order_id, Refusal(Reject.ACCOUNT_FROZEN, account.status)
    market = core.markets.get(market_id)
    refusal = checks.trading(market, market_id, call=True) if market_id else None
    if not refusal and (lots < 1 or not _may_name(order, price)):
        refusal = SHAPE
    if refusal or order is None:
        return order_id, refusal or Refusal(Reject.UNKNOWN_ORDER)
    if refusal := checks.trading(order.market, order.market.market, call=True):
        return order_id, refusal
    if order.flags & (PENDING | QUEUED) or (order.terms and order.terms.slices):
        return order_id, Refusal(Reject.TRANSITION)
    refusal = _replace(core, order, order.price_ticks if order.is_stop_market else price, lots)
    if order.terms and not refusal:
        core.touched = True
    return order_id, refusal


def _may_name(order: Order | None, price_ticks: int) -> bool:
    """Return whether a price is one for this order: a stop-market has none, a peg may have none."""
    if order is not None and order.is_stop_market:
        return price_ticks == 0
    if order is not None and order.peg and order.side == SELL:
        return price_ticks >= 0
    return price_ticks >= 1


def _replace(core: "Core", order: Order, price: int, lots: int) -> Refusal | None:
    """Shrink an order in its place where that will do; else move it."""
    if order.flags & SLIDE:
        wanted, price = price, slid_ticks(order, price)
        if price < 1:
            return checks.post_only(order, wanted)
    used = order.filled_lots + order.prevented_lots
    if lots < used:
        return Refusal(Reject.BELOW_FILLED, lots, used)
    now_ticks = order.limit_ticks if order.peg else order.price_ticks
    if lots == used:
        core.close(order, DoneReason.REDUCED)
    elif price == now_ticks and lots <= order.lots:
        shrink(core, order, order.lots - lots)
    else:
        return _move(core, order, order.draft(price, lots, lots - used))
    return None


def _move(core: "Core", order: Order, new: Order) -> Refusal | None:
    """Re-queue an order as `new` describes it, trading if it crosses."""
    if order.peg:
        new.limit_ticks = new.price_ticks
    new.hold_per_lot = new.own_hold_per_lot
    if order.partner:
        new.hold_per_lot = max(new.hold_per_lot, order.partner.own_hold_per_lot)
    if refusal := _move_checks(core, order, new):
        return refusal
    change, more = new.hold_units - order.hold_units, new.open_lots - order.open_lots
    stays_out = order.flags & WAITING or order.peg
    orders.hold(order, change)
    old_ticks, level = _leave(core, order)
    order.price_ticks, order.limit_ticks = new.price_ticks, new.limit_ticks
    order.lots, order.open_lots = new.lots, new.open_lots
    order.hold_per_lot = new.hold_per_lot
    core.emit_replaced(order, 0, change, old_ticks, level)
    if order.partner:
        order.partner.hold_per_lot = order.hold_per_lot
        follow(core, order.partner, more)
    if not stays_out:
        core.forget(order)
        planned = plan(order) if order.market.state == TRADING else plan_call(order)
        orders.run(core, order, planned, killed=False)
    return None


def _leave(core: "Core", order: Order) -> tuple[int, tuple[int, int]]:
    """Take an order out of the book, if it is there; return its price and level as told."""
    if order.flags & WAITING:
        return 0 if order.peg else order.price_ticks, (0, 0)
    level_lots = core.leave(order)
    if order.peg:
        core.wait_on(order)
    return order.price_ticks, (level_lots, order.market.update_id)


def _move_checks(core: "Core", order: Order, new: Order) -> Refusal | None:
    """Check an order that loses its place as one that is placed, and against what it holds."""
    outside = order.flags & WAITING or order.peg
    notional = new.price_ticks * order.market.tick_value * new.open_lots
    refusal = (
        checks.may_place(order.account, order.side)
        or checks.filters(new)
        or _partner_filters(order, new)
        or (None if outside else checks.band(new))
        or checks.notional_limits(core, new, notional, new.open_lots)
        or (None if outside else checks.crossing_post_only(new))
    )
    available = order.paying.available + order.hold_units
    if not refusal and new.hold_units > available:
        refusal = Refusal(Reject.FUNDS, new.hold_units, available)
    return refusal


def _partner_filters(order: Order, new: Order) -> Refusal | None:
    """Check the size of a partner that is to grow as much."""
    partner, more = order.partner, new.open_lots - order.open_lots
    if partner is None or more <= 0:
        return None
    return checks.filters(
        partner.draft(partner.price_ticks, partner.lots + more, partner.open_lots + more)
    )


def cancel_replace(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Cancel one order, then place a new one."""
    order_id, old = _find(core, account_id, market_id, body[0], body[1])
    mode: int = body[2]
    wanted = body[3:]
    account = core.accounts[account_id]
    market = core.markets.get(market_id)
    refusal = checks.may_place(account, wanted[0]) or checks.trading(
        market, market_id, call=checks.joins_a_call(wanted)
    )
    if not refusal and mode not in {ReplaceMode.STOP_ON_FAILURE, ReplaceMode.ALLOW_FAILURE}:
        refusal = SHAPE
    if refusal or market is None:
        return order_id, refusal
    new = orders.read_order(core, account, market, wanted)
    if new is None:
        return order_id, SHAPE
    if old is None and mode == ReplaceMode.STOP_ON_FAILURE:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    if refusal := checks.filters(new) or orders.limits_if_it_rests(new):
        return order_id, refusal
    if old is not None:
        core.close(old, DoneReason.REPLACED)
    if refusal := checks.band(new):
        return order_id, refusal
    new_id, refusal = orders.enter(core, new)
    return (order_id if refusal else new_id), refusal


def cancel_all(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Cancel an account's open orders, oldest id first."""
    side: int = body[0]
    if refusal := _known(core, market_id):
        return 0, refusal
    if side > BOTH_SIDES:
        return 0, SHAPE
    cancelled = close_all(core, core.accounts[account_id], market_id, side)
    core.emit(10, account_id, market_id, side, cancelled)
    return 0, None


def close_all(core: "Core", account: Account, market_id: int, side: int) -> int:
    """Cancel the open orders that fit, by id; return how many there were."""
    fitting = [
        account.orders[order_id]
        for order_id in sorted(account.orders)
        if market_id in {0, account.orders[order_id].market.market}
        and side in {BOTH_SIDES, account.orders[order_id].side}
    ]
    for order in fitting:
        core.close(order, CANCELLED)
    return len(fitting)
