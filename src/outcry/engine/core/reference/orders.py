"""Placing a plain order: what it says, the checks in their order, and what it does.

Each handler returns the order it concerns and why it refused, and has emitted what it did.
"""

from typing import TYPE_CHECKING

from outcry import codec
from outcry.codec import VERSION
from outcry.domain.order import DoneReason
from outcry.domain.rejects import Reject
from outcry.domain.units import UNITS_LIMIT, fee_units
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
    trading,
)
from outcry.engine.core.reference.match import (
    NONE,
    RECEIVED,
    Plan,
    carry_out,
    ended_reason,
    plan,
    plan_call,
    taker_rate,
)
from outcry.engine.core.reference.state import (
    BOOKED,
    BUDGET,
    BUY,
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    NO_BANDS,
    POST_ONLY,
    RESTING,
    SELL,
    SLIDE,
    TRADING,
    Account,
    Market,
    Order,
)

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


_COMBINATIONS = frozenset(
    (side, kind, time_in_force, flags)
    for side in (BUY, SELL)
    for kind, time_in_force, flags in (
        (LIMIT, GTC, 0), (LIMIT, GTC, POST_ONLY), (LIMIT, IOC, 0), (LIMIT, FOK, 0),
        (MARKET, GTC, 0), (MARKET, IOC, 0), (BUDGET, GTC, 0), (BUDGET, IOC, 0),
    )
)  # fmt: skip
"""The sides, kinds, times in force and flags that go together."""
_PLACED = POST_ONLY | SLIDE
"""The flags that a command gives an order."""
_ACCEPTED = 1
_accepted_layout = codec.EVENT_BY_NUMBER[_ACCEPTED]
_pack_accepted, _accepted_end = _accepted_layout.whole.pack, _accepted_layout.body_end


