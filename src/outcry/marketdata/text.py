"""Public numbers as text: canonical decimals, RFC 3339 times, and the bodies that carry them.

The stream and the REST calls say the same thing in the same words because both take it from here.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from outcry.domain.decimals import format_units
from outcry.domain.market import Asset, Market
from outcry.domain.order import Side
from outcry.marketdata.candle import INTERVALS, Candle
from outcry.marketdata.ticker import Ticker
from outcry.marketdata.trade import TradePrint

Body = dict[str, object]
"""A JSON object to be."""

TEXTS_KEPT = 32_768

_text = lru_cache(TEXTS_KEPT)(format_units)
"""The same few thousand prices and sizes are written over and over."""

SIDE_NAMES = {side: side.name.lower() for side in Side}


@lru_cache(maxsize=1_024)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


def time_text(time_ns: int) -> str:
    """Return nanoseconds since 1970 as RFC 3339 in UTC, cut to microseconds."""
    second, rest_ns = divmod(time_ns, 1_000_000_000)
    return f"{_second_text(second)}.{rest_ns // 1_000:06d}Z"


class Scale:
    """How a market's integers are written: canonical decimals, as many as the unit has.

    A worked number: tick 0.05, lot 0.0001 of an asset with 8 decimals: 2,001 ticks are "100.05",
    3 lots are "0.0003".
    """

    __slots__ = (
        "_base_decimals",
        "_lot",
        "_lot_decimals",
        "_quote_decimals",
        "_tick_decimals",
        "_tick_mantissa",
    )

    def __init__(self, market: Market, base: Asset, quote: Asset) -> None:
        self._tick_mantissa = market.tick_mantissa
        self._tick_decimals = market.tick_decimals
        self._lot, self._lot_decimals = market.lot_units, base.unit_decimals
        while self._lot_decimals and self._lot % 10 == 0:
            self._lot //= 10
            self._lot_decimals -= 1
        self._base_decimals = base.unit_decimals
        self._quote_decimals = quote.unit_decimals

    def price(self, ticks: int) -> str:
        """Return a price of `ticks` in the quote asset."""
        return _text(ticks * self._tick_mantissa, self._tick_decimals)

    def quantity(self, lots: int) -> str:
        """Return `lots` in the base asset, with the decimals of one lot."""
        return _text(lots * self._lot, self._lot_decimals)

    def quote(self, units: int) -> str:
        """Return units of the quote asset, all decimals shown."""
        return format_units(units, self._quote_decimals)

    def base(self, units: int) -> str:
        """Return units of the base asset, all decimals shown."""
        return format_units(units, self._base_decimals)

    def levels(self, levels: Iterable[tuple[int, int]]) -> list[tuple[str, str]]:
        """Return (price, quantity) of each (ticks, lots)."""
        price, quantity = self.price, self.quantity
        return [(price(ticks), quantity(lots)) for ticks, lots in levels]


def trade_body(scale: Scale, trade: TradePrint) -> Body:
    """Return one public trade."""
    return {
        "trade_id": trade.trade_id,
        "price": scale.price(trade.price_ticks),
        "quantity": scale.quantity(trade.lots),
        "side": SIDE_NAMES[Side(trade.taker_side)],
        "time": time_text(trade.time_ns),
    }


def candle_body(scale: Scale, interval: str, candle: Candle) -> Body:
    """Return one candle; it ends just before `close_time`."""
    return {
        "open_time": time_text(candle.open_ns),
        "close_time": time_text(INTERVALS[interval].next(candle.open_ns)),
        "open": scale.price(candle.open),
        "high": scale.price(candle.high),
        "low": scale.price(candle.low),
        "close": scale.price(candle.close),
        "volume": scale.quantity(candle.volume_lots),
        "quote_volume": scale.quote(candle.quote_units),
        "trades": candle.trades,
    }


def ticker_body(scale: Scale, market: Market, ticker: Ticker) -> Body:
    """Return one ticker; a price that does not exist is null."""

    def price(ticks: int) -> str | None:
        return scale.price(ticks) if ticks else None

    traded = bool(ticker.last_ticks)
    return {
        "market": market.symbol,
        "last_price": price(ticker.last_ticks),
        "best_bid": price(ticker.best_bid_ticks),
        "best_ask": price(ticker.best_ask_ticks),
        "open_price": price(ticker.open_ticks),
        "high_price": price(ticker.high_ticks),
        "low_price": price(ticker.low_ticks),
        "volume": scale.quantity(ticker.volume_lots),
        "quote_volume": scale.quote(ticker.quote_units),
        "price_change": scale.price(ticker.change_ticks) if traded else None,
        "price_change_percent": (
            format_units(ticker.change_percent_thousandths, 3) if traded else None
        ),
        "trades": ticker.trades,
        "time": time_text(ticker.close_ns),
    }
