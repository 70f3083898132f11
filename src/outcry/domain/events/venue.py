"""What happened to accounts, money, markets and the venue."""

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


class AccountOpened(NamedTuple):
    """An account was opened; `parent` is the account it is a sub-account of, 0 for none."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    parent: int


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
    limit_stop_orders: int
    limit_position_units: int
    protection_ppm: int
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
    stop_orders: int
    position_units: int


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


class RatesSet(NamedTuple):
    """An account's rates in a market changed, by its volume or by an order of the venue.

    With `own` 0 the market's rates are in force again.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    own: int
    maker_ppm: int
    taker_ppm: int


class RulesSet(NamedTuple):
    """A market's bands, breaker and auctions were given rules. See `commands.SetRules`."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    dynamic_ppm: int
    static_ppm: int
    window_ppm: int
    window_ns: int
    collar_ppm: int
    halt_ns: int
    auction_ns: int
    extension_ns: int
    on_band: int


class TiersSet(NamedTuple):
    """A market's fee tiers were set; none are left where `rows` is 0."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    rows: int


class ScheduleSet(NamedTuple):
    """A market's day was planned; `rows` entries, none for no schedule."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    rows: int


class SwitchSet(NamedTuple):
    """A dead man's switch was armed until `deadline_ns`, or (0) disarmed."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    scope: int
    api_key: int
    deadline_ns: int


class SwitchFired(NamedTuple):
    """A dead man's switch was not renewed in time; the cancelled orders' `OrderDone` follow."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    scope: int
    api_key: int


class SessionEnded(NamedTuple):
    """A session, or (0) every session, ended; its orders' `OrderDone` follow."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    session: int


class BandReached(NamedTuple):
    """A taker was stopped by a price band, and the market halts."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    order_id: int
    buy_low_ticks: int
    buy_high_ticks: int
    sell_low_ticks: int
    sell_high_ticks: int


class IndicativeChanged(NamedTuple):
    """What an auction would do now: at which price, how much, and what is left over on which side.

    `side` is the side of the surplus. Price 0: nothing would trade.
    """

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    price_ticks: int
    paired_lots: int
    surplus_lots: int
    side: int
    collar_low_ticks: int
    collar_high_ticks: int


class AuctionEnded(NamedTuple):
    """An auction printed `lots` at `price_ticks`, or (0) nothing crossed."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    price_ticks: int
    lots: int


class AuctionExtended(NamedTuple):
    """An auction's price lay outside its collar: it goes on until `until_ns` with a wider one."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    price_ticks: int
    until_ns: int
    collar_low_ticks: int
    collar_high_ticks: int


class RulesActivated(NamedTuple):
    """The venue goes by newer rules from here on. See `commands.ActivateRules`."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    rules: int
    previous: int


class CommandSkipped(NamedTuple):
    """An earlier command, which the engine failed on, was taken out of effect."""

    event_index: int
    sequence: int
    time_ns: int
    account: int
    market: int
    skipped_sequence: int