def place(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Place an order."""
    account, market = core.accounts[account_id], core.markets.get(market_id)
    if account.status and (refusal := may_place(account, body[0])):
        return 0, refusal
    if market is None or market.state != TRADING:
        return _place_in_call(core, account, market_id, body)
    order = read_order(core, account, market, body)
    if order is None:
        return 0, SHAPE
    refusal = filters(order) or (None if market.bands is NO_BANDS else band(order))
    if refusal := refusal or limits_if_it_rests(order):
        return 0, refusal
    return _trade(core, order)


def _place_in_call(core: "Core", account: Account, market_id: int, body: Body) -> Result:
    """Place an order where nothing trades; a call phase takes some."""
    market = core.markets.get(market_id)
    refusal = trading(market, market_id, call=joins_a_call(body))
    if refusal or market is None:
        return 0, refusal
    order = read_order(core, account, market, body)
    if order is None:
        return 0, SHAPE
    if refusal := filters(order) or limits_if_it_rests(order):
        return 0, refusal
    return _enter_call(core, order)


def read_order(core: "Core", account: Account, market: Market, body: Body) -> Order | None:
    """Return the order that a body describes; None where its shape is none."""
    side, kind, time_in_force, self_trade, flags, price, lots, budget = body
    if (side, kind, time_in_force, flags) not in _COMBINATIONS:
        return None
    if self_trade >= NONE and not (self_trade == NONE and market.allow_self_trade):
        return None
    if kind == LIMIT:
        fits = price > 0 and lots > 0 and budget == 0
    elif kind == MARKET:
        fits = price == 0 and lots > 0 and budget == 0
    else:
        fits = price == 0 and lots == 0 and 0 < budget < UNITS_LIMIT
    if not fits:
        return None
    pair = account.pairs.get(market.market) or account.pair(market)
    cap = market.own_cap_ppm(pair) if pair.rates else market.cap_ppm
    return Order(
        core.next_order_id, account, market, pair, pair.funds[side], side, price, lots, lots, 0,
        cap, self_trade, flags, market.hold_per_lot(side, price, cap) if price else 0, kind,
        time_in_force, budget,
    )  # fmt: skip


def limits_if_it_rests(order: Order) -> Refusal | None:
    """Check how many orders are open, where this one may stay open too."""
    if order.kind == LIMIT and order.time_in_force in RESTING:
        return open_order_limits(order)
    return None


def enter(core: "Core", order: Order) -> Result:
    """Pass the last checks and carry the order out."""
    return _trade(core, order) if order.market.state == TRADING else _enter_call(core, order)


def _trade(core: "Core", order: Order) -> Result:
    """Pass the last checks where orders match; then rest, or trade first."""
    if (
        order.kind == LIMIT
        and order.time_in_force in RESTING
        and not order.market.crosses(order.side, order.price_ticks)
    ):
        return _rest(core, order)
    planned = plan(order)
    killed = is_killed(order, planned)
    if refusal := last_checks(core, order, planned, killed=killed):
        return 0, refusal
    core.next_order_id += 1
    if killed:
        order.hold_per_lot = 0
    hold(order, order.hold_units)
    accept(core, order, order.hold_units)
    run(core, order, planned, killed=killed)
    return order.order_id, None


def _rest(core: "Core", order: Order) -> Result:
    """Pass the last checks of a limit order that meets nobody, and book it."""
    lots, paying = order.lots, order.paying
    notional = lots * order.price_ticks * order.market.tick_value
    if refusal := notional_limits(core, order, notional, lots):
        return 0, refusal
    units, available = lots * order.hold_per_lot, paying.available
    if units > available:
        return 0, Refusal(Reject.FUNDS, units, available)
    paying.available = available - units
    paying.held += units
    core.next_order_id += 1
    accept(core, order, units, core.book(order))
    return order.order_id, None


def _enter_call(core: "Core", order: Order) -> Result:
    """Let an order join a book that does not match, however it crosses."""
    planned = plan_call(order)
    if not planned.steps and not planned.end:
        return _rest(core, order)
    if refusal := last_checks(core, order, planned, killed=False):
        return 0, refusal
    core.next_order_id += 1
    hold(order, order.hold_units)
    accept(core, order, order.hold_units)
    run(core, order, planned, killed=False)
    return order.order_id, None


# The last checks


def is_killed(order: Order, planned: Plan) -> bool:
    """Return whether all of it had to trade at once, and cannot."""
    return order.time_in_force == FOK and planned.traded_lots < order.open_lots


def last_checks(core: "Core", order: Order, planned: Plan, *, killed: bool) -> Refusal | None:
    """Check a taker against the limits of notional, then that it can pay."""
    return (
        taker_limits(core, order, planned)
        or (post_only(order, order.price_ticks) if order.flags & POST_ONLY else None)
        or (None if killed else funds(order, planned))
    )


def taker_limits(core: "Core", order: Order, planned: Plan) -> Refusal | None:
    """Check the limits of notional and position: by size and by budget what the walk trades."""
    if order.price_ticks:
        lots = order.open_lots
        notional = order.price_ticks * order.market.tick_value * lots
    else:
        lots = planned.traded_lots
        notional = order.budget_units or planned.notional_units
    return notional_limits(core, order, notional, lots)


def funds(order: Order, planned: Plan) -> Refusal | None:
    """Check that a taker can pay for what it would do."""
    if order.price_ticks:
        needed = order.hold_units
    elif order.side == BUY:
        needed = order.budget_units or planned.cost_units
    else:
        lots = order.open_lots if order.kind == MARKET else planned.traded_lots
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
        cost += fee_units(cost, taker_rate(order))
    return Refusal(Reject.BUDGET_BELOW_LOT, order.budget_units, cost)


# Effects


def hold(order: Order, units: int) -> None:
    """Move units from available to held for an order; negative ones back."""
    order.paying.available -= units
    order.paying.held += units


def release(order: Order) -> int:
    """Release what an order still holds; return it. What its partner holds alone stays held."""
    units, paying, partner = order.open_lots * order.hold_per_lot, order.paying, order.partner
    if partner is not None:
        order.unlink()
        units -= partner.hold_units
    paying.held -= units
    paying.available += units
    return units


def accept(core: "Core", order: Order, hold_units: int, level_lots: int = 0) -> None:
    """Append `OrderAccepted`, after its fields the key of the command; then the order's terms."""
    market, key, flags = order.market, core.key, order.flags & _PLACED
    record = _pack_accepted(
        _accepted_end + (len(key) + 7 & ~7) if key else _accepted_end, _ACCEPTED, VERSION,
        core.index, core.sequence, core.now_ns, order.account.account, market.market,
        order.order_id, order.side, order.kind, order.time_in_force, order.self_trade,
        flags | BOOKED if level_lots else flags, order.price_ticks,
        0 if order.kind == BUDGET else order.lots, order.budget_units, hold_units, order.cap_ppm,
        len(key), level_lots, market.update_id if level_lots else 0,
    )  # fmt: skip
    core.out.append(record + key.ljust(len(key) + 7 & ~7, b"\0") if key else record)
    core.index += 1
    if order.terms:
        own = (order.order_id, *order.terms, order.time_in_force, 0, 0)
        core.emit(19, order.account.account, market.market, *own)


def run(core: "Core", order: Order, planned: Plan, *, killed: bool) -> None:
    """Let a taker do what was planned, then rest or end."""
    if killed:
        core.emit_done(order, DoneReason.FOK_KILLED, release(order))
        return
    carry_out(core, order, planned.steps)
    if planned.end == DoneReason.PROTECTED:
        core.touched = True
    if planned.end:
        core.emit_done(order, planned.end, release(order))
    elif order.open_lots == 0:
        core.emit_done(order, ended_reason(order), 0)
    elif order.time_in_force in RESTING and not order.is_stop_market:
        _book_rest(core, order)
    else:
        rest = DoneReason.PROTECTED if order.is_stop_market else DoneReason.REST
        core.emit_done(order, rest, release(order))


def _book_rest(core: "Core", order: Order) -> None:
    booked(core, order, core.book(order))


def booked(core: "Core", order: Order, level_lots: int) -> None:
    """Append `OrderBooked` of an order that has just joined its level."""
    core.emit(
        2, order.account.account, order.market.market,
        order.order_id, order.side, order.price_ticks, order.open_lots, level_lots,
        order.market.update_id,
    )  # fmt: skip
