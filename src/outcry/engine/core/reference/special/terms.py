"""Placing an order with terms: which terms there are, and how it waits outside the book."""

from typing import TYPE_CHECKING

from outcry.domain.order import Peg, Trigger
from outcry.domain.rejects import Reject
from outcry.domain.units import DAY_NS, PPM, UNITS_LIMIT
from outcry.engine.core.reference.checks import (
    SHAPE,
    Body,
    Refusal,
    Result,
    band,
    filters,
    joins_a_call,
    may_place,
    notional_limits,
    open_order_limits,
    post_only,
    stop_order_limit,
    trading,
    would_trigger,
)
from outcry.engine.core.reference.match import NONE
from outcry.engine.core.reference.orders import accept, enter, hold
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
    POST_ONLY,
    RESTING,
    SELL,
    SLIDE,
    Account,
    Market,
    Order,
    Terms,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_PLAIN = 8
"""The fields of a body that a plain order has too; its terms follow, and padding."""
_PEG_OFFSET_LIMIT = 1 << 32
SLICES_MOST = 1_000
"""From rules 2 on: all that are overdue run in one command, as after a long halt."""


def place_special(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Place an order with terms."""
    account, market = core.accounts[account_id], core.markets.get(market_id)
    terms = Terms(*body[_PLAIN:-2])
    call = joins_a_call(body[:_PLAIN]) and not (terms.trigger or terms.peg or terms.slices)
    refusal = may_place(account, body[0]) or trading(market, market_id, call=call)
    if refusal or market is None:
        return 0, refusal
    order = read_special(core, account, market, body)
    if order is None:
        return 0, SHAPE
    refusal = (
        _slide(order)
        or filters(order)
        or would_trigger(order)
        or (None if waits(order) else band(order))
        or _order_limits(order)
    )
    if refusal:
        return 0, refusal
    result = _wait(core, order) if waits(order) else enter(core, order)
    if order.order_id in core.orders:
        core.touched = True
    return result


def waits(order: Order) -> bool:
    """Return whether an order begins its life outside the book."""
    terms = order.terms
    return terms is not None and bool(terms.trigger or terms.peg or terms.slices)


def _order_limits(order: Order) -> Refusal | None:
    if not waits(order) and (order.kind != LIMIT or order.time_in_force not in RESTING):
        return None
    return open_order_limits(order) or stop_order_limit(order, 1 if order.trigger else 0)


def _wait(core: "Core", order: Order) -> Result:
    """Pass the last checks of an order that waits, and let it."""
    notional = order.lots * order.price_ticks * order.market.tick_value
    if refusal := notional_limits(core, order, notional, order.lots):
        return 0, refusal
    units, available = order.hold_units, order.paying.available
    if units > available:
        return 0, Refusal(Reject.FUNDS, units, available)
    core.next_order_id += 1
    hold(order, units)
    core.wait(order)
    accept(core, order, units)
    return order.order_id, None


def _slide(order: Order) -> Refusal | None:
    """Move an order that would rather slide than trade."""
    if not order.flags & SLIDE:
        return None
    price_ticks = slid_ticks(order, order.price_ticks)
    if price_ticks < 1:
        return post_only(order, order.price_ticks)
    order.price_ticks = price_ticks
    order.hold_per_lot = order.own_hold_per_lot
    return None


def slid_ticks(order: Order, price_ticks: int) -> int:
    """Return a price, or the one behind the opposite best where it would cross that."""
    market, side = order.market, order.side
    best = market.sides[1 - side].best()
    if best is None or not market.crosses(side, price_ticks):
        return price_ticks
    return best.price_ticks + (1 if side == SELL else -1)


# What an order says


def read_special(core: "Core", account: Account, market: Market, body: Body) -> Order | None:
    """Return the order that a body with terms describes; None where its shape is none."""
    plain, terms = body[:_PLAIN], Terms(*body[_PLAIN:-2])
    side, kind, time_in_force, self_trade, *_ = plain
    known = side <= SELL and kind <= BUDGET and time_in_force <= DAY
    may_cross = self_trade < NONE or (self_trade == NONE and market.allow_self_trade)
    if not (known and may_cross and _is_sized(plain, terms) and _is_lasting(core, plain, terms)):
        return None
    if not (_is_flagged(plain, terms) and _is_triggered(kind, terms) and _is_moved(plain, terms)):
        return None
    if core.rules > 1 and terms.slices > SLICES_MOST:
        return None
    if time_in_force == DAY:
        terms = terms._replace(expires_ns=min((core.now_ns // DAY_NS + 1) * DAY_NS, OFF_HIGH))
    order = _order(core, account, market, plain)
    order.terms, order.display_lots = terms, terms.display_lots
    if order.is_stop_market:
        order.price_ticks = _protection_ticks(order, terms.trigger_ticks)
    if terms.peg:
        order.limit_ticks = order.price_ticks
    order.hold_per_lot = order.own_hold_per_lot
    return order


def _order(core: "Core", account: Account, market: Market, plain: Body) -> Order:
    side, kind, time_in_force, self_trade, flags, price, lots, budget = plain
    pair = account.pair(market)
    return Order(
        core.next_order_id, account, market, pair, pair.funds[side], side, price, lots, lots, 0,
        market.own_cap_ppm(pair), self_trade, flags, 0, kind, time_in_force, budget,
    )  # fmt: skip


def _protection_ticks(order: Order, trigger_ticks: int) -> int:
    """Return the worst price at which a stop-market order may trade."""
    ppm = order.market.protection_ppm
    if order.side == BUY:
        return min(trigger_ticks * (PPM + ppm) // PPM, OFF_HIGH)
    return max(-(-trigger_ticks * (PPM - ppm) // PPM), 1)


def _is_sized(plain: Body, terms: Terms) -> bool:
    """Return whether price, lots and budget are those of its kind."""
    side, kind, _, _, _, price, lots, budget = plain
    if kind == BUDGET:
        bare = not any(terms._replace(session=0, api_key=0))
        return price == 0 and lots == 0 and 0 < budget < UNITS_LIMIT and bare
    if lots < 1 or budget:
        return False
    if kind == MARKET:
        return bool(price == 0)
    return bool(price >= (0 if terms.peg and side == SELL else 1))


def _is_lasting(core: "Core", plain: Body, terms: Terms) -> bool:
    """Return whether its time in force is one of its kind, and its end lies ahead."""
    _, kind, time_in_force, *_ = plain
    ends = terms.expires_ns > core.now_ns if time_in_force == GTD else terms.expires_ns == 0
    if kind == LIMIT:
        return ends
    if kind == MARKET and terms.trigger:
        return ends and time_in_force != FOK
    return ends and time_in_force in {GTC, IOC}


def _is_flagged(plain: Body, terms: Terms) -> bool:
    """Return whether its flags, and the lots it shows, go with the rest."""
    _, kind, time_in_force, _, flags, _, lots, _ = plain
    if flags not in {0, POST_ONLY, POST_ONLY | SLIDE} or (flags & SLIDE and terms.trigger):
        return False
    if not 0 <= terms.display_lots <= lots:
        return False
    rests = kind == LIMIT and time_in_force in RESTING and not terms.peg and not terms.slices
    return bool(rests or not (flags or terms.display_lots))


def _is_triggered(kind: int, terms: Terms) -> bool:
    """Return whether its trigger has what that needs, and nothing else."""
    trigger, price, trail = terms.trigger, terms.trigger_ticks, terms.trail_ppm
    if trigger == Trigger.NONE:
        return price == 0 and trail == 0
    if terms.peg or terms.slices:
        return False
    if trigger in {Trigger.STOP, Trigger.TAKE}:
        return price >= 1 and trail == 0 and kind in {LIMIT, MARKET}
    return trigger == Trigger.TRAIL and 1 <= trail < PPM and price >= 0 and kind == LIMIT


def _is_moved(plain: Body, terms: Terms) -> bool:
    """Return whether what moves it, a peg or slices, is whole."""
    _, kind, time_in_force, _, flags, *_ = plain
    if terms.peg > Peg.MID or (terms.peg == Peg.NONE and terms.peg_offset_ticks):
        return False
    if terms.peg:
        near = abs(terms.peg_offset_ticks) < _PEG_OFFSET_LIMIT
        rests = kind == LIMIT and time_in_force in RESTING and not flags
        return near and rests and not terms.slices and not terms.interval_ns
    if not terms.slices:
        return terms.interval_ns == 0
    lasts = terms.interval_ns >= 1 and terms.slices * terms.interval_ns < UNITS_LIMIT
    return bool(lasts and kind == LIMIT and time_in_force == GTC and not flags)
