"""Internal commands: they follow from other commands and from time, and are never in the log."""

from dataclasses import dataclass

from outcry.domain.commands.header import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOrder(Command):
    """End an open order for a reason."""

    order_id: int
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOrder(Command):
    """Note that an order has been triggered and waits for its turn."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FireOrder(Command):
    """Let an order that was triggered by a print at `price_ticks` run."""

    order_id: int
    price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChildren(Command):
    """Place the child of a list, or its pair of children, of at most `lots` (0: as they are)."""

    first_order_id: int
    second_order_id: int = 0
    lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePeg(Command):
    """Move a pegged order to the back of another level, or (0) out of the book."""

    order_id: int
    price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSlice(Command):
    """Let `lots` of an order trade at once; what does not trade waits on."""

    order_id: int
    lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncross(Command):
    """Trade everything that crosses in the market of the header at one price."""

    price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutState(Command):
    """Move the market of the header to a state."""

    state: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBand(Command):
    """Set between which prices a buyer and a seller may take in the market of the header."""

    buy_low_ticks: int
    buy_high_ticks: int
    sell_low_ticks: int
    sell_high_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRates(Command):
    """Set the rates of the account of the header in the market, or (`own` 0) the market's."""

    own: int
    maker_ppm: int = 0
    taker_ppm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PutFloor(Command):
    """Note the least rates that tiers and own rates of the market of the header give."""

    maker_ppm: int
    taker_ppm: int
