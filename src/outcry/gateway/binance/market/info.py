"""What the venue is: its clock, its markets and their filters."""

from typing import Any

import msgspec

from outcry.domain.market import MarketState
from outcry.domain.order import SelfTrade
from outcry.domain.units import UNITS_LIMIT
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.orders.wanted import TYPES
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.decimals import places_of, text_of
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.limits import rows
from outcry.gateway.binance.wire.signing import Call

PRINTED_MAX = 9_000_000_000
"""The largest bound that is printed, in whole assets: some clients cannot hold a larger one."""
ORDER_TYPES = list(TYPES)
_STATES = {
    MarketState.TRADING: "TRADING",
    MarketState.HALTED: "HALT",
    MarketState.CANCEL_ONLY: "BREAK",
    MarketState.PRE_OPEN: "BREAK",
    MarketState.AUCTION: "BREAK",
    MarketState.CLOSED: "END_OF_DAY",
    MarketState.RETIRED: "END_OF_DAY",
}
_encode = msgspec.json.Encoder().encode


def json_text(value: object) -> str:
    """Return a value as JSON text."""
    return _encode(value).decode()


class InfoCalls:
    """Ping, time, exchange information."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door

    async def ping(self, _: Call) -> str:
        """GET /api/v3/ping."""
        return "{}"

    async def time(self, _: Call) -> str:
        """GET /api/v3/time."""
        return f'{{"serverTime":{self.door.now_ms()}}}'

    async def system(self, _: Call) -> str:
        """GET /sapi/v1/system/status: 0 where orders can be placed."""
        if self.door.services.ready():
            return '{"status":0,"msg":"normal"}'
        return '{"status":1,"msg":"system_maintenance"}'

    async def exchange(self, call: Call) -> str:
        """GET /api/v3/exchangeInfo."""
        return json_text(
            {
                "timezone": "UTC",
                "serverTime": self.door.now_ms(),
                "rateLimits": rows(self.door.services.gate),
                "exchangeFilters": [],
                "symbols": [symbol_body(form) for form in self._wanted(call)],
            }
        )

    def _wanted(self, call: Call) -> list[Form]:
        symbol, symbols = call.params.get("symbol", ""), call.params.names("symbols")
        if symbol and symbols:
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        if symbol:
            return [self.door.symbols.form(symbol)]
        if symbols:
            return [self.door.symbols.form(name) for name in symbols]
        permissions = call.params.get("permissions", "")
        if permissions and "SPOT" not in permissions:
            return []
        status = call.params.get("symbolStatus", "")
        forms = self.door.symbols.all()
        return [form for form in forms if status in {"", _STATES[form.market.state]}]


def symbol_body(form: Form) -> dict[str, Any]:
    """Return a market's rules."""
    market = form.market
    modes = [mode.name for mode in SelfTrade if mode is not SelfTrade.NONE]
    if market.allow_self_trade:
        modes.append(SelfTrade.NONE.name)
    base, quote = places_of(form.base_decimals), places_of(form.quote_decimals)
    return {
        "symbol": form.symbol,
        "status": _STATES[market.state],
        "baseAsset": form.base,
        "baseAssetPrecision": base,
        "quoteAsset": form.quote,
        "quotePrecision": quote,
        "quoteAssetPrecision": quote,
        "baseCommissionPrecision": base,
        "quoteCommissionPrecision": quote,
        "orderTypes": ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "allowAmend": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters_of(form),
        "permissions": ["SPOT"],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SelfTrade.EXPIRE_TAKER.name,
        "allowedSelfTradePreventionModes": modes,
    }


def filters_of(form: Form) -> list[dict[str, Any]]:
    """Return a market's filters; what has no maximum has the largest that is printed."""
    market = form.market
    most_lots = max(1, min(UNITS_LIMIT - 1, _whole(form.base_decimals)) // market.lot_units)
    max_lots = market.max_lots or most_lots
    most_ticks = PRINTED_MAX * 10**market.tick_decimals // market.tick_mantissa
    least_notional, most_notional = market.min_notional_units, market.max_notional_units
    most_units = min(UNITS_LIMIT - 1, _whole(form.quote_decimals))
    sizes = {
        "minQty": form.quantity(market.min_lots),
        "maxQty": form.quantity(max_lots),
        "stepSize": form.quantity(1),
    }
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": form.price(1),
            "maxPrice": form.price(most_ticks),
            "tickSize": form.price(1),
        },
        {"filterType": "LOT_SIZE", **sizes},
        {
            "filterType": "MARKET_LOT_SIZE",
            **sizes,
            "maxQty": form.quantity(market.market_max_lots or max_lots),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": text_of(least_notional, form.quote_decimals),
            "applyMinToMarket": False,
            "maxNotional": text_of(most_notional or most_units, form.quote_decimals),
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
    ]


def _whole(decimals: int) -> int:
    return PRINTED_MAX * int(10**decimals)
