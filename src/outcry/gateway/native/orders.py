"""The calls that name orders. The events of a command, or the order's view, are the answer."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import UNSET

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import (
    CommandRejected,
    CommandReplayed,
    Event,
    MassCancelled,
    OrderAccepted,
    OrderDone,
    SwitchSet,
)
from outcry.domain.order import BOTH_SIDES, Kind, ReplaceMode
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door, from_ledger
from outcry.gateway.json_input import convert, decode_object
from outcry.gateway.native.parse import SIDES, name_order, parse_time
from outcry.gateway.native.query import (
    cancel_all_of_query,
    cancel_of_query,
    cursor_of,
    market_of,
    page_limit,
    side_of,
)
from outcry.gateway.native.render import error_json
from outcry.gateway.native.schemas import (
    BatchCancel,
    BatchIn,
    CancelAfterIn,
    CancelAllIn,
    CancelIn,
    LegacyOrderIn,
    NewOrder,
    OrderIn,
    ReplaceIn,
)
from outcry.ledger.reads import history as queries
from outcry.ledger.rows import OrderView
from outcry.marketdata.text import time_text
from outcry.ports import Outcomes

BATCH_MAX = 100
AFTER_MS_MIN, AFTER_MS_MAX = 100, 86_400_000
"""The shortest and the longest dead man's switch."""
_Named = TypeVar("_Named", CancelIn, CancelAllIn)


class Batch:
    """A batch on its way: an answer per member, and what was sent for those without one yet."""

    __slots__ = ("records", "results", "sent")

    def __init__(self, members: int) -> None:
        self.results: list[str | None] = [None] * members
        self.records: list[bytes] = []
        self.sent: list[tuple[int, int | None, str | None]] = []
        """(position, side or None for a cancel, client order id) of each record"""

    @property
    def only_cancels(self) -> bool:
        """Whether nothing in it places an order."""
        return all(side is None for _, side, _ in self.sent)

    @property
    def placed(self) -> int:
        """How many orders it places."""
        return sum(side is not None for _, side, _ in self.sent)

    def text(self) -> str:
        """Return the answer."""
        return f'{{"results":[{",".join([result or "null" for result in self.results])}]}}'


