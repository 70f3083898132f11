"""Placing an order: what it says, the checks in their order, and what it does.

Each handler returns the order it concerns and why it refused, and has emitted what it did.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from outcry import codec
from outcry.codec import VERSION
from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import AccountStatus, MarketState
from outcry.domain.order import DoneReason, OrderFlag
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS, UNITS_LIMIT, fee_units
from outcry.engine.core.reference.match import NONE, RECEIVED, Plan, carry_out, ended_reason, plan
from outcry.engine.core.reference.state import (
    BUDGET,
    BUY,
    DAY,
    FOK,
    GTC,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    OFF_HIGH,
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
TIMED = frozenset((GTD, DAY))
"""The times in force that end by themselves."""
RESTING = frozenset((GTC, GTD, DAY))
"""The times in force of orders that may stay open."""
POST_ONLY, BOOKED = int(OrderFlag.POST_ONLY), int(OrderFlag.BOOKED)
TRADING = int(MarketState.TRADING)
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
    if account.status and (refusal := may_place(account, body[0])):
        return 0, refusal
    if market is None or market.state != TRADING:
        return 0, trading(market, market_id)
    order = read_order(core, account, market, body)
    if order is None:
        return 0, _SHAPE
    if refusal := filters(order) or open_order_limits(order):
        return 0, refusal
    return enter(core, order)


def place_special(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Place an order with terms. Apart from these it is one like any other."""
    account, market = core.accounts[account_id], core.markets.get(market_id)
    refusal = may_place(account, body[0]) or trading(market, market_id)
    if refusal or market is None:
        return 0, refusal
    order = _read_special(core, account, market, body)
    if order is None:
        return 0, _SHAPE
    if refusal := filters(order) or open_order_limits(order):
        return 0, refusal
    result = enter(core, order)
    if order.order_id in core.orders:
        core.touched = True
    return result


def _read_special(core: "Core", account: Account, market: Market, body: Body) -> Order | None:
    """Return the order that a body with terms describes; None where its shape is none."""
    time_in_force, expires_ns = body[2], body[9]
    if time_in_force not in TIMED or any((body[8], *body[10:18])):
        return None
    plain = read_order(core, account, market, (*body[:2], GTC, *body[3:8]))
    if plain is None or plain.kind != LIMIT:
        return None
    if time_in_force == DAY and expires_ns == 0:
        expires_ns = min((core.now_ns // DAY_NS + 1) * DAY_NS, OFF_HIGH)
    elif time_in_force == DAY or expires_ns <= core.now_ns:
        return None
    plain.time_in_force = time_in_force
    plain.terms = (body[8], expires_ns, *body[10:18], time_in_force)
    return plain


def may_place(account: Account, side: int) -> Refusal | None:
    """Return why an account may not place an order of a side, if it may not."""
    if account.status == AccountStatus.FROZEN:
        return Refusal(Reject.ACCOUNT_FROZEN, account.status)
    if account.status == AccountStatus.REDUCE_ONLY and side == BUY:
        return Refusal(Reject.REDUCE_ONLY, account.status)
    return None


def trading(market: Market | None, market_id: int) -> Refusal | None:
    """Return why nothing can be placed in a market, if nothing can."""
    if market is None:
        return Refusal(Reject.UNKNOWN_MARKET, market_id)
    if market.state != TRADING:
        return Refusal(_STATE_REJECTS[MarketState(market.state)], market.state)
    return None


def read_order(core: "Core", account: Account, market: Market, body: Body) -> Order | None:
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


def filters(order: Order) -> Refusal | None:
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


def open_order_limits(order: Order) -> Refusal | None:
    """Check how many orders its account has open, where it may stay open itself."""
    if order.kind != LIMIT or order.time_in_force not in RESTING:
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


def notional_limits(core: "Core", order: Order, notional: int) -> Refusal | None:
    """Check the most it can trade for against the limits of one order and of a day."""
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


def enter(core: "Core", order: Order) -> Result:
    """Pass the last checks and carry the order out."""
    if (
        order.kind == LIMIT
        and order.time_in_force in RESTING
        and not order.market.crosses(order.side, order.price_ticks)
    ):
        return _rest(core, order)
    planned = plan(order)
    killed = order.time_in_force == FOK and planned.traded_lots < order.lots
    refusal = (
        notional_limits(core, order, _worst_notional(order, planned))
        or (post_only(order) if order.flags else None)
        or (None if killed else _funds(order, planned))
    )
    if refusal:
        return 0, refusal
    core.next_order_id += 1
    if killed:
        order.hold_per_lot = 0
    hold(order, order.hold_units)
    _accept(core, order, 0)
    if killed:
        core.emit_done(order, DoneReason.FOK_KILLED, 0)
    else:
        carry_out(core, order, planned.steps)
        end_taker(core, order, planned)
    return order.order_id, None


def _rest(core: "Core", order: Order) -> Result:
    """Pass the last checks of a limit order that crosses nothing, and book it."""
    lots, paying = order.lots, order.paying
    notional = lots * order.price_ticks * order.market.tick_value
    if refusal := notional_limits(core, order, notional):
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


def post_only(order: Order) -> Refusal | None:
    """Return the refusal of a post-only order that would trade."""
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


def hold(order: Order, units: int) -> None:
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
    if order.terms:
        core.emit(19, order.account.account, market.market, order.order_id, *order.terms, 0)


def end_taker(core: "Core", order: Order, planned: Plan) -> None:
    """Book or end an order that has done what it could."""
    if planned.end:
        core.emit_done(order, planned.end, _free(order))
    elif order.open_lots == 0:
        core.emit_done(order, ended_reason(order), 0)
    elif order.time_in_force in RESTING:
        _book_rest(core, order)
    else:
        core.emit_done(order, DoneReason.REST, _free(order))


def _free(order: Order) -> int:
    """Release what an order outside the book still holds; return it."""
    units = order.hold_units
    hold(order, -units)
    return units


def _book_rest(core: "Core", order: Order) -> None:
    level_lots = core.book(order)
    core.emit(
        2, order.account.account, order.market.market,
        order.order_id, order.side, order.price_ticks, order.open_lots, level_lots,
        order.market.update_id,
    )  # fmt: skip
