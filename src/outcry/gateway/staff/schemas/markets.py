"""Markets as staff sees and changes them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.native.schemas import Amount, AmountIn, In, MarketOut, OptionalAmountIn, Time

StateName = Literal["closed", "pre_open", "auction", "trading", "halted", "cancel_only"]
Ppm = Annotated[int, Meta(ge=0, lt=1_000_000)]
Signed = Annotated[int, Meta(gt=-1_000_000, lt=1_000_000)]
Milliseconds = Annotated[int, Meta(ge=0, le=86_400_000)]
Count = Annotated[int, Meta(ge=0, lt=1 << 31)]


class BandsOut(msgspec.Struct, kw_only=True):
    """Price bands and breaker of a market; 0 is none.

    `dynamic_ppm` around the last price, `static_ppm` around the last auction price, `window_ppm`
    from the extremes of the last `window_ms`. `on_band` halt: a taker that a band stops halts the
    market; `halt_ms` later an auction begins, which ends `auction_ms` later, or by command (0).
    """

    dynamic_ppm: int
    static_ppm: int
    window_ppm: int
    window_ms: int
    collar_ppm: int
    on_band: Literal["stop", "halt"]
    halt_ms: int
    auction_ms: int
    extension_ms: int


class LimitsOut(msgspec.Struct, kw_only=True):
    """What an account may have in a market where it has no limit of its own; null is no limit."""

    order_notional: Amount | None
    open_orders: int | None
    daily_notional: Amount | None
    stop_orders: int | None
    position: Amount | None


class TierOut(msgspec.Struct):
    """Rates from a volume of 30 days on, in the quote asset."""

    volume: Amount
    maker_ppm: int
    taker_ppm: int


class PlannedOut(msgspec.Struct):
    """At a time of the UTC day, as HH:MM:SS, the market moves to a state."""

    time: str
    state: str


class StaffMarketOut(msgspec.Struct, kw_only=True):
    """A market: its rules as everybody sees them, and what only staff does."""

    rules: MarketOut
    auction_ppm: int
    allow_self_trade: bool
    protection_ppm: int
    limits: LimitsOut
    bands: BandsOut
    tiers: list[TierOut]
    schedule: list[PlannedOut]
    until: Time | None
    """When its halt or its auction ends by itself."""
    open_orders: int
    last_price: Amount | None


class StaffMarketsOut(msgspec.Struct):
    """All markets, by number."""

    markets: list[StaffMarketOut]


class FiltersIn(In):
    """Filters to change; what is not named stays, null is no maximum and no limit.

    `tick` and `lot` change only where nobody has an open order.
    """

    tick: AmountIn | msgspec.UnsetType = msgspec.UNSET
    lot: AmountIn | msgspec.UnsetType = msgspec.UNSET
    min_quantity: AmountIn | msgspec.UnsetType = msgspec.UNSET
    max_quantity: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    market_max_quantity: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    min_notional: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    max_notional: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    order_notional_limit: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    daily_notional_limit: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    position_limit: OptionalAmountIn | msgspec.UnsetType = msgspec.UNSET
    open_orders_limit: Count | None | msgspec.UnsetType = msgspec.UNSET
    stop_orders_limit: Count | None | msgspec.UnsetType = msgspec.UNSET
    protection_ppm: Ppm | msgspec.UnsetType = msgspec.UNSET


class FeesIn(In):
    """Rates; a rebate is below 0. `auction_ppm` null: as the maker's, at least 0."""

    maker_ppm: Signed
    taker_ppm: Ppm
    auction_ppm: Ppm | None = None


class TierIn(In):
    """Rates from a volume of 30 days on, in the quote asset."""

    volume: AmountIn
    maker_ppm: Signed
    taker_ppm: Ppm


class BandsIn(In):
    """Bands and breaker, all of them; what is not named is none."""

    dynamic_ppm: Ppm = 0
    static_ppm: Ppm = 0
    window_ppm: Ppm = 0
    window_ms: Milliseconds = 0
    collar_ppm: Ppm = 0
    on_band: Literal["stop", "halt"] = "stop"
    halt_ms: Milliseconds = 0
    auction_ms: Milliseconds = 0
    extension_ms: Milliseconds = 0


class PlannedIn(In):
    """At a time of the UTC day, as HH:MM:SS, the market moves to a state."""

    time: Annotated[str, Meta(extra_json_schema={"pattern": "^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]$"})]
    state: StateName


class MarketChangeIn(In):
    """What is to change of a market, at least one part of it, and why; another has to approve."""

    reason: str
    filters: FiltersIn | None = None
    fees: FeesIn | None = None
    tiers: list[TierIn] | None = None
    bands: BandsIn | None = None
    schedule: list[PlannedIn] | None = None


class NewMarketIn(In):
    """A market to define, closed at first, and why; another has to approve."""

    reason: str
    symbol: str
    tick: AmountIn
    lot: AmountIn
    base: str | None = None
    quote: str | None = None
    fee_asset: Literal["quote", "received"] = "quote"
    maker_ppm: Signed = 0
    taker_ppm: Ppm = 0
    min_quantity: OptionalAmountIn = None
    max_quantity: OptionalAmountIn = None
    market_max_quantity: OptionalAmountIn = None
    min_notional: OptionalAmountIn = None
    max_notional: OptionalAmountIn = None
    order_notional_limit: OptionalAmountIn = None
    daily_notional_limit: OptionalAmountIn = None
    open_orders_limit: int | None = None
    allow_self_trade: bool = False


class MarketStateIn(In):
    """To which state a market is to move at once, and why.

    `reference`: of an uncross, the price that is taken where volume and surplus leave a choice.
    """

    state: StateName
    reason: str
    reference: AmountIn | None = None


class ReasonIn(In):
    """Why."""

    reason: str
