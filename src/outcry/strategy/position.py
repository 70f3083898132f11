"""What a strategy has made of its fills: exact, in units of both assets, from zero on."""

from dataclasses import dataclass

from outcry.strategy.terms import Terms
from outcry.strategy.words import Fill


@dataclass(slots=True)
class Position:
    """What has come and gone since the start.

    Invariant: `base_units` and `quote_units` are the sums over all fills, fees included.
    """

    terms: Terms
    base_units: int = 0
    quote_units: int = 0
    fee_quote_units: int = 0
    """Fees less rebates, in quote units."""
    fee_base_units: int = 0
    """Fees less rebates, in base units."""
    fills: int = 0
    maker_fills: int = 0
    traded_lots: int = 0
    traded_units: int = 0
    """What was traded, in quote units."""

    def take(self, fill: Fill) -> None:
        """Take a fill in."""
        sign = 1 if fill.side == "buy" else -1
        notional = self.terms.notional_units(fill.price_ticks, fill.lots)
        self.base_units += sign * fill.lots * self.terms.lot_units
        self.quote_units -= sign * notional
        if fill.fee_in_base:
            self.base_units -= fill.fee_units
            self.fee_base_units += fill.fee_units
        else:
            self.quote_units -= fill.fee_units
            self.fee_quote_units += fill.fee_units
        self.fills += 1
        self.maker_fills += fill.is_maker
        self.traded_lots += fill.lots
        self.traded_units += notional

    @property
    def lots(self) -> int:
        """The position in whole lots, towards zero."""
        lots = abs(self.base_units) // self.terms.lot_units
        return lots if self.base_units >= 0 else -lots

    def value_units(self, mark_half_ticks: int) -> int:
        """Return profit or loss in quote units, with the position at a price; rounded down.

        `mark_half_ticks` is twice a price in ticks, as `Book.middle_half_ticks`.
        """
        worth = self.base_units * mark_half_ticks * self.terms.step_units
        return self.quote_units + worth // (2 * self.terms.lot_units)
