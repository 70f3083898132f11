"""User events: what a batch did to an account, in the words of Binance's user data stream."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from outcry.domain.events import (
    BalanceChanged,
    Cause,
    ChildPlaced,
    Event,
    ListAccepted,
    MatchPrevented,
    OrderAccepted,
    OrderDone,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from outcry.domain.order import DoneReason, Kind, ListKind
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.orders.lists import is_done
from outcry.gateway.binance.orders.report import MODES, SIDES, ZERO, ms, time_in_force_of, type_of
from outcry.gateway.binance.wire.decimals import text_of
from outcry.gateway.special.known import OrderList, list_of
from outcry.ledger.rows import OrderState, OrderView

_FILLED = {int(DoneReason.FILLED), int(DoneReason.BUDGET_EXHAUSTED)}
_CANCELLED = {
    int(DoneReason.CANCELLED), int(DoneReason.REDUCED), int(DoneReason.REPLACED),
    int(DoneReason.OCO), int(DoneReason.PARENT_DONE),
}  # fmt: skip
_IN_MATCH = {int(DoneReason.SELF_TRADE), int(DoneReason.PREVENTED)}
_SIGNS = {
    Cause.DEPOSIT: 1,
    Cause.WITHDRAWAL_REQUESTED: -1,
    Cause.WITHDRAWAL_FAILED: 1,
    Cause.TRANSFER: -1,
    Cause.ADJUST_CREDIT: 1,
    Cause.ADJUST_DEBIT: -1,
}


class _Last(NamedTuple):
    """The trade an execution report is about; nothing of it where it is about none."""

    trade_id: int = -1
    price_ticks: int = 0
    lots: int = 0
    units: int = 0
    fee_units: int = 0
    is_maker: bool = False


class _Said(NamedTuple):
    """What happened to an order: execution type, status, and its names."""

    execution: str
    status: str
    client_id: str = ""
    original_id: str = ""
    on_book: bool = False


class Teller:
    """Tells one batch of one account."""

    def __init__(self, door: BinanceDoor, account: int, events: list[Event]) -> None:
        self._door = door
        self._account = account
        self._events = events
        self._views: dict[int, OrderView | None] = {}
        self._left: dict[int, list[int]] = {}
        """Of each order: how many lots and units its later trades of this batch have."""
        self._assets: dict[int, None] = {}
        self._lists: dict[int, OrderList] = {}

    def texts(self) -> list[str]:
        """Return the events as JSON texts."""
        self._count_trades()
        found: list[str] = []
        for event in self._events:
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                found.extend(handler(self, event))
        found.extend(self._ended_lists())
        if self._assets:
            found.append(self._position())
        return found

    def _view(self, order_id: int) -> OrderView | None:
        if order_id not in self._views:
            view = self._door.view(self._account, order_id)
            self._views[order_id] = view
            if view is not None:
                market = self._door.symbols.of(view.market).market
                self._assets[market.base] = self._assets[market.quote] = None
        return self._views[order_id]

    def _count_trades(self) -> None:
        for event in self._events:
            if type(event) is Trade:
                for order_id, _ in self._sides(event):
                    left = self._left.setdefault(order_id, [0, 0, 0])
                    left[0] += event.lots
                    left[1] += event.notional_units
                    left[2] += 1

    def _sides(self, event: Trade | MatchPrevented) -> Iterator[tuple[int, bool]]:
        """Yield (order, whether it is the maker's) of the account's own orders."""
        if event.account == self._account:
            yield event.taker_order_id, False
        if event.maker_account == self._account:
            yield event.maker_order_id, True

    # Events of orders

    def _accepted(self, event: OrderAccepted) -> Iterator[str]:
        view = self._view(event.order_id)
        if view is None:
            return
        special = self._door.reports.specials.of(view)
        members = special.members
        waits = (
            members is not None
            and members.kind != ListKind.OCO
            and event.order_id != members.order_ids[0]
        )
        status = "PENDING_NEW" if waits else "NEW"
        on_book = not waits and not special.trigger
        yield self._report(view, event, _Said("NEW", status, on_book=on_book))

    def _triggered(self, event: OrderTriggered) -> Iterator[str]:
        view = self._view(event.order_id)
        if view is not None and event.price_ticks:
            yield self._report(view, event, _Said("NEW", "NEW", on_book=True))

    def _child(self, event: ChildPlaced) -> Iterator[str]:
        view = self._view(event.order_id)
        if view is not None:
            waits = bool(self._door.reports.specials.of(view).trigger)
            yield self._report(view, event, _Said("NEW", "NEW", on_book=not waits))

    def _replaced(self, event: OrderReplaced) -> Iterator[str]:
        view = self._view(event.order_id)
        if view is not None:
            status = "PARTIALLY_FILLED" if view.filled_lots else "NEW"
            yield self._report(view, event, _Said("REPLACED", status, on_book=True))

    def _traded(self, event: Trade) -> Iterator[str]:
        for order_id, is_maker in self._sides(event):
            view = self._view(order_id)
            if view is None:
                continue
            left = self._left[order_id]
            left[0] -= event.lots
            left[1] -= event.notional_units
            left[2] -= 1
            filled = view.state == OrderState.FILLED and not left[2]
            status = "FILLED" if filled else "PARTIALLY_FILLED"
            fee = event.maker_fee_units if is_maker else event.taker_fee_units
            last = _Last(
                event.trade_id, event.price_ticks, event.lots, event.notional_units, fee, is_maker
            )
            yield self._report(view, event, _Said("TRADE", status, on_book=not filled), last)

    def _prevented(self, event: MatchPrevented) -> Iterator[str]:
        for order_id, is_maker in self._sides(event):
            view = self._view(order_id)
            if view is not None:
                status = "PARTIALLY_FILLED" if view.filled_lots else "NEW"
                yield self._report(view, event, _Said("TRADE_PREVENTION", status, on_book=is_maker))

    def _done(self, event: OrderDone) -> Iterator[str]:
        view = self._view(event.order_id)
        if view is None:
            return
        members = self._door.reports.specials.of(view).members
        if members is not None:
            self._lists[members.list_id] = members
        if event.reason in _FILLED and view.filled_lots:
            return  # Its last trade has said so.
        own = self._door.ids.of(view)
        if event.reason in _CANCELLED:
            by = self._door.ids.cancelled_by.get(event.order_id) or self._door.ids.new()
            said = _Said("CANCELED", "CANCELED", by, own)
        elif event.reason == DoneReason.REJECTED_ON_TRIGGER:
            said = _Said("REJECTED", "REJECTED")
        else:
            in_match = event.reason in _IN_MATCH
            said = _Said("EXPIRED", "EXPIRED_IN_MATCH" if in_match else "EXPIRED")
        yield self._report(view, event, said)

    def _report(
        self,
        view: OrderView,
        event: Event,
        said: _Said,
        last: _Last = _Last(),  # noqa: B008
    ) -> str:
        """Return an `executionReport`."""
        form = self._door.symbols.of(view.market)
        special = self._door.reports.specials.of(view)
        left = self._left.get(view.order_id, (0, 0))
        filled = view.filled_lots - left[0]
        limit, budget = view.kind == Kind.LIMIT, view.kind == Kind.BUDGET
        stop = form.price(special.trigger_ticks) if special.trigger_ticks else ZERO
        trail = f'"d":{special.trail_ppm // 100},' if special.trail_ppm else ""
        fee_symbol = f'"{form.fee_symbol(view.fee_asset)}"' if last.trade_id >= 0 else "null"
        fee = form.fee(view.fee_asset, last.fee_units) if last.trade_id >= 0 else "0"
        return (
            f'{{"e":"executionReport","E":{ms(event.time_ns)},"s":"{form.symbol}",'
            f'"c":"{said.client_id or self._door.ids.of(view)}","S":"{SIDES[view.side]}",'
            f'"o":"{type_of(view, special)}","f":"{time_in_force_of(view)}",'
            f'"q":"{form.quantity(filled if budget else view.lots)}",'
            f'"p":"{form.price(view.price_ticks) if limit else ZERO}","P":"{stop}",{trail}'
            f'"F":"{form.quantity(special.display_lots)}","g":{special.list_id},'
            f'"C":"{said.original_id}","x":"{said.execution}","X":"{said.status}","r":"NONE",'
            f'"i":{view.order_id},"l":"{form.quantity(last.lots)}",'
            f'"z":"{form.quantity(filled)}","L":"{form.price(last.price_ticks)}",'
            f'"n":"{fee}","N":{fee_symbol},"T":{ms(event.time_ns)},"t":{last.trade_id},'
            f'"v":-1,"I":{event.sequence},"w":{"true" if said.on_book else "false"},'
            f'"m":{"true" if last.is_maker else "false"},"M":false,"O":{ms(view.created_ns)},'
            f'"Z":"{form.quote_text(view.quote_filled_units - left[1])}",'
            f'"Y":"{form.quote_text(last.units)}",'
            f'"Q":"{form.quote_text(view.budget_units) if budget else ZERO}",'
            f'"W":{ms(view.created_ns)},"V":"{MODES[view.self_trade]}"}}'
        )

    # Lists and balances

    def _listed(self, event: ListAccepted) -> Iterator[str]:
        members = list_of(event)
        first = self._view(event.first_order_id)
        if first is not None:
            self._door.ids.listed(event.account, first.key, members.order_ids)
        yield self._list_status(members, done=False, time_ns=event.time_ns)

    def _ended_lists(self) -> Iterator[str]:
        time_ns = self._events[-1].time_ns
        for members in self._lists.values():
            if is_done(self._door, members):
                yield self._list_status(members, done=True, time_ns=time_ns)

    def _list_status(self, members: OrderList, *, done: bool, time_ns: int) -> str:
        form = self._door.symbols.of(members.market)
        views = [self._view(order_id) for order_id in members.order_ids]
        orders = ",".join(
            f'{{"s":"{form.symbol}","i":{view.order_id},"c":"{self._door.ids.of(view)}"}}'
            for view in views
            if view is not None
        )
        kind = "OCO" if members.kind == ListKind.OCO else "OTO"
        first = views[0]
        name = self._door.ids.list_name(members.list_id, first.key if first else "")
        status = '"l":"ALL_DONE","L":"ALL_DONE"' if done else '"l":"EXEC_STARTED","L":"EXECUTING"'
        return (
            f'{{"e":"listStatus","E":{ms(time_ns)},"s":"{form.symbol}","g":{members.list_id},'
            f'"c":"{kind}",{status},"r":"NONE","C":"{name}","T":{ms(time_ns)},"O":[{orders}]}}'
        )

    def _balance(self, event: BalanceChanged) -> Iterator[str]:
        sign = _SIGNS.get(Cause(event.cause), 0)
        if event.account != self._account:
            sign = -sign
        self._assets[event.asset] = None
        if sign:
            asset = self._door.services.registry.asset(event.asset)
            amount = text_of(sign * event.amount_units, asset.unit_decimals)
            yield (
                f'{{"e":"balanceUpdate","E":{ms(event.time_ns)},"a":"{asset.symbol}",'
                f'"d":"{amount}","T":{ms(event.time_ns)}}}'
            )

    def _position(self) -> str:
        """Return the balances that may have changed, as they are now."""
        time_ms, rows = ms(self._events[-1].time_ns), []
        for number in sorted(self._assets):
            asset = self._door.services.registry.asset(number)
            available, held = self._door.core.balance(self._account, number)
            free, locked = (text_of(units, asset.unit_decimals) for units in (available, held))
            rows.append(f'{{"a":"{asset.symbol}","f":"{free}","l":"{locked}"}}')
        return (
            f'{{"e":"outboundAccountPosition","E":{time_ms},"u":{time_ms},"B":[{",".join(rows)}]}}'
        )


_HANDLERS: dict[type, Callable[[Teller, Any], Iterator[str]]] = {
    OrderAccepted: Teller._accepted,
    OrderTriggered: Teller._triggered,
    ChildPlaced: Teller._child,
    OrderReplaced: Teller._replaced,
    Trade: Teller._traded,
    MatchPrevented: Teller._prevented,
    OrderDone: Teller._done,
    ListAccepted: Teller._listed,
    BalanceChanged: Teller._balance,
}
