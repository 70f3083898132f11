"""What an order must pass, each check in one place; `place` and the others say in which order."""

from typing import TYPE_CHECKING, Any, NamedTuple

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import AccountStatus, MarketState
from outcry.domain.order import Trigger
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS, UNITS_LIMIT, fee_units
from outcry.engine.core.reference.state import (
    BUDGET,
    BUY,
    CALL_PHASES,
    LIMIT,
    MARKET,
    OPEN_ORDERS_TOTAL_DEFAULT,
    PENDING,
    POST_ONLY,
    RESTING,
    SELL,
    TRADING,
    WAITING,
    Account,
    Market,
    Order,
    Pair,
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
SHAPE = Refusal(Reject.SHAPE)
_STATE_REJECTS = {
    MarketState.HALTED: Reject.MARKET_HALTED,
    MarketState.CANCEL_ONLY: Reject.MARKET_CANCEL_ONLY,
    MarketState.CLOSED: Reject.MARKET_CLOSED,
    MarketState.RETIRED: Reject.MARKET_CLOSED,
    MarketState.PRE_OPEN: Reject.CALL_PHASE,
    MarketState.AUCTION: Reject.CALL_PHASE,
}


# Account, market and state


def may_place(account: Account, side: int) -> Refusal | None:
    """Return why an account may not place an order of a side, if it may not."""
    if account.status == AccountStatus.FROZEN:
        return Refusal(Reject.ACCOUNT_FROZEN, account.status)
    if account.status == AccountStatus.REDUCE_ONLY and side == BUY:
        return Refusal(Reject.REDUCE_ONLY, account.status)
    return None


def trading(market: Market | None, market_id: int, *, call: bool = False) -> Refusal | None:
    """Return why nothing can be placed in a market; `call`: whether a call phase will do."""
    if market is None:
        return Refusal(Reject.UNKNOWN_MARKET, market_id)
    if market.state == TRADING or (call and market.state in CALL_PHASES):
        return None
    return Refusal(_STATE_REJECTS[MarketState(market.state)], market.state)


def joins_a_call(wanted: Body) -> bool:
    """Return whether a call phase takes an order: a plain limit that may stay open."""
    _, kind, time_in_force, _, flags, *_ = wanted
    return kind == LIMIT and time_in_force in RESTING and flags == 0


# Filters


ICEBERG_PARTS = 100_000
"""An iceberg may come in so many parts: each is an event of its own when somebody takes it all."""


def filters(order: Order) -> Refusal | None:
    """Check the size of an order that has one, then the notional that it names."""
    if order.kind == BUDGET:
        return _notional_filters(order)
    if refusal := _size_filters(order):
        return refusal
    if order.kind == MARKET:
        return _overflow(order) if order.price_ticks else None
    return _notional_filters(order) if order.price_ticks else None


def _size_filters(order: Order) -> Refusal | None:
    market, lots = order.market, order.lots
    if lots < market.min_lots:
        return Refusal(Reject.MIN_SIZE, lots, market.min_lots)
    if market.max_lots and lots > market.max_lots:
        return Refusal(Reject.MAX_SIZE, lots, market.max_lots)
    if order.display_lots and lots > order.display_lots * ICEBERG_PARTS:
        return Refusal(Reject.MAX_SIZE, lots, order.display_lots * ICEBERG_PARTS)
    if order.kind == MARKET and market.market_max_lots and lots > market.market_max_lots:
        return Refusal(Reject.MARKET_MAX_SIZE, lots, market.market_max_lots)
    return None


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


def _overflow(order: Order) -> Refusal | None:
    """Check that what a stop-market order can cost is an amount."""
    worst = order.lots * order.price_ticks * order.market.tick_value
    if worst < UNITS_LIMIT:
        worst += order.lots * fee_units(worst // order.lots, order.cap_ppm)
    return Refusal(Reject.NOTIONAL_OVERFLOW, 0, UNITS_LIMIT) if worst >= UNITS_LIMIT else None


# Prices


def would_trigger(order: Order) -> Refusal | None:
    """Return the refusal of an order whose trigger the last price has reached already."""
    terms, last = order.terms, order.market.last_price
    if not terms or not last or terms.trigger not in {Trigger.STOP, Trigger.TAKE}:
        return None
    rising = (terms.trigger == Trigger.STOP) == (order.side == BUY)
    if last < terms.trigger_ticks if rising else last > terms.trigger_ticks:
        return None
    return Refusal(Reject.WOULD_TRIGGER, terms.trigger_ticks, last)


def band(order: Order) -> Refusal | None:
    """Check that a limit lies inside its side's band, while its market trades."""
    market, side, price_ticks = order.market, order.side, order.price_ticks
    low, high = market.bands[side]
    if order.kind != LIMIT or market.state != TRADING:
        return None
    if side == BUY:
        return Refusal(Reject.BAND, price_ticks, high) if price_ticks > high else None
    return Refusal(Reject.BAND, price_ticks, low) if price_ticks < low else None


def post_only(order: Order, price_ticks: int) -> Refusal | None:
    """Return the refusal of a post-only order whose price would trade."""
    best = order.market.sides[1 - order.side].best()
    return Refusal(Reject.POST_ONLY, price_ticks, best.price_ticks) if best else None


def crossing_post_only(order: Order) -> Refusal | None:
    """Check that an order that wants to be post-only would trade with nothing."""
    if order.flags & POST_ONLY and order.market.crosses(order.side, order.price_ticks):
        return post_only(order, order.price_ticks)
    return None


# Limits


def open_order_limits(order: Order, orders: int = 1) -> Refusal | None:
    """Check how many orders an account has open, where so many more may stay open."""
    account, pair = order.account, order.pair
    open_orders, limit = pair.open_orders, pair.open_orders_limit
    if limit == NO_LIMIT:
        limit = order.market.limit_open_orders
    if open_orders + orders > limit != NO_LIMIT:
        return Refusal(Reject.OPEN_ORDERS, open_orders, limit)
    total, limit = len(account.orders), account.open_orders_total_limit
    if limit == NO_LIMIT:
        limit = OPEN_ORDERS_TOTAL_DEFAULT
    if total + orders > limit:
        return Refusal(Reject.OPEN_ORDERS_TOTAL, total, limit)
    return None


def stop_order_limit(order: Order, orders: int = 1) -> Refusal | None:
    """Check how many orders with a trigger wait, where so many more will."""
    market, limit = order.market, order.pair.stop_orders_limit
    if limit == NO_LIMIT:
        limit = market.limit_stop_orders
    if limit == NO_LIMIT or not orders:
        return None
    waiting = sum(
        1
        for other in order.account.orders.values()
        if other.market is market and other.flags & WAITING and other.trigger
    )
    return Refusal(Reject.STOP_ORDERS, waiting, limit) if waiting + orders > limit else None


def notional_limits(core: "Core", order: Order, notional: int, lots: int) -> Refusal | None:
    """Check the most it can trade for against the limits of one order, of a day, of a position."""
    market, pair = order.market, order.pair
    limit = pair.order_notional_limit
    if limit == NO_LIMIT:
        limit = market.limit_order_notional
    if notional > limit != NO_LIMIT:
        return Refusal(Reject.ORDER_NOTIONAL, notional, limit)
    limit = pair.daily_notional_limit
    if limit == NO_LIMIT:
        limit = market.limit_daily
    if limit != NO_LIMIT:
        total = notional + (pair.daily_units if pair.day == core.now_ns // DAY_NS else 0)
        if total > limit:
            return Refusal(Reject.DAILY_NOTIONAL, total, limit)
    if order.side == SELL:
        return None
    limit = pair.position_limit
    if limit == NO_LIMIT:
        limit = market.limit_position
    return None if limit == NO_LIMIT else _position(order, pair, lots, limit)


def _position(order: Order, pair: Pair, lots: int, limit: int) -> Refusal | None:
    """Check what its account would have of the base asset, once all its buys were filled.

    What the order has open already counts as `lots` say, and its partner's lots are its own.
    """
    base, base_asset = pair.funds[SELL], order.market.base
    own = (order.order_id, order.partner.order_id if order.partner else 0)
    total = base.available + base.held + lots * order.market.lot_units
    for other in order.account.orders.values():
        buys = other.side == BUY and other.market.base == base_asset
        if not buys or other.flags & PENDING or other.order_id in own:
            continue
        if other.partner is None or other.order_id < other.partner.order_id:
            total += other.open_lots * other.market.lot_units
    return Refusal(Reject.POSITION, total, limit) if total > limit else None
