"""The commands that name orders: place, cancel, reduce, replace, cancel-replace, cancel all.

Each handler returns the order it concerns and why it refused, and has emitted what it did.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import AccountStatus, FeeAsset, MarketState
from outcry.domain.order import (
    BOTH_SIDES,
    DoneReason,
    Kind,
    OrderFlag,
    ReplaceMode,
    SelfTrade,
    Side,
    TimeInForce,
)
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS, UNITS_LIMIT, fee_units
from outcry.engine.core.reference.match import Plan, carry_out, ended_reason, plan
from outcry.engine.core.reference.state import (
    OPEN_ORDERS_TOTAL_DEFAULT,
    Account,
    Market,
    Order,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


class Call(NamedTuple):
    """One decoded command, as its handler gets it."""

    account_id: int
    market_id: int
    body: Sequence[Any]
    key: str
    staff: bool


class Refusal(NamedTuple):
    """Why a command is refused: `given` broke `bound`."""

    reason: int
    given: int = 0
    bound: int = 0


Result = tuple[int, Refusal | None]
"""The order (or 0) and the refusal, if any."""

_STATE_REJECTS = {
    MarketState.HALTED: Reject.MARKET_HALTED,
    MarketState.CANCEL_ONLY: Reject.MARKET_CANCEL_ONLY,
    MarketState.CLOSED: Reject.MARKET_CLOSED,
    MarketState.PRE_OPEN: Reject.CALL_PHASE,
    MarketState.AUCTION: Reject.CALL_PHASE,
}


class Wanted(NamedTuple):
    """The body of a new order, as the records carry it."""

    side: int
    kind: int
    time_in_force: int
    self_trade: int
    flags: int
    price_ticks: int
    lots: int
    budget_units: int


def place(core: "Core", call: Call) -> Result:
    """Place an order."""
    account_id, market_id, body = call[:3]
    wanted = Wanted._make(body)
    account = core.accounts[account_id]
    market = core.markets.get(market_id)
    refusal = (
        _may_place(account, wanted.side)
        or _trading(market, market_id)
        or _order_shape(wanted, market)
    )
    if refusal or market is None:
        return 0, refusal
    order = _new_order(core, account, market, wanted)
    refusal = _filters(order, wanted.kind, wanted.budget_units) or _open_order_limits(order, wanted)
    if refusal:
        return 0, refusal
    return _enter(core, order, wanted, call.key)


def _may_place(account: Account, side: int) -> Refusal | None:
    if account.status == AccountStatus.FROZEN:
        return Refusal(Reject.ACCOUNT_FROZEN, account.status)
    if account.status == AccountStatus.REDUCE_ONLY and side == Side.BUY:
        return Refusal(Reject.REDUCE_ONLY, account.status)
    return None


def _trading(market: Market | None, market_id: int) -> Refusal | None:
    if market is None:
        return Refusal(Reject.UNKNOWN_MARKET, market_id)
    if market.state != MarketState.TRADING:
        return Refusal(_STATE_REJECTS[MarketState(market.state)], market.state)
    return None


def _order_shape(wanted: Wanted, market: Market | None) -> Refusal | None:
    side, kind, time_in_force, self_trade, flags, price, lots, budget = wanted
    fits = (
        side <= Side.SELL
        and time_in_force <= TimeInForce.FOK
        and self_trade <= SelfTrade.NONE
        and flags in {0, OrderFlag.POST_ONLY}
        and (self_trade != SelfTrade.NONE or bool(market and market.allow_self_trade))
    )
    plain = time_in_force != TimeInForce.FOK and not flags and price == 0
    if kind == Kind.LIMIT:
        good_flags = not flags or time_in_force == TimeInForce.GTC
        fits = fits and price >= 1 and lots >= 1 and budget == 0 and good_flags
    elif kind == Kind.MARKET:
        fits = fits and plain and lots >= 1 and budget == 0
    elif kind == Kind.BUDGET:
        fits = fits and plain and lots == 0 and 1 <= budget < UNITS_LIMIT
    else:
        fits = False
    return None if fits else Refusal(Reject.SHAPE)


def _new_order(core: "Core", account: Account, market: Market, wanted: Wanted) -> Order:
    cap = market.cap_ppm()
    hold = 0
    if wanted.kind == Kind.LIMIT:
        hold = market.hold_per_lot(wanted.side, wanted.price_ticks, cap)
    return Order(
        core.next_order_id, account, market, wanted.side, wanted.price_ticks, wanted.lots,
        wanted.lots, 0, cap, wanted.self_trade, wanted.flags, hold, wanted.kind == Kind.BUDGET,
    )  # fmt: skip


def _filters(order: Order, kind: int, budget: int) -> Refusal | None:
    refusal = _size_filters(order, kind) if kind != Kind.BUDGET else None
    return refusal or (_notional_filters(order, budget) if kind != Kind.MARKET else None)


def _size_filters(order: Order, kind: int) -> Refusal | None:
    market, lots = order.market, order.lots
    if lots < market.min_lots:
        return Refusal(Reject.MIN_SIZE, lots, market.min_lots)
    if 0 < market.max_lots < lots:
        return Refusal(Reject.MAX_SIZE, lots, market.max_lots)
    if kind == Kind.MARKET and 0 < market.market_max_lots < lots:
        return Refusal(Reject.MARKET_MAX_SIZE, lots, market.market_max_lots)
    return None


def _notional_filters(order: Order, budget: int) -> Refusal | None:
    """Check a limit order's notional, or a budget."""
    market, lots = order.market, order.lots
    lot_price = order.price_ticks * market.tick_value
    notional = budget or lots * lot_price
    if notional < market.min_notional:
        return Refusal(Reject.MIN_NOTIONAL, notional, market.min_notional)
    if 0 < market.max_notional < notional:
        return Refusal(Reject.MAX_NOTIONAL, notional, market.max_notional)
    if notional + lots * fee_units(lot_price, order.cap_ppm) >= UNITS_LIMIT:
        return Refusal(Reject.NOTIONAL_OVERFLOW, 0, UNITS_LIMIT)
    return None


