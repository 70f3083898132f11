"""What a strategy is told and what it may do, as plain values in ticks, lots and units."""

from dataclasses import dataclass
from typing import Literal, Protocol

Side = Literal["buy", "sell"]
Level = tuple[int, int]
"""(price_ticks, lots)"""
Status = Literal["open", "filled", "cancelled", "expired", "rejected"]
ENDED = frozenset({"filled", "cancelled", "expired", "rejected"})


# What happens


@dataclass(frozen=True, slots=True)
class Book:
    """The book as it is now, best levels first."""

    time_ns: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    @property
    def best_bid(self) -> int | None:
        """The best bid in ticks; None without one."""
        return self.bids[0][0] if self.bids else None

    @property
    def best_ask(self) -> int | None:
        """The best ask in ticks; None without one."""
        return self.asks[0][0] if self.asks else None

    @property
    def middle_half_ticks(self) -> int | None:
        """Twice the price in the middle, so that it is whole; None while a side is empty."""
        if not self.bids or not self.asks:
            return None
        return self.bids[0][0] + self.asks[0][0]


@dataclass(frozen=True, slots=True)
class Trade:
    """A public trade; `side` is the taker's."""

    time_ns: int
    trade_id: int
    price_ticks: int
    lots: int
    side: Side


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade of an own order. A negative fee is a rebate."""

    time_ns: int
    trade_id: int
    key: str
    side: Side
    price_ticks: int
    lots: int
    fee_units: int
    fee_in_base: bool
    """Whether the fee is in units of the base asset; else of the quote asset."""
    is_maker: bool


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """An own order as the venue has it now. Its fills were told before."""

    time_ns: int
    key: str
    status: Status
    price_ticks: int
    lots: int
    open_lots: int
    reason: str = ""
    """The code of a refusal, as in `docs/errors.md`; "" where there is none."""


@dataclass(frozen=True, slots=True)
class Timer:
    """The time that `timer_ns` asks for has come."""

    time_ns: int


Event = Book | Trade | Fill | OrderUpdate | Timer


# What may be done


@dataclass(frozen=True, slots=True)
class Place:
    """A new order. Without a price it is a market order."""

    key: str
    side: Side
    lots: int
    price_ticks: int | None
    time_in_force: Literal["gtc", "ioc", "fok"] = "gtc"
    post_only: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel one own order."""

    key: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Give an own order a new price and a new total of lots. It keeps its key."""

    key: str
    price_ticks: int
    lots: int


@dataclass(frozen=True, slots=True)
class CancelAll:
    """Cancel every own order of the market."""


Action = Place | Cancel | Replace | CancelAll


@dataclass(slots=True)
class OwnOrder:
    """An own order that has not ended, as far as the strategy has been told."""

    key: str
    side: Side
    price_ticks: int | None
    lots: int
    open_lots: int
    post_only: bool
    is_confirmed: bool = False
    """Whether the venue has said that it has it."""
    is_leaving: bool = False
    """Whether a cancel is on its way."""


class Desk(Protocol):
    """What runs a strategy: it tells the time and carries out what is asked."""

    @property
    def now_ns(self) -> int:
        """The time, in nanoseconds since 1970-01-01 UTC."""

    def act(self, action: Action) -> None:
        """Carry an action out. What becomes of it is told as events later, never at once."""
