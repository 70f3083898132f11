"""Lists over the native API: placed as one command, told with their orders as they stand."""

import msgspec
from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, CommandReplayed, Event, ListAccepted
from outcry.domain.order import Kind, ListKind, TimeInForce
from outcry.domain.rejects import Reject
from outcry.gateway.errors import ApiError
from outcry.gateway.http import from_ledger
from outcry.gateway.json_input import convert
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.native.parse import SIDES, check_id, choice, none_of, together
from outcry.gateway.native.query import cursor_of, market_of, page_limit
from outcry.gateway.special.known import OrderList
from outcry.gateway.special.outcomes import answer_of, as_before, rejection_of, was_replayed
from outcry.gateway.special.schemas import TYPES_IN_LISTS, ListIn, MemberIn, NewOrder
from outcry.gateway.special.told import LIST_NAMES
from outcry.ledger.reads import history as queries
from outcry.ledger.rows import OrderView
from outcry.ports import LedgerStore, Outcomes

_KINDS = {name: number for number, name in LIST_NAMES.items()}
_SIZES = {ListKind.OCO: 2, ListKind.OTO: 2, ListKind.OTOCO: 3}
_RESTING = {TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY}
_ID_DIGITS_MAX = 18


class ListCalls:
    """Place, look up, cancel."""

    def __init__(self, orders: OrderCalls) -> None:
        self.door = orders.door
        self._services = orders.door.services

    # Placing

    async def place(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/order-lists."""
        account = self.door.account(request)
        wanted: ListIn = convert(await self.door.object(request), ListIn)
        record = self.record(account, wanted)
        self._services.gate.orders(account, len(wanted.orders))
        events = await self.door.events(record, key=wanted.client_order_id)
        text = self.placed(account, events, wanted)
        return (200 if was_replayed(events) else 201), text

    def record(self, account: int, wanted: ListIn, session: int | None = None) -> bytes:
        """Return the record of a new list; `session` as in `wanted.OrderParser.place_special`.

        Raises:
            ApiError: what is wrong with it, and what would be right.
        """
        rules = self.door.parser.rules(wanted.market)
        check_id(wanted.client_order_id)
        kind = choice(_KINDS, wanted.kind)
        if kind is None:
            raise none_of("kind", wanted.kind, _KINDS)
        if len(wanted.orders) != _SIZES[ListKind(kind)]:
            why = f"an {LIST_NAMES[kind]} list has {_SIZES[ListKind(kind)]} orders"
            raise together("orders", why)
        members = []
        for place, member in enumerate(wanted.orders):
            try:
                order = _order_of(wanted, member)
                fields = self.door.parser.fields(rules, order, session)
            except ApiError as error:
                error.body.field = f"orders[{place}].{error.body.field}"
                raise
            members.append(c.Member(**fields))
        _check_roles(ListKind(kind), members)
        return codec.encode_command(
            c.PlaceList(
                account=account,
                market=rules.market.market,
                key=wanted.client_order_id or "",
                list_kind=kind,
                members=tuple(members),
            )
        )

    def placed(self, account: int, events: list[Event], wanted: ListIn) -> str:
        """Return the list that a command's events tell of, as it stands, as JSON text.

        Raises:
            ApiError: the engine refused it, or had refused the same before.
        """
        key = wanted.client_order_id
        for event in events:
            if type(event) is ListAccepted:
                return self.told(self.found(account, event.list_id))
        found = answer_of(events)
        if type(found) is CommandRejected:
            side = choice(SIDES, wanted.orders[0].side)
            raise self.door.renderer.refusal(found, side, key)
        assert type(found) is CommandReplayed
        if found.reason:
            raise self.door.renderer.refusal(as_before(found), None, key)
        return self.told(self.found(account, found.order_id))

    # Looking up

    def found(self, account: int, list_id: int, store: LedgerStore | None = None) -> OrderList:
        """Return a list of an account.

        Raises:
            ApiError: `UNKNOWN_LIST`.
        """
        view = self._view(account, list_id, store)
        members = self._services.specials.of(view).members if view is not None else None
        if members is None or members.list_id != list_id:
            raise ApiError("UNKNOWN_LIST", field="list_id", given=list_id)
        return members

    def _view(
        self, account: int, order_id: int, store: LedgerStore | None = None
    ) -> OrderView | None:
        view = self._services.orders.view(order_id)
        if view is None:
            view = queries.order(store or self._services.history_store, account, order_id)
        return view if view is not None and view.account == account else None

    def told(self, members: OrderList) -> str:
        """Return a list as JSON text."""
        found = (self._view(members.account, order_id) for order_id in members.order_ids)
        views = [view for view in found if view is not None]
        renderer, key = self.door.renderer, views[0].key
        orders = ",".join([renderer.order(view) for view in views])
        status = "open" if any(view.is_open for view in views) else "done"
        return (
            f'{{"list_id":{members.list_id},"kind":"{LIST_NAMES[members.kind]}",'
            f'"market":"{renderer.text(members.market).market.symbol}",'
            f'"client_order_id":{msgspec.json.encode(key or None).decode()},"status":"{status}",'
            f'"created_at":"{renderer.time(members.time_ns)}","orders":[{orders}]}}'
        )

    async def get(self, request: web.Request) -> str:
        """GET /api/v1/order-lists/{list_id}."""
        account, list_id = self.door.account(request), _list_id(request)
        if self._services.orders.view(list_id) is not None:
            return self.told(self.found(account, list_id))
        return self.told(self.found(account, list_id, from_ledger(request, self._services)))

    async def open(self, request: web.Request) -> str:
        """GET /api/v1/order-lists."""
        account = self.door.account(request)
        market = self.door.parser.market_id(market_of(request))
        limit, after = page_limit(request), cursor_of(request.query.get("cursor"), "l")
        lists = [found for found in self.open_of(account, market) if found.list_id > after]
        more = len(lists) > limit
        cursor = f'"{queries.encode_cursor("l", lists[limit - 1].list_id)}"' if more else "null"
        items = ",".join([self.told(members) for members in lists[:limit]])
        return f'{{"lists":[{items}],"next_cursor":{cursor}}}'

    def open_of(self, account: int, market: int = 0) -> list[OrderList]:
        """Return an account's lists of which something is open, by id."""
        return self.lists_of(self._services.orders.open_of(account, market))

    def lists_of(self, views: list[OrderView]) -> list[OrderList]:
        """Return the lists in which orders are, each once, by id."""
        of = self._services.specials.of
        found = [members for view in views if (members := of(view).members) is not None]
        return sorted(set(found))

    # Cancelling

    async def cancel(self, request: web.Request) -> str:
        """DELETE /api/v1/order-lists/{list_id}."""
        account, list_id = self.door.account(request), _list_id(request)
        records = self.cancel_records(account, list_id)
        outcomes = await self.door.submit(b"".join(records), len(records), reserve=True)
        return self.cancelled(account, list_id, outcomes)

    def cancel_records(self, account: int, list_id: int) -> list[bytes]:
        """Return the records that cancel what is open of a list.

        Raises:
            ApiError: `UNKNOWN_LIST`, nothing is.
        """
        members = self.found(account, list_id)
        views = [self._services.orders.view(order_id) for order_id in members.order_ids]
        records = [
            codec.encode_command(
                c.CancelOrder(account=account, market=view.market, order_id=view.order_id)
            )
            for view in views
            if view is not None and view.is_open
        ]
        if not records:
            why = "nothing of this list is open"
            raise ApiError("UNKNOWN_LIST", why, field="list_id", given=list_id)
        return records

    def cancelled(self, account: int, list_id: int, outcomes: Outcomes) -> str:
        """Return a list of which everything open was to be cancelled.

        Raises:
            ApiError: the engine refused, and not because one had ended with another.
        """
        for events in outcomes:
            rejected = rejection_of(events)
            if rejected is not None and rejected.reason != Reject.UNKNOWN_ORDER:
                raise self.door.renderer.refusal(rejected)
        return self.told(self.found(account, list_id))


def _list_id(request: web.Request) -> int:
    text = request.match_info["list_id"]
    if not text.isascii() or not text.isdigit() or len(text) > _ID_DIGITS_MAX:
        raise ApiError("UNKNOWN_LIST", field="list_id", given=text)
    return int(text)


def _order_of(wanted: ListIn, member: MemberIn) -> NewOrder:
    """Return a member as an order of its own."""
    if choice(dict.fromkeys(TYPES_IN_LISTS, 1), member.type) is None:
        raise none_of("type", member.type, TYPES_IN_LISTS)
    said = msgspec.structs.asdict(member)
    return NewOrder(market=wanted.market, cancel_on_disconnect=wanted.cancel_on_disconnect, **said)


def _check_roles(kind: ListKind, members: list[c.Member]) -> None:
    """Refuse orders that do not make a list of this kind.

    Raises:
        ApiError: `CONTRADICTION`.
    """
    if kind is not ListKind.OCO:
        first = members[0]
        if first.kind != Kind.LIMIT or first.trigger:
            raise together("orders[0].type", "the first order, which places the rest, is a limit")
    if kind is ListKind.OTO:
        return
    one, other = members[-2:]
    if (one.side, one.lots) != (other.side, other.lots):
        raise together(
            "orders", "of two orders one of which ends the other, side and quantity agree"
        )
    free = [member for member in (one, other) if not member.trigger]
    if len(free) > 1:
        why = "one of the two has to wait: a stop, a take-profit or a trailing stop"
        raise together("orders", why)
    if free and (free[0].kind != Kind.LIMIT or free[0].time_in_force not in _RESTING):
        why = "the one of the two that does not wait is a limit order that may rest: gtc, gtd, day"
        raise together("orders", why)
