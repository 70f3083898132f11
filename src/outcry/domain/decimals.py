"""Decimal text at the edge: exact, strict, and without a float on the way.

The grammar is checked before any number is made, so neither `1e1000000` nor a full-width digit
ever costs anything.
"""

import re

_GRAMMAR = re.compile(r"(0|[1-9][0-9]{0,19})(?:\.([0-9]{1,18}))?", re.ASCII)
_LONGEST = 39
_ZEROS = tuple("0" * n for n in range(40))


class BadDecimal(ValueError):
    """The text is not a plain decimal number of at most 20 and 18 digits."""


class TooPrecise(ValueError):
    """The number has more decimals than the unit; `lower` and `upper` are its valid neighbours."""

    def __init__(self, lower: int, upper: int) -> None:
        super().__init__(f"between {lower} and {upper} units")
        self.lower = lower
        self.upper = upper


def parse_units(text: str, decimals: int) -> int:
    """Return `text` as a whole number of units of 10^-decimals. Exact.

    Raises:
        BadDecimal: the text does not match the grammar.
        TooPrecise: it is, but is no whole number of units.
    """
    if len(text) > _LONGEST:
        raise BadDecimal
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise BadDecimal
    whole, fraction = match.groups()
    if fraction is None:
        return int(whole + _ZEROS[decimals])
    missing = decimals - len(fraction)
    if missing >= 0:
        return int(whole + fraction + _ZEROS[missing])
    kept, cut = fraction[:decimals], fraction[decimals:]
    units = int(whole + kept)
    if cut.strip("0"):
        raise TooPrecise(units, units + 1)
    return units


def format_units(units: int, decimals: int) -> str:
    """Return units of 10^-decimals as canonical decimal text, all decimals shown: "100.00"."""
    if decimals == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
