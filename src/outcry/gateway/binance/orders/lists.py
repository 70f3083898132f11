"""Lists of orders: OCO, OTO, OTOCO."""

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import ListAccepted
from outcry.domain.order import ListKind, Trigger
from outcry.gateway.binance.door import BinanceDoor, check
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.orders.wanted import Names, response_of, wanted_of
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import DUPLICATE, NO_SUCH_LIST, BinanceError, missing
from outcry.gateway.binance.wire.parameters import Parameters
from outcry.gateway.binance.wire.signing import Call
from outcry.gateway.special.known import OrderList, list_of

_CONTINGENCY = {ListKind.OCO: "OCO", ListKind.OTO: "OTO", ListKind.OTOCO: "OTO"}


def head_text(door: BinanceDoor, members: OrderList, *, done: bool, time_ns: int) -> str:
    """Return a list as JSON text, without its last brace."""
    form = door.symbols.of(members.market)
    views = [door.view(members.account, order_id) for order_id in members.order_ids]
    orders = ",".join(
        f'{{"symbol":"{form.symbol}","orderId":{view.order_id},'
        f'"clientOrderId":"{door.ids.of(view)}"}}'
        for view in views
        if view is not None
    )
    first = views[0]
    client_id = door.ids.list_name(members.list_id, first.key if first else "")
    return (
        f'{{"orderListId":{members.list_id},'
        f'"contingencyType":"{_CONTINGENCY[ListKind(members.kind)]}",'
        f'"listStatusType":"{"ALL_DONE" if done else "EXEC_STARTED"}",'
        f'"listOrderStatus":"{"ALL_DONE" if done else "EXECUTING"}",'
        f'"listClientOrderId":"{client_id}","transactionTime":{ms(time_ns)},'
        f'"symbol":"{form.symbol}","orders":[{orders}]'
    )


def is_done(door: BinanceDoor, members: OrderList) -> bool:
    """Return whether nothing of a list is open."""
    return all(door.core.order(order_id) is None for order_id in members.order_ids)


def list_text(door: BinanceDoor, members: OrderList, client_id: str) -> str:
    """Return a list that was cancelled, with its orders."""
    views = [door.view(members.account, order_id) for order_id in members.order_ids]
    reports = ",".join(
        door.reports.cancelled(view, client_id or door.ids.new())
        for view in views
        if view is not None
    )
    time_ns = max((view.updated_ns for view in views if view is not None), default=0)
    head = head_text(door, members, done=is_done(door, members), time_ns=time_ns)
    return f'{head},"orderReports":[{reports}]}}'


def prefixed(prefix: str) -> Names:
    """Return the names of a member's parameters; its side and quantity may be shared."""
    return Names(
        type=f"{prefix}Type",
        side=f"{prefix}Side",
        quantity=f"{prefix}Quantity",
        price=f"{prefix}Price",
        stop=f"{prefix}StopPrice",
        trail=f"{prefix}TrailingDelta",
        iceberg=f"{prefix}IcebergQty",
        time=f"{prefix}TimeInForce",
        client_id=f"{prefix}ClientOrderId",
    )