def _own(own: int, default: int) -> int:
    return default if own == NO_LIMIT else own


def _open_order_limits(order: Order, wanted: Wanted) -> Refusal | None:
    if wanted.kind != Kind.LIMIT or wanted.time_in_force != TimeInForce.GTC:
        return None
    account, market = order.account, order.market
    pair = account.pair(market.market)
    limit = _own(pair.open_orders_limit, market.limit_open_orders)
    if limit != NO_LIMIT and pair.open_orders >= limit:
        return Refusal(Reject.OPEN_ORDERS, pair.open_orders, limit)
    total = _own(account.open_orders_total_limit, OPEN_ORDERS_TOTAL_DEFAULT)
    if len(account.orders) >= total:
        return Refusal(Reject.OPEN_ORDERS_TOTAL, len(account.orders), total)
    return None


def _notional_limits(core: "Core", order: Order, notional: int) -> Refusal | None:
    market, pair = order.market, order.account.pair(order.market.market)
    limit = _own(pair.order_notional_limit, market.limit_order_notional)
    if limit != NO_LIMIT and notional > limit:
        return Refusal(Reject.ORDER_NOTIONAL, notional, limit)
    limit = _own(pair.daily_notional_limit, market.limit_daily)
    today = pair.daily_units if pair.day == core.now_ns // DAY_NS else 0
    if limit != NO_LIMIT and today + notional > limit:
        return Refusal(Reject.DAILY_NOTIONAL, today + notional, limit)
    return None


def _enter(core: "Core", order: Order, wanted: Wanted, key: str) -> Result:
    """Pass the last checks and carry the order out."""
    kind, market = wanted.kind, order.market
    has_limit = kind == Kind.LIMIT
    crosses = not has_limit or market.crosses(order.side, order.price_ticks)
    fok = wanted.time_in_force == TimeInForce.FOK
    planned = plan(order, wanted.budget_units, has_limit=has_limit) if crosses else Plan()
    notional = {
        Kind.LIMIT: order.price_ticks * market.tick_value * order.lots,
        Kind.MARKET: planned.notional_units,
        Kind.BUDGET: wanted.budget_units,
    }[Kind(kind)]
    refusal = _notional_limits(core, order, notional) or _post_only(order, crosses=crosses)
    killed = fok and planned.traded_lots < order.lots
    if not refusal and not killed:
        refusal = _funds(order, wanted, planned) or _below_lot(order, wanted, planned)
    if refusal:
        return 0, refusal
    core.next_order_id += 1
    if killed:
        order.hold_per_lot = 0
    _hold(order, order.hold_units)
    rests_at_once = not crosses and wanted.time_in_force == TimeInForce.GTC
    if rests_at_once:
        _accept(core, order, wanted, key, core.book(order))
        return order.order_id, None
    _accept(core, order, wanted, key, 0)
    if killed:
        core.emit_done(order, DoneReason.FOK_KILLED, 0)
        return order.order_id, None
    carry_out(core, order, planned.steps)
    _end_taker(core, order, wanted, planned)
    return order.order_id, None


