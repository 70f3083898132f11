"""The commands that change orders: cancel, reduce, replace, cancel-replace, cancel all, expire."""

from typing import TYPE_CHECKING

from outcry.codec import FLAG_INTERNAL, KEY_MASK
from outcry.domain.market import AccountStatus
from outcry.domain.order import BOTH_SIDES, DoneReason, ReplaceMode
from outcry.domain.rejects import Reject
from outcry.engine.core.reference import orders
from outcry.engine.core.reference.match import carry_out, plan
from outcry.engine.core.reference.orders import Body, Refusal, Result
from outcry.engine.core.reference.state import Account, Order

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
        return order_id, Refusal(Reject.SHAPE)
    if order is None:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    if lots >= order.open_lots:
        core.close(order, DoneReason.REDUCED)
    else:
        _shrink(core, order, lots)
    return order_id, None


def _shrink(core: "Core", order: Order, lots: int) -> None:
    """Take fewer lots than are open off a booked order, in its place."""
    before = order.hold_units
    order.lots -= lots
    order.open_lots -= lots
    orders.hold(order, order.hold_units - before)
    level = order.market.sides[order.side].take(order, lots)
    order.market.update_id += 1 if lots else 0
    _emit_replaced(core, order, 1, order.hold_units - before, order.price_ticks, level.lots)


def _emit_replaced(
    core: "Core", order: Order, kept: int, hold: int, old_price: int, level_lots: int
) -> None:
    core.emit(
        3, order.account.account, order.market.market,
        order.order_id, order.side, kept, order.price_ticks, order.lots, order.open_lots, hold,
        old_price, level_lots, order.market.update_id,
    )  # fmt: skip


def replace(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Give an order a new price and a new total size."""
    order_id, order = _find(core, account_id, market_id, body[0], body[1])
    price: int = body[2]
    lots: int = body[3]
    account = core.accounts[account_id]
    if account.status == AccountStatus.FROZEN:
        return order_id, Refusal(Reject.ACCOUNT_FROZEN, account.status)
    refusal = orders.trading(core.markets.get(market_id), market_id) if market_id else None
    if not refusal and (price < 1 or lots < 1):
        refusal = Refusal(Reject.SHAPE)
    if refusal or order is None:
        return order_id, refusal or Refusal(Reject.UNKNOWN_ORDER)
    if refusal := orders.trading(order.market, order.market.market):
        return order_id, refusal
    used = order.filled_lots + order.prevented_lots
    if lots < used:
        return order_id, Refusal(Reject.BELOW_FILLED, lots, used)
    if lots == used:
        core.close(order, DoneReason.REDUCED)
    elif price == order.price_ticks and lots <= order.lots:
        _shrink(core, order, order.lots - lots)
    else:
        return order_id, _move(core, order, price, lots)
    return order_id, None


def _move(core: "Core", order: Order, price: int, lots: int) -> Refusal | None:
    """Re-queue an order with a new price or more lots, trading if it crosses."""
    market, account = order.market, order.account
    new = Order(
        order.order_id, account, market, order.pair, order.paying, order.side, price, lots,
        lots - order.filled_lots - order.prevented_lots, order.prevented_lots, order.cap_ppm,
        order.self_trade, order.flags, market.hold_per_lot(order.side, price, order.cap_ppm),
        watched=order.watched, terms=order.terms,
    )  # fmt: skip
    crosses = market.crosses(new.side, price)
    refusal = (
        orders.may_place(account, order.side)
        or orders.filters(new)
        or orders.notional_limits(core, new, price * market.tick_value * new.open_lots)
        or (orders.post_only(new) if crosses and new.flags else None)
    )
    available = order.paying.available + order.hold_units
    if not refusal and new.hold_units > available:
        refusal = Refusal(Reject.FUNDS, new.hold_units, available)
    if refusal:
        return refusal
    change = new.hold_units - order.hold_units
    level_lots = core.unbook(order)
    orders.hold(new, change)
    _emit_replaced(core, new, 0, change, order.price_ticks, level_lots)
    planned = plan(new)
    carry_out(core, new, planned.steps)
    orders.end_taker(core, new, planned)
    return None


def cancel_replace(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Cancel one order, then place a new one."""
    order_id, old = _find(core, account_id, market_id, body[0], body[1])
    mode: int = body[2]
    wanted = body[3:]
    account = core.accounts[account_id]
    market = core.markets.get(market_id)
    refusal = orders.may_place(account, wanted[0]) or orders.trading(market, market_id)
    if not refusal and mode not in {ReplaceMode.STOP_ON_FAILURE, ReplaceMode.ALLOW_FAILURE}:
        refusal = Refusal(Reject.SHAPE)
    if refusal or market is None:
        return order_id, refusal
    new = orders.read_order(core, account, market, wanted)
    if new is None:
        return order_id, Refusal(Reject.SHAPE)
    if old is None and mode == ReplaceMode.STOP_ON_FAILURE:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    if refusal := orders.filters(new) or orders.open_order_limits(new):
        return order_id, refusal
    if old is not None:
        core.close(old, DoneReason.REPLACED)
    new_id, refusal = orders.enter(core, new)
    return (order_id if refusal else new_id), refusal


def cancel_all(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Cancel an account's open orders, oldest id first."""
    side: int = body[0]
    if refusal := _known(core, market_id):
        return 0, refusal
    if side > BOTH_SIDES:
        return 0, Refusal(Reject.SHAPE)
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


def expire(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """End an order whose time has come."""
    order_id: int = body[0]
    if not core.flags & FLAG_INTERNAL or core.flags & KEY_MASK:
        return 0, Refusal(Reject.SHAPE)
    order = core.orders.get(order_id)
    if order is None:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    core.close(order, DoneReason.EXPIRED)
    return order_id, None