class ListCalls:
    """Place lists."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door

    async def oco(self, call: Call) -> str:
        """POST /api/v3/orderList/oco."""
        return await self._place(call, ListKind.OCO, ["above", "below"])

    async def oto(self, call: Call) -> str:
        """POST /api/v3/orderList/oto."""
        return await self._place(call, ListKind.OTO, ["working", "pending"])

    async def otoco(self, call: Call) -> str:
        """POST /api/v3/orderList/otoco."""
        return await self._place(call, ListKind.OTOCO, ["working", "pendingAbove", "pendingBelow"])

    async def old_oco(self, call: Call) -> str:
        """POST /api/v3/order/oco, the form before `orderList/oco`."""
        call.params = _as_new(call.params)
        return await self.oco(call)

    async def _place(self, call: Call, kind: ListKind, prefixes: list[str]) -> str:
        params = _shared(call.params, prefixes)
        form = self.door.form(params)
        respond = response_of(params, "")
        members = tuple(self._member(params, form, prefixed(prefix)) for prefix in prefixes)
        _check_pair(members[-2:] if kind != ListKind.OTO else ())
        list_id = params.client_id("listClientOrderId")
        given = [params.client_id(prefixed(prefix).client_id) for prefix in prefixes]
        names = [name or self.door.ids.new() for name in given]
        if len(set(names)) < len(names):
            raise DUPLICATE()
        for name in given:
            if name:
                self.door.ids.key(call.account, name)  # Refuses one that is open.
        list_id = list_id or self.door.ids.new()
        key = self.door.ids.key(call.account, list_id)
        command = c.PlaceList(
            account=call.account, market=form.number, key=key, list_kind=kind, members=members
        )
        with self.door.ids.about_to_list(call.account, key, list_id, names):
            events = await self.door.events(codec.encode_command(command))
            check(events)
            found = list_of(next(event for event in events if type(event) is ListAccepted))
            self.door.ids.listed(call.account, key, found.order_ids)
        return self._placed(found, respond)

    def _member(self, params: Parameters, form: Form, names: Names) -> c.Member:
        if names.price not in params and params.get(names.type) == "LIMIT_MAKER":
            raise missing(names.price)
        return wanted_of(params, form, names).member()

    def _placed(self, members: OrderList, respond: str) -> str:
        done = is_done(self.door, members)
        head = head_text(self.door, members, done=done, time_ns=members.time_ns)
        views = [self.door.view(members.account, order_id) for order_id in members.order_ids]
        write = self.door.reports
        reports = ",".join(
            write.ack(view) if respond == "ACK" else write.placed(view, fills=respond == "FULL")
            for view in views
            if view is not None
        )
        return f'{head},"orderReports":[{reports}]}}'


def _shared(params: Parameters, prefixes: list[str]) -> Parameters:
    """Return the parameters with what two members share said for each of them."""
    found = Parameters(params)
    pairs = {
        "above": ("side", "quantity"),
        "below": ("side", "quantity"),
        "pendingAbove": ("pendingSide", "pendingQuantity"),
        "pendingBelow": ("pendingSide", "pendingQuantity"),
    }
    for prefix in prefixes:
        if prefix in pairs:
            for own, shared in zip(("Side", "Quantity"), pairs[prefix], strict=True):
                found[f"{prefix}{own}"] = params.need(shared)
    return found


def _check_pair(pair: tuple[c.Member, ...]) -> None:
    """Refuse two orders of which neither waits: one has to be a stop or a take-profit."""
    if pair and all(member.trigger == Trigger.NONE for member in pair):
        raise BinanceError(-1158, "An OCO needs one order that waits for its stop price.")


def _as_new(params: Parameters) -> Parameters:
    """Return an old OCO in the words of a new one."""
    found = Parameters(params)
    side = params.need("side")
    limit, stop = ("above", "below") if side == "SELL" else ("below", "above")
    with_limit = bool(params.get("stopLimitPrice"))
    found[f"{limit}Type"] = "LIMIT_MAKER"
    found[f"{limit}Price"] = params.need("price")
    found[f"{stop}Type"] = "STOP_LOSS_LIMIT" if with_limit else "STOP_LOSS"
    found[f"{stop}StopPrice"] = params.need("stopPrice")
    renamed = {
        "limitClientOrderId": f"{limit}ClientOrderId",
        "limitIcebergQty": f"{limit}IcebergQty",
        "stopClientOrderId": f"{stop}ClientOrderId",
        "stopLimitPrice": f"{stop}Price",
        "stopLimitTimeInForce": f"{stop}TimeInForce",
        "stopIcebergQty": f"{stop}IcebergQty",
    }
    for old, new in renamed.items():
        if params.get(old):
            found[new] = params[old]
    return found


class ListReads:
    """Look lists up, and cancel one by its own name."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door

    def found(self, call: Call, by_id: str, by_client: str) -> OrderList:
        """Return the list that parameters name.

        Raises:
            BinanceError: -1102, -2018.
        """
        list_id = call.params.integer(by_id)
        client_id = call.params.client_id(by_client)
        if not list_id and not client_id:
            text = f"Param '{by_client}' or '{by_id}' must be sent, but both were empty/null!"
            raise BinanceError(-1102, text)
        list_id = list_id or self.door.ids.list_of(call.account, client_id)
        view = self.door.view(call.account, list_id) if list_id else None
        members = self.door.reports.specials.of(view).members if view is not None else None
        if members is None:
            raise NO_SUCH_LIST()
        return members

    async def get(self, call: Call) -> str:
        """GET /api/v3/orderList."""
        return self.told(self.found(call, "orderListId", "origClientOrderId"))

    def told(self, members: OrderList) -> str:
        """Return a list as a query tells it."""
        done = is_done(self.door, members)
        return head_text(self.door, members, done=done, time_ns=members.time_ns) + "}"

    async def open(self, call: Call) -> str:
        """GET /api/v3/openOrderList."""
        found = {
            members.list_id: members
            for view in self.door.services.orders.open_of(call.account)
            if (members := self.door.reports.specials.of(view).members) is not None
        }
        return f"[{','.join([self.told(members) for members in found.values()])}]"
