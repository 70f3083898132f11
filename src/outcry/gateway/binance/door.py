"""What the calls of this door share: the rooms behind it, markets by name, orders in its words."""

import asyncio
from functools import partial

from outcry.domain.events import CommandRejected, CommandReplayed, Event
from outcry.gateway.binance.orders.ids import ClientIds
from outcry.gateway.binance.orders.report import Reports
from outcry.gateway.binance.symbols import Form, Symbols
from outcry.gateway.binance.wire.errors import (
    DUPLICATE,
    NO_SUCH_ORDER,
    BinanceError,
    of_api,
    of_reject,
)
from outcry.gateway.binance.wire.parameters import Parameters
from outcry.gateway.binance.wire.signing import Guard
from outcry.gateway.errors import ApiError
from outcry.gateway.http import refused_error
from outcry.gateway.services import Services
from outcry.gateway.special.outcomes import answer_of
from outcry.ledger.reads import history
from outcry.ledger.rows import OrderView
from outcry.ports import Outcomes, Refused


class BinanceDoor:
    """The rooms behind the door, in its own words."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.core = services.engine.core
        self.clock = services.clock
        self.users = services.binance.users
        self.symbols = Symbols(services.registry)
        self.guard = Guard(services.identity, services.clock)
        self.ids = ClientIds(self.core, services.orders)
        self.reports = Reports(self.symbols, services.specials, self.ids, self.core)

    def now_ms(self) -> int:
        """Return the venue's time in milliseconds."""
        return self.clock.now_ns() // 1_000_000

    def form(self, params: Parameters) -> Form:
        """Return the market that `symbol` names.

        Raises:
            BinanceError: -1102, -1121.
        """
        return self.symbols.form(params.need("symbol"))

    # Commands

    async def events(self, record: bytes, *, reserve: bool = False) -> list[Event]:
        """Send one record into the flow and return its events.

        Raises:
            BinanceError: it was not taken in, was refused, or what became of it is not known.
        """
        future: asyncio.Future[Outcomes | None] = asyncio.get_running_loop().create_future()
        try:
            self.services.entry.submit(record, 1, partial(_settle, future), reserve=reserve)
        except Refused as refused:
            raise of_api(refused_error(refused)) from None
        outcomes = await future
        if outcomes is None:
            raise of_api(ApiError("UNKNOWN_OUTCOME"))
        return outcomes[0]

    # Orders

    def view(self, account: int, order_id: int) -> OrderView | None:
        """Return an order of an account, wherever it is kept."""
        view = self.services.orders.view(order_id)
        if view is None:
            view = history.order(self.services.history_store, account, order_id)
        return view if view is not None and view.account == account else None

    def named(
        self,
        account: int,
        params: Parameters,
        form: Form,
        names: tuple[str, str] = ("orderId", "origClientOrderId"),
    ) -> OrderView:
        """Return the order that parameters name, by its number or by the client's id.

        Raises:
            BinanceError: -1102, -2013.
        """
        by_id, by_client = names
        order_id = params.integer(by_id)
        client_id = params.client_id(by_client)
        if by_id not in params and not client_id:
            text = f"Param '{by_client}' or '{by_id}' must be sent, but both were empty/null!"
            raise BinanceError(-1102, text)
        if by_id not in params:
            order_id = self.ids.order_id(account, client_id)
        view = self.view(account, order_id) if order_id else None
        if view is None or view.market != form.number:
            raise NO_SUCH_ORDER()
        if client_id and self.ids.of(view) != client_id:
            raise NO_SUCH_ORDER()
        return view


def _settle(future: "asyncio.Future[Outcomes | None]", outcomes: Outcomes | None) -> None:
    if not future.done():
        future.set_result(outcomes)


def check(events: list[Event]) -> None:
    """Refuse what the engine refused.

    Raises:
        BinanceError: what it is called here.
    """
    found = answer_of(events)
    if type(found) is CommandReplayed:
        # The same was asked at the same moment: the other one is the order.
        raise of_reject(found.reason) if found.reason else DUPLICATE()
    if type(found) is CommandRejected:
        raise of_reject(found.reason)
