"""From what people say of a market to the command that defines it, for play and for staff."""

import re

from outcry.domain import commands as c
from outcry.domain.commands import NO_LIMIT
from outcry.domain.decimals import BadDecimal, TooPrecise, parse_units
from outcry.domain.market import Asset, FeeAsset, tick_value_units
from outcry.domain.units import PPM, UNITS_LIMIT
from outcry.gateway.errors import ApiError
from outcry.gateway.native.schemas import MarketIn
from outcry.marketdata.registry import Registry

ORDER_NOTIONAL_DEFAULT, DAILY_NOTIONAL_DEFAULT, OPEN_ORDERS_DEFAULT = 1_000_000, 10_000_000, 100
"""The limits of an account in a new market; the first two in whole units of the quote asset."""
MARKET_SYMBOL_MAX, TICK_DECIMALS_MAX = 32, 18
_MARKET_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9_]*_[A-Z0-9_]*[A-Z0-9]", re.ASCII)


def check_symbol(symbol: str) -> None:
    """Refuse what no market can be called.

    Raises:
        ApiError: `BAD_VALUE`.
    """
    if len(symbol) > MARKET_SYMBOL_MAX or not _MARKET_SYMBOL.fullmatch(symbol):
        why = f"a symbol has at most {MARKET_SYMBOL_MAX} of A-Z 0-9 and _ inside"
        raise ApiError("BAD_VALUE", why, field="symbol", given=symbol)


def asset_of(registry: Registry, symbol: str, field: str) -> Asset:
    """Return an asset by its symbol.

    Raises:
        ApiError: `UNKNOWN_ASSET`.
    """
    asset = registry.asset_by_symbol(symbol)
    if asset is None:
        raise ApiError("UNKNOWN_ASSET", field=field, given=symbol)
    return asset


def definition(registry: Registry, wanted: MarketIn, number: int) -> c.SetMarket:
    """Return the command that defines a market.

    Raises:
        ApiError: `UNKNOWN_ASSET`, `BAD_DECIMAL`, `BAD_LOT`, or `CONTRADICTION` if a trade would not
            be whole quote units.
    """
    first, _, second = wanted.symbol.partition("_")
    base = asset_of(registry, wanted.base or first, "base")
    quote = asset_of(registry, wanted.quote or second, "quote")
    tick_mantissa, tick_decimals, lot_units = scale_of(wanted.tick, wanted.lot, base, quote)

    def lots(text: str | None, field: str, default: int) -> int:
        return default if text is None else lots_of(text, base.unit_decimals, lot_units, field)

    def units(text: str | None, field: str, default: int) -> int:
        return default if text is None else amount_units(text, quote.unit_decimals, field)

    return c.SetMarket(
        market=number,
        symbol=wanted.symbol,
        base=base.asset,
        quote=quote.asset,
        tick_mantissa=tick_mantissa,
        tick_decimals=tick_decimals,
        lot_units=lot_units,
        fee_asset=FeeAsset.RECEIVED if wanted.fee_asset == "received" else FeeAsset.QUOTE,
        allow_self_trade=int(wanted.allow_self_trade),
        min_lots=lots(wanted.min_quantity, "min_quantity", 1),
        max_lots=lots(wanted.max_quantity, "max_quantity", 0),
        market_max_lots=lots(wanted.market_max_quantity, "market_max_quantity", 0),
        min_notional_units=units(wanted.min_notional, "min_notional", 0),
        max_notional_units=units(wanted.max_notional, "max_notional", 0),
        limit_order_notional_units=units(
            wanted.order_notional_limit,
            "order_notional_limit",
            _whole(ORDER_NOTIONAL_DEFAULT, quote),
        ),
        limit_open_orders=(
            OPEN_ORDERS_DEFAULT
            if wanted.open_orders_limit is None
            else max(NO_LIMIT, min(wanted.open_orders_limit, UNITS_LIMIT - 1))
        ),
        limit_daily_notional_units=units(
            wanted.daily_notional_limit,
            "daily_notional_limit",
            _whole(DAILY_NOTIONAL_DEFAULT, quote),
        ),
    )


def lots_of(text: str, decimals: int, lot_units: int, field: str) -> int:
    """Return a quantity above 0 in lots.

    Raises:
        ApiError: `BAD_DECIMAL`, `BAD_LOT`.
    """
    whole, rest = divmod(amount_units(text, decimals, field), lot_units)
    if rest:
        why = f"{field} must be a multiple of the lot"
        raise ApiError("BAD_LOT", why, field=field, given=text)
    return whole


def scale_of(tick: str, lot: str, base: Asset, quote: Asset) -> tuple[int, int, int]:
    """Return (tick mantissa, tick decimals, lot units).

    Raises:
        ApiError: `BAD_DECIMAL`, or `CONTRADICTION` if a trade would not be whole quote units.
    """
    decimals = min(len(tick.partition(".")[2]), TICK_DECIMALS_MAX)
    mantissa = amount_units(tick, decimals, "tick")
    lot_units = amount_units(lot, base.unit_decimals, "lot")
    scale = (mantissa, decimals, lot_units)
    if not 0 < tick_value_units(*scale, base.unit_decimals, quote.unit_decimals) < UNITS_LIMIT:
        why = f"tick x lot must be a whole number of the smallest unit of {quote.symbol}"
        raise ApiError("CONTRADICTION", why, field="tick", given=tick)
    return scale


def check_fees(wanted: MarketIn) -> None:
    """Refuse what the engine would, before the market is there without its fees.

    Raises:
        ApiError: `FEES`.
    """
    maker, taker = wanted.maker_ppm, wanted.taker_ppm
    if not (0 <= taker < PPM and -PPM < maker < PPM and maker + taker >= 0):
        why = f"rates are below {PPM} ppm, taker_ppm is not negative, nor is their sum"
        raise ApiError("FEES", why, field="taker_ppm", given=taker)
    if wanted.fee_asset == "received" and maker < 0:
        why = "a rebate can only be paid in the quote asset"
        raise ApiError("FEES", why, field="maker_ppm", given=maker)


def _whole(amount: int, quote: Asset) -> int:
    """Return a whole amount in units; where that is more than any balance, no limit."""
    units: int = amount * 10**quote.unit_decimals
    return units if units < UNITS_LIMIT else NO_LIMIT


def amount_units(text: str, decimals: int, field: str) -> int:
    """Return an amount above 0 in units of 10^-decimals.

    Raises:
        ApiError: `BAD_DECIMAL`.
    """
    try:
        units = parse_units(text, decimals)
    except (BadDecimal, TooPrecise):
        units = 0
    if not 0 < units < UNITS_LIMIT:
        why = f"{field} must be a decimal number above 0 with at most {decimals} decimals"
        raise ApiError("BAD_DECIMAL", why, field=field, given=text)
    return units
