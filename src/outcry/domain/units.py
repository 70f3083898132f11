"""Integer units and the only arithmetic that crosses them.

A price is a whole number of ticks, a size a whole number of lots, money a whole number of an
asset's units. `tick_value_units` of a market is tick x lot in quote units, a whole number, so the
notional of every trade is exact; only a fee rounds.

A worked number: tick 0.05 INR, lot 1, INR with 4 decimals: 100.05 is 2,001 ticks, one tick of one
lot is 500 units, so 3 lots at 100.05 cost 3 x 2,001 x 500 = 3,001,500 units = 300.1500 INR.
"""

from typing import NewType

Ticks = NewType("Ticks", int)
Lots = NewType("Lots", int)
Units = NewType("Units", int)
AccountId = NewType("AccountId", int)
AssetId = NewType("AssetId", int)
MarketId = NewType("MarketId", int)
OrderId = NewType("OrderId", int)
Sequence = NewType("Sequence", int)

UNITS_LIMIT = 1 << 62
"""No balance, hold, notional or supply reaches this many units."""
ORDER_ID_LIMIT = 1 << 53
"""Order ids stay exact in every client's number type."""
ACCOUNT_LIMIT = 1 << 24
"""Account ids are 1 to ACCOUNT_LIMIT - 1; 0 is the venue itself."""
MARKET_LIMIT = 1 << 16
ASSET_LIMIT = 1 << 16
PPM = 1_000_000
DAY_NS = 86_400_000_000_000
VENUE_ACCOUNT = AccountId(0)


def notional_units(price_ticks: int, lots: int, tick_value_units: int) -> int:
    """Return the quote units that `lots` cost at `price_ticks`. Exact."""
    return price_ticks * lots * tick_value_units


def fee_units(amount_units: int, rate_ppm: int) -> int:
    """Return the fee on `amount_units` at a rate that is not negative, rounded up to a unit."""
    return -(-amount_units * rate_ppm // PPM)


def rebate_units(notional: int, rate_ppm: int, other_side_fee_units: int) -> int:
    """Return what a maker with a negative rate earns, never more than the other side pays."""
    return min(notional * -rate_ppm // PPM, other_side_fee_units)


def hold_per_lot_units(price_ticks: int, tick_value_units: int, cap_ppm: int) -> int:
    """Return what one lot of a resting buy holds where fees are taken in the quote asset.

    The fee is rounded up per lot, so no split of the order into fills can cost more than was held.
    """
    lot_units = price_ticks * tick_value_units
    return lot_units + fee_units(lot_units, cap_ppm)


def budget_lots(budget: int, lot_price_units: int, rate_ppm: int) -> int:
    """Return the most lots that `budget` quote units buy at one price, fee included."""
    return budget * PPM // (lot_price_units * (PPM + rate_ppm))
