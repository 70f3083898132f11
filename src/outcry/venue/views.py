"""What the venue in process answers: plain values, amounts in whole units beside their text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from outcry.domain import events as e
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What makes an order special; words and numbers as in `PlaceSpecial`.

    `limit_ticks` is how far a pegged order may go, and `partner` the order it is linked with; both
    are 0 where there is none and when it is done.
    """

    display_lots: int
    expires_ns: int
    trigger: str
    trigger_ticks: int
    trail_ppm: int
    peg: str
    peg_offset_ticks: int
    slices: int
    interval_ns: int
    session: int
    api_key: int
    limit_ticks: int = 0
    partner: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands. `status` is "open" (in the book), "waiting" (outside it) or "done".

    `reason` is why it ended. filled + open + prevented + what was cancelled or reduced is what it
    asked for. `shown_lots` is what the book shows of it. What waits may be `pending`, the child of
    a list, or `queued`, triggered and about to run; `linked` orders share lots and hold with
    another. `terms` is None for a plain order. Where the venue was restored from a bare snapshot,
    words of its placing are empty.
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
    shown_lots: int = 0
    status: str
    reason: str
    post_only: bool = False
    slide: bool = False
    pending: bool = False
    queued: bool = False
    linked: bool = False
    terms: Terms | None = None
    fills: tuple[Fill, ...] = ()

    @property
    def notional_units(self) -> int:
        """The quote units its fills traded."""
        return sum(fill.notional_units for fill in self.fills)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one command. True where it was accepted.

    `order` is the order as the command left it, `fills` what it traded at once; `reason` is that of
    a refusal, else empty. For a repeated key `order` is that of the first time; of a list it is the
    first one.
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

    @property
    def order_ids(self) -> tuple[int, ...]:
        """The ids of all orders it placed: those of a list, in the order of its members."""
        return tuple(told["order_id"] for told in self.events if told["event"] == "OrderAccepted")


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
