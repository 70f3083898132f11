"""Volume and fees by UTC day: of every account in every market, and of every market."""

from collections.abc import Iterable
from typing import Any

from outcry.domain.events import Trade
from outcry.domain.units import DAY_NS
from outcry.ledger.rows import Row

AccountDay = list[int]
"""trades, lots, quote_units, base_fee_units, quote_fee_units"""
MarketDay = list[int]
"""open_ticks, high_ticks, low_ticks, close_ticks, then as above"""
HIGH, LOW, CLOSE, MARKET_TRADES = 1, 2, 3, 4


class Days:
    """The sums of the day under way, and those of earlier days that wait for the store."""

    __slots__ = ("accounts", "changed_accounts", "changed_markets", "day", "markets")

    def __init__(self) -> None:
        self.day = 0
        """The last one on which something traded; `accounts` and `markets` are of it."""
        self.accounts: dict[tuple[int, int, int], AccountDay] = {}
        self.markets: dict[tuple[int, int], MarketDay] = {}
        self.changed_accounts: dict[tuple[int, int, int], AccountDay] = {}
        self.changed_markets: dict[tuple[int, int], MarketDay] = {}

    def restore(
        self, account_days: Iterable[tuple[Any, ...]], market_days: Iterable[tuple[Any, ...]]
    ) -> None:
        """Go on with the stored rows of the last day on which something traded."""
        for account, market, day, *sums in account_days:
            self.day = day
            self.accounts[account, market, day] = [int(value) for value in sums]
        for market, day, *sums in market_days:
            self.markets[market, day] = [int(value) for value in sums]

    def take(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of accounts and of markets that changed since the last call."""
        accounts, markets = self.changed_accounts, self.changed_markets
        self.changed_accounts, self.changed_markets = {}, {}
        return (
            [(*key, sums[0], *map(str, sums[1:])) for key, sums in accounts.items()],
            [(*key, *sums[:5], *map(str, sums[5:])) for key, sums in markets.items()],
        )

    def account_day(self, account: int, market: int) -> AccountDay:
        """Return the sums of an account in a market, today, to be changed."""
        key = account, market, self.day
        sums = self.accounts.get(key)
        if sums is None:
            sums = self.accounts[key] = [0, 0, 0, 0, 0]
        self.changed_accounts[key] = sums
        return sums

    def market_day(self, market: int, price_ticks: int) -> MarketDay:
        """Return the sums of a market, today, to be changed."""
        key = market, self.day
        sums = self.markets.get(key)
        if sums is None:
            price = price_ticks
            sums = self.markets[key] = [price, price, price, price, 0, 0, 0, 0, 0]
        self.changed_markets[key] = sums
        return sums

    def begin(self, day: int) -> None:
        """Begin a new day."""
        self.day, self.accounts, self.markets = day, {}, {}


def add_trade(days: Days, event: Trade, buyer_pays_in_base: bool) -> None:
    """Take in a trade. `compiled` has a twin of this."""
    # fmt: off
    (
        _, _, time_ns, taker, market, _, _, _, maker, taker_side, _, price, lots, notional,
        taker_quote, maker_quote, _, _, _, _, _, _,
    ) = event
    # fmt: on
    if time_ns // DAY_NS > days.day:
        days.begin(time_ns // DAY_NS)
    taker_base = maker_base = 0
    if buyer_pays_in_base and taker_side:
        maker_base, maker_quote = maker_quote, 0
    elif buyer_pays_in_base:
        taker_base, taker_quote = taker_quote, 0
    _add_up(days.account_day(taker, market), 0, (lots, notional, taker_base, taker_quote))
    _add_up(days.account_day(maker, market), 0, (lots, notional, maker_base, maker_quote))
    sums = days.market_day(market, price)
    sums[HIGH], sums[LOW] = max(sums[HIGH], price), min(sums[LOW], price)
    sums[CLOSE] = price
    fees = taker_base + maker_base, taker_quote + maker_quote
    _add_up(sums, MARKET_TRADES, (lots, notional, *fees))


def _add_up(sums: list[int], trades: int, more: tuple[int, int, int, int]) -> None:
    sums[trades] += 1
    for place, units in enumerate(more, trades + 1):
        sums[place] += units
