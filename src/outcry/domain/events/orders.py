"""What happened to orders."""

from enum import IntFlag
from typing import NamedTuple


class TradeFlag(IntFlag):
    """Flags of a `Trade`."""

    AUCTION = 1
    """Both orders traded in an uncross, at its one price."""


class OrderAccepted(NamedTuple):
    """An order was accepted; `hold_units` moved from available to held.

    With `OrderFlag.BOOKED` it joined the book whole and the level fields are set; otherwise what
    follows under the same sequence tells its fate.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    side: int
    kind: int
    time_in_force: int
    self_trade: int
    flags: int
    price_ticks: int
    lots: int
    budget_units: int
    hold_units: int
    cap_ppm: int
    key_length: int
    level_lots: int
    update_id: int
    key: str


class OrderTerms(NamedTuple):
    """The terms of the special order that was just accepted. See `commands.PlaceSpecial`."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    display_lots: int
    expires_ns: int
    trigger_ticks: int
    trail_ppm: int
    peg_offset_ticks: int
    interval_ns: int
    session: int
    slices: int
    api_key: int
    trigger: int
    peg: int
    time_in_force: int


class OrderBooked(NamedTuple):
    """What is open of an order joined the back of its level."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    side: int
    price_ticks: int
    open_lots: int
    level_lots: int
    update_id: int


class OrderReplaced(NamedTuple):
    """An order was reduced or replaced. `hold_units` is the change of its hold, signed.

    `level_lots` is of the old price. An order that lost its place is followed by its trades and by
    `OrderBooked` or `OrderDone`.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    side: int
    kept_priority: int
    price_ticks: int
    lots: int
    open_lots: int
    hold_units: int
    old_price_ticks: int
    level_lots: int
    update_id: int


class OrderDone(NamedTuple):
    """An order ended; `release_units` moved from held to available.

    `open_lots` is what was left of it. With `booked` it was in the book and the level fields are
    set.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    reason: int
    side: int
    booked: int
    open_lots: int
    filled_lots: int
    prevented_lots: int
    release_units: int
    price_ticks: int
    level_lots: int
    update_id: int


class Trade(NamedTuple):
    """Two orders traded. The header's account is the taker's.

    A release is what the fill freed of that order's hold; the cost is charged against it. A fee is
    in the quote asset, except the buyer's in a market that charges in the received asset; a
    negative one is a rebate. The level fields are of the maker's level; in an uncross they are 0,
    and an `OrderShown` of either order follows.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    trade_id: int
    taker_order_id: int
    maker_order_id: int
    maker_account: int
    taker_side: int
    flags: int
    price_ticks: int
    lots: int
    notional_units: int
    taker_fee_units: int
    maker_fee_units: int
    taker_release_units: int
    maker_release_units: int
    taker_open_lots: int
    maker_open_lots: int
    level_lots: int
    update_id: int


class MatchPrevented(NamedTuple):
    """Both orders of one account were decremented instead of trading."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    taker_order_id: int
    maker_order_id: int
    maker_account: int
    taker_side: int
    price_ticks: int
    lots: int
    taker_release_units: int
    maker_release_units: int
    taker_open_lots: int
    maker_open_lots: int
    level_lots: int
    update_id: int


class MassCancelled(NamedTuple):
    """A `CancelAll` ended; its orders' own `OrderDone` came before."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    side: int
    cancelled_orders: int


class OrderTriggered(NamedTuple):
    """What an order waited for has happened, and it runs now.

    `price_ticks` is the print that fired it, 0 for a slice; `lots` run at most.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    price_ticks: int
    lots: int


class OrderShown(NamedTuple):
    """What an order in the book shows of itself now.

    An iceberg was refilled and went to the back of its level, or an order traded in an uncross.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    side: int
    price_ticks: int
    shown_lots: int
    level_lots: int
    update_id: int


class OrderParked(NamedTuple):
    """A pegged order left the book and waits for a price. `price_ticks` is where it was."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    side: int
    price_ticks: int
    open_lots: int
    level_lots: int
    update_id: int


class ListAccepted(NamedTuple):
    """A list was accepted; its members' own `OrderAccepted` follow. Its id is its first order's.

    `third_order_id` is 0 where there are two members.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    list_id: int
    list_kind: int
    first_order_id: int
    second_order_id: int
    third_order_id: int


class ChildPlaced(NamedTuple):
    """The parent of this order is filled, and it is an order like any other from now on.

    It has `lots` in all now; `hold_units` moved from available to held, for a pair with its first
    member.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    lots: int
    hold_units: int
