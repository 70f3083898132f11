"""The streams of trades and candles."""

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.book import average_price
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.symbols import Form
from outcry.marketdata.candle import INTERVALS, Candle
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.trade import TradePrint

CATCH_UP_CANDLES = 100


class Trades:
    """`trade` and `aggTrade`: every trade, in order."""

    def __init__(self, data: MarketData, form: Form, *, aggregates: bool) -> None:
        self._data = data
        self._form = form
        self._write = self._aggregate if aggregates else self._trade
        self._last = self._newest()

    def _newest(self) -> int:
        last = self._data.trades(self._form.number, 1)
        return last[0].trade_id if last else 0

    def news(self, now_ns: int) -> list[str]:
        """Return a message for each trade since the last time."""
        newest = self._newest()
        if newest == self._last:
            return []
        prints = self._data.trades(self._form.number, newest - self._last)
        self._last = newest
        return [self._write(trade, now_ns) for trade in reversed(prints)]

    def _trade(self, trade: TradePrint, now_ns: int) -> str:
        return (
            f'{{"e":"trade","E":{ms(now_ns)},"s":"{self._form.symbol}","t":{trade.trade_id},'
            f"{self._rest(trade)}"
        )

    def _aggregate(self, trade: TradePrint, now_ns: int) -> str:
        return (
            f'{{"e":"aggTrade","E":{ms(now_ns)},"s":"{self._form.symbol}","a":{trade.trade_id},'
            f'"f":{trade.trade_id},"l":{trade.trade_id},{self._rest(trade)}'
        )

    def _rest(self, trade: TradePrint) -> str:
        return (
            f'"p":"{self._form.price(trade.price_ticks)}","q":"{self._form.quantity(trade.lots)}",'
            f'"T":{ms(trade.time_ns)},"m":{"true" if trade.taker_side else "false"},"M":true}}'
        )

    def close(self) -> None:
        """Nothing is kept."""


class Klines:
    """`kline_<interval>`: the open candle when it has changed, each once more when it closes."""

    def __init__(self, data: MarketData, form: Form, interval: str) -> None:
        self._data = data
        self._form = form
        self._interval = interval
        self._open_ns: int | None = None
        self._last = ""

    def news(self, now_ns: int) -> list[str]:
        """Return each candle that has changed or closed, oldest first."""
        current_ns = INTERVALS[self._interval].floor(max(now_ns, self._data.now_ns))
        start_ns = current_ns if self._open_ns is None else self._open_ns
        found = []
        for candle in self._data.candles(
            self._form.number,
            self._interval,
            start_ns=start_ns,
            limit=CATCH_UP_CANDLES,
            now_ns=now_ns,
        ):
            body = self._body(candle, closed=candle.open_ns < current_ns)
            if body != self._last:
                self._last, self._open_ns = body, candle.open_ns
                found.append(
                    f'{{"e":"kline","E":{ms(now_ns)},"s":"{self._form.symbol}","k":{body}}}'
                )
        return found

    def _body(self, candle: Candle, *, closed: bool) -> str:
        form, price = self._form, self._form.price
        closes = ms(INTERVALS[self._interval].next(candle.open_ns)) - 1
        last = self._data.trades(form.number, 1)
        newest = last[0].trade_id if last and candle.trades and not closed else -1
        first = newest - candle.trades + 1 if newest > 0 else -1
        return (
            f'{{"t":{ms(candle.open_ns)},"T":{closes},"s":"{form.symbol}","i":"{self._interval}",'
            f'"f":{first},"L":{newest},"o":"{price(candle.open)}","c":"{price(candle.close)}",'
            f'"h":"{price(candle.high)}","l":"{price(candle.low)}",'
            f'"v":"{form.quantity(candle.volume_lots)}","n":{candle.trades},'
            f'"x":{"true" if closed else "false"},"q":"{form.quote_text(candle.quote_units)}",'
            '"V":"0.00000000","Q":"0.00000000","B":"0"}'
        )

    def again(self) -> None:
        """Speak at the next opportunity: somebody new listens."""
        self._last = ""

    def close(self) -> None:
        """Nothing is kept."""


class AveragePrice:
    """`avgPrice`: what was paid on average in the last five minutes, when it has changed."""

    def __init__(self, door: BinanceDoor, form: Form) -> None:
        self._data = door.services.market_data
        self._form = form
        self._last = ""

    def news(self, now_ns: int) -> list[str]:
        """Return the average price."""
        candles = self._data.candles(self._form.number, "1m", limit=5, now_ns=now_ns)
        lots = sum(candle.volume_lots for candle in candles)
        units = sum(candle.quote_units for candle in candles)
        last = self._data.trades(self._form.number, 1)
        price = average_price(self._form, units, lots)
        if not lots and last:
            price = self._form.price(last[0].price_ticks)
        if price == self._last:
            return []
        self._last = price
        traded = ms(last[0].time_ns) if last else 0
        return [
            f'{{"e":"avgPrice","E":{ms(now_ns)},"s":"{self._form.symbol}","i":"5m","w":"{price}",'
            f'"T":{traded}}}'
        ]

    def again(self) -> None:
        """Speak at the next opportunity: somebody new listens."""
        self._last = ""

    def close(self) -> None:
        """Nothing is kept."""
