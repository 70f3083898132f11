"""Changing orders: cancel-replace, and an amend that keeps its place in the queue."""

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event, OrderAccepted
from outcry.domain.order import ReplaceMode
from outcry.gateway.binance.door import BinanceDoor, check
from outcry.gateway.binance.orders.calls import OrderCalls
from outcry.gateway.binance.orders.report import ms
from outcry.gateway.binance.orders.wanted import Wanted, record_of, response_of, wanted_of
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import NO_SUCH_ORDER, UNKNOWN_ORDER, BinanceError, invalid
from outcry.gateway.binance.wire.signing import Call
from outcry.ledger.rows import OrderView

_CANCEL = ("cancelOrderId", "cancelOrigClientOrderId")
_MODES = {
    "STOP_ON_FAILURE": ReplaceMode.STOP_ON_FAILURE,
    "ALLOW_FAILURE": ReplaceMode.ALLOW_FAILURE,
}
_NOT_TRIED = '"newOrderResult":"NOT_ATTEMPTED","newOrderResponse":null'


class ChangeCalls:
    """Cancel one order and place another; make an order smaller."""

    def __init__(self, door: BinanceDoor, orders: OrderCalls) -> None:
        self.door = door
        self._orders = orders

    async def cancel_replace(self, call: Call) -> str:
        """POST /api/v3/order/cancelReplace."""
        params = call.params
        form = self.door.form(params)
        mode = _MODES.get(params.need("cancelReplaceMode"))
        if mode is None:
            raise invalid("cancelReplaceMode")
        respond = response_of(params, params.get("type", ""))
        wanted = wanted_of(params, form)
        cancel_id = params.client_id("cancelNewClientOrderId") or self.door.ids.new()
        view, failure = self._old(call, form)
        if view is None or failure is not None:
            return await self._place_only(call, form, mode, failure or UNKNOWN_ORDER())
        new_id = params.client_id("newClientOrderId")
        if new_id and new_id == self.door.ids.of(view):
            key = self.door.ids.key_after(call.account, new_id)
        else:
            key = self._orders.key_of(call, new_id)
        if wanted.is_special:
            return await self._in_two(call, form, view, (cancel_id, key, respond))
        record = _record(view, wanted, key, mode)
        return await self._in_one(view, record, cancel_id, respond)

    def _old(self, call: Call, form: Form) -> tuple[OrderView | None, BinanceError | None]:
        """Return the order to cancel, or why it cannot be."""
        try:
            view = self.door.named(call.account, call.params, form, _CANCEL)
            self._orders.check_restriction(call.params, view)
        except BinanceError as error:
            if error.code == NO_SUCH_ORDER().code:
                return None, UNKNOWN_ORDER()
            if error.code == UNKNOWN_ORDER().code:
                return None, error
            raise
        return (view, None) if view.is_open else (None, UNKNOWN_ORDER())

    async def _place_only(
        self, call: Call, form: Form, mode: ReplaceMode, failure: BinanceError
    ) -> str:
        """Answer where nothing could be cancelled; with ALLOW_FAILURE the new order is placed."""
        cancelled = f'"cancelResult":"FAILURE","cancelResponse":{failure.body}'
        if mode is ReplaceMode.STOP_ON_FAILURE:
            raise _failed(-2022, f"{{{cancelled},{_NOT_TRIED}}}")
        params = call.params
        key = self._orders.key_of(call, params.client_id("newClientOrderId"))
        respond = response_of(params, params.get("type", ""))
        try:
            events = await self.door.events(record_of(params, form, call.account, key))
            placed = self._orders.placed(events, respond)
        except BinanceError as error:
            new = f'"newOrderResult":"FAILURE","newOrderResponse":{error.body}'
            raise _failed(-2022, f"{{{cancelled},{new}}}") from None
        new = f'"newOrderResult":"SUCCESS","newOrderResponse":{placed}'
        raise _failed(-2021, f"{{{cancelled},{new}}}", 409)

    async def _in_one(self, view: OrderView, record: bytes, cancel_id: str, respond: str) -> str:
        """Cancel and place in one command."""
        self.door.ids.cancelled_by[view.order_id] = cancel_id
        try:
            events = await self.door.events(record)
        finally:
            self.door.ids.cancelled_by.pop(view.order_id, None)
        return self._answer(view, events, cancel_id, respond)

    def _answer(self, view: OrderView, events: list[Event], cancel_id: str, respond: str) -> str:
        old = self.door.view(view.account, view.order_id) or view
        if old.is_open:  # It was refused before anything was cancelled.
            try:
                check(events)
            except BinanceError as error:
                cancelled = f'"cancelResult":"NOT_ATTEMPTED","cancelResponse":{error.body}'
                raise _failed(-2022, f"{{{cancelled},{_NOT_TRIED}}}") from None
        cancelled = (
            f'"cancelResult":"SUCCESS","cancelResponse":'
            f"{self.door.reports.cancelled(old, cancel_id)}"
        )
        try:
            if not any(type(event) is OrderAccepted for event in events):
                check(events)
            placed = self._orders.placed(events, respond)
        except BinanceError as error:
            new = f'"newOrderResult":"FAILURE","newOrderResponse":{error.body}'
            raise _failed(-2021, f"{{{cancelled},{new}}}", 409) from None
        return f'{{{cancelled},"newOrderResult":"SUCCESS","newOrderResponse":{placed}}}'

    async def _in_two(
        self, call: Call, form: Form, view: OrderView, how: tuple[str, str, str]
    ) -> str:
        """Cancel, then place: an order with terms has no command that does both."""
        cancel_id, key, respond = how
        record = record_of(call.params, form, call.account, key)
        await self._orders.cancel_one(view, cancel_id)
        return self._answer(view, await self.door.events(record), cancel_id, respond)

    # Amending

    async def amend(self, call: Call) -> str:
        """PUT /api/v3/order/amend/keepPriority."""
        params = call.params
        form = self.door.form(params)
        view = self.door.named(call.account, params, form)
        wanted = form.quantity_number.units(params.need("newQty"), "newQty")
        if not view.is_open:
            raise UNKNOWN_ORDER()
        if wanted >= view.lots or wanted <= view.filled_lots:
            text = "The requested order amend would not make the order smaller."
            raise BinanceError(-2038, text)
        command = c.ReplaceOrder(
            account=call.account,
            market=form.number,
            order_id=view.order_id,
            price_ticks=view.price_ticks,
            lots=wanted,
        )
        check(await self.door.events(codec.encode_command(command)))
        return self._amended(self.door.view(call.account, view.order_id) or view)

    def _amended(self, view: OrderView) -> str:
        return (
            f'{{"transactTime":{ms(view.updated_ns)},"executionId":{view.sequence},'
            f'"amendedOrder":{self.door.reports.told(view)}}}'
        )


def _failed(code: int, data: str, status: int = 400) -> BinanceError:
    text = (
        "Order cancel-replace partially failed."
        if code == -2021
        else "Order cancel-replace failed."
    )
    return BinanceError(code, text, status, data=data)


def _record(view: OrderView, wanted: Wanted, key: str, mode: ReplaceMode) -> bytes:
    side, kind, time_in_force, self_trade, flags, price_ticks, lots, budget, *_ = wanted
    return codec.encode_command(
        c.CancelReplace(
            account=view.account,
            market=view.market,
            key=key,
            order_id=view.order_id,
            mode=mode,
            side=side,
            kind=kind,
            time_in_force=time_in_force,
            self_trade=self_trade,
            flags=flags,
            price_ticks=price_ticks,
            lots=lots,
            budget_units=budget,
        )
    )
