"""Events: what happened, in the past tense.

An event's identity is (epoch, sequence, index). Amounts are integers in the units their names end
in. Events that change a displayed level carry the level's lots afterwards and the market's
`update_id`, which counts such changes since genesis.
"""

from dataclasses import dataclass
from enum import IntEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The header every event shares. `account` and `market` are 0 where they do not apply."""

    sequence: int
    index: int
    time_ns: int
    account: int
    market: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(Event):
    """An order was accepted; `hold_units` moved from available to held.

    With `OrderFlag.BOOKED` it joined the book whole and the level fields are set; otherwise what
    follows under the same sequence tells its fate.
    """

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
    key: str
    level_lots: int
    update_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBooked(Event):
    """What is open of an order joined the back of its level."""

    order_id: int
    side: int
    price_ticks: int
    open_lots: int
    level_lots: int
    update_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReplaced(Event):
    """An order was reduced or replaced. `hold_units` is the change of its hold, signed.

    `level_lots` is of the old price. An order that lost its place is followed by its trades and by
    `OrderBooked` or `OrderDone`.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(Event):
    """An order ended; `release_units` moved from held to available.

    `open_lots` is what was left of it. With `booked` it was in the book and the level fields are
    set.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Event):
    """Two orders traded. The header's account is the taker's.

    A release is what the fill freed of that order's hold; the cost is charged against it. A fee is
    in the quote asset, except the buyer's in a market that charges in the received asset; a
    negative one is a rebate. The level fields are of the maker's level.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPrevented(Event):
    """Both orders of one account were decremented instead of trading."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRejected(Event):
    """A command was refused and changed nothing. `given` broke `bound`, in the rule's own unit."""

    command: int
    reason: int
    order_id: int
    given: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandReplayed(Event):
    """The same key with the same content came again; `reason` 0 says it was accepted then."""

    command: int
    reason: int
    order_id: int
    first_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChanged(Event):
    """Units moved outside of trading. `reference` is the withdrawal id where there is one."""

    asset: int
    cause: int
    counter_account: int
    amount_units: int
    available_units: int
    reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelled(Event):
    """A `CancelAll` ended; its orders' own `OrderDone` came before."""

    side: int
    cancelled_orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Event):
    """An account was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatusChanged(Event):
    """An account moved to another status."""

    status: int
    previous: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetSet(Event):
    """An asset was defined."""

    asset: int
    symbol: str
    unit_decimals: int
    chain_decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSet(Event):
    """A market was defined or changed; `version` counts changes of tick or lot."""

    symbol: str
    base: int
    quote: int
    tick_mantissa: int
    tick_decimals: int
    lot_units: int
    fee_asset: int
    allow_self_trade: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesSet(Event):
    """A market's rates changed. `auction_ppm` is the rate in force, defaults resolved."""

    maker_ppm: int
    taker_ppm: int
    auction_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSet(Event):
    """An account's limits changed."""

    order_notional_units: int
    open_orders: int
    daily_notional_units: int
    open_orders_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Event):
    """A market moved to another state."""

    state: int
    previous: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(Event):
    """The venue moved to another mode; `asset` names what failed conservation."""

    mode: int
    previous: int
    cause: int
    asset: int
