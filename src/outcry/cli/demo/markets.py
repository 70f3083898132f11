"""The demo's assets and markets, and the liquidity that rests in them: plain tables."""

from dataclasses import dataclass

from outcry.domain.market import FeeAsset


@dataclass(frozen=True, slots=True)
class DemoAsset:
    """An asset, what each trader starts with and what the liquidity account has, in whole units."""

    asset: int
    symbol: str
    decimals: int
    chain_decimals: int
    trader_funds: int
    liquidity_funds: int


@dataclass(frozen=True, slots=True)
class DemoMarket:
    """A market and its ladder: `LEVELS` a side, `step_ticks` apart, around `middle_ticks`."""

    market: int
    base: DemoAsset
    quote: DemoAsset
    tick_mantissa: int
    lot_units: int
    fee_asset: FeeAsset
    maker_ppm: int
    taker_ppm: int
    middle_ticks: int
    step_ticks: int
    level_lots: int

    @property
    def symbol(self) -> str:
        """The market's name."""
        return f"{self.base.symbol}_{self.quote.symbol}"


TICK_DECIMALS = 2
LEVELS = 20
ORDER_NOTIONAL_LIMIT = 1_000_000
"""Of one order, in whole units of the quote asset."""
DAILY_NOTIONAL_LIMIT = 10_000_000
"""Of an account in a market in a day, in whole units of the quote asset."""

BTC = DemoAsset(1, "BTC", 8, 8, 10, 10_000)
ETH = DemoAsset(2, "ETH", 8, 18, 100, 100_000)
USDT = DemoAsset(3, "USDT", 6, 6, 1_000_000, 1_000_000_000)
INR = DemoAsset(4, "INR", 4, 4, 10_000_000, 1_000_000_000)
TATA = DemoAsset(5, "TATA", 0, 0, 10_000, 10_000_000)
JIO = DemoAsset(6, "JIO", 0, 0, 10_000, 10_000_000)
ASSETS = (BTC, ETH, USDT, INR, TATA, JIO)

_RECEIVED, _QUOTE = FeeAsset.RECEIVED, FeeAsset.QUOTE
MARKETS = (
    DemoMarket(1, BTC, USDT, 1, 10_000, _RECEIVED, 200, 500, 6_000_000, 500, 5_000),
    DemoMarket(2, ETH, USDT, 1, 10_000, _RECEIVED, 200, 500, 300_000, 50, 50_000),
    DemoMarket(3, TATA, INR, 5, 1, _QUOTE, -50, 500, 2_000, 2, 500),
    DemoMarket(4, JIO, INR, 5, 1, _QUOTE, -50, 500, 5_000, 4, 200),
)