def _post_only(order: Order, *, crosses: bool) -> Refusal | None:
    best = order.market.sides[1 - order.side].best()
    if order.flags & OrderFlag.POST_ONLY and crosses and best:
        return Refusal(Reject.POST_ONLY, order.price_ticks, best.price_ticks)
    return None


def _paying_asset(order: Order) -> int:
    return order.market.quote if order.side == Side.BUY else order.market.base


def _funds(order: Order, wanted: Wanted, planned: Plan) -> Refusal | None:
    if wanted.kind == Kind.LIMIT:
        needed = order.hold_units
    elif wanted.side == Side.BUY:
        needed = planned.cost_units if wanted.kind == Kind.MARKET else wanted.budget_units
    else:
        lots = order.lots if wanted.kind == Kind.MARKET else planned.traded_lots
        needed = lots * order.market.lot_units
    available = order.account.balance(_paying_asset(order)).available
    return Refusal(Reject.FUNDS, needed, available) if needed > available else None


def _below_lot(order: Order, wanted: Wanted, planned: Plan) -> Refusal | None:
    if planned.end != DoneReason.BUDGET_EXHAUSTED or planned.traded_lots or planned.prevented_lots:
        return None
    market = order.market
    cost = planned.stopped_at_ticks * market.tick_value
    if order.side == Side.BUY and market.fee_asset == FeeAsset.QUOTE:
        cost += fee_units(cost, min(market.taker_ppm, order.cap_ppm))
    return Refusal(Reject.BUDGET_BELOW_LOT, wanted.budget_units, cost)


def _hold(order: Order, units: int) -> None:
    """Move units from available to held for an order; negative ones back."""
    balance = order.account.balance(_paying_asset(order))
    balance.available -= units
    balance.held += units


def _accept(core: "Core", order: Order, wanted: Wanted, key: str, level_lots: int) -> None:
    flags = order.flags | (OrderFlag.BOOKED if level_lots else 0)
    core.emit(
        1, order.account.account, order.market.market,
        order.order_id, order.side, wanted.kind, wanted.time_in_force, order.self_trade, flags,
        order.price_ticks, wanted.lots, wanted.budget_units, order.hold_units, order.cap_ppm,
        len(key), level_lots, order.market.update_id if level_lots else 0, key=key,
    )  # fmt: skip


def _end_taker(core: "Core", order: Order, wanted: Wanted, planned: Plan) -> None:
    """Book or end an order that has done what it could."""
    if planned.end:
        core.emit_done(order, planned.end, _free(order))
    elif order.open_lots == 0:
        core.emit_done(order, ended_reason(order), 0)
    elif wanted.time_in_force == TimeInForce.GTC and wanted.kind == Kind.LIMIT:
        _book_rest(core, order)
    else:
        core.emit_done(order, DoneReason.REST, _free(order))


def _free(order: Order) -> int:
    """Release what an order outside the book still holds; return it."""
    units = order.hold_units
    _hold(order, -units)
    return units


def _book_rest(core: "Core", order: Order) -> None:
    level_lots = core.book(order)
    core.emit(
        2, order.account.account, order.market.market,
        order.order_id, order.side, order.price_ticks, order.open_lots, level_lots,
        order.market.update_id,
    )  # fmt: skip


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
    if market_id not in {0, order.market.market}:
        return order_id, None
    return order_id, order


def _known(core: "Core", market_id: int) -> Refusal | None:
    if market_id and market_id not in core.markets:
        return Refusal(Reject.UNKNOWN_MARKET, market_id)
    return None


