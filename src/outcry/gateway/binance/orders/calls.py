"""New orders, cancels, and the order that somebody asks for."""

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event, OrderAccepted
from outcry.gateway.binance.account.rates import NO_DISCOUNT, NO_RATES, rates_of, rates_text
from outcry.gateway.binance.door import BinanceDoor, check
from outcry.gateway.binance.orders.lists import ListReads, list_text
from outcry.gateway.binance.orders.wanted import record_of, response_of, wanted_of
from outcry.gateway.binance.wire.errors import (
    NO_SUCH_LIST,
    NO_SUCH_ORDER,
    UNKNOWN_ORDER,
    BinanceError,
)
from outcry.gateway.binance.wire.parameters import Parameters
from outcry.gateway.binance.wire.signing import Call
from outcry.gateway.special.known import OrderList
from outcry.ledger.rows import OrderView

RESTRICTIONS = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}


class OrderCalls:
    """Place, test, cancel, look up."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door
        self._reports = door.reports

    # Placing

    async def place(self, call: Call) -> str:
        """POST /api/v3/order."""
        record, respond = self.wanted(call)
        return self.placed(await self.door.events(record), respond)

    def wanted(self, call: Call) -> tuple[bytes, str]:
        """Return the record of a new order, and how much its answer says.

        Raises:
            BinanceError: what is wrong with it.
        """
        params = call.params
        form = self.door.form(params)
        respond = response_of(params, params.get("type", ""))
        key = self.key_of(call, params.client_id("newClientOrderId"))
        return record_of(params, form, call.account, key), respond

    def key_of(self, call: Call, client_id: str) -> str:
        """Return the key of a new order, which has an id of ours where its client gives none."""
        if not client_id:
            return self.door.ids.new()
        return self.door.ids.key(call.account, client_id)

    def placed(self, events: list[Event], respond: str) -> str:
        """Return the answer to a new order.

        Raises:
            BinanceError: the engine refused it.
        """
        first = events[0]
        if type(first) is not OrderAccepted:
            check(events)
            first = next(event for event in events if type(event) is OrderAccepted)
        view = self.door.services.orders.view(first.order_id)
        assert view is not None  # An accepted order is always held.
        if respond == "ACK":
            return self._reports.ack(view)
        return self._reports.placed(view, fills=respond == "FULL")

    async def test(self, call: Call) -> str:
        """POST /api/v3/order/test."""
        params = call.params
        form = self.door.form(params)
        response_of(params, params.get("type", ""))
        self.key_of(call, params.client_id("newClientOrderId"))
        wanted_of(params, form)
        if not params.flag("computeCommissionRates"):
            return "{}"
        rates = rates_text(*rates_of(self.door.core, call.account, form))
        return (
            f'{{"standardCommissionForOrder":{rates},"specialCommissionForOrder":{NO_RATES},'
            f'"taxCommissionForOrder":{NO_RATES},"discount":{NO_DISCOUNT}}}'
        )

    # Cancelling

    async def cancel(self, call: Call) -> str:
        """DELETE /api/v3/order."""
        params = call.params
        form = self.door.form(params)
        client_id = params.client_id("newClientOrderId") or self.door.ids.new()
        try:
            view = self.door.named(call.account, params, form)
        except BinanceError as error:
            raise UNKNOWN_ORDER() if error.code == NO_SUCH_ORDER().code else error from None
        self.check_restriction(params, view)
        members = self._reports.specials.of(view).members
        if members is not None:
            if not view.is_open:
                raise UNKNOWN_ORDER()
            return await self.cancel_list(members, client_id)
        await self.cancel_one(view, client_id)
        return self._reports.cancelled(
            self.door.view(call.account, view.order_id) or view, client_id
        )

    def check_restriction(self, params: Parameters, view: OrderView) -> None:
        """Refuse a cancel that was only wanted in another state.

        Raises:
            BinanceError: -2011.
        """
        wanted = params.get("cancelRestrictions", "")
        if not wanted:
            return
        if wanted not in RESTRICTIONS:
            raise BinanceError(-1130, "Data sent for parameter 'cancelRestrictions' is not valid.")
        if self._reports.status(view, self._reports.specials.of(view)) != RESTRICTIONS[wanted]:
            raise BinanceError(-2011, "Order was not canceled due to cancel restrictions.")

    async def cancel_one(self, view: OrderView, client_id: str) -> None:
        """Cancel an order.

        Raises:
            BinanceError: -2011, it is not open any more.
        """
        self.door.ids.cancelled_by[view.order_id] = client_id
        command = c.CancelOrder(account=view.account, market=view.market, order_id=view.order_id)
        try:
            check(await self.door.events(codec.encode_command(command), reserve=True))
        finally:
            self.door.ids.cancelled_by.pop(view.order_id, None)

    async def cancel_list(self, members: OrderList, client_id: str) -> str:
        """Cancel what is open of a list and return the list.

        Raises:
            BinanceError: -2011, nothing of it is open any more.
        """
        found = False
        for order_id in members.order_ids:
            view = self.door.services.orders.view(order_id)
            if view is not None and view.is_open:
                found = True
                await self.cancel_one(view, client_id)
        if not found:
            raise UNKNOWN_ORDER()
        return list_text(self.door, members, client_id)

    async def cancel_open(self, call: Call) -> str:
        """DELETE /api/v3/openOrders."""
        form = self.door.form(call.params)
        views = self.door.services.orders.open_of(call.account, form.number)
        if not views:
            raise UNKNOWN_ORDER()
        lists = {
            members.list_id: members
            for view in views
            if (members := self._reports.specials.of(view).members) is not None
        }
        command = c.CancelAll(account=call.account, market=form.number)
        check(await self.door.events(codec.encode_command(command), reserve=True))
        ended = [self.door.view(call.account, view.order_id) or view for view in views]
        texts = [
            self._reports.cancelled(view, self.door.ids.new())
            for view in ended
            if self._reports.specials.of(view).members is None
        ]
        texts += [list_text(self.door, members, "") for members in lists.values()]
        return f"[{','.join(texts)}]"

    # Looking up

    async def get(self, call: Call) -> str:
        """GET /api/v3/order."""
        view = self.door.named(call.account, call.params, self.door.form(call.params))
        return self._reports.told(view)

    async def open(self, call: Call) -> str:
        """GET /api/v3/openOrders."""
        market = self.door.form(call.params).number if "symbol" in call.params else 0
        views = self.door.services.orders.open_of(call.account, market)
        return f"[{','.join([self._reports.told(view) for view in views])}]"

    async def cancel_named_list(self, call: Call) -> str:
        """DELETE /api/v3/orderList."""
        client_id = call.params.client_id("newClientOrderId") or self.door.ids.new()
        try:
            members = ListReads(self.door).found(call, "orderListId", "listClientOrderId")
        except BinanceError as error:
            raise UNKNOWN_ORDER() if error.code == NO_SUCH_LIST().code else error from None
        return await self.cancel_list(members, client_id)
