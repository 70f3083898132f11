"""Assets and markets as the venue defines them, and the states they pass through."""

from dataclasses import dataclass
from enum import IntEnum


class FeeAsset(IntEnum):
    """Which asset pays a fee."""

    QUOTE = 0
    """Both sides pay in the quote asset."""
    RECEIVED = 1
    """The buyer pays in base out of what it receives, the seller in quote."""


class MarketState(IntEnum):
    """Where a market is in its life."""

    CLOSED = 0
    PRE_OPEN = 1
    AUCTION = 2
    TRADING = 3
    HALTED = 4
    CANCEL_ONLY = 5
    RETIRED = 6
    """Closed for ever."""


class OnBand(IntEnum):
    """What happens when a price band stops a taker."""

    STOP = 0
    """Its rest ends."""
    HALT = 1
    """Its rest ends and the market halts."""


class VenueMode(IntEnum):
    """What the venue as a whole accepts."""

    NORMAL = 0
    CANCEL_ONLY = 1
    """Everything but new and replaced orders."""
    READ_ONLY = 2
    """Administration only."""
    HALTED = 3
    """A change of mode only."""


class AccountStatus(IntEnum):
    """What an account may do."""

    ACTIVE = 0
    REDUCE_ONLY = 1
    """Cancel, sell and withdraw, but not buy."""
    FROZEN = 2
    """Deposits credit, nothing leaves."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset and the precision the ledger keeps it in."""

    asset: int
    symbol: str
    unit_decimals: int
    chain_decimals: int


@dataclass(frozen=True, slots=True)
class Market:
    """A market's rules, as the last `SetMarket` and `SetFees` left them.

    The limits are those of accounts that have none of their own; -1 is no limit.

    One tick is `tick_mantissa x 10^-tick_decimals` of the quote asset for one whole base asset;
    one lot is `lot_units` units of the base asset; their product is `tick_value_units` quote units.
    """

    market: int
    symbol: str
    base: int
    quote: int
    tick_mantissa: int
    tick_decimals: int
    lot_units: int
    tick_value_units: int
    min_lots: int
    max_lots: int
    market_max_lots: int
    min_notional_units: int
    max_notional_units: int
    fee_asset: FeeAsset
    allow_self_trade: bool
    version: int
    state: MarketState
    maker_ppm: int
    taker_ppm: int
    auction_ppm: int
    limit_order_notional_units: int = -1
    limit_open_orders: int = 100
    limit_daily_notional_units: int = -1
    limit_stop_orders: int = -1
    limit_position_units: int = -1
    protection_ppm: int = 50_000


def tick_value_units(
    tick_mantissa: int, tick_decimals: int, lot_units: int, base_decimals: int, quote_decimals: int
) -> int:
    """Return tick x lot in quote units, or 0 where that is not a whole positive number."""
    numerator = tick_mantissa * lot_units * 10**quote_decimals
    value, rest = divmod(numerator, 10 ** (tick_decimals + base_decimals))
    return 0 if rest else value
