"""The public calls: depth, trades, klines, tickers, markets, assets."""

import msgspec
from aiohttp import web

from outcry.domain.decimals import format_units
from outcry.domain.market import FeeAsset, Market
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, from_ledger
from outcry.gateway.native.parse import parse_time
from outcry.gateway.native.query import market_of, page_limit
from outcry.gateway.native.schemas import AssetOut, AssetsOut, MarketOut, MarketsOut
from outcry.ledger.reads import history as queries
from outcry.marketdata.candle import INTERVALS
from outcry.marketdata.registry import Registry
from outcry.marketdata.text import candle_body, ticker_body, time_text, trade_body
from outcry.marketdata.trade import TradePrint

DEPTH_DEFAULT, DEPTH_MAX = 100, 5_000
_encode = msgspec.json.Encoder().encode


def _text(value: object) -> str:
    return _encode(value).decode()


class MarketCalls:
    """What anybody may ask."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._data = door.services.market_data
        self._registry = door.services.registry

    def _market(self, request: web.Request) -> Market:
        symbol = market_of(request)
        if symbol is None:
            raise ApiError("MISSING_FIELD", "name a market", field="market")
        return self.door.parser.rules(symbol).market

    async def depth(self, request: web.Request) -> str:
        """GET /api/v1/depth."""
        market = self._market(request)
        limit = page_limit(request, DEPTH_DEFAULT, DEPTH_MAX)
        update_id, bids, asks = self._data.depth(market.market, limit)
        scale = self._registry.scale(market.market)
        return _text(
            {
                "market": market.symbol,
                "sequence": update_id,
                "time": time_text(self._data.now_ns),
                "bids": scale.levels(bids),
                "asks": scale.levels(asks),
            }
        )

    async def trades(self, request: web.Request) -> str:
        """GET /api/v1/trades."""
        market = self._market(request)
        limit, before = page_limit(request), request.query.get("before")
        prints = self._trades(request, market.market, limit, _before(before))
        scale = self._registry.scale(market.market)
        return _text({"trades": [trade_body(scale, trade) for trade in prints]})

    def _trades(
        self, request: web.Request, market: int, limit: int, before: int
    ) -> list[TradePrint]:
        """Return trades from memory, and what is older from the ledger."""
        prints = self._data.trades(market, limit, before)
        if prints:
            before = prints[-1].trade_id
        if len(prints) < limit and before > 1:
            store = from_ledger(request, self.door.services)
            rows = queries.trades(store, market, limit - len(prints), before)
            prints.extend(TradePrint(*row) for row in rows)
        return prints

    async def klines(self, request: web.Request) -> str:
        """GET /api/v1/klines."""
        market, query = self._market(request), request.query
        interval = query.get("interval", "1m")
        if interval not in INTERVALS:
            valid = list(INTERVALS)
            message = f"interval must be one of {', '.join(valid)}"
            raise ApiError("BAD_VALUE", message, field="interval", given=interval, valid=valid)
        start, end = (
            parse_time(query[name], name) if name in query else None
            for name in ("start_time", "end_time")
        )
        limit = page_limit(request, 500)
        candles = self._data.candles(
            market.market,
            interval,
            start_ns=start,
            end_ns=end,
            limit=limit,
            now_ns=self.door.services.clock.now_ns(),
            stored=queries.StoredCandles(from_ledger(request, self.door.services)),
        )
        scale = self._registry.scale(market.market)
        return _text({"klines": [candle_body(scale, interval, candle) for candle in candles]})

    async def tickers(self, request: web.Request) -> str:
        """GET /api/v1/tickers."""
        one = market_of(request) is not None
        markets = [self._market(request)] if one else self._registry.markets()
        now_ns = self.door.services.clock.now_ns()
        bodies = [
            ticker_body(self._registry.scale(m.market), m, self._data.ticker(m.market, now_ns))
            for m in markets
        ]
        return _text({"tickers": bodies})

    async def markets(self, request: web.Request) -> str:
        """GET /api/v1/markets."""
        one = market_of(request) is not None
        markets = [self._market(request)] if one else self._registry.markets()
        return _text(MarketsOut([market_out(self._registry, market) for market in markets]))

    async def assets(self, request: web.Request) -> str:
        """GET /api/v1/assets."""
        return _text(
            AssetsOut(
                [
                    AssetOut(asset.symbol, asset.unit_decimals, asset.chain_decimals)
                    for asset in self._registry.assets()
                ]
            )
        )


def market_out(registry: Registry, m: Market) -> MarketOut:
    """Return a market's rules as everybody sees them."""
    scale = registry.scale(m.market)
    base = registry.asset(m.base)
    return MarketOut(
        market=m.symbol,
        base=base.symbol,
        quote=registry.asset(m.quote).symbol,
        tick=format_units(m.tick_mantissa, m.tick_decimals),
        lot=scale.quantity(1),
        min_quantity=scale.quantity(m.min_lots),
        max_quantity=scale.quantity(m.max_lots) if m.max_lots else None,
        market_max_quantity=scale.quantity(m.market_max_lots) if m.market_max_lots else None,
        min_notional=scale.quote(m.min_notional_units),
        max_notional=scale.quote(m.max_notional_units) if m.max_notional_units else None,
        fee_asset="received" if m.fee_asset == FeeAsset.RECEIVED else "quote",
        maker_ppm=m.maker_ppm,
        taker_ppm=m.taker_ppm,
        state=m.state.name.lower(),
        version=m.version,
    )


def _before(text: str | None) -> int:
    if text is None:
        return queries.LARGEST
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ApiError("BAD_VALUE", "before is a trade id", field="before", given=text)
    return int(text)
