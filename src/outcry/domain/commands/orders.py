"""Commands of traders: orders and what becomes of them."""

from dataclasses import dataclass

from outcry.domain.commands.header import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder(Command):
    """Place an order.

    `price_ticks` for limits, `lots` for limits and market orders by size, `budget_units` (quote)
    for market orders by budget; what does not apply is 0.
    """

    side: int
    kind: int = 0
    time_in_force: int = 0
    self_trade: int = 0
    flags: int = 0
    price_ticks: int = 0
    lots: int = 0
    budget_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSpecial(PlaceOrder):
    """Place an order with terms; a term that does not apply is 0.

    `display_lots`: an iceberg shows so many at a time. `expires_ns`: when a `GTD` order ends.
    `trigger` with `trigger_ticks`: the order waits for a print (see `order.Trigger`); `TRAIL`
    follows the market at a distance of `trail_ppm`. `peg` with `peg_offset_ticks`: its price
    follows the book's (see `order.Peg`), never beyond `price_ticks`. `slices` and `interval_ns`:
    it runs in so many parts, one an interval (TWAP). `session` and `api_key` say what its life is
    tied to.
    """

    display_lots: int = 0
    expires_ns: int = 0
    trigger_ticks: int = 0
    trail_ppm: int = 0
    peg_offset_ticks: int = 0
    interval_ns: int = 0
    session: int = 0
    slices: int = 0
    api_key: int = 0
    trigger: int = 0
    peg: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One order of a list: what `PlaceSpecial` says of an order, without the header."""

    side: int
    kind: int = 0
    time_in_force: int = 0
    self_trade: int = 0
    flags: int = 0
    price_ticks: int = 0
    lots: int = 0
    budget_units: int = 0
    display_lots: int = 0
    expires_ns: int = 0
    trigger_ticks: int = 0
    trail_ppm: int = 0
    peg_offset_ticks: int = 0
    interval_ns: int = 0
    session: int = 0
    slices: int = 0
    api_key: int = 0
    trigger: int = 0
    peg: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceList(Command):
    """Place two or three orders that belong together. See `order.ListKind` for who is who."""

    list_kind: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder(Command):
    """Cancel what is open of an order, named by id, or (id 0) by the hash of its key."""

    order_id: int = 0
    target: bytes = bytes(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReduceOrder(Command):
    """Take `lots` off what is open of an order; it keeps its place in the queue."""

    order_id: int = 0
    target: bytes = bytes(16)
    lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceOrder(Command):
    """Give an order a new price and a new total size, atomically. It keeps its id."""

    order_id: int = 0
    target: bytes = bytes(16)
    price_ticks: int = 0
    lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReplace(Command):
    """Cancel one order, then place a new one with a new id. See `ReplaceMode`."""

    order_id: int = 0
    target: bytes = bytes(16)
    mode: int = 1
    side: int = 0
    kind: int = 0
    time_in_force: int = 0
    self_trade: int = 0
    flags: int = 0
    price_ticks: int = 0
    lots: int = 0
    budget_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll(Command):
    """Cancel an account's open orders, in one market or (0) all, of one side or both (2)."""

    side: int = 2
