"""The strategy's orders at the venue, and what its events mean to the strategy."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from outcry.backtest.floor import STRATEGY
from outcry.domain import events as e
from outcry.domain.order import OrderFlag
from outcry.domain.rejects import Reject
from outcry.gateway.errors import CODE_OF_REJECT
from outcry.ledger.rows import STATE_NAMES, end_state
from outcry.strategy import Action, Event, Fill, OrderUpdate, Place, Side, Trade
from outcry.strategy.words import Status

GONE = Reject.UNKNOWN_ORDER
SIDES: tuple[Side, Side] = ("buy", "sell")


@dataclass(slots=True)
class Known:
    """An order of the strategy that the venue has."""

    key: str
    order_id: int
    side: Side
    price_ticks: int
    lots: int
    open_lots: int
    since_ns: int
    """When it got its place in the queue."""
    ahead_lots: int = 0
    """What was in front of it then, at its price."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A fill, and the order that it is of, as it was before."""

    fill: Fill
    order: Known
    rested_ns: int


class OwnOrders:
    """Turns the venue's events into the strategy's."""

    def __init__(self) -> None:
        self.by_id: dict[int, Known] = {}
        self.ids: dict[str, int] = {}
        self.rejected: Counter[str] = Counter()
        self.accepted = 0
        self.cancelled = 0
        self.late_cancels = 0
        self.filled: list[Filled] = []
        """Fills that nobody has taken yet."""

    def read(self, events: Sequence[e.Event], action: Action | None) -> Iterator[Event]:
        """Yield what the strategy will hear of a command's events; `action` is what it asked for.

        Its own orders' state follows their fills, once, at the end.
        """
        touched: dict[int, Known] = {}
        for event in events:
            match event:
                case e.OrderAccepted(account=account) if account == STRATEGY:
                    assert isinstance(action, Place)
                    touched[event.order_id] = self._accept(event, action.key)
                case e.Trade():
                    yield _trade(event)
                    yield from self._fills(event, touched)
                case e.OrderBooked() if event.order_id in self.by_id:
                    self._book(event)
                case e.OrderReplaced() if event.order_id in self.by_id:
                    touched[event.order_id] = self._replace(event)
                case e.OrderDone() if event.order_id in self.by_id:
                    touched.pop(event.order_id, None)
                    yield self._end(event)
                case e.CommandRejected() if action is not None:
                    yield from self._refuse(event, action)
                case _:
                    pass
        for known in touched.values():
            told = (known.price_ticks, known.lots, known.open_lots)
            yield OrderUpdate(events[0].time_ns, known.key, "open", *told)

    def _accept(self, event: e.OrderAccepted, key: str) -> Known:
        self.accepted += 1
        self.ids[key] = event.order_id
        known = self.by_id[event.order_id] = Known(
            key=key,
            order_id=event.order_id,
            side=SIDES[event.side],
            price_ticks=event.price_ticks,
            lots=event.lots,
            open_lots=event.lots,
            since_ns=event.time_ns,
        )
        if event.flags & OrderFlag.BOOKED:
            known.ahead_lots = event.level_lots - event.lots
        return known

    def _book(self, event: e.OrderBooked) -> None:
        known = self.by_id[event.order_id]
        known.since_ns = event.time_ns
        known.ahead_lots = event.level_lots - event.open_lots

    def _fills(self, trade: e.Trade, touched: dict[int, Known]) -> Iterator[Fill]:
        for order_id in (trade.maker_order_id, trade.taker_order_id):
            if order_id in self.by_id:
                touched[order_id] = self.by_id[order_id]
                yield self._fill(trade, order_id)

    def _fill(self, trade: e.Trade, order_id: int) -> Fill:
        known, is_maker = self.by_id[order_id], order_id == trade.maker_order_id
        fill = Fill(
            time_ns=trade.time_ns,
            trade_id=trade.trade_id,
            key=known.key,
            side=known.side,
            price_ticks=trade.price_ticks,
            lots=trade.lots,
            fee_units=trade.maker_fee_units if is_maker else trade.taker_fee_units,
            fee_in_base=False,
            is_maker=is_maker,
        )
        known.open_lots = trade.maker_open_lots if is_maker else trade.taker_open_lots
        rested_ns = trade.time_ns - known.since_ns if is_maker else 0
        self.filled.append(Filled(fill, known, rested_ns))
        return fill

    def _replace(self, event: e.OrderReplaced) -> Known:
        known = self.by_id[event.order_id]
        known.price_ticks = event.price_ticks
        known.lots, known.open_lots = event.lots, event.open_lots
        return known

    def _end(self, event: e.OrderDone) -> OrderUpdate:
        known = self.by_id.pop(event.order_id)
        del self.ids[known.key]
        status = cast(Status, STATE_NAMES[end_state(event.reason, event.filled_lots)])
        self.cancelled += status == "cancelled"
        told = (known.price_ticks, known.lots, event.open_lots)
        return OrderUpdate(event.time_ns, known.key, status, *told)

    def _refuse(self, event: e.CommandRejected, action: Action) -> Iterator[OrderUpdate]:
        key = getattr(action, "key", "")
        if not isinstance(action, Place) and event.reason == GONE:
            self.late_cancels += 1
            return
        code = CODE_OF_REJECT[Reject(event.reason)]
        self.rejected[code] += 1
        if isinstance(action, Place):
            price, lots = action.price_ticks or 0, action.lots
            yield OrderUpdate(event.time_ns, key, "rejected", price, lots, lots, code)
        elif key in self.ids:
            known = self.by_id[self.ids[key]]
            told = (known.price_ticks, known.lots, known.open_lots, code)
            yield OrderUpdate(event.time_ns, key, "open", *told)

    def take_filled(self) -> list[Filled]:
        """Return the fills since the last call."""
        found, self.filled = self.filled, []
        return found


def _trade(event: e.Trade) -> Trade:
    side = SIDES[event.taker_side]
    return Trade(event.time_ns, event.trade_id, event.price_ticks, event.lots, side)
