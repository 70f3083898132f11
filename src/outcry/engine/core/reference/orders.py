"""The commands that name orders: place, cancel, reduce, replace, cancel-replace, cancel all.

Each handler returns the order it concerns and why it refused, and has emitted what it did.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from outcry import codec
from outcry.codec import VERSION
from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import AccountStatus, MarketState
from outcry.domain.order import BOTH_SIDES, DoneReason, OrderFlag, ReplaceMode
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS, UNITS_LIMIT, fee_units
from outcry.engine.core.reference.match import NONE, RECEIVED, Plan, carry_out, ended_reason, plan
from outcry.engine.core.reference.state import (
    BUDGET,
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    OPEN_ORDERS_TOTAL_DEFAULT,
    SELL,
    Account,
    Market,
    Order,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


Body = tuple[Any, ...]
"""The fields of a command's body, in the order of its layout."""


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
POST_ONLY, BOOKED = int(OrderFlag.POST_ONLY), int(OrderFlag.BOOKED)
TRADING = int(MarketState.TRADING)
CANCELLED = int(DoneReason.CANCELLED)
_COMBINATIONS = frozenset(
    (side, kind, time_in_force, flags)
    for side in (BUY, SELL)
    for kind, time_in_force, flags in (
        (LIMIT, GTC, 0), (LIMIT, GTC, POST_ONLY), (LIMIT, IOC, 0), (LIMIT, FOK, 0),
        (MARKET, GTC, 0), (MARKET, IOC, 0), (BUDGET, GTC, 0), (BUDGET, IOC, 0),
    )
)  # fmt: skip
"""The sides, kinds, times in force and flags that go together."""
_SHAPE = Refusal(Reject.SHAPE)
_ACCEPTED = 1
_accepted_layout = codec.EVENT_BY_NUMBER[_ACCEPTED]
_pack_accepted, _accepted_end = _accepted_layout.whole.pack, _accepted_layout.body_end


