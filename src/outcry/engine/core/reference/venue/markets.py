"""Definitions: assets, markets, their rates and the limits of accounts."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from outcry.domain.commands import NO_LIMIT
from outcry.domain.market import FeeAsset, tick_value_units
from outcry.domain.rejects import Reject
from outcry.domain.units import ASSET_LIMIT, MARKET_LIMIT, PPM, UNITS_LIMIT
from outcry.engine.core.reference.checks import Body, Refusal, Result
from outcry.engine.core.reference.state import AssetState, Market
from outcry.engine.core.reference.venue.accounts import OK, SHAPE_RESULT, no

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core

_ASSET_SYMBOL = re.compile(rb"[A-Z0-9]{1,16}")
_MARKET_SYMBOL = re.compile(rb"[A-Z0-9][A-Z0-9_]*_[A-Z0-9_]*[A-Z0-9]")


def set_asset(core: "Core", _account_id: int, _market_id: int, body: Body) -> Result:
    """Define an asset."""
    asset_id, unit_decimals, padded, chain_decimals = body
    symbol = padded.rstrip(b"\0")
    fits = 1 <= asset_id < ASSET_LIMIT and unit_decimals <= 18
    fits = fits and unit_decimals <= chain_decimals <= 36
    if not fits or not _ASSET_SYMBOL.fullmatch(symbol):
        return SHAPE_RESULT
    if asset_id in core.assets or any(a.symbol == symbol for a in core.assets.values()):
        return no(Reject.EXISTS)
    core.assets[asset_id] = AssetState(asset_id, unit_decimals, chain_decimals, symbol)
    core.emit(13, 0, 0, asset_id, unit_decimals, padded, chain_decimals)
    return OK


def set_market(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Define a market or change its filters."""
    padded, base, quote, mantissa, decimals, fee_asset, allow, _, lot_units, *rest = body
    tick_value, refusal = _tick_value(core, market_id, body)
    if refusal:
        return 0, refusal
    symbol = padded.rstrip(b"\0")
    market = core.markets.get(market_id) or Market(market_id, symbol, base, quote)
    scale = (mantissa, decimals, lot_units)
    rescaled = scale != (market.tick_mantissa, market.tick_decimals, market.lot_units)
    if _taken(core, market_id, symbol) or (market.symbol, market.base, market.quote) != (
        symbol, base, quote,
    ):  # fmt: skip
        return no(Reject.EXISTS)
    if fee_asset == FeeAsset.RECEIVED and min(market.maker_ppm, market.floors[0]) < 0:
        return no(Reject.FEES)
    open_orders = market.open_orders
    if open_orders and (rescaled or fee_asset != market.fee_asset):
        return no(Reject.TRANSITION, open_orders)
    core.markets[market_id] = market
    market.tick_mantissa, market.tick_decimals, market.lot_units = scale
    market.tick_value, market.fee_asset, market.allow_self_trade = tick_value, fee_asset, allow
    market.version += 1 if rescaled else 0
    market.min_lots, market.max_lots, market.market_max_lots = rest[:3]
    market.min_notional, market.max_notional = rest[3:5]
    market.limit_order_notional, market.limit_open_orders, market.limit_daily = rest[5:8]
    market.limit_stop_orders, market.limit_position, market.protection_ppm = rest[8:]
    core.emit(14, 0, market_id, *body, tick_value, market.version)
    return OK


def _tick_value(core: "Core", market_id: int, body: Sequence[Any]) -> tuple[int, Refusal | None]:
    """Return tick x lot in quote units, or why the definition cannot be."""
    padded, base, quote, mantissa, decimals, _, _, _, lot_units, *_ = body
    if not _market_shape(market_id, padded.rstrip(b"\0"), body):
        return 0, Refusal(Reject.SHAPE)
    for asset_id in (base, quote):
        if asset_id not in core.assets:
            return 0, Refusal(Reject.UNKNOWN_ASSET, asset_id)
    base_decimals, quote_decimals = (core.assets[a].unit_decimals for a in (base, quote))
    value = tick_value_units(mantissa, decimals, lot_units, base_decimals, quote_decimals)
    return value, None if 1 <= value < UNITS_LIMIT else Refusal(Reject.SHAPE)