class OrderCalls:
    """Place, replace, cancel, look up, list."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._services = door.services

    # Placing

    async def place(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/order/."""
        account = self.door.account(request)
        return await self._placed(account, self.order_of(account, await self.door.object(request)))

    def order_of(self, account: int, value: dict[str, Any]) -> NewOrder:
        """Return the order that a body describes.

        Raises:
            ApiError: it describes none, or somebody else's.
        """
        order: OrderIn = convert(value, OrderIn)
        if order.user_id is not None and str(order.user_id) != str(account):
            raise ApiError("FORBIDDEN", "user_id is not yours", field="user_id")
        return order

    async def place_short(self, request: web.Request) -> tuple[int, str]:
        """POST /order."""
        account = self.door.account(request)
        body = await self.door.body(request)
        value = decode_object(body)
        texts = _texts_of(body)
        for amount in ("price", "quantity"):
            if amount in value:
                value[amount] = texts[amount]
        short: LegacyOrderIn = convert(value, LegacyOrderIn)
        order = NewOrder(
            market=short.market,
            side=short.order_type,
            type=short.order_kind,
            price=_raw_amount(short.price, "price"),
            quantity=_raw_amount(short.quantity, "quantity"),
        )
        return await self._placed(account, order)

    async def _placed(self, account: int, order: NewOrder) -> tuple[int, str]:
        record = self.door.parser.place(account, order)
        self._services.gate.orders(account)
        events = await self.door.events(record, key=order.client_order_id)
        replayed = type(events[0]) is CommandReplayed
        text = await self.outcome(account, events, SIDES[order.side], order.client_order_id)
        return (200 if replayed else 201), text

    async def outcome(
        self, account: int, events: list[Event], side: int | None, key: str | None
    ) -> str:
        """Return the order that a command's events concern, as it stands, as JSON text.

        Raises:
            ApiError: the engine refused, or had refused the same before.
        """
        text = self.outcome_now(events, side, key)
        if text is not None:
            return text
        order_id = _order_id(events)
        view = self._services.orders.view(order_id)
        if view is None:
            view = queries.order(self._services.history_store, account, order_id)
        return self.door.renderer.order(_own(view, account, order_id))

    def outcome_now(self, events: list[Event], side: int | None, key: str | None) -> str | None:
        """Return the same without waiting; None where only the store knows the order."""
        first = events[0]
        if type(first) is OrderAccepted:  # The usual case: an accepted order is always held.
            view = self._services.orders.view(first.order_id)
            assert view is not None
            return self.door.renderer.order(view)
        rejected = events[-1]
        if type(rejected) is CommandRejected:
            error = self.door.renderer.refusal(rejected, side, key)
            if type(first) is OrderDone:
                error.body.message += "; the old order was cancelled first and is gone"
            raise error
        if type(first) is CommandReplayed and first.reason:
            again = CommandRejected(
                0, first.first_sequence, first.time_ns, first.account, 0,
                first.command, first.reason, first.order_id, 0, 0,
            )  # fmt: skip
            raise self.door.renderer.refusal(again, None, key)
        view = self._services.orders.view(_order_id(events))
        return None if view is None else self.door.renderer.order(view)

    async def batch(self, request: web.Request) -> str:
        """POST /api/v1/orders/."""
        account = self.door.account(request)
        batch = self.prepare(account, convert(await self.door.object(request), BatchIn).orders)
        if batch.placed:
            self._services.gate.orders(account, batch.placed)
        if batch.records:
            records = b"".join(batch.records)
            outcomes = await self.door.submit(
                records, len(batch.records), reserve=batch.only_cancels
            )
            if not self.finish_now(batch, outcomes):
                return await self.finish(account, batch, outcomes)
        return batch.text()

    def prepare(self, account: int, members: list[dict[str, Any]]) -> "Batch":
        """Return the records of a batch; what is wrong already has its answer."""
        if not 0 < len(members) <= BATCH_MAX:
            raise ApiError("BAD_VALUE", f"a batch has 1 to {BATCH_MAX} orders", field="orders")
        batch = Batch(len(members))
        for position, member in enumerate(members):
            try:
                record, side, key = self._member(account, member)
            except ApiError as error:
                batch.results[position] = error_json(error)
                continue
            batch.records.append(record)
            batch.sent.append((position, side, key))
        return batch

    def finish_now(self, batch: "Batch", outcomes: Outcomes) -> bool:
        """Answer the members that were sent; False where the store has to be asked for one."""
        complete = True
        for (position, side, key), events in zip(batch.sent, outcomes, strict=True):
            try:
                text = self.outcome_now(events, side, key)
            except ApiError as error:
                text = error_json(error)
            batch.results[position] = text
            complete = complete and text is not None
        return complete

    async def finish(self, account: int, batch: "Batch", outcomes: Outcomes) -> str:
        """Ask the store for what is still missing."""
        for (position, side, key), events in zip(batch.sent, outcomes, strict=True):
            if batch.results[position] is None:
                try:
                    batch.results[position] = await self.outcome(account, events, side, key)
                except ApiError as error:
                    batch.results[position] = error_json(error)
        return batch.text()

    def _member(self, account: int, member: dict[str, Any]) -> tuple[bytes, int | None, str | None]:
        """Return the record of a batch member, its side (None for a cancel) and its key."""
        if "cancel" in member:
            cancel: BatchCancel = convert(member, BatchCancel)
            return self.door.parser.cancel(account, CancelIn(order_id=cancel.cancel)), None, None
        order: NewOrder = convert(member, NewOrder)
        return self.door.parser.place(account, order), SIDES[order.side], order.client_order_id

    # Changing

    async def replace(self, request: web.Request) -> str:
        """PATCH /api/v1/order/."""
        account = self.door.account(request)
        return await self.replaced(account, convert(await self.door.object(request), ReplaceIn))

    async def replaced(self, account: int, wanted: ReplaceIn) -> str:
        """Replace an order and return it as JSON text."""
        record, side = self.replace_record(account, wanted)
        self._services.gate.orders(account)
        key = wanted.client_order_id
        return await self.outcome(account, await self.door.events(record, key=key), side, key)

    def replace_record(self, account: int, wanted: ReplaceIn) -> tuple[bytes, int]:
        """Return the record that replaces an open order of the caller, and the order's side."""
        if wanted.price is None and wanted.quantity is None:
            raise ApiError("MISSING_FIELD", "give a new price or a new quantity", field="price")
        view = self._open_order(account, wanted)
        symbol = self._services.registry.market(view.market).symbol
        if wanted.market not in {None, symbol}:
            self.door.parser.market_id(wanted.market)
            raise ApiError("UNKNOWN_ORDER", field="market", given=wanted.market)
        now = (view.price_ticks, view.lots)
        if wanted.cancel_first:
            price, lots = self.door.parser.replaced(self.door.parser.rules(symbol), wanted, now)
            return _cancel_first(view, price, lots), view.side
        return self.door.parser.replace(account, wanted, symbol, now), view.side

    def _open_order(self, account: int, named: ReplaceIn | CancelIn) -> OrderView:
        """Return the open order of the caller that a request names."""
        order_id, _ = name_order(account, named.order_id, named.client_order_id)
        if not order_id:
            assert named.client_order_id is not None
            found = self._services.engine.core.find_key(account, named.client_order_id)
            order_id = found[0] if found else 0
        view = self._services.orders.view(order_id)
        if view is None or view.account != account or not view.is_open:
            given = named.order_id or named.client_order_id
            raise ApiError("UNKNOWN_ORDER", field="order_id", given=given)
        return view

    async def cancel(self, request: web.Request) -> str:
        """DELETE /api/v1/order/."""
        account = self.door.account(request)
        named = await self._named(request, CancelIn, cancel_of_query)
        return await self.cancelled(account, named)

    async def _named(
        self, request: web.Request, kind: type[_Named], of_query: Callable[[web.Request], _Named]
    ) -> _Named:
        """Return what a DELETE names, in its body or in its query."""
        if not request.can_read_body:
            return of_query(request)
        if request.query_string:
            raise ApiError("CONTRADICTION", "name it in the body or in the query, not in both")
        named: _Named = convert(await self.door.object(request), kind)
        return named

    async def cancelled(self, account: int, named: CancelIn) -> str:
        """Cancel an order and return it as JSON text."""
        record, key = self.door.parser.cancel(account, named), named.client_order_id
        events = await self.door.events(record, reserve=True, key=key)
        return await self.outcome(account, events, None, key)

    async def cancel_all(self, request: web.Request) -> str:
        """DELETE /api/v1/order/open."""
        account = self.door.account(request)
        named = await self._named(request, CancelAllIn, cancel_all_of_query)
        market = None if named.market is UNSET else named.market
        side = None if named.side is UNSET else named.side
        record = codec.encode_command(
            c.CancelAll(
                account=account, market=self.door.parser.market_id(market), side=side_of(side)
            )
        )
        last = (await self.door.events(record, reserve=True))[-1]
        if isinstance(last, CommandRejected):
            raise self.door.renderer.refusal(last)
        assert isinstance(last, MassCancelled)
        return f'{{"cancelled":{last.cancelled_orders}}}'

    async def cancel_after(self, request: web.Request) -> str:
        """POST /api/v1/order/cancel-after."""
        account = self.door.account(request)
        wanted: CancelAfterIn = convert(await self.door.object(request), CancelAfterIn)
        timeout_ms = wanted.timeout_ms
        if timeout_ms and not AFTER_MS_MIN <= timeout_ms <= AFTER_MS_MAX:
            why = f"timeout_ms must be 0, or {AFTER_MS_MIN} to {AFTER_MS_MAX}"
            raise ApiError("BAD_VALUE", why, field="timeout_ms", given=timeout_ms)
        command = c.RenewSwitch(account=account, timeout_ns=timeout_ms * 1_000_000)
        events = await self.door.events(codec.encode_command(command), reserve=True)
        if isinstance(events[-1], CommandRejected):
            raise self.door.renderer.refusal(events[-1])
        assert isinstance(events[0], SwitchSet)
        deadline = f'"{time_text(events[0].deadline_ns)}"' if timeout_ms else "null"
        return f'{{"timeout_ms":{timeout_ms},"deadline":{deadline}}}'

    # Looking up

    async def get(self, request: web.Request) -> str:
        """GET /api/v1/order/{order_id}."""
        account = self.door.account(request)
        text = request.match_info["order_id"]
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ApiError("UNKNOWN_ORDER", field="order_id", given=text)
        order_id = int(text)
        view = self._services.orders.view(order_id)
        if view is None:
            view = queries.order(from_ledger(request, self._services), account, order_id)
        return self.door.renderer.order(_own(view, account, order_id))

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
        return self._page("orders", [self.door.renderer.order(view) for view in views], cursor)

    def _page(self, name: str, items: list[str], cursor: str | None) -> str:
        next_cursor = f'"{cursor}"' if cursor else "null"
        return f'{{"{name}":[{",".join(items)}],"next_cursor":{next_cursor}}}'

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
        return self._page("orders", items, page.next_cursor)

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
        return self._page("fills", items, page.next_cursor)

    def _history_of(self, request: web.Request) -> tuple[queries.Filter, int, str | None]:
        query = request.query
        start, end = (
            parse_time(query[name], name) if name in query else default
            for name, default in (("start_time", 0), ("end_time", queries.LARGEST))
        )
        market = self.door.parser.market_id(market_of(request))
        wanted = queries.Filter(market, start, min(end, queries.LARGEST))
        return wanted, page_limit(request), query.get("cursor")


