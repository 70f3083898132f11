"""What the venue in process answers: plain values, amounts in whole units beside their text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from outcry import codec
from outcry.domain import events as e
from outcry.engine.core import Core
from outcry.venue.history import History
from outcry.venue.words.fields import ENUMERATIONS, ENUMERATIONS_OF
from outcry.venue.words.speak import Words


class Balance(NamedTuple):
    """Units of one asset that an account has, free and bound to orders."""

    available_units: int
    held_units: int


class Level(NamedTuple):
    """All displayed lots at one price."""

    price_ticks: int
    lots: int


@dataclass(frozen=True, slots=True)
class Book:
    """A market's displayed levels, best first, as after the market's `update_id`-th change."""

    update_id: int
    bids: list[Level]
    asks: list[Level]


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade, as one of its two orders sees it."""

    trade_id: int
    sequence: int
    time_ns: int
    price_ticks: int
    lots: int
    notional_units: int
    fee_units: int
    is_maker: bool


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. `status` is "open", "waiting" (not in the book yet) or "done".

    `reason` is why it ended. filled + open + prevented + what was cancelled or reduced is what it
    asked for. Where the venue was restored from a bare snapshot, words of its placing are empty.
    """

    order_id: int
    account: int
    market: int
    side: str
    kind: str
    time_in_force: str
    key: str
    price_ticks: int
    lots: int
    budget_units: int
    open_lots: int
    filled_lots: int
    prevented_lots: int
    status: str
    reason: str
    fills: tuple[Fill, ...] = ()

    @property
    def notional_units(self) -> int:
        """The quote units its fills traded."""
        return sum(fill.notional_units for fill in self.fills)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one command. True where it was accepted.

    `order` is the order as the command left it, `fills` what it traded at once; `reason` is that of
    a refusal, else empty. For a repeated key `order` is that of the first time.
    """

    events: list[Words]
    accepted: bool
    reason: str = ""
    order: Order | None = None
    fills: tuple[Fill, ...] = ()

    def __bool__(self) -> bool:
        return self.accepted

    @property
    def order_id(self) -> int:
        """The order's id; 0 where there is none."""
        return self.order.order_id if self.order else 0


@dataclass(slots=True)
class _Life:
    """The events that tell an order's life."""

    accepted: e.OrderAccepted | None = None
    replaced: e.OrderReplaced | None = None
    done: e.OrderDone | None = None
    trades: list[e.Trade] = field(default_factory=list)


class Orders:
    """Orders of all times, looked up in the history; it reads only what it has not read yet."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read = 0
        self._lives: dict[int, _Life] = {}
        self._alive: dict[int, dict[int, None]] = {}

    def view(self, order_id: int, core: Core) -> Order | None:
        """Return an order, None where nobody ever heard of it."""
        self._catch_up()
        life = self._lives.get(order_id) or _Life()
        row = core.order(order_id)
        if row is not None:
            return _open(life, row)
        return _ended(life) if life.accepted or life.done else None

    def open_ids(self, account: int, market: int, core: Core) -> list[int]:
        """Return the ids of an account's orders that have not ended, ascending."""
        self._catch_up()
        ids = {row[0] for row in core.open_orders(account, market)}
        for order_id in self._alive.get(account, {}):
            accepted = self._lives[order_id].accepted
            if accepted and market in {0, accepted.market}:
                ids.add(order_id)
        return sorted(ids)

    def _catch_up(self) -> None:
        for records in self._history.events[self._read :]:
            for event in codec.decode_events(records):
                self._consume(event)
        self._read = len(self._history.events)

    def _consume(self, event: e.Event) -> None:
        if isinstance(event, e.OrderAccepted):
            self._lives[event.order_id] = _Life(accepted=event)
            self._alive.setdefault(event.account, {})[event.order_id] = None
        elif isinstance(event, e.OrderReplaced):
            self._life(event.order_id).replaced = event
        elif isinstance(event, e.OrderDone):
            self._life(event.order_id).done = event
            self._alive.get(event.account, {}).pop(event.order_id, None)
        elif isinstance(event, e.Trade):
            self._life(event.taker_order_id).trades.append(event)
            self._life(event.maker_order_id).trades.append(event)

    def _life(self, order_id: int) -> _Life:
        return self._lives.setdefault(order_id, _Life())


_SIDES = {number: name for name, number in ENUMERATIONS["side"].items()}
_KINDS = {number: name for name, number in ENUMERATIONS["kind"].items()}
_FORCES = {number: name for name, number in ENUMERATIONS["time_in_force"].items()}
_DONE = {number: name for name, number in ENUMERATIONS_OF["OrderDone", "reason"].items()}


def _open(life: _Life, row: tuple[int, ...]) -> Order:
    order_id, account, market, side, price_ticks, lots, open_lots, prevented_lots = row[:8]
    return Order(
        order_id=order_id,
        account=account,
        market=market,
        side=_SIDES[side],
        price_ticks=price_ticks,
        lots=lots,
        open_lots=open_lots,
        filled_lots=lots - open_lots - prevented_lots,
        prevented_lots=prevented_lots,
        status="open",
        reason="",
        fills=_fills(life, order_id),
        **_placing(life),
    )


def _ended(life: _Life) -> Order:
    """Return an order that is in no book: it ended, or it waits for something."""
    born, done = life.accepted, life.done
    first: Any = born or done
    last: Any = life.replaced or born or done
    return Order(
        order_id=first.order_id,
        account=first.account,
        market=first.market,
        side=_SIDES[first.side],
        price_ticks=last.price_ticks,
        lots=getattr(last, "lots", 0),
        open_lots=0 if done else last.lots,
        filled_lots=done.filled_lots if done else 0,
        prevented_lots=done.prevented_lots if done else 0,
        status="done" if done else "waiting",
        reason=_DONE.get(done.reason, "") if done else "",
        fills=_fills(life, first.order_id),
        **_placing(life),
    )


def _placing(life: _Life) -> dict[str, Any]:
    born = life.accepted
    return {
        "kind": _KINDS.get(born.kind, "") if born else "",
        "time_in_force": _FORCES.get(born.time_in_force, "") if born else "",
        "key": born.key if born else "",
        "budget_units": born.budget_units if born else 0,
    }


def _fills(life: _Life, order_id: int) -> tuple[Fill, ...]:
    return tuple(fill_of(trade, order_id) for trade in life.trades)


def fill_of(trade: e.Trade, order_id: int) -> Fill:
    """Return a trade as one of its orders sees it."""
    is_maker = trade.maker_order_id == order_id
    return Fill(
        trade_id=trade.trade_id,
        sequence=trade.sequence,
        time_ns=trade.time_ns,
        price_ticks=trade.price_ticks,
        lots=trade.lots,
        notional_units=trade.notional_units,
        fee_units=trade.maker_fee_units if is_maker else trade.taker_fee_units,
        is_maker=is_maker,
    )


def fills_of(events: list[e.Event], order_id: int) -> Iterator[Fill]:
    """Yield what an order traded in these events."""
    for event in events:
        if isinstance(event, e.Trade) and order_id in {event.taker_order_id, event.maker_order_id}:
            yield fill_of(event, order_id)
