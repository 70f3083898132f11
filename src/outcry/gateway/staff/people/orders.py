"""Orders of everybody: looking for them, and cancelling them."""

import asyncio

from aiohttp import web

from outcry.domain import commands as c
from outcry.domain.events import OrderDone
from outcry.domain.order import Kind, OrderFlag
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Handler
from outcry.gateway.json_input import convert
from outcry.gateway.native.query import market_of, page_limit
from outcry.gateway.native.render import SIDE_NAMES, TIME_NAMES
from outcry.gateway.people.threads import text_of
from outcry.gateway.staff.access import StaffAccess, check_reason, number
from outcry.gateway.staff.schemas import people as o
from outcry.identity.staff.roles import ADMIN, RISK, SUPPORT
from outcry.ledger.reads import history
from outcry.ledger.reads.history import BadCursor, Filter, Page
from outcry.ledger.rows import REASON_NAMES, STATE_NAMES, OrderView
from outcry.marketdata.text import time_text

COMMANDS_AT_ONCE = 1_000
OWNER_OF_ORDER = """
SELECT owners.owner FROM (SELECT DISTINCT owner FROM accounts WHERE owner > 0) AS owners
JOIN orders ON orders.account = owners.owner AND orders.order_id = ?"""
"""An order is found by its account: one look for each, and no index that every order pays for."""