def cancel(core: "Core", call: Call) -> Result:
    """Cancel what is open of an order."""
    account_id, market_id, body = call[:3]
    order_id, order = _find(core, account_id, market_id, body[0], body[1])
    if refusal := _known(core, market_id):
        return order_id, refusal
    if order is None:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    core.close(order, DoneReason.CANCELLED)
    return order_id, None


def reduce(core: "Core", call: Call) -> Result:
    """Take lots off an order; it keeps its place."""
    account_id, market_id, body = call[:3]
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
    _hold(order, order.hold_units - before)
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


def replace(core: "Core", call: Call) -> Result:
    """Give an order a new price and a new total size."""
    account_id, market_id, body = call[:3]
    order_id, order = _find(core, account_id, market_id, body[0], body[1])
    price: int = body[2]
    lots: int = body[3]
    account = core.accounts[account_id]
    if account.status == AccountStatus.FROZEN:
        return order_id, Refusal(Reject.ACCOUNT_FROZEN, account.status)
    refusal = _trading(core.markets.get(market_id), market_id) if market_id else None
    if not refusal and (price < 1 or lots < 1):
        refusal = Refusal(Reject.SHAPE)
    if refusal or order is None:
        return order_id, refusal or Refusal(Reject.UNKNOWN_ORDER)
    if refusal := _trading(order.market, order.market.market):
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
    market, account, old_price = order.market, order.account, order.price_ticks
    new = Order(
        order.order_id, account, market, order.side, price, lots,
        lots - order.filled_lots - order.prevented_lots, order.prevented_lots, order.cap_ppm,
        order.self_trade, order.flags, market.hold_per_lot(order.side, price, order.cap_ppm),
        watched=order.watched,
    )  # fmt: skip
    crosses = market.crosses(new.side, price)
    worst = price * market.tick_value * new.open_lots
    refusal = (
        _may_place(account, order.side)
        or _filters(new, Kind.LIMIT, 0)
        or _notional_limits(core, new, worst)
        or _post_only(new, crosses=crosses)
    )
    available = account.balance(_paying_asset(order)).available + order.hold_units
    if not refusal and new.hold_units > available:
        refusal = Refusal(Reject.FUNDS, new.hold_units, available)
    if refusal:
        return refusal
    change = new.hold_units - order.hold_units
    level_lots = core.unbook(order)
    _hold(new, change)
    _emit_replaced(core, new, 0, change, old_price, level_lots)
    planned = plan(new, 0, has_limit=True) if crosses else Plan()
    carry_out(core, new, planned.steps)
    _end_taker(core, new, Wanted(new.side, 0, 0, 0, 0, price, lots, 0), planned)
    return None


def cancel_replace(core: "Core", call: Call) -> Result:
    """Cancel one order, then place a new one."""
    account_id, market_id, body = call[:3]
    order_id, old = _find(core, account_id, market_id, body[0], body[1])
    mode: int = body[2]
    wanted = Wanted._make(body[3:])
    account = core.accounts[account_id]
    market = core.markets.get(market_id)
    refusal = _may_place(account, wanted.side) or _trading(market, market_id)
    if not refusal and mode not in {ReplaceMode.STOP_ON_FAILURE, ReplaceMode.ALLOW_FAILURE}:
        refusal = Refusal(Reject.SHAPE)
    refusal = refusal or _order_shape(wanted, market)
    if not refusal and old is None and mode == ReplaceMode.STOP_ON_FAILURE:
        refusal = Refusal(Reject.UNKNOWN_ORDER)
    if refusal or market is None:
        return order_id, refusal
    new = _new_order(core, account, market, wanted)
    refusal = _filters(new, wanted.kind, wanted.budget_units) or _open_order_limits(new, wanted)
    if refusal:
        return order_id, refusal
    if old is not None:
        core.close(old, DoneReason.REPLACED)
    new_id, refusal = _enter(core, new, wanted, call.key)
    return (order_id if refusal else new_id), refusal


def cancel_all(core: "Core", call: Call) -> Result:
    """Cancel an account's open orders, oldest id first."""
    account_id, market_id, body = call[:3]
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
        core.close(order, DoneReason.CANCELLED)
    return len(fitting)
