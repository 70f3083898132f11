"""Events: what happened, in the past tense.

An event's identity is (epoch, sequence, index). Amounts are integers in the units their names end
in. Events that change a displayed level carry the level's lots afterwards and the market's
`update_id`, which counts such changes since genesis.

All share the header `event_index, sequence, time_ns, account, market`; the last two are 0 where
they do not apply. They are named tuples because a busy venue decodes a hundred thousand of them a
second.
"""

from enum import IntEnum
from typing import NamedTuple


class Cause(IntEnum):
    """Why a balance changed, and against what it is posted."""

    DEPOSIT = 1
    """external -> available"""
    WITHDRAWAL_REQUESTED = 2
    """available -> in flight"""
    WITHDRAWAL_FINAL = 3
    """in flight -> external"""
    WITHDRAWAL_FAILED = 4
    """in flight -> available"""
    TRANSFER = 5
    """available -> available of `counter_account`"""
    ADJUST_CREDIT = 6
    """venue:loss -> available"""
    ADJUST_DEBIT = 7
    """available -> venue:loss"""


class ModeCause(IntEnum):
    """Why the venue's mode changed."""

    COMMAND = 0
    CONSERVATION = 1
    """The sums of an asset no longer agree; the venue stopped itself."""


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
    negative one is a rebate. The level fields are of the maker's level.
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


class CommandRejected(NamedTuple):
    """A command was refused and changed nothing. `given` broke `bound`, in the rule's own unit."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    command: int
    reason: int
    order_id: int
    given: int
    bound: int


class CommandReplayed(NamedTuple):
    """The same key with the same content came again; `reason` 0 says it was accepted then."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    command: int
    reason: int
    order_id: int
    first_sequence: int


class BalanceChanged(NamedTuple):
    """Units moved outside of trading. `reference` is the withdrawal id where there is one."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    asset: int
    cause: int
    counter_account: int
    amount_units: int
    available_units: int
    reference: int


class MassCancelled(NamedTuple):
    """A `CancelAll` ended; its orders' own `OrderDone` came before."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    side: int
    cancelled_orders: int


class AccountOpened(NamedTuple):
    """An account was opened."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int


class AccountStatusChanged(NamedTuple):
    """An account moved to another status."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    status: int
    previous: int


class AssetSet(NamedTuple):
    """An asset was defined."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    asset: int
    unit_decimals: int
    symbol: str
    chain_decimals: int


class MarketSet(NamedTuple):
    """A market was defined or changed; `version` counts changes of tick or lot."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    symbol: str
    base: int
    quote: int
    tick_mantissa: int
    tick_decimals: int
    fee_asset: int
    allow_self_trade: int
    lot_units: int
    min_lots: int
    max_lots: int
    market_max_lots: int
    min_notional_units: int
    max_notional_units: int
    limit_order_notional_units: int
    limit_open_orders: int
    limit_daily_notional_units: int
    tick_value_units: int
    version: int


class FeesSet(NamedTuple):
    """A market's rates changed. `auction_ppm` is the rate in force, defaults resolved."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    maker_ppm: int
    taker_ppm: int
    auction_ppm: int


class LimitsSet(NamedTuple):
    """An account's limits changed."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_notional_units: int
    open_orders: int
    daily_notional_units: int
    open_orders_total: int


class StateChanged(NamedTuple):
    """A market moved to another state."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    state: int
    previous: int


class ModeChanged(NamedTuple):
    """The venue moved to another mode; `asset` names what failed conservation."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    mode: int
    previous: int
    cause: int
    asset: int


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
    trigger: int
    peg: int
    time_in_force: int


Event = (
    OrderAccepted
    | OrderBooked
    | OrderReplaced
    | OrderDone
    | Trade
    | MatchPrevented
    | CommandRejected
    | CommandReplayed
    | BalanceChanged
    | MassCancelled
    | AccountOpened
    | AccountStatusChanged
    | AssetSet
    | MarketSet
    | FeesSet
    | LimitsSet
    | StateChanged
    | ModeChanged
    | OrderTerms
)
