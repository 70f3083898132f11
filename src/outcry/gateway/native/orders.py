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
)
from outcry.domain.order import Kind, ReplaceMode
from outcry.gateway.errors import ApiError
from outcry.gateway.http import Door
from outcry.gateway.json_input import convert, decode_object
from outcry.gateway.ledger.lookups import own_order
from outcry.gateway.native.parse import (
    KINDS,
    SIDES,
    choice,
    name_order,
    none_of,
    together,
)
from outcry.gateway.native.query import (
    cancel_all_of_query,
    cancel_of_query,
    side_of,
)
from outcry.gateway.native.render import error_json
from outcry.gateway.native.schemas import (
    BatchCancel,
    BatchIn,
    CancelAllIn,
    CancelIn,
    LegacyOrderIn,
    PlainOrder,
    ReplaceIn,
)
from outcry.gateway.special.known import PLAIN
from outcry.gateway.special.outcomes import (
    answer_of,
    as_before,
    old_is_gone,
    rejection_of,
    was_replayed,
)
from outcry.gateway.special.schemas import read_order, read_own_order
from outcry.ledger.reads import history as queries
from outcry.ledger.rows import OrderView
from outcry.ports import Outcomes

BATCH_MAX = 100
Place = Callable[[int, PlainOrder], bytes]
"""Makes the record of an account's new order."""
_Named = TypeVar("_Named", CancelIn, CancelAllIn)


class Batch:
    """A batch on its way: an answer per member, and what was sent for those without one yet."""

    __slots__ = ("records", "results", "sent")

    def __init__(self, members: int) -> None:
        self.results: list[str | None] = [None] * members
        self.records: list[bytes] = []
        self.sent: list[tuple[int, int | None, str | None, int]] = []
        """(position, side or None for a cancel, client order id, order to cancel) of each record"""

    @property
    def only_cancels(self) -> bool:
        """Whether nothing in it places an order."""
        return all(side is None for _, side, _, _ in self.sent)

    @property
    def placed(self) -> int:
        """How many orders it places."""
        return sum(side is not None for _, side, _, _ in self.sent)

    def text(self) -> str:
        """Return the answer."""
        return f'{{"results":[{",".join([result or "null" for result in self.results])}]}}'


