"""The book, the tape and the candles."""

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.info import json_text
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import BAD_INTERVAL, BinanceError
from outcry.gateway.binance.wire.signing import Call
from outcry.ledger.reads import history
from outcry.marketdata.candle import INTERVALS, Candle
from outcry.marketdata.trade import TradePrint

DEPTH_DEFAULT, DEPTH_MAX = 100, 5_000
TRADES_DEFAULT, TRADES_MAX = 500, 1_000
AVERAGE_MINUTES = 5


def levels_text(form: Form, levels: list[tuple[int, int]]) -> str:
    """Return levels as JSON text."""
    price, quantity = form.price, form.quantity
    return ",".join([f'["{price(ticks)}","{quantity(lots)}"]' for ticks, lots in levels])


def trade_text(form: Form, trade: TradePrint) -> str:
    """Return a trade; `isBuyerMaker` says that the taker sold."""
    units = trade.price_ticks * trade.lots * form.market.tick_value_units
    return (
        f'{{"id":{trade.trade_id},"price":"{form.price(trade.price_ticks)}",'
        f'"qty":"{form.quantity(trade.lots)}","quoteQty":"{form.quote_text(units)}",'
        f'"time":{ms(trade.time_ns)},"isBuyerMaker":{"true" if trade.taker_side else "false"},'
        '"isBestMatch":true}'
    )


def aggregate_text(form: Form, trade: TradePrint) -> str:
    """Return a trade as an aggregate of one: what one taker traded at one price is not joined."""
    return (
        f'{{"a":{trade.trade_id},"p":"{form.price(trade.price_ticks)}",'
        f'"q":"{form.quantity(trade.lots)}","f":{trade.trade_id},"l":{trade.trade_id},'
        f'"T":{ms(trade.time_ns)},"m":{"true" if trade.taker_side else "false"},"M":true}}'
    )


class BookCalls:
    """Depth, trades, candles, the average price."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door
        self._data = door.services.market_data

    async def depth(self, call: Call) -> str:
        """GET /api/v3/depth."""
        form = self.door.form(call.params)
        limit = call.params.limit(DEPTH_DEFAULT, DEPTH_MAX)
        update_id, bids, asks = self._data.depth(form.number, limit)
        return (
            f'{{"lastUpdateId":{update_id},"bids":[{levels_text(form, bids)}],'
            f'"asks":[{levels_text(form, asks)}]}}'
        )

    # Trades

    async def trades(self, call: Call) -> str:
        """GET /api/v3/trades and /api/v3/historicalTrades."""
        form = self.door.form(call.params)
        prints = self._wanted(call, form)
        return f"[{','.join([trade_text(form, trade) for trade in prints])}]"

    async def aggregates(self, call: Call) -> str:
        """GET /api/v3/aggTrades."""
        form = self.door.form(call.params)
        prints = self._wanted(call, form)
        return f"[{','.join([aggregate_text(form, trade) for trade in prints])}]"

    def _wanted(self, call: Call, form: Form) -> list[TradePrint]:
        params = call.params
        limit = params.limit(TRADES_DEFAULT, TRADES_MAX)
        start, end = params.time_ns("startTime"), params.time_ns("endTime")
        if "fromId" in params:
            if start is not None or end is not None:
                raise BinanceError(-1128, "Combination of optional parameters invalid.")
            first = max(params.integer("fromId"), 1)
            return [t for t in self._below(form, first + limit, limit) if t.trade_id >= first]
        if start is not None:
            first = self._first_at(form, start)
            found = [t for t in self._below(form, first + limit, limit) if t.trade_id >= first]
            return [t for t in found if end is None or t.time_ns <= end]
        below = history.LARGEST if end is None else self._first_at(form, end + 1_000_000)
        return self._below(form, below, limit)

    def _below(self, form: Form, below: int, limit: int) -> list[TradePrint]:
        """Return up to `limit` trades with ids below one, oldest first, from memory and ledger."""
        prints = self._data.trades(form.number, limit, below)
        before = prints[-1].trade_id if prints else below
        if len(prints) < limit and before > 1:
            store = self.door.services.history_store
            rows = history.trades(store, form.number, limit - len(prints), before)
            prints.extend(TradePrint(*row) for row in rows)
        return prints[::-1]

    def _first_at(self, form: Form, time_ns: int) -> int:
        """Return the id of the first trade at a time or after it: ids and times grow together."""
        last = self._data.trades(form.number, 1)
        low, high = 1, last[0].trade_id + 1 if last else 1
        while low < high:
            middle = (low + high) // 2
            found = self._below(form, middle + 1, 1)
            if not found or found[0].time_ns < time_ns:
                low = middle + 1
            else:
                high = middle
        return low

    # Candles

    async def klines(self, call: Call) -> str:
        """GET /api/v3/klines and /api/v3/uiKlines."""
        form, params = self.door.form(call.params), call.params
        interval = params.need("interval")
        if interval not in INTERVALS:
            raise BAD_INTERVAL()
        candles = self._data.candles(
            form.number,
            interval,
            start_ns=params.time_ns("startTime"),
            end_ns=params.time_ns("endTime"),
            limit=params.limit(TRADES_DEFAULT, TRADES_MAX),
            now_ns=self.door.clock.now_ns(),
            stored=history.StoredCandles(self.door.services.history_store),
        )
        return f"[{','.join([kline_text(form, interval, candle) for candle in candles])}]"

    async def average(self, call: Call) -> str:
        """GET /api/v3/avgPrice."""
        form = self.door.form(call.params)
        now_ns = self.door.clock.now_ns()
        candles = self._data.candles(form.number, "1m", limit=AVERAGE_MINUTES, now_ns=now_ns)
        lots = sum(candle.volume_lots for candle in candles)
        units = sum(candle.quote_units for candle in candles)
        last = self._data.trades(form.number, 1)
        price = average_price(form, units, lots)
        if not lots and last:
            price = form.price(last[0].price_ticks)
        closes = ms(last[0].time_ns) if last else 0
        return json_text({"mins": AVERAGE_MINUTES, "price": price, "closeTime": closes})


def average_price(form: Form, units: int, lots: int) -> str:
    """Return quote units by lots as a price with eight places, cut."""
    if not lots:
        return "0.00000000"
    scaled = units * 10 ** (form.base_decimals + 8) // (lots * form.lot * 10**form.quote_decimals)
    return f"{scaled // 10**8}.{scaled % 10**8:08d}"


def kline_text(form: Form, interval: str, candle: Candle) -> str:
    """Return a candle as an array of twelve. What takers bought of it is not kept: 0."""
    closes = ms(INTERVALS[interval].next(candle.open_ns)) - 1
    price = form.price
    return (
        f'[{ms(candle.open_ns)},"{price(candle.open)}","{price(candle.high)}",'
        f'"{price(candle.low)}","{price(candle.close)}","{form.quantity(candle.volume_lots)}",'
        f'{closes},"{form.quote_text(candle.quote_units)}",{candle.trades},'
        '"0.00000000","0.00000000","0"]'
    )
