"""Decimal text to ticks, lots and units, and back. Exact, or refused with the nearest valid."""

from dataclasses import dataclass
from decimal import Decimal

from outcry.domain.decimals import BadDecimal, TooPrecise, format_units, parse_units
from outcry.domain.market import Asset, Market
from outcry.venue.errors import BadAmount

Amount = str | int | Decimal
"""`"100.05"`, `100` or `Decimal("100.05")`; a float is refused, for it is seldom what it shows."""

PRICE_DECIMALS = 18


def amount_text(amount: Amount) -> str:
    """Return an amount as plain decimal text.

    Raises:
        BadAmount: it is a float, or nothing that says an exact number.
    """
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        kind = type(amount).__name__
        raise BadAmount(f"{amount!r} is a {kind}; write amounts as text: {str(amount)!r}")
    return amount if isinstance(amount, str) else f"{amount:f}" if amount else "0"


def units_of(amount: Amount, decimals: int, what: str) -> int:
    """Return an amount in units of 10^-decimals.

    Raises:
        BadAmount: it is no plain decimal number, or finer than a unit.
    """
    text = amount_text(amount)
    try:
        return parse_units(text, decimals)
    except TooPrecise as error:
        near = " or ".join(format_units(n, decimals) for n in (error.lower, error.upper))
        raise BadAmount(f"{what} {text}: at most {decimals} decimals; nearest: {near}") from None
    except BadDecimal:
        raise BadAmount(f"{what} {text!r} is no plain decimal number, as in '100.05'") from None


@dataclass(frozen=True, slots=True)
class Scale:
    """How the numbers of one market are written.

    >>> usdt = Asset(2, "USDT", 6, 6)
    >>> scale = Scale(Asset(1, "BTC", 8, 8), usdt, mantissa=5, decimals=2, lot_units=10_000)
    >>> scale.ticks("100.05"), scale.price(2001)
    (2001, '100.05')
    >>> scale.ticks("100.01")
    Traceback (most recent call last):
    outcry.venue.errors.BadAmount: price 100.01 is no multiple of 0.05; nearest: 100.00 or 100.05
    """

    base: Asset
    quote: Asset
    mantissa: int
    decimals: int
    lot_units: int

    def ticks(self, price: Amount) -> int:
        """Return a price in ticks."""
        fine = units_of(price, PRICE_DECIMALS, "price")
        step: int = self.mantissa * 10 ** (PRICE_DECIMALS - self.decimals)
        ticks, rest = divmod(fine, step)
        if rest:
            near = " or ".join(map(self.price, (ticks, ticks + 1)))
            raise BadAmount(
                f"price {amount_text(price)} is no multiple of {self.price(1)}; nearest: {near}"
            )
        return ticks

    def lots(self, quantity: Amount) -> int:
        """Return a quantity of the base asset in lots."""
        units = units_of(quantity, self.base.unit_decimals, "quantity")
        lots, rest = divmod(units, self.lot_units)
        if rest:
            near = " or ".join(map(self.quantity, (lots, lots + 1)))
            raise BadAmount(
                f"quantity {amount_text(quantity)} is no multiple of {self.quantity(1)};"
                f" nearest: {near}"
            )
        return lots

    def budget_units(self, budget: Amount) -> int:
        """Return a budget in units of the quote asset."""
        return units_of(budget, self.quote.unit_decimals, "budget")

    def price(self, ticks: int) -> str:
        """Return a price as text."""
        return format_units(ticks * self.mantissa, self.decimals)

    def quantity(self, lots: int) -> str:
        """Return a quantity as text."""
        step, decimals = _shortened(self.lot_units, self.base.unit_decimals)
        return format_units(lots * step, decimals)


def scale_of(market: Market, base: Asset, quote: Asset) -> Scale:
    """Return how the numbers of a market are written."""
    return Scale(base, quote, market.tick_mantissa, market.tick_decimals, market.lot_units)


def tick_of(tick: Amount) -> tuple[int, int]:
    """Return a tick size as (mantissa, decimals), as short as it can be.

    >>> tick_of("0.050"), tick_of("25")
    ((5, 2), (25, 0))
    """
    return _shortened(units_of(tick, PRICE_DECIMALS, "tick"), PRICE_DECIMALS)


def _shortened(mantissa: int, decimals: int) -> tuple[int, int]:
    """Return the same number without the zeros at its end."""
    while decimals and mantissa and mantissa % 10 == 0:
        mantissa, decimals = mantissa // 10, decimals - 1
    return mantissa, decimals