class OrderCalls:
    """Place, replace, cancel."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._services = door.services

    # Placing

    async def place(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/order/."""
        account = self.door.account(request)
        return await self._placed(account, self.order_of(account, await self.door.object(request)))

    def order_of(self, account: int, value: dict[str, Any]) -> PlainOrder:
        """Return the order that a body describes.

        Raises:
            ApiError: it describes none, or somebody else's.
        """
        order = read_own_order(value)
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
        if choice(KINDS, short.order_kind) is None:
            raise none_of("order_kind", short.order_kind, KINDS)
        order = PlainOrder(
            market=short.market,
            side=short.order_type,
            type=short.order_kind,
            price=_raw_amount(short.price, "price"),
            quantity=_raw_amount(short.quantity, "quantity"),
        )
        return await self._placed(account, order)

    async def _placed(self, account: int, order: PlainOrder) -> tuple[int, str]:
        record = self.door.parser.place(account, order)
        self._services.gate.orders(account)
        events = await self.door.events(record, key=order.client_order_id)
        text = await self.outcome(account, events, SIDES[order.side], order.client_order_id)
        return (200 if was_replayed(events) else 201), text

    async def outcome(
        self, account: int, events: list[Event], side: int | None, key: str | None, changed: int = 0
    ) -> str:
        """Return the order that a command was about, as it stands, as JSON text.

        `changed` is the order that it was to change, where it placed none.

        Raises:
            ApiError: the engine refused, or had refused the same before.
        """
        text = self.outcome_now(events, side, key, changed)
        if text is not None:
            return text
        found = answer_of(events)
        order_id = changed if found is None else found.order_id
        view = queries.order(self._services.history_store, account, order_id)
        return self.door.renderer.order(own_order(view, account, order_id))

    def outcome_now(
        self, events: list[Event], side: int | None, key: str | None, changed: int = 0
    ) -> str | None:
        """Return the same without waiting; None where only the store knows the order."""
        found: Event | None = events[0]
        if type(found) is not OrderAccepted:
            found = answer_of(events)
        if type(found) is OrderAccepted:  # The usual case: an accepted order is always held.
            view = self._services.orders.view(found.order_id)
            assert view is not None
            # What has terms says them in an event of its own.
            renderer = self.door.renderer
            return renderer.plain(view) if len(events) == 1 else renderer.order(view)
        if type(found) is CommandRejected:
            error = self.door.renderer.refusal(found, side, key)
            if old_is_gone(events, found):
                error.body.message += "; the old order was cancelled first and is gone"
            raise error
        if type(found) is CommandReplayed:
            if found.reason:
                raise self.door.renderer.refusal(as_before(found), None, key)
            changed = found.order_id
        view = self._services.orders.view(changed)
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

    def prepare(
        self, account: int, members: list[dict[str, Any]], place: Place | None = None
    ) -> "Batch":
        """Return the records of a batch; what is wrong already has its answer.

        `place` makes the records of its orders; without it they are those of the parser.
        """
        place = place or self.door.parser.place
        if not 0 < len(members) <= BATCH_MAX:
            raise ApiError("BAD_VALUE", f"a batch has 1 to {BATCH_MAX} orders", field="orders")
        batch = Batch(len(members))
        for position, member in enumerate(members):
            try:
                record, side, key, changed = self._member(account, member, place)
            except ApiError as error:
                batch.results[position] = error_json(error)
                continue
            batch.records.append(record)
            batch.sent.append((position, side, key, changed))
        return batch

    def finish_now(self, batch: "Batch", outcomes: Outcomes) -> bool:
        """Answer the members that were sent; False where the store has to be asked for one."""
        complete = True
        for (position, side, key, changed), events in zip(batch.sent, outcomes, strict=True):
            try:
                text = self.outcome_now(events, side, key, changed)
            except ApiError as error:
                text = error_json(error)
            batch.results[position] = text
            complete = complete and text is not None
        return complete

    async def finish(self, account: int, batch: "Batch", outcomes: Outcomes) -> str:
        """Ask the store for what is still missing."""
        for (position, side, key, changed), events in zip(batch.sent, outcomes, strict=True):
            if batch.results[position] is None:
                try:
                    found = await self.outcome(account, events, side, key, changed)
                    batch.results[position] = found
                except ApiError as error:
                    batch.results[position] = error_json(error)
        return batch.text()

    def _member(
        self, account: int, member: dict[str, Any], place: Place
    ) -> tuple[bytes, int | None, str | None, int]:
        """Return the record of a batch member, and the rest of what `Batch.sent` holds of it."""
        if "cancel" in member:
            cancel: BatchCancel = convert(member, BatchCancel)
            record = self.door.parser.cancel(account, CancelIn(order_id=cancel.cancel))
            return record, None, None, cancel.cancel
        order = read_order(member)
        return place(account, order), SIDES[order.side], order.client_order_id, 0

    # Changing

    async def replace(self, request: web.Request) -> str:
        """PATCH /api/v1/order/."""
        account = self.door.account(request)
        return await self.replaced(account, convert(await self.door.object(request), ReplaceIn))

    async def replaced(self, account: int, wanted: ReplaceIn) -> str:
        """Replace an order and return it as JSON text."""
        record, side, order_id = self.replace_record(account, wanted)
        self._services.gate.orders(account)
        key = wanted.client_order_id
        events = await self.door.events(record, key=key)
        return await self.outcome(account, events, side, key, order_id)

    def replace_record(self, account: int, wanted: ReplaceIn) -> tuple[bytes, int, int]:
        """Return the record that replaces an open order of the caller, its side and its id."""
        if wanted.price is None and wanted.quantity is None:
            raise ApiError("MISSING_FIELD", "give a new price or a new quantity", field="price")
        view = self._open_order(account, wanted)
        symbol = self._services.registry.market(view.market).symbol
        if wanted.market not in {None, symbol}:
            self.door.parser.market_id(wanted.market)
            raise ApiError("UNKNOWN_ORDER", field="market", given=wanted.market)
        now = self._standing(view, wanted)
        if wanted.cancel_first:
            price, lots = self.door.parser.replaced(self.door.parser.rules(symbol), wanted, now)
            return _cancel_first(view, price, lots), view.side, view.order_id
        record = self.door.parser.replace(account, wanted, symbol, now)
        return record, view.side, view.order_id

    def _standing(self, view: OrderView, wanted: ReplaceIn) -> tuple[int, int]:
        """Return (price_ticks, lots) of an order as a replace has to name them.

        Raises:
            ApiError: `CONTRADICTION`, what is wanted is not for this order.
        """
        if view.kind != Kind.LIMIT and wanted.price is not None:
            raise together("price", "a market order has no price: give a new quantity only")
        terms = self._services.specials.of(view)
        if wanted.cancel_first and terms is not PLAIN:
            why = "an order with terms is replaced in place, or cancelled and placed again"
            raise together("cancel_first", why)
        price_ticks = self.door.told.price_ticks(view, terms) if view.kind == Kind.LIMIT else 0
        if wanted.keep_priority:
            self._check_kept(view, wanted, price_ticks)
        return price_ticks, view.lots

    def _check_kept(self, view: OrderView, wanted: ReplaceIn, now_ticks: int) -> None:
        """Refuse a replace by which an order would lose its place in the queue."""
        if wanted.cancel_first:
            raise together("keep_priority", "a new order has no place to keep: no cancel_first")
        rules = self.door.parser.rules(self._services.registry.market(view.market).symbol)
        price, lots = self.door.parser.replaced(rules, wanted, (now_ticks, view.lots))
        if (price, min(lots, view.lots)) != (now_ticks, lots):
            most = rules.quantity.text(view.lots)
            why = f"an order keeps its place with the same price and a quantity of at most {most}"
            field = "price" if price != now_ticks else "quantity"
            raise ApiError("CONTRADICTION", why, field=field, given=getattr(wanted, field))

    def order_id(self, account: int, named: ReplaceIn | CancelIn) -> int:
        """Return the id of the order that a request names; 0 where there is none."""
        if named.client_order_id is None:
            return named.order_id or 0
        found = self._services.engine.core.find_key(account, named.client_order_id)
        return found[0] if found else 0

    def _open_order(self, account: int, named: ReplaceIn | CancelIn) -> OrderView:
        """Return the open order of the caller that a request names."""
        name_order(account, named.order_id, named.client_order_id)
        view = self._services.orders.view(self.order_id(account, named))
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
        order_id = self.order_id(account, named)
        events = await self.door.events(record, reserve=True, key=key)
        return await self.outcome(account, events, None, key, order_id)

    async def cancel_all(self, request: web.Request) -> str:
        """DELETE /api/v1/order/open."""
        account = self.door.account(request)
        named = await self._named(request, CancelAllIn, cancel_all_of_query)
        record = self.cancel_all_record(account, named)
        return self.all_cancelled(await self.door.events(record, reserve=True))

    def cancel_all_record(self, account: int, named: CancelAllIn) -> bytes:
        """Return the record that cancels what is named."""
        market = self.door.parser.market_id(None if named.market is UNSET else named.market)
        side = side_of(None if named.side is UNSET else named.side)
        return codec.encode_command(c.CancelAll(account=account, market=market, side=side))

    def all_cancelled(self, events: list[Event]) -> str:
        """Return what a mass cancel did.

        Raises:
            ApiError: the engine refused it.
        """
        if (rejected := rejection_of(events)) is not None:
            raise self.door.renderer.refusal(rejected)
        (done,) = (event for event in events if type(event) is MassCancelled)
        return f'{{"cancelled":{done.cancelled_orders}}}'


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
