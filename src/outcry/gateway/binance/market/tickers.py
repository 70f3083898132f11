"""Tickers: of the last 24 hours, of the UTC day, of any window; prices and best offers."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from outcry.domain.decimals import format_units
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.book import average_price
from outcry.gateway.binance.market.info import json_text
from outcry.gateway.binance.orders.report import ZERO, ms
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import BinanceError, illegal, invalid
from outcry.gateway.binance.wire.signing import Call
from outcry.ledger.reads import history
from outcry.marketdata.candle import DAY_NS, HOUR_NS, MINUTE_NS, Candle

_WINDOW = re.compile(r"([1-9][0-9]?)([mhd])", re.ASCII)
_LEGAL_WINDOW = "^(([1-5]?[0-9])m|(1?[0-9]|2[0-3])h|[1-7]d)$"
_SPANS = {"m": (MINUTE_NS, 59), "h": (HOUR_NS, 23), "d": (DAY_NS, 7)}
Body = dict[str, Any]


class Window(NamedTuple):
    """What a market did between two times. Prices in ticks, 0 where there is none."""

    open_ns: int
    close_ns: int
    open: int
    high: int
    low: int
    last: int
    volume_lots: int
    quote_units: int
    trades: int


class TickerCalls:
    """Tickers of one market, of some, or of all."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door
        self._data = door.services.market_data

    async def day(self, call: Call) -> str:
        """GET /api/v3/ticker/24hr."""
        mini = _is_mini(call)
        return self._answer(call, lambda form: self.day_body(form, mini=mini))

    async def trading_day(self, call: Call) -> str:
        """GET /api/v3/ticker/tradingDay."""
        mini, now_ns = _is_mini(call), self.door.clock.now_ns()
        start_ns = now_ns - now_ns % DAY_NS

        def body(form: Form) -> Body:
            return self._window_body(form, self._sum(form, "1d", start_ns, now_ns), mini=mini)

        return self._answer(call, body, named=True)

    async def window(self, call: Call) -> str:
        """GET /api/v3/ticker."""
        mini, text = _is_mini(call), call.params.get("windowSize", "") or "1d"
        match = _WINDOW.fullmatch(text)
        if match is None or int(match[1]) > _SPANS[match[2]][1]:
            raise illegal("windowSize", _LEGAL_WINDOW)

        def body(form: Form) -> Body:
            return self._window_body(form, self.rolling(form, text), mini=mini)

        return self._answer(call, body, named=True)

    def rolling(self, form: Form, length: str) -> Window:
        """Return the window of a length like `4h` that ends now; it begins with a minute."""
        now_ns = self.door.clock.now_ns()
        length_ns = int(length[:-1]) * _SPANS[length[-1]][0]
        interval, unit = ("1m", MINUTE_NS) if length_ns <= DAY_NS else ("1h", HOUR_NS)
        return self._sum(form, interval, now_ns - now_ns % unit - length_ns + unit, now_ns)

    async def price(self, call: Call) -> str:
        """GET /api/v3/ticker/price."""
        return self._answer(
            call, lambda form: {"symbol": form.symbol, "price": form.price(self._last(form)[0])}
        )

    async def book(self, call: Call) -> str:
        """GET /api/v3/ticker/bookTicker."""
        return self._answer(call, lambda form: {"symbol": form.symbol, **self.best(form)})

    def _answer(self, call: Call, body: Callable[[Form], Body], *, named: bool = False) -> str:
        symbol, symbols = call.params.get("symbol", ""), call.params.names("symbols")
        if symbol and symbols:
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        if symbol:
            return json_text(body(self.door.symbols.form(symbol)))
        if symbols is None and named:
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        if symbols is None:
            forms = self.door.symbols.all()
        else:
            forms = [self.door.symbols.form(name) for name in symbols]
        return json_text([body(form) for form in forms])

    # Parts

    def _last(self, form: Form) -> tuple[int, int, int]:
        """Return (price in ticks, lots, id) of the last trade; zeros and id -1 before the first."""
        last = self._data.trades(form.number, 1)
        return (last[0].price_ticks, last[0].lots, last[0].trade_id) if last else (0, 0, -1)

    def last_lots(self, form: Form) -> int:
        """Return the lots of the last trade."""
        return self._last(form)[1]

    def best(self, form: Form) -> Body:
        """Return the best bid and ask with what is there."""
        _, bids, asks = self._data.depth(form.number, 1)
        found = {}
        for name, levels in (("bid", bids), ("ask", asks)):
            ticks, lots = levels[0] if levels else (0, 0)
            found[f"{name}Price"], found[f"{name}Qty"] = form.price(ticks), form.quantity(lots)
        return found

    def day_window(self, form: Form) -> Window:
        """Return the last 24 hours."""
        t = self._data.ticker(form.number, self.door.clock.now_ns())
        return Window(
            t.open_ns, t.close_ns, t.open_ticks, t.high_ticks, t.low_ticks, t.last_ticks,
            t.volume_lots, t.quote_units, t.trades,
        )  # fmt: skip

    def day_body(self, form: Form, *, mini: bool) -> Body:
        """Return the ticker of the last 24 hours."""
        window = self.day_window(form)
        body = self._window_body(form, window, mini=mini)
        if mini:
            return body
        return body | {
            "prevClosePrice": form.price(self.close_before(form, window)),
            "lastQty": form.quantity(self._last(form)[1]),
            **self.best(form),
        }

    def close_before(self, form: Form, window: Window) -> int:
        """Return the last price before a window, in ticks."""
        before = self._data.candles(
            form.number,
            "1m",
            end_ns=window.open_ns - 1,
            limit=1,
            now_ns=window.close_ns,
            stored=history.StoredCandles(self.door.services.history_store),
        )
        return before[-1].close if before else window.open

    def _sum(self, form: Form, interval: str, start_ns: int, now_ns: int) -> Window:
        candles = self._data.candles(
            form.number,
            interval,
            start_ns=start_ns,
            end_ns=now_ns,
            limit=2 * DAY_NS // MINUTE_NS,
            now_ns=now_ns,
            stored=history.StoredCandles(self.door.services.history_store),
        )
        traded = [candle for candle in candles if candle.trades]
        last = self._last(form)[0]
        total = _merged(traded) or Candle(start_ns, last, last, last, last)
        return Window(
            start_ns, now_ns, total.open, total.high, total.low, total.close,
            total.volume_lots, total.quote_units, total.trades,
        )  # fmt: skip

    def ids(self, form: Form, window: Window) -> tuple[int, int]:
        """Return the first and the last trade's id in a window up to now; -1 for none."""
        last = self._last(form)[2]
        return (last - window.trades + 1, last) if window.trades else (-1, -1)

    def _window_body(self, form: Form, window: Window, *, mini: bool) -> Body:
        first_id, last_id = self.ids(form, window)
        body: Body = {"symbol": form.symbol}
        if not mini:
            body |= changes(form, window)
        return body | {
            "openPrice": form.price(window.open),
            "highPrice": form.price(window.high),
            "lowPrice": form.price(window.low),
            "lastPrice": form.price(window.last),
            "volume": form.quantity(window.volume_lots),
            "quoteVolume": form.quote_text(window.quote_units),
            "openTime": ms(window.open_ns),
            "closeTime": ms(window.close_ns),
            "firstId": first_id,
            "lastId": last_id,
            "count": window.trades,
        }


def changes(form: Form, window: Window) -> Body:
    """Return how far a price moved, and the average it traded at."""
    change = window.last - window.open
    return {
        "priceChange": form.price(change),
        "priceChangePercent": percent(change, window.open),
        "weightedAvgPrice": average_price(form, window.quote_units, window.volume_lots)
        if window.volume_lots
        else ZERO,
    }


def percent(change: int, of: int) -> str:
    """Return a change in percent with three places, rounded half away from zero."""
    if not of:
        return "0.000"
    rounded = (abs(change) * 200_000 + of) // (2 * of)
    return format_units(rounded if change >= 0 else -rounded, 3)


def _merged(candles: list[Candle]) -> Candle | None:
    if not candles:
        return None
    total = candles[0].moved(candles[0].open_ns)
    for candle in candles[1:]:
        total.merge(candle)
    return total


def _is_mini(call: Call) -> bool:
    kind = call.params.get("type", "") or "FULL"
    if kind not in {"FULL", "MINI"}:
        raise invalid("type")
    return kind == "MINI"
