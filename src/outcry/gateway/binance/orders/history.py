"""What an account ordered and traded, oldest first, as Binance pages it."""

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.orders.lists import ListReads
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.parameters import LARGEST, Parameters
from outcry.gateway.binance.wire.signing import Call
from outcry.ledger.reads import history
from outcry.ledger.rows import Fill, OrderView

LIMIT_DEFAULT, LIMIT_MAX = 500, 1_000
DAY_NS = 86_400 * 10**9


class HistoryCalls:
    """All orders, all lists, one's trades."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door
        self._reads = ListReads(door)

    async def orders(self, call: Call) -> str:
        """GET /api/v3/allOrders."""
        form = self.door.form(call.params)
        views = self._orders(call, form.number, "orderId")
        return f"[{','.join([self.door.reports.told(view) for view in views])}]"

    def _orders(self, call: Call, market: int, from_name: str) -> list[OrderView]:
        params = call.params
        wanted, limit = _wanted(params, market), params.limit(LIMIT_DEFAULT, LIMIT_MAX)
        store, live = self.door.services.history_store, self.door.services.orders
        if from_name in params or "startTime" in params:
            first = params.integer(from_name)
            return history.orders_from(store, call.account, wanted, first, limit, live)
        page = history.orders(store, call.account, wanted, limit, None, live)
        return page.items[::-1]

    async def lists(self, call: Call) -> str:
        """GET /api/v3/allOrderList."""
        found = {}
        for view in self._orders(call, 0, "fromId"):
            members = self.door.reports.specials.of(view).members
            if members is not None:
                found[members.list_id] = members
        return f"[{','.join([self._reads.told(members) for members in found.values()])}]"

    async def trades(self, call: Call) -> str:
        """GET /api/v3/myTrades."""
        form, params = self.door.form(call.params), call.params
        fills = self._of_order(call, form) if "orderId" in params else self._fills(call, form)
        return f"[{','.join([self._text(fill, form) for fill in fills])}]"

    def _of_order(self, call: Call, form: Form) -> list[Fill]:
        view = self.door.view(call.account, call.params.integer("orderId"))
        if view is None or view.market != form.number:
            return []
        first = call.params.integer("fromId")
        limit = call.params.limit(LIMIT_DEFAULT, LIMIT_MAX)
        return [fill for fill in view.fills if fill.trade_id >= first][:limit]

    def _fills(self, call: Call, form: Form) -> list[Fill]:
        params = call.params
        wanted, limit = _wanted(params, form.number), params.limit(LIMIT_DEFAULT, LIMIT_MAX)
        store, live = self.door.services.history_store, self.door.services.orders
        if "fromId" in params or "startTime" in params:
            first = params.integer("fromId")
            return history.fills_from(store, call.account, wanted, first, limit, live)
        return history.fills(store, call.account, wanted, limit, None, live).items[::-1]

    def _text(self, fill: Fill, form: Form) -> str:
        view = self.door.services.orders.view(fill.order_id)
        list_id = self.door.reports.specials.of(view).list_id if view is not None else -1
        return (
            f'{{"symbol":"{form.symbol}","id":{fill.trade_id},"orderId":{fill.order_id},'
            f'"orderListId":{list_id},"price":"{form.price(fill.price_ticks)}",'
            f'"qty":"{form.quantity(fill.lots)}","quoteQty":"{form.quote_text(fill.notional_units)}",'
            f'"commission":"{form.fee(fill.fee_asset, fill.fee_units)}",'
            f'"commissionAsset":"{form.fee_symbol(fill.fee_asset)}","time":{ms(fill.time_ns)},'
            f'"isBuyer":{_bool(fill.side == 0)},"isMaker":{_bool(fill.is_maker)},'
            '"isBestMatch":true}'
        )


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _wanted(params: Parameters, market: int) -> history.Filter:
    """Return the filter of a market and a span of time.

    Raises:
        BinanceError: -1127, the span is longer than a day.
    """
    start, end = params.time_ns("startTime"), params.time_ns("endTime")
    if start is not None and end is not None and end - start > DAY_NS:
        raise BinanceError(-1127, "More than 24 hours between startTime and endTime.")
    return history.Filter(market, start or 0, LARGEST if end is None else end)
