"""Orders in the decimal text people write, as the words of a command."""

from collections.abc import Callable, Mapping
from typing import Any

from outcry.venue.amounts import Amount, Scale, amount_text, units_of
from outcry.venue.errors import BadCommand, suggest
from outcry.venue.words.fields import COMMAND_FIELDS
from outcry.venue.words.speak import Words

SECOND_DECIMALS = 9


def nanoseconds(seconds: Amount) -> int:
    """Return seconds in nanoseconds.

    Raises:
        BadAmount: they are a float, or finer than a nanosecond.
    """
    return units_of(seconds, SECOND_DECIMALS, "seconds")


def _offset(scale: Scale, offset: Amount) -> int:
    """Return a distance between prices in ticks; it may be negative."""
    text = amount_text(offset)
    return -scale.ticks(text[1:]) if text.startswith("-") else scale.ticks(text)


_DECIMAL: Mapping[str, tuple[str, Callable[[Scale, Amount], int]]] = {
    "price": ("price_ticks", Scale.ticks),
    "quantity": ("lots", Scale.lots),
    "budget": ("budget_units", Scale.budget_units),
    "display": ("display_lots", Scale.lots),
    "trigger_price": ("trigger_ticks", Scale.ticks),
    "peg_offset": ("peg_offset_ticks", _offset),
    "interval_s": ("interval_ns", lambda _, seconds: nanoseconds(seconds)),
}
"""By the name people use: the field it fills, and how."""


def order_words(scale: Scale, now_ns: int, said: Mapping[str, Any]) -> Words:
    """Return the fields of an order; what is None was not said.

    With a price or a peg it is a limit order, with a budget a market order by budget, else one by
    size. `expires_in_s` makes it `gtd`, `slide` makes it post-only. Other names are those of
    `PlaceSpecial`, as they are.

    Raises:
        BadAmount: an amount is not exact, or no multiple of tick or lot.
        BadCommand: there is no such name.
    """
    words: Words = {"kind": "limit" if _is_limit(said) else "market"}
    for name, value in said.items():
        if value is None:
            continue
        if name in _DECIMAL:
            field, read = _DECIMAL[name]
            words[field] = read(scale, value)
        elif name == "expires_in_s":
            words |= {"time_in_force": "gtd", "expires_ns": now_ns + nanoseconds(value)}
        elif name in _SAID:
            words[name] = value
        else:
            raise BadCommand(f"an order has no {name!r}; {suggest(name, [*_SAID, *_DECIMAL])}")
    if said.get("budget") is not None:
        words["kind"] = "budget"
    if words.get("slide"):
        words.setdefault("post_only", True)
    return words


def _is_limit(said: Mapping[str, Any]) -> bool:
    return said.get("price") is not None or said.get("peg") not in {None, "none", 0}


_PLACE = COMMAND_FIELDS["PlaceSpecial"]
_SAID = frozenset({*_PLACE, *_PLACE["flags"].words, "expires_in_s"}) - {"account", "market"}
