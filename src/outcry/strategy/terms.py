"""A market's rules, and how its whole numbers are written as amounts."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache

from outcry.domain.decimals import format_units

Amount = str | int | Decimal
"""What an amount may be given as. A float is refused, because it is seldom what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One market.

    >>> terms = Terms(market="BTC_USDT", base="BTC", quote="USDT", tick="0.01", lot="0.0001",
    ...               base_decimals=8, quote_decimals=6)
    >>> terms.ticks("100.009"), terms.ticks("100.009", up=True), terms.price(10_001)
    (10000, 10001, Decimal('100.01'))
    >>> terms.lots("0.00025"), terms.quantity(2), terms.notional_units(10_001, 2)
    (2, Decimal('0.0002'), 20002)
    """

    market: str
    base: str
    quote: str
    tick: str
    """Whole quote per whole base."""
    lot: str
    """Whole base."""
    base_decimals: int
    quote_decimals: int
    maker_ppm: int = 0
    taker_ppm: int = 0
    fees_in_received: bool = False
    """Whether a buyer pays its fee in the base asset; else every fee is in the quote asset."""
    min_lots: int = 1
    min_notional_units: int = 0

    def price(self, ticks: int) -> Decimal:
        """Return a price in whole quote per whole base."""
        return Decimal(self.tick) * ticks

    def quantity(self, lots: int) -> Decimal:
        """Return a quantity in whole base."""
        return Decimal(self.lot) * lots

    def ticks(self, price: Amount, *, up: bool = False) -> int:
        """Return a price in ticks, rounded down, or up.

        Raises:
            TypeError: it is a float.
        """
        return _steps(price, self.tick, up=up)

    def lots(self, quantity: Amount) -> int:
        """Return a quantity in lots, rounded down.

        Raises:
            TypeError: it is a float.
        """
        return _steps(quantity, self.lot, up=False)

    @property
    def lot_units(self) -> int:
        """The base units of one lot."""
        return _units(self.lot, "1", self.base_decimals)

    @property
    def step_units(self) -> int:
        """The quote units that one lot costs at a price of one tick."""
        return _units(self.tick, self.lot, self.quote_decimals)

    def notional_units(self, price_ticks: int, lots: int) -> int:
        """Return what lots cost at a price, in quote units. Exact."""
        return price_ticks * lots * self.step_units

    def base_text(self, units: int) -> str:
        """Return base units as decimal text."""
        return format_units(units, self.base_decimals)

    def quote_text(self, units: int) -> str:
        """Return quote units as decimal text."""
        return format_units(units, self.quote_decimals)


@lru_cache
def _units(amount: str, times: str, decimals: int) -> int:
    return int((Decimal(amount) * Decimal(times)).scaleb(decimals))


def _steps(amount: Amount, step: str, *, up: bool) -> int:
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        raise TypeError(f"an amount is text, int or Decimal, not {type(amount).__name__}")
    rounding = ROUND_CEILING if up else ROUND_FLOOR
    return int((Decimal(amount) / Decimal(step)).to_integral_value(rounding))