def _own(view: OrderView | None, account: int, order_id: int) -> OrderView:
    if view is None or view.account != account:
        raise ApiError("UNKNOWN_ORDER", field="order_id", given=order_id)
    return view


def _order_id(events: list[Event]) -> int:
    """Return the order that a command's events end with: a cancel-replace ends with the new one."""
    for event in reversed(events):
        order_id = getattr(event, "order_id", 0)
        if order_id and event.account == events[0].account:
            return int(order_id)
    return int(getattr(events[0], "taker_order_id", 0))


def _cancel_first(view: OrderView, price_ticks: int, lots: int) -> bytes:
    return codec.encode_command(
        c.CancelReplace(
            account=view.account,
            market=view.market,
            order_id=view.order_id,
            mode=ReplaceMode.STOP_ON_FAILURE,
            side=view.side,
            kind=Kind.LIMIT,
            time_in_force=view.time_in_force,
            self_trade=view.self_trade,
            flags=view.flags & 1,
            price_ticks=price_ticks,
            lots=lots,
        )
    )


_texts_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
"""Reads an object and leaves its values as they were written: an amount never becomes a float."""


def _raw_amount(raw: msgspec.Raw, field: str) -> str | None:
    """Return the text of a JSON string or of a number literal, exactly as it was sent."""
    text = bytes(raw).decode()
    if not text:
        return None
    if text.startswith('"'):
        return str(msgspec.json.decode(text))
    if text[0] in "{[tfn":
        raise ApiError("BAD_TYPE", f"{field} must be a decimal number", field=field, given=text)
    return text