class StaffOrderCalls:
    """What staff asks about orders."""

    def __init__(self, access: StaffAccess) -> None:
        self._access = access
        self._services = access.door.services

    def handlers(self) -> dict[str, Handler]:
        """Return the calls by the names of their routes."""
        return {"staff_orders": self.search, "staff_cancel_orders": self.cancel}

    async def search(self, request: web.Request) -> str:
        """GET /api/v1/staff/orders."""
        await self._access.admit(request, SUPPORT, RISK, ADMIN)
        query, limit = request.query, page_limit(request)
        market = self._access.door.parser.market_id(market_of(request))
        account = 0
        if "account" in query:
            account = number(query["account"], "UNKNOWN_ACCOUNT", "account")
            self._access.check_account(account)
        told = {name: query[name] for name in ("order_id", "client_order_id") if name in query}
        if account or told:
            await self._access.look(request, "orders_looked_at", account, **told)
        await self._services.ledger.caught_up()
        page = await self._found(request, account, market, limit)
        return text_of(o.StaffOrdersOut([self._out(v) for v in page.items], page.next_cursor))

    async def _found(
        self, request: web.Request, account: int, market: int, limit: int
    ) -> Page[OrderView]:
        query = request.query
        if "client_order_id" in query:
            return Page(await self._by_key(account, query["client_order_id"]), None)
        if "order_id" in query:
            order_id = number(query["order_id"], "UNKNOWN_ORDER", "order_id")
            view = await self._by_id(order_id)
            wanted = view is not None and account in {0, view.account}
            return Page([view] if view is not None and wanted else [], None)
        is_open, cursor = self._only_open(query.get("open"), account), query.get("cursor")
        try:
            if is_open:
                return self._open(account, market, limit, cursor)
            services = self._services
            return await asyncio.to_thread(
                lambda: history.orders(
                    services.history_store, account, Filter(market), limit, cursor, services.orders
                )
            )
        except BadCursor:
            raise ApiError("BAD_CURSOR", field="cursor", given=cursor) from None

    def _only_open(self, text: str | None, account: int) -> bool:
        if text not in {None, "true", "false"}:
            raise ApiError("BAD_VALUE", "open is true or false", field="open", given=text)
        if text == "false" and not account:
            why = "orders that ended are found by account"
            raise ApiError("MISSING_FIELD", why, field="account")
        return text == "true" or not account

    def _open(self, account: int, market: int, limit: int, cursor: str | None) -> Page[OrderView]:
        """Return open orders, newest first, from memory."""
        below = history.decode_cursor("o", 1, cursor)[0] if cursor else history.LARGEST
        core = self._access.core
        if account:
            ids = [row[0] for row in core.open_orders(account, market)]
        else:
            ids = core.market_orders(market)
        places = sorted((order_id for order_id in ids if order_id < below), reverse=True)
        views = [self._services.orders.view(order_id) for order_id in places[:limit]]
        more = len(places) > limit
        return Page(
            [view for view in views if view is not None],
            history.encode_cursor("o", places[limit - 1]) if more else None,
        )

    async def _by_id(self, order_id: int) -> OrderView | None:
        view = self._services.orders.view(order_id)
        if view is not None:
            return view
        return await asyncio.to_thread(self._stored, order_id)

    def _stored(self, order_id: int) -> OrderView | None:
        store = self._services.history_store
        for (account,) in store.query(OWNER_OF_ORDER, (order_id,)):
            return history.order(store, account, order_id)
        return None

    async def _by_key(self, account: int, key: str) -> list[OrderView]:
        if not account:
            why = "a client order id is found by account"
            raise ApiError("MISSING_FIELD", why, field="account")
        known = self._access.core.find_key(account, key)
        view = await self._by_id(known[0]) if known is not None and known[0] else None
        return [view] if view is not None else []

    def _out(self, view: OrderView) -> o.StaffOrderOut:
        text = self._access.door.renderer.text(view.market)
        limit, budget = view.kind == Kind.LIMIT, view.kind == Kind.BUDGET
        kinds = {
            "side": SIDE_NAMES[view.side],
            "kind": "limit" if limit else "market",
            "status": STATE_NAMES[view.state],
        }
        found = self._access.core.order(view.order_id)
        return o.StaffOrderOut(
            order_id=view.order_id,
            account=view.account,
            client_order_id=view.key or None,
            market=text.market.symbol,
            time_in_force=TIME_NAMES[view.time_in_force],
            price=text.price(view.price_ticks) if limit and view.price_ticks else None,
            quantity=None if budget else text.quantity(view.lots),
            filled_quantity=text.quantity(view.filled_lots),
            remaining_quantity=text.quantity(view.open_lots),
            quote_filled=text.quote(view.quote_filled_units),
            fee=text.fee(view.fee_asset, view.fee_units),
            fee_asset=self._access.registry.asset(view.fee_asset).symbol,
            reason=REASON_NAMES[view.done_reason] if view.done_reason else None,
            waiting=found is not None and bool(found[10] & OrderFlag.WAITING),
            created_at=time_text(view.created_ns),
            updated_at=time_text(view.updated_ns),
            **kinds,  # type: ignore[arg-type]  # names of sides and kinds
        )

    async def cancel(self, request: web.Request) -> str:
        """POST /api/v1/staff/orders/cancel."""
        facts = await self._access.admit(request, RISK, ADMIN)
        wanted: o.StaffOrdersCancelIn = convert(
            await self._access.door.object(request), o.StaffOrdersCancelIn
        )
        check_reason(wanted.reason)
        commands = self._cancels(wanted)
        await self._access.fresh(facts)
        named = {
            name: value
            for name in ("order_id", "market", "reason")
            if (value := getattr(wanted, name)) is not None
        }
        await self._access.note(request, "orders_cancelled", wanted.account or 0, **named)
        cancelled = 0
        for start in range(0, len(commands), COMMANDS_AT_ONCE):
            outcomes = await self._access.do(*commands[start : start + COMMANDS_AT_ONCE])
            cancelled += sum(
                isinstance(event, OrderDone) for events in outcomes for event in events
            )
        return text_of(o.StaffCancelledOut(cancelled))

    def _cancels(self, wanted: o.StaffOrdersCancelIn) -> list[c.Command]:
        """Return what cancels the orders that are named.

        Raises:
            ApiError: none are named, or too much is; there is no such order, account or market.
        """
        core = self._access.core
        if wanted.order_id is not None:
            if wanted.account is not None or wanted.market is not None:
                why = "an order is named by its id alone"
                raise ApiError("CONTRADICTION", why, field="order_id")
            in_range = 0 < wanted.order_id < 1 << 53
            order = core.order(wanted.order_id) if in_range else None
            if order is None:
                raise ApiError("UNKNOWN_ORDER", field="order_id", given=wanted.order_id)
            return [
                c.CancelOrder(
                    account=order[1], market=order[2], order_id=wanted.order_id, staff=True
                )
            ]
        market = self._access.market(wanted.market).market if wanted.market is not None else 0
        if wanted.account is not None:
            self._access.check_account(wanted.account)
            return [c.CancelAll(account=wanted.account, market=market, staff=True)]
        if not market:
            raise ApiError("MISSING_FIELD", "name an order, an account or a market", field="market")
        accounts = {order[1] for i in core.market_orders(market) if (order := core.order(i))}
        return [c.CancelAll(account=a, market=market, staff=True) for a in sorted(accounts)]
