"""From words to commands: every name, type and size is checked before anything happens."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.order import OrderFlag, TimeInForce
from outcry.domain.units import UNITS_LIMIT
from outcry.marketdata.registry import Registry
from outcry.venue.errors import BadCommand, suggest
from outcry.venue.words.fields import COMMAND_CLASSES, COMMAND_FIELDS, SYMBOLS, Field, Is

ORDER_NOTIONAL_LIMIT = 1_000_000
"""Of one order, in whole units of the quote asset, where `SetMarket` names no limit."""
DAILY_NOTIONAL_LIMIT = 10_000_000
"""Of an account in a market in a day, in whole units of the quote asset, likewise."""


class Names:
    """The symbols of a venue, and those that the batch being read is about to define."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._drafts: dict[str, dict[str, int]] = {"asset": {}, "market": {}}
        self._decimals: dict[int, int] = {}

    def find(self, what: str, symbol: str) -> int | None:
        """Return the id of an asset or a market."""
        if what == "asset":
            asset = self._registry.asset_by_symbol(symbol)
            known = asset.asset if asset else None
        else:
            market = self._registry.market_by_symbol(symbol)
            known = market.market if market else None
        return self._drafts[what].get(symbol) if known is None else known

    def symbols(self, what: str) -> list[str]:
        """Return all symbols of assets or of markets."""
        things = self._registry.assets() if what == "asset" else self._registry.markets()
        return [thing.symbol for thing in things] + list(self._drafts[what])

    def decimals(self, asset: int) -> int | None:
        """Return the unit decimals of an asset; None where it is not known."""
        for known in self._registry.assets():
            if known.asset == asset:
                return known.unit_decimals
        return self._decimals.get(asset)

    def draft(self, command: c.Command) -> None:
        """Let the rest of a batch use what this command will define, if it is accepted."""
        if isinstance(command, c.SetAsset):
            self._drafts["asset"].setdefault(command.symbol, command.asset)
            self._decimals.setdefault(command.asset, command.unit_decimals)
        elif isinstance(command, c.SetMarket):
            self._drafts["market"].setdefault(command.symbol, command.market)


def read_command(words: Mapping[str, Any], names: Names) -> c.Command:
    """Return the command that the words say; defaults filled in.

    Raises:
        BadCommand: they say none; the message names the field and what would be valid.
    """
    if not isinstance(words, Mapping):
        raise BadCommand(f"a command is a dict, not {_shown(words)}")
    name = words.get("command")
    if not isinstance(name, str) or name not in COMMAND_FIELDS:
        said = "has no 'command'" if name is None else f"{_shown(name)} is no command"
        raise BadCommand(f"{said}; {suggest(name, COMMAND_FIELDS)}")
    if name == "PlaceOrder" and _is_special(words):
        name = "PlaceSpecial"
    fields = COMMAND_FIELDS[name]
    values = _read_fields(name, fields, words, names)
    _read_targets(name, fields, words, values)
    if name == "SetMarket":
        _fill_limits(values, names)
    command: c.Command = COMMAND_CLASSES[name](**values)
    return command


def _read_fields(
    name: str, fields: Mapping[str, Field], words: Mapping[str, Any], names: Names
) -> dict[str, Any]:
    """Return what the words say of the fields of a command, or of one row in it."""
    values = {
        field.name: _read(name, field, words[field.name], names)
        for field in fields.values()
        if field.name in words and field.is_a not in {Is.FLAGS, Is.KEY}
    }
    _read_flags(name, fields, words, values)
    _check_names(name, fields, words)
    return values


def _is_special(words: Mapping[str, Any]) -> bool:
    """Return whether an order says something that only a special order can say."""
    time_in_force, flags = words.get("time_in_force"), words.get("flags", 0)
    ends = isinstance(time_in_force, str | int) and time_in_force in _ENDING
    bits = operator.index(flags) if hasattr(flags, "__index__") else 0
    slides = bool(words.get("slide")) or bool(bits & OrderFlag.SLIDE)
    return ends or slides or not _TERMS.isdisjoint(words)


_ENDING = frozenset({"gtd", "day", int(TimeInForce.GTD), int(TimeInForce.DAY)})
_TERMS = frozenset(COMMAND_FIELDS["PlaceSpecial"]) - frozenset(COMMAND_FIELDS["PlaceOrder"])


def _check_names(name: str, fields: Mapping[str, Field], words: Mapping[str, Any]) -> None:
    flags = fields["flags"].words if "flags" in fields else {}
    for word in words:
        if word != "command" and word not in fields and word not in flags:
            raise BadCommand(f"{name} has no {word!r}; {suggest(word, [*fields, *flags])}")
    missing = [
        field.name for field in fields.values() if field.required and field.name not in words
    ]
    if missing:
        raise BadCommand(f"{name} needs {', '.join(missing)}")