def place(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Place an order."""
    account, market = core.accounts[account_id], core.markets.get(market_id)
    if account.status and (refusal := _may_place(account, body[0])):
        return 0, refusal
    if market is None or market.state != TRADING:
        return 0, _trading(market, market_id)
    order = _read_order(core, account, market, body)
    if order is None:
        return 0, _SHAPE
    if refusal := _filters(order) or _open_order_limits(order):
        return 0, refusal
    return _enter(core, order)


def _may_place(account: Account, side: int) -> Refusal | None:
    if account.status == AccountStatus.FROZEN:
        return Refusal(Reject.ACCOUNT_FROZEN, account.status)
    if account.status == AccountStatus.REDUCE_ONLY and side == BUY:
        return Refusal(Reject.REDUCE_ONLY, account.status)
    return None


def _trading(market: Market | None, market_id: int) -> Refusal | None:
    if market is None:
        return Refusal(Reject.UNKNOWN_MARKET, market_id)
    if market.state != TRADING:
        return Refusal(_STATE_REJECTS[MarketState(market.state)], market.state)
    return None


def _read_order(core: "Core", account: Account, market: Market, body: Body) -> Order | None:
    """Return the order that a body describes; None where its shape is none."""
    side, kind, time_in_force, self_trade, flags, price, lots, budget = body
    if (side, kind, time_in_force, flags) not in _COMBINATIONS:
        return None
    if self_trade >= NONE and not (self_trade == NONE and market.allow_self_trade):
        return None
    cap, hold_per_lot = market.cap_ppm, 0
    if kind == LIMIT:
        fits = price > 0 and lots > 0 and budget == 0
        hold_per_lot = market.hold_per_lot(side, price, cap)
    elif kind == MARKET:
        fits = price == 0 and lots > 0 and budget == 0
    else:
        fits = price == 0 and lots == 0 and 0 < budget < UNITS_LIMIT
    if not fits:
        return None
    pair = account.pairs.get(market.market) or account.pair(market)
    return Order(
        core.next_order_id, account, market, pair, pair.funds[side], side, price, lots, lots, 0,
        cap, self_trade, flags, hold_per_lot, kind, time_in_force, budget,
    )  # fmt: skip


def _filters(order: Order) -> Refusal | None:
    """Check the size of an order that has one, then the notional that it names."""
    market, lots, kind = order.market, order.lots, order.kind
    if kind != BUDGET:
        if lots < market.min_lots:
            return Refusal(Reject.MIN_SIZE, lots, market.min_lots)
        if market.max_lots and lots > market.max_lots:
            return Refusal(Reject.MAX_SIZE, lots, market.max_lots)
        if kind == MARKET:
            if market.market_max_lots and lots > market.market_max_lots:
                return Refusal(Reject.MARKET_MAX_SIZE, lots, market.market_max_lots)
            return None
    return _notional_filters(order)


def _notional_filters(order: Order) -> Refusal | None:
    """Check a limit order's notional, or a budget."""
    market, lots = order.market, order.lots
    lot_price = order.price_ticks * market.tick_value
    notional = order.budget_units or lots * lot_price
    if notional < market.min_notional:
        return Refusal(Reject.MIN_NOTIONAL, notional, market.min_notional)
    if market.max_notional and notional > market.max_notional:
        return Refusal(Reject.MAX_NOTIONAL, notional, market.max_notional)
    if notional + lots * fee_units(lot_price, order.cap_ppm) >= UNITS_LIMIT:
        return Refusal(Reject.NOTIONAL_OVERFLOW, 0, UNITS_LIMIT)
    return None


def _open_order_limits(order: Order) -> Refusal | None:
    if order.kind != LIMIT or order.time_in_force != GTC:
        return None
    account, pair = order.account, order.pair
    open_orders, limit = pair.open_orders, pair.open_orders_limit
    if limit == NO_LIMIT:
        limit = order.market.limit_open_orders
    if open_orders >= limit != NO_LIMIT:
        return Refusal(Reject.OPEN_ORDERS, open_orders, limit)
    total, limit = len(account.orders), account.open_orders_total_limit
    if limit == NO_LIMIT:
        limit = OPEN_ORDERS_TOTAL_DEFAULT
    if total >= limit:
        return Refusal(Reject.OPEN_ORDERS_TOTAL, total, limit)
    return None


def _notional_limits(core: "Core", order: Order, notional: int) -> Refusal | None:
    market, pair = order.market, order.pair
    limit = pair.order_notional_limit
    if limit == NO_LIMIT:
        limit = market.limit_order_notional
    if notional > limit != NO_LIMIT:
        return Refusal(Reject.ORDER_NOTIONAL, notional, limit)
    limit = pair.daily_notional_limit
    if limit == NO_LIMIT:
        limit = market.limit_daily
    if limit == NO_LIMIT:
        return None
    total = notional + (pair.daily_units if pair.day == core.now_ns // DAY_NS else 0)
    return Refusal(Reject.DAILY_NOTIONAL, total, limit) if total > limit else None


def _enter(core: "Core", order: Order) -> Result:
    """Pass the last checks and carry the order out."""
    if (
        order.kind == LIMIT
        and order.time_in_force == GTC
        and not order.market.crosses(order.side, order.price_ticks)
    ):
        return _rest(core, order)
    planned = plan(order)
    killed = order.time_in_force == FOK and planned.traded_lots < order.lots
    refusal = (
        _notional_limits(core, order, _worst_notional(order, planned))
        or (_post_only(order) if order.flags else None)
        or (None if killed else _funds(order, planned))
    )
    if refusal:
        return 0, refusal
    core.next_order_id += 1
    if killed:
        order.hold_per_lot = 0
    _hold(order, order.hold_units)
    _accept(core, order, 0)
    if killed:
        core.emit_done(order, DoneReason.FOK_KILLED, 0)
    else:
        carry_out(core, order, planned.steps)
        _end_taker(core, order, planned)
    return order.order_id, None


def _rest(core: "Core", order: Order) -> Result:
    """Pass the last checks of a limit order that crosses nothing, and book it."""
    lots, paying = order.lots, order.paying
    notional = lots * order.price_ticks * order.market.tick_value
    if refusal := _notional_limits(core, order, notional):
        return 0, refusal
    units, available = lots * order.hold_per_lot, paying.available
    if units > available:
        return 0, Refusal(Reject.FUNDS, units, available)
    paying.available = available - units
    paying.held += units
    core.next_order_id += 1
    _accept(core, order, core.book(order))
    return order.order_id, None


def _worst_notional(order: Order, planned: Plan) -> int:
    if order.kind == LIMIT:
        return order.price_ticks * order.market.tick_value * order.open_lots
    return order.budget_units or planned.notional_units


def _post_only(order: Order) -> Refusal | None:
    best = order.market.sides[1 - order.side].best()
    return Refusal(Reject.POST_ONLY, order.price_ticks, best.price_ticks) if best else None


def _funds(order: Order, planned: Plan) -> Refusal | None:
    if order.kind == LIMIT:
        needed = order.hold_units
    elif order.side == BUY:
        needed = order.budget_units or planned.cost_units
    else:
        lots = order.lots if order.kind == MARKET else planned.traded_lots
        needed = lots * order.market.lot_units
    available = order.paying.available
    if needed > available:
        return Refusal(Reject.FUNDS, needed, available)
    return _below_lot(order, planned) if order.kind == BUDGET else None


def _below_lot(order: Order, planned: Plan) -> Refusal | None:
    if planned.end != DoneReason.BUDGET_EXHAUSTED or planned.traded_lots or planned.prevented_lots:
        return None
    market = order.market
    cost = planned.stopped_at_ticks * market.tick_value
    if order.side == BUY and market.fee_asset != RECEIVED:
        cost += fee_units(cost, min(market.taker_ppm, order.cap_ppm))
    return Refusal(Reject.BUDGET_BELOW_LOT, order.budget_units, cost)


def _hold(order: Order, units: int) -> None:
    """Move units from available to held for an order; negative ones back."""
    order.paying.available -= units
    order.paying.held += units


def _accept(core: "Core", order: Order, level_lots: int) -> None:
    """Append `OrderAccepted`, and after its fields the key of the command."""
    market, key = order.market, core.key
    record = _pack_accepted(
        _accepted_end + (len(key) + 7 & ~7) if key else _accepted_end, _ACCEPTED, VERSION,
        core.index, core.sequence, core.now_ns, order.account.account, market.market,
        order.order_id, order.side, order.kind, order.time_in_force, order.self_trade,
        order.flags | BOOKED if level_lots else order.flags, order.price_ticks,
        0 if order.kind == BUDGET else order.lots, order.budget_units,
        order.open_lots * order.hold_per_lot, order.cap_ppm, len(key), level_lots,
        market.update_id if level_lots else 0,
    )  # fmt: skip
    core.out.append(record + key.ljust(len(key) + 7 & ~7, b"\0") if key else record)
    core.index += 1


def _end_taker(core: "Core", order: Order, planned: Plan) -> None:
    """Book or end an order that has done what it could."""
    if planned.end:
        core.emit_done(order, planned.end, _free(order))
    elif order.open_lots == 0:
        core.emit_done(order, ended_reason(order), 0)
    elif order.time_in_force == GTC:
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


def replace(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Give an order a new price and a new total size."""
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
    market, account = order.market, order.account
    new = Order(
        order.order_id, account, market, order.pair, order.paying, order.side, price, lots,
        lots - order.filled_lots - order.prevented_lots, order.prevented_lots, order.cap_ppm,
        order.self_trade, order.flags, market.hold_per_lot(order.side, price, order.cap_ppm),
        watched=order.watched,
    )  # fmt: skip
    crosses = market.crosses(new.side, price)
    refusal = (
        _may_place(account, order.side)
        or _filters(new)
        or _notional_limits(core, new, price * market.tick_value * new.open_lots)
        or (_post_only(new) if crosses and new.flags else None)
    )
    available = order.paying.available + order.hold_units
    if not refusal and new.hold_units > available:
        refusal = Refusal(Reject.FUNDS, new.hold_units, available)
    if refusal:
        return refusal
    change = new.hold_units - order.hold_units
    level_lots = core.unbook(order)
    _hold(new, change)
    _emit_replaced(core, new, 0, change, order.price_ticks, level_lots)
    planned = plan(new)
    carry_out(core, new, planned.steps)
    _end_taker(core, new, planned)
    return None


def cancel_replace(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Cancel one order, then place a new one."""
    order_id, old = _find(core, account_id, market_id, body[0], body[1])
    mode: int = body[2]
    wanted = body[3:]
    account = core.accounts[account_id]
    market = core.markets.get(market_id)
    refusal = _may_place(account, wanted[0]) or _trading(market, market_id)
    if not refusal and mode not in {ReplaceMode.STOP_ON_FAILURE, ReplaceMode.ALLOW_FAILURE}:
        refusal = Refusal(Reject.SHAPE)
    if refusal or market is None:
        return order_id, refusal
    new = _read_order(core, account, market, wanted)
    if new is None:
        return order_id, _SHAPE
    if old is None and mode == ReplaceMode.STOP_ON_FAILURE:
        return order_id, Refusal(Reject.UNKNOWN_ORDER)
    if refusal := _filters(new) or _open_order_limits(new):
        return order_id, refusal
    if old is not None:
        core.close(old, DoneReason.REPLACED)
    new_id, refusal = _enter(core, new)
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
