"""Volume and fees by UTC day: of every account in every market, and of every market."""

from collections.abc import Iterable
from typing import Any

from outcry.domain.events import Trade
from outcry.domain.units import DAY_NS
from outcry.ledger.rows import Row

_AccountDay = list[int]
"""trades, lots, quote_units, base_fee_units, quote_fee_units"""
_MarketDay = list[int]
"""open_ticks, high_ticks, low_ticks, close_ticks, then as above"""


class Days:
    """The sums of the day under way, and those of earlier days that wait for the store."""

    def __init__(self) -> None:
        self._day = 0
        self._accounts: dict[tuple[int, int, int], _AccountDay] = {}
        self._markets: dict[tuple[int, int], _MarketDay] = {}
        self._changed_accounts: dict[tuple[int, int, int], _AccountDay] = {}
        self._changed_markets: dict[tuple[int, int], _MarketDay] = {}

    def restore(
        self, account_days: Iterable[tuple[Any, ...]], market_days: Iterable[tuple[Any, ...]]
    ) -> None:
        """Go on with the stored rows of the last day on which something traded."""
        for account, market, day, *sums in account_days:
            self._day = day
            self._accounts[account, market, day] = [int(value) for value in sums]
        for market, day, *sums in market_days:
            self._markets[market, day] = [int(value) for value in sums]

    def add(self, event: Trade, buyer_pays_in_base: bool) -> None:
        """Take in a trade."""
        # fmt: off
        (
            _, _, time_ns, taker, market, _, _, _, maker, taker_side, _, price, lots, notional,
            taker_quote, maker_quote, _, _, _, _, _, _,
        ) = event
        # fmt: on
        day = time_ns // DAY_NS
        if day > self._day:
            self._day = day
            self._accounts, self._markets = {}, {}
        taker_base = maker_base = 0
        if buyer_pays_in_base and taker_side:
            maker_base, maker_quote = maker_quote, 0
        elif buyer_pays_in_base:
            taker_base, taker_quote = taker_quote, 0
        self._add_side((taker, market, day), lots, notional, taker_base, taker_quote)
        self._add_side((maker, market, day), lots, notional, maker_base, maker_quote)
        sums = self._market_day(market, day, price)
        if price > sums[1]:
            sums[1] = price
        elif price < sums[2]:
            sums[2] = price
        sums[3] = price
        sums[4] += 1
        sums[5] += lots
        sums[6] += notional
        sums[7] += taker_base + maker_base
        sums[8] += taker_quote + maker_quote

    def _add_side(
        self, key: tuple[int, int, int], lots: int, notional: int, base_fee: int, quote_fee: int
    ) -> None:
        sums = self._accounts.get(key)
        if sums is None:
            sums = self._accounts[key] = [0, 0, 0, 0, 0]
        self._changed_accounts[key] = sums
        sums[0] += 1
        sums[1] += lots
        sums[2] += notional
        sums[3] += base_fee
        sums[4] += quote_fee

    def _market_day(self, market: int, day: int, price: int) -> _MarketDay:
        key = market, day
        sums = self._markets.get(key)
        if sums is None:
            sums = self._markets[key] = [price, price, price, price, 0, 0, 0, 0, 0]
        self._changed_markets[key] = sums
        return sums

    def take(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of accounts and of markets that changed since the last call."""
        accounts, markets = self._changed_accounts, self._changed_markets
        self._changed_accounts, self._changed_markets = {}, {}
        return (
            [(*key, sums[0], *map(str, sums[1:])) for key, sums in accounts.items()],
            [(*key, *sums[:5], *map(str, sums[5:])) for key, sums in markets.items()],
        )
