"""The private channels of one connection: its account's orders, lists, fills and balances."""

from typing import Any, Literal

import structlog
from aiohttp import WSCloseCode

from outcry.gateway.errors import ApiError, told
from outcry.gateway.live.private import AccountNews
from outcry.gateway.live.socket import Outlet, frame
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.special.lists import ListCalls
from outcry.ledger.rows import Fill, OrderView

_log = structlog.get_logger("gateway")


class OwnChannels:
    """What a connection is told of the account it speaks for. Nothing of it is ever left out."""

    def __init__(self, calls: OrderCalls, outlet: Outlet) -> None:
        self.names: set[str] = set()
        """The channels that are followed."""
        self._services = calls.door.services
        self._renderer = calls.door.renderer
        self._lists = ListCalls(calls)
        self._outlet = outlet
        self._account = 0

    def follow(self, account: int, name: str) -> bytes:
        """Follow a channel and return the frame of its snapshot."""
        if not self.names:
            self._account = account
            self._services.private.listen(account, self._tell)
        self.names.add(name)
        items = ""
        if name == "orders":
            views = self._services.orders.open_of(account)
            items = ",".join(map(self._renderer.order, views))
        elif name == "balances":
            items = self._renderer.balances(self._services.engine.core.balances(account))
        elif name == "lists":
            items = ",".join(map(self._lists.told, self._lists.open_of(account)))
        return _event(name, "snapshot", items)

    def leave(self, name: str) -> None:
        """Follow a channel no longer."""
        if name in self.names:
            self.names.discard(name)
            if not self.names:
                self._services.private.unlisten(self._account, self._tell)

    def close(self) -> None:
        """Follow nothing any more."""
        for name in list(self.names):
            self.leave(name)

    def _tell(self, account: int, news: AccountNews) -> None:
        """Tell the account's news. Whoever cannot be told must not go on as if there were none."""
        try:
            self._tell_all(account, news)
        except Exception as error:  # The flow is not halted by what one client is told.
            or_internal(error)
            self._outlet.close(WSCloseCode.INTERNAL_ERROR, b"the venue made a mistake")

    def _tell_all(self, account: int, news: AccountNews) -> None:
        """Tell it; what is private is never conflated, so it must be read."""
        views = self._views(news) if self.names & {"orders", "lists"} else []
        if "orders" in self.names and news.order_ids:
            self._send("orders", ",".join(map(self._renderer.order, views)))
        if "lists" in self.names and (changed := self._lists.lists_of(views)):
            self._send("lists", ",".join(map(self._lists.told, changed)))
        if "fills" in self.names and news.fills:
            fills = ",".join([self._renderer.fill(self._fill(*fill)) for fill in news.fills])
            self._send("fills", fills)
        if "balances" in self.names:
            rows = self._services.engine.core.balances(account)
            self._send("balances", self._renderer.balances(rows))
        if self._outlet.backlog_bytes > 2 * self._services.settings.socket_buffer_bytes:
            self._outlet.close(WSCloseCode.TRY_AGAIN_LATER, b"you do not read")

    def _views(self, news: AccountNews) -> list[OrderView]:
        view_of = self._services.orders.view
        return [view for i in news.order_ids if (view := view_of(i)) is not None]

    def _fill(self, trade: Any, is_maker: bool) -> Fill:  # noqa: ANN401 - a Trade event
        order_id = trade.maker_order_id if is_maker else trade.taker_order_id
        view = self._services.orders.view(order_id)
        return Fill(
            trade_id=trade.trade_id,
            market=trade.market,
            order_id=order_id,
            side=1 - trade.taker_side if is_maker else trade.taker_side,
            price_ticks=trade.price_ticks,
            lots=trade.lots,
            notional_units=trade.notional_units,
            fee_units=trade.maker_fee_units if is_maker else trade.taker_fee_units,
            fee_asset=view.fee_asset if view else 0,
            is_maker=is_maker,
            time_ns=trade.time_ns,
            sequence=trade.sequence,
        )

    def _send(self, channel: str, items: str) -> None:
        self._outlet.send(_event(channel, "update", items))


def _event(channel: str, kind: Literal["snapshot", "update"], items: str) -> bytes:
    text = f'{{"channel":"{channel}","type":"{kind}","{channel}":[{items}]}}'
    return frame(text.encode())


def or_internal(error: Exception) -> ApiError:
    """Return what a client is told of an error; what is our mistake is logged."""
    refusal = told(error)
    if refusal is None:
        _log.error("internal error", exc_info=error)
        return ApiError("INTERNAL")
    return refusal