def _market_shape(market_id: int, symbol: bytes, body: Sequence[Any]) -> bool:
    _, base, quote, mantissa, decimals, fee_asset, allow, _, lot_units, *rest = body
    min_lots, max_lots, market_max, min_notional, max_notional, *limits, protection = rest
    maxima = ((max_lots, min_lots), (market_max, min_lots), (max_notional, min_notional))
    return (
        1 <= market_id < MARKET_LIMIT
        and 3 <= len(symbol) <= 32
        and _MARKET_SYMBOL.fullmatch(symbol) is not None
        and base != quote
        and fee_asset <= FeeAsset.RECEIVED
        and allow <= 1
        and 1 <= mantissa < UNITS_LIMIT
        and 1 <= lot_units < UNITS_LIMIT
        and decimals <= 18
        and 1 <= min_lots < UNITS_LIMIT
        and 0 <= min_notional < UNITS_LIMIT
        and all(top == 0 or least <= top < UNITS_LIMIT for top, least in maxima)
        and all(NO_LIMIT <= limit < UNITS_LIMIT for limit in limits)
        and 0 <= protection < PPM
    )


def _taken(core: "Core", market_id: int, symbol: bytes) -> bool:
    """Return whether another market's symbol is the same without underscores."""
    plain = symbol.replace(b"_", b"")
    return any(
        other.symbol.replace(b"_", b"") == plain
        for other in core.markets.values()
        if other.market != market_id
    )


def set_fees(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Set a market's rates."""
    maker, taker, auction = body
    market = core.markets.get(market_id)
    if market is None:
        return no(Reject.UNKNOWN_MARKET, market_id)
    auction = max(maker, 0) if auction == -1 else auction
    in_range = 0 <= taker < PPM and 0 <= auction < PPM and -PPM < maker < PPM
    least_maker, least_taker = min(maker, market.floors[0]), min(taker, market.floors[1])
    funded = least_taker + least_maker >= 0
    funded = funded and (least_maker >= 0 or market.fee_asset == FeeAsset.QUOTE)
    if not in_range or not funded:
        return no(Reject.FEES)
    market.set_rates(maker, taker, auction)
    core.emit(15, 0, market_id, maker, taker, auction)
    return OK


def set_limits(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Set an account's own limits."""
    if market_id and market_id not in core.markets:
        return no(Reject.UNKNOWN_MARKET, market_id)
    order_notional, open_orders, daily_notional, total, stop_orders, position = body
    in_market = (order_notional, open_orders, daily_notional, stop_orders, position)
    misplaced = total != NO_LIMIT if market_id else any(v != NO_LIMIT for v in in_market)
    if misplaced or not all(NO_LIMIT <= v < UNITS_LIMIT for v in body):
        return SHAPE_RESULT
    account = core.accounts[account_id]
    if market_id:
        account.pair(core.markets[market_id]).set_limits(in_market)
    else:
        account.open_orders_total_limit = total
    core.emit(16, account_id, market_id, *body)
    return OK


def put_rates(core: "Core", account_id: int, market_id: int, body: Body) -> Result:
    """Set an account's own rates, or take them back."""
    own, maker, taker = body
    market, account = core.markets.get(market_id), core.accounts.get(account_id)
    if account is None:
        return no(Reject.UNKNOWN_ACCOUNT, account_id)
    if market is None:
        return no(Reject.UNKNOWN_MARKET, market_id)
    funded = maker >= 0 or market.fee_asset == FeeAsset.QUOTE
    if own > 1 or not (0 <= taker < PPM and -PPM < maker < PPM and funded):
        return SHAPE_RESULT
    account.pair(market).rates = (maker, taker) if own else None
    core.emit(25, account_id, market_id, own, maker, taker)
    return OK


def put_floor(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Note the least rates that anyone has in a market."""
    market = core.markets.get(market_id)
    if market is None:
        return no(Reject.UNKNOWN_MARKET, market_id)
    market.floors = (body[0], body[1])
    return OK
