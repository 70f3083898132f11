"""Cancel one order and place another, in one command."""

from typing import NamedTuple

from aiohttp import web

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event, OrderAccepted, OrderDone
from outcry.domain.order import DoneReason, ReplaceMode
from outcry.gateway.json_input import convert
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.native.parse import SIDES, choice, name_order, none_of, together
from outcry.gateway.special.outcomes import was_replayed
from outcry.gateway.special.schemas import CancelReplaceIn

_MODES = {mode.name.lower(): int(mode) for mode in ReplaceMode}


class Wanted(NamedTuple):
    """A cancel-replace on its way."""

    record: bytes
    side: int
    key: str | None


class ChangeCalls:
    """The call `cancel_replace`."""

    def __init__(self, orders: OrderCalls) -> None:
        self.door = orders.door
        self._orders = orders

    async def cancel_replace(self, request: web.Request) -> tuple[int, str]:
        """POST /api/v1/cancel-replace."""
        account = self.door.account(request)
        asked: CancelReplaceIn = convert(await self.door.object(request), CancelReplaceIn)
        wanted = self.wanted(account, asked)
        self.door.services.gate.orders(account)
        events = await self.door.events(wanted.record, key=wanted.key)
        text = await self.told(account, events, wanted)
        return (200 if was_replayed(events) else 201), text

    def wanted(self, account: int, asked: CancelReplaceIn) -> Wanted:
        """Return the record of a cancel-replace.

        Raises:
            ApiError: what is wrong with it, and what would be right.
        """
        mode = choice(_MODES, asked.mode)
        if mode is None:
            raise none_of("mode", asked.mode, _MODES)
        old, new = asked.cancel, asked.order
        order_id, target = name_order(account, old.order_id, old.client_order_id)
        if old.market not in {None, new.market}:
            raise together("market", "both orders are of one market")
        placed = codec.decode_command(self.door.parser.place(account, new))
        if type(placed) is not c.PlaceOrder:
            why = "the new order is a plain limit or market order; cancel, and place others after"
            raise together("order", why)
        command = c.CancelReplace(
            account=account,
            market=placed.market,
            key=placed.key,
            order_id=order_id,
            target=target,
            mode=mode,
            side=placed.side,
            kind=placed.kind,
            time_in_force=placed.time_in_force,
            self_trade=placed.self_trade,
            flags=placed.flags,
            price_ticks=placed.price_ticks,
            lots=placed.lots,
            budget_units=placed.budget_units,
        )
        return Wanted(codec.encode_command(command), SIDES[new.side], new.client_order_id)

    async def told(self, account: int, events: list[Event], wanted: Wanted) -> str:
        """Return what was done.

        Raises:
            ApiError: the engine refused; the message says whether the old order is gone.
        """
        placed = await self._orders.outcome(account, events, wanted.side, wanted.key)
        return f'{{"cancelled":{self._cancelled(account, events)},"order":{placed}}}'

    def _cancelled(self, account: int, events: list[Event]) -> str:
        for event in events:
            if type(event) is OrderAccepted:
                break
            if type(event) is OrderDone and event.reason == DoneReason.REPLACED:
                assert event.account == account
                view = self.door.services.orders.view(event.order_id)
                assert view is not None  # What ended just now is always held.
                return self.door.renderer.order(view)
        return "null"
