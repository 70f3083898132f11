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
        day = event.time_ns // DAY_NS
        if day > self._day:
            self._day = day
            self._accounts, self._markets = {}, {}
        taker_fee, maker_fee = event.taker_fee_units, event.maker_fee_units
        taker_base = taker_fee if buyer_pays_in_base and not event.taker_side else 0
        maker_base = maker_fee if buyer_pays_in_base and event.taker_side else 0
        self._add_side(event, (event.account, event.market, day), taker_fee, taker_base)
        self._add_side(event, (event.maker_account, event.market, day), maker_fee, maker_base)
        self._add_market(event, day, taker_fee + maker_fee, taker_base + maker_base)

    def _add_side(
        self, event: Trade, key: tuple[int, int, int], fee_units: int, base_fee_units: int
    ) -> None:
        sums = self._accounts.get(key)
        if sums is None:
            sums = self._accounts[key] = [0, 0, 0, 0, 0]
        self._changed_accounts[key] = sums
        sums[0] += 1
        sums[1] += event.lots
        sums[2] += event.notional_units
        sums[3] += base_fee_units
        sums[4] += fee_units - base_fee_units

    def _add_market(self, event: Trade, day: int, fee_units: int, base_fee_units: int) -> None:
        key, price = (event.market, day), event.price_ticks
        sums = self._markets.get(key)
        if sums is None:
            sums = self._markets[key] = [price, price, price, price, 0, 0, 0, 0, 0]
        self._changed_markets[key] = sums
        if price > sums[1]:
            sums[1] = price
        elif price < sums[2]:
            sums[2] = price
        sums[3] = price
        sums[4] += 1
        sums[5] += event.lots
        sums[6] += event.notional_units
        sums[7] += base_fee_units
        sums[8] += fee_units - base_fee_units

    def take(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of accounts and of markets that changed since the last call."""
        accounts, markets = self._changed_accounts, self._changed_markets
        self._changed_accounts, self._changed_markets = {}, {}
        return (
            [(*key, sums[0], *map(str, sums[1:])) for key, sums in accounts.items()],
            [(*key, *sums[:5], *map(str, sums[5:])) for key, sums in markets.items()],
        )
