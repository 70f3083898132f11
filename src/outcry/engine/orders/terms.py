"""What the core tells of special orders and of markets, with names."""

from typing import NamedTuple

from outcry.domain.market import MarketState
from outcry.domain.order import OrderFlag
from outcry.engine.core import Core

EXPIRES_NS = 1
"""Where the end of an order stands in its terms."""
WAITING = int(OrderFlag.WAITING)
PENDING = int(OrderFlag.PENDING)
QUEUED = int(OrderFlag.QUEUED)


class Terms(NamedTuple):
    """The terms of an open special order; see `docs/core.md`, section 7."""

    display_lots: int
    expires_ns: int
    trigger_ticks: int
    trail_ppm: int
    peg_offset_ticks: int
    interval_ns: int
    session: int
    slices: int
    api_key: int
    trigger: int
    peg: int
    time_in_force: int
    kind: int
    shown_lots: int
    limit_ticks: int
    partner: int


class Special(NamedTuple):
    """An open special order: what the core tells of any, then its terms."""

    order_id: int
    account: int
    market: int
    side: int
    price_ticks: int
    lots: int
    open_lots: int
    prevented_lots: int
    cap_ppm: int
    self_trade: int
    flags: int
    hold_units: int
    terms: Terms


class MarketFacts(NamedTuple):
    """What the core tells of a market; 0 of `last_ticks` is no trade yet."""

    state: int
    last_ticks: int
    update_id: int
    crossed: int
    fee_asset: int
    lot_units: int
    tick_value_units: int
    maker_ppm: int
    taker_ppm: int


def market_of(core: Core, market: int) -> MarketFacts | None:
    """Return what there is to know of a market."""
    found = core.market(market)
    return MarketFacts(*found) if found else None


def trades(core: Core, market: int) -> bool:
    """Return whether a market is in continuous trading."""
    found = core.market(market)
    return found is not None and found[0] == MarketState.TRADING


def special(core: Core, order_id: int) -> Special | None:
    """Return an open special order; None where there is none."""
    order, terms = core.order(order_id), core.terms(order_id)
    if order is None or terms is None:
        return None
    return Special(*order, Terms(*terms))
