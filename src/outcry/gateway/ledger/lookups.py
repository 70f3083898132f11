"""Orders and fills of an account, from memory and ledger together: none lacks, none is twice."""

from aiohttp import web

from outcry.domain.order import BOTH_SIDES
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, from_ledger
from outcry.gateway.native.parse import parse_time
from outcry.gateway.native.query import cursor_of, market_of, page_limit, side_of
from outcry.ledger.reads import history as queries
from outcry.ledger.rows import OrderView

ORDER_ID_DIGITS_MAX = 18


class LookupCalls:
    """One order, open orders, orders and fills by pages."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._services = door.services

    async def get(self, request: web.Request) -> str:
        """GET /api/v1/order/{order_id}."""
        account = self.door.account(request)
        text = request.match_info["order_id"]
        if not text.isascii() or not text.isdigit() or len(text) > ORDER_ID_DIGITS_MAX:
            raise ApiError("UNKNOWN_ORDER", field="order_id", given=text)
        order_id = int(text)
        view = self._services.orders.view(order_id)
        if view is None:
            view = queries.order(from_ledger(request, self._services), account, order_id)
        return self.door.renderer.order(own_order(view, account, order_id))

    async def open(self, request: web.Request) -> str:
        """GET /api/v1/order/open."""
        account = self.door.account(request)
        market = self.door.parser.market_id(market_of(request))
        side = side_of(request.query.get("side"))
        views = [
            view
            for view in self._services.orders.open_of(account, market)
            if side in {BOTH_SIDES, view.side}
        ]
        limit = page_limit(request)
        after = cursor_of(request.query.get("cursor"))
        views = [view for view in views if view.order_id > after]
        more = len(views) > limit
        views = views[:limit]
        cursor = queries.encode_cursor("p", views[-1].order_id) if more else None
        return _page("orders", [self.door.renderer.order(view) for view in views], cursor)

    async def history(self, request: web.Request) -> str:
        """GET /api/v1/orders."""
        account = self.door.account(request)
        wanted, limit, cursor = self._history_of(request)
        store, live = from_ledger(request, self._services), self._services.orders
        try:
            page = queries.orders(store, account, wanted, limit, cursor, live)
        except queries.BadCursor:
            raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None
        items = [self.door.renderer.order(view) for view in page.items]
        return _page("orders", items, page.next_cursor)

    async def fills(self, request: web.Request) -> str:
        """GET /api/v1/fills."""
        account = self.door.account(request)
        wanted, limit, cursor = self._history_of(request)
        store, live = from_ledger(request, self._services), self._services.orders
        try:
            page = queries.fills(store, account, wanted, limit, cursor, live)
        except queries.BadCursor:
            raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None
        items = [self.door.renderer.fill(fill) for fill in page.items]
        return _page("fills", items, page.next_cursor)

    def _history_of(self, request: web.Request) -> tuple[queries.Filter, int, str | None]:
        query = request.query
        start, end = (
            parse_time(query[name], name) if name in query else default
            for name, default in (("start_time", 0), ("end_time", queries.LARGEST))
        )
        market = self.door.parser.market_id(market_of(request))
        wanted = queries.Filter(market, start, min(end, queries.LARGEST))
        return wanted, page_limit(request), query.get("cursor")


def own_order(view: OrderView | None, account: int, order_id: int) -> OrderView:
    """Return an order of the account; somebody else's is as unknown as one that never was.

    Raises:
        ApiError: `UNKNOWN_ORDER`.
    """
    if view is None or view.account != account:
        raise ApiError("UNKNOWN_ORDER", field="order_id", given=order_id)
    return view


def _page(name: str, items: list[str], cursor: str | None) -> str:
    next_cursor = f'"{cursor}"' if cursor else "null"
    return f'{{"{name}":[{",".join(items)}],"next_cursor":{next_cursor}}}'