def _read(command: str, field: Field, value: object, names: Names) -> object:
    where = f"{command}.{field.name}"
    if field.is_a == Is.TEXT:
        return _text(where, field, value)
    if field.is_a == Is.ROWS:
        return _rows(where, field, value, names)
    if field.is_a == Is.BOOLEAN and isinstance(value, bool):
        return value if field.name == "staff" else int(value)
    if isinstance(value, str) and field.is_a == Is.SYMBOL:
        what = SYMBOLS[field.name]
        found = names.find(what, value)
        if found is None:
            raise BadCommand(f"{where}: no {what} {value!r}; {suggest(value, names.symbols(what))}")
        return found
    if isinstance(value, str) and field.is_a == Is.ENUMERATION:
        if value not in field.words:
            raise BadCommand(f"{where}: {value!r} is not known; {suggest(value, field.words)}")
        return field.words[value]
    number = _number(where, field, value)
    return bool(number) if field.name == "staff" else number


def _rows(where: str, field: Field, value: object, names: Names) -> tuple[object, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise BadCommand(f"{where}: {_shown(value)} is not a list of dicts")
    if len(value) > field.high:
        raise BadCommand(f"{where}: at most {field.high}, not {len(value)}")
    return tuple(_row(f"{where}[{i}]", field, row, names) for i, row in enumerate(value))


def _row(where: str, field: Field, value: object, names: Names) -> object:
    if not isinstance(value, Mapping):
        raise BadCommand(f"{where}: {_shown(value)} is not a dict")
    values = _read_fields(where, field.row, value, names)
    if field.row_class is tuple:
        return tuple(values[name] for name in field.row)
    return field.row_class(**values)


def _number(where: str, field: Field, value: object) -> int:
    wanted = {
        Is.BOOLEAN: "True or False",
        Is.SYMBOL: "a symbol or an id",
        Is.ENUMERATION: f"one of {', '.join(field.words)}, or its number",
        Is.FLAGS: "a whole number",
    }.get(field.is_a, "a whole number")
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise BadCommand(f"{where}: {_shown(value)} is not {wanted}")
    number = operator.index(value)
    if not field.low <= number <= field.high:
        raise BadCommand(f"{where}: {number} does not fit; {field.low} to {field.high} do")
    return number


def _text(where: str, field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise BadCommand(f"{where}: {_shown(value)} is not text")
    if len(value) > field.high or not value.isascii():
        raise BadCommand(f"{where}: {value!r} is not at most {field.high} ASCII characters")
    return value


def _read_flags(
    name: str, fields: Mapping[str, Field], words: Mapping[str, Any], values: dict[str, Any]
) -> None:
    field = fields.get("flags")
    if field is None:
        return
    bits = _number(f"{name}.flags", field, words.get("flags", 0))
    for flag, bit in field.words.items():
        on = words.get(flag, False)
        if not isinstance(on, bool) and on not in (0, 1):
            raise BadCommand(f"{name}.{flag}: {_shown(on)} is not True or False")
        bits |= bit if on else 0
    values["flags"] = bits


def _read_targets(
    name: str, fields: dict[str, Field], words: Mapping[str, Any], values: dict[str, Any]
) -> None:
    for field in fields.values():
        value = words.get(field.name)
        if field.is_a != Is.KEY or value is None or value == "":
            continue
        where = f"{name}.{field.name}"
        if isinstance(value, bytes) and len(value) == field.high:
            values[field.name] = value
            continue
        if not isinstance(value, str):
            raise BadCommand(f"{where}: {_shown(value)} is not the key of an order")
        if len(value) > codec.KEY_LENGTH_MAX or not value.isascii():
            raise BadCommand(f"{where}: a key has at most {codec.KEY_LENGTH_MAX} ASCII characters")
        values[field.name] = codec.key_hash(values.get("account", 0), value)


def _fill_limits(values: dict[str, Any], names: Names) -> None:
    """Give a market the usual limits where the words name none."""
    decimals = names.decimals(values["quote"])
    if decimals is None:  # the engine will refuse the market
        return
    for name, whole in (
        ("limit_order_notional_units", ORDER_NOTIONAL_LIMIT),
        ("limit_daily_notional_units", DAILY_NOTIONAL_LIMIT),
    ):
        values.setdefault(name, min(whole * 10**decimals, UNITS_LIMIT - 1))


def _shown(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"
