"""Numbers in Binance's form: decimal text with eight places or more, and back, without a float.

The grammar is Binance's own: digits, and a point with digits behind it.
"""

import re
from functools import lru_cache

from outcry.domain.decimals import format_units
from outcry.domain.units import UNITS_LIMIT
from outcry.gateway.binance.wire.errors import BinanceError, illegal

PLACES = 8
LEGAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_GRAMMAR = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)
_LONGEST = 41
CACHED_NUMBERS = 16_384


def places_of(decimals: int) -> int:
    """Return how many places are written of a unit of 10^-decimals."""
    return max(decimals, PLACES)


@lru_cache(maxsize=32_768)
def text_of(units: int, decimals: int) -> str:
    """Return units of 10^-decimals with eight places or more: 10005 with 2 is "100.05000000"."""
    if decimals < PLACES:
        return format_units(units * 10 ** (PLACES - decimals), PLACES)
    return format_units(units, decimals)


def ppm_text(ppm: int) -> str:
    """Return a rate: 500 is "0.00050000"."""
    return text_of(ppm, 6)


class Number:
    """One kind of number of a market and how its text becomes units.

    `step` is how many of the 10^-decimals make one unit; `failure` is the filter a number breaks
    that is no multiple of it. Texts that were good are remembered, because they come again.
    """

    __slots__ = ("_failure", "_known", "_name", "decimals", "step")

    def __init__(self, name: str, failure: str, decimals: int, step: int) -> None:
        self._name = name
        self._failure = failure
        self.decimals = decimals
        self.step = step
        self._known: dict[str, int] = {}

    def units(self, text: str, name: str = "") -> int:
        """Return the whole number of units that `text` is, never 0.

        Raises:
            BinanceError: -1100, -1111, or -1013 with the filter's name.
        """
        return self._known.get(text) or self._parse(text, name or self._name)

    def _parse(self, text: str, name: str) -> int:
        match = _GRAMMAR.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None:
            raise illegal(name, LEGAL)
        whole, fraction = match[1], (match[2] or "").rstrip("0")
        if len(fraction) > places_of(self.decimals):
            raise BinanceError(-1111, f"Parameter '{name}' has too much precision.")
        kept = fraction[: self.decimals]
        value = int(whole + kept + "0" * (self.decimals - len(kept)))
        units, rest = divmod(value, self.step)
        if not units and not rest and kept == fraction:
            raise BinanceError(-1013, f"Invalid {name}.")
        if rest or kept != fraction or units >= UNITS_LIMIT:
            raise BinanceError(-1013, f"Filter failure: {self._failure}")
        if len(self._known) >= CACHED_NUMBERS:
            self._known.clear()
        self._known[text] = units
        return units
