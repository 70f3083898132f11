"""The bots that this venue itself runs, and how each is set."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.native.schemas import Amount, AmountIn, In, Time


class BotParametersOut(msgspec.Struct, kw_only=True):
    """How the market maker quotes one market. A basis point is a ten thousandth of the price."""

    reference: Literal["walk", "fixed", "oracle", "recorded"]
    price: str | None
    """Of `fixed` and the middle of `walk`."""
    strategy: Literal["inventory", "plain"]
    levels: int
    spacing_bps: float
    spread_bps: float
    spread_max_bps: float
    quantity: Amount
    growth_percent: int
    position_max: Amount
    keep_bps: float
    refresh_s: float
    noise_quantity: str | None
    """The largest order of the noise taker; null where there is none."""
    noise_every_s: float


class BotMetricsOut(msgspec.Struct, kw_only=True):
    """What a bot says of itself. `refused`: refusals that nobody had to expect."""

    at: Time
    connected: bool
    pnl_quote: Amount | None
    position_base: Amount
    cash_quote: Amount
    fees_quote: Amount
    traded_quote: Amount
    fills: int
    open_orders: int
    reference_price: Amount | None
    spread_bps: float | None
    lean_bps: float | None
    volatility_bps: float | None
    refused: int


class BotOut(msgspec.Struct, kw_only=True):
    """A bot: the market maker in one market, with the noise taker beside it.

    `state`: running; starting, and it has said nothing yet; stopped by staff; ended by itself.
    """

    bot: str
    market: str
    state: Literal["running", "starting", "stopped", "ended"]
    account: int | None
    since: Time | None
    parameters: BotParametersOut
    metrics: BotMetricsOut | None


class BotsOut(msgspec.Struct):
    """The bots that this venue runs; none where it runs none."""

    bots: list[BotOut]


class BotParametersIn(In):
    """What is to change of a bot; what is not named stays. It starts anew with it."""

    reason: str
    reference: Literal["walk", "fixed"] | None = None
    price: AmountIn | None = None
    strategy: Literal["inventory", "plain"] | None = None
    levels: Annotated[int, Meta(ge=1, le=50)] | None = None
    spacing_bps: Annotated[float, Meta(gt=0, le=1_000)] | None = None
    spread_bps: Annotated[float, Meta(gt=0, le=1_000)] | None = None
    spread_max_bps: Annotated[float, Meta(gt=0, le=5_000)] | None = None
    quantity: AmountIn | None = None
    growth_percent: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    position_max: AmountIn | None = None
    keep_bps: Annotated[float, Meta(ge=0, le=100)] | None = None
    refresh_s: Annotated[float, Meta(gt=0, le=3_600)] | None = None
    noise_quantity: AmountIn | None = None
    noise_every_s: Annotated[float, Meta(gt=0, le=3_600)] | None = None
    noise: bool | None = None
    """False: without a noise taker."""
