"""What each field of a command or an event is, and which word stands for which number.

Everything is derived from the classes in `domain.commands` and `domain.events` and from the record
layouts of `codec`. What an integer field enumerates stands in the two tables below; a field that is
in neither is a plain number.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from enum import IntEnum
from typing import Any

from outcry import codec
from outcry.codec.layouts import Layout, split_format
from outcry.codec.plain import letters
from outcry.domain.events import Cause, ModeCause, TradeFlag
from outcry.domain.market import AccountStatus, FeeAsset, MarketState, OnBand, VenueMode
from outcry.domain.order import (
    BOTH_SIDES,
    DoneReason,
    Kind,
    ListKind,
    OrderFlag,
    Peg,
    ReplaceMode,
    Scope,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from outcry.domain.rejects import Reject


def _names(words: type[IntEnum], **more: int) -> dict[str, int]:
    return {member.name.lower(): int(member) for member in words} | more


_COMMAND_NAMES = {layout.cls.__name__: layout.number for layout in codec.COMMANDS}

ENUMERATIONS: dict[str, Mapping[str, int]] = {
    "side": _names(Side),
    "taker_side": _names(Side),
    "kind": _names(Kind),
    "time_in_force": _names(TimeInForce),
    "self_trade": _names(SelfTrade),
    "trigger": _names(Trigger),
    "peg": _names(Peg),
    "list_kind": _names(ListKind),
    "scope": _names(Scope),
    "on_band": _names(OnBand),
    "fee_asset": _names(FeeAsset),
    "state": _names(MarketState),
    "status": _names(AccountStatus),
    "command": _COMMAND_NAMES,
}
"""What a field of this name says, wherever it stands."""

ENUMERATIONS_OF: dict[tuple[str, str], Mapping[str, int]] = {
    ("CancelAll", "side"): _names(Side, both=BOTH_SIDES),
    ("MassCancelled", "side"): _names(Side, both=BOTH_SIDES),
    ("CancelReplace", "mode"): _names(ReplaceMode),
    ("SetMode", "mode"): _names(VenueMode),
    ("ModeChanged", "mode"): _names(VenueMode),
    ("ModeChanged", "previous"): _names(VenueMode),
    ("ModeChanged", "cause"): _names(ModeCause),
    ("StateChanged", "previous"): _names(MarketState),
    ("AccountStatusChanged", "previous"): _names(AccountStatus),
    ("OrderDone", "reason"): _names(DoneReason),
    ("CommandRejected", "reason"): _names(Reject),
    ("CommandReplayed", "reason"): {"accepted": 0} | _names(Reject),
    ("BalanceChanged", "cause"): _names(Cause),
}
"""What a field says in one command or event; it comes before the table above."""

BOOLEANS = {"allow_self_trade", "booked", "failed", "internal", "kept_priority", "own", "staff"}


def _flags(*flags: OrderFlag | TradeFlag) -> dict[str, int]:
    return {str(flag.name).lower(): int(flag) for flag in flags}


COMMAND_FLAGS = _flags(OrderFlag.POST_ONLY, OrderFlag.SLIDE)
FLAGS: dict[str, Mapping[str, int]] = {
    "Trade": _flags(TradeFlag.AUCTION),
    "OrderAccepted": COMMAND_FLAGS | _flags(OrderFlag.BOOKED),
}
"""The booleans that stand for the bits of `flags`, by class; `COMMAND_FLAGS` where not listed."""
SYMBOLS = {"market": "market", "asset": "asset", "base": "asset", "quote": "asset"}
"""Fields that take a symbol in place of an id, and a symbol of what."""
NOT_SPOKEN = {"sequence", "internal"}
"""Header fields of a command that its sender has no say in."""


class Is:
    """What a field is."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    KEY = "key"
    """Text that names an order by its key; the record holds its hash."""
    ENUMERATION = "enumeration"
    FLAGS = "flags"
    ROWS = "rows"
    """A list of dicts, each with the fields in `Field.row`."""
    SYMBOL = "symbol"


_RANGES = {
    "B": (0, 2**8 - 1),
    "H": (0, 2**16 - 1),
    "I": (0, 2**32 - 1),
    "Q": (0, 2**64 - 1),
    "q": (-(2**63), 2**63 - 1),
}
TIME_LIMIT_NS = 1 << 62
"""In the year 2116; what is due later than this, such as the end of a day, still fits a record."""
_HEADER = {"account": "I", "market": "I", "event_index": "I", "sequence": "Q", "time_ns": "q"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a command or an event."""

    name: str
    is_a: str
    low: int = 0
    high: int = 0
    """Of numbers the range, of text the most characters."""
    default: Any = None
    required: bool = False
    words: Mapping[str, int] = dataclasses.field(default_factory=dict)
    numbers: Mapping[int, str] = dataclasses.field(default_factory=dict)
    row: "Mapping[str, Field]" = dataclasses.field(default_factory=dict)
    """Of rows the fields of one; `high` is how many there may be."""
    row_class: type = tuple


def _field(owner: str, name: str, letter: str, default: Any) -> Field:  # noqa: ANN401
    """Return what a field is; a default of MISSING makes it required."""
    required = default is MISSING
    if name in codec.TABLES:
        return _rows(name, default, required=required)
    if letter.endswith("s"):
        size = int(letter[:-1])
        is_a = Is.KEY if isinstance(default, bytes) else Is.TEXT
        return Field(name=name, is_a=is_a, high=size, default=default, required=required)
    words: Mapping[str, int] = {}
    if name == "flags":
        is_a, words = Is.FLAGS, FLAGS.get(owner, COMMAND_FLAGS)
    elif found := ENUMERATIONS_OF.get((owner, name)) or ENUMERATIONS.get(name):
        is_a, words = Is.ENUMERATION, found
    elif name in SYMBOLS:
        is_a = Is.SYMBOL
    else:
        is_a = Is.BOOLEAN if name in BOOLEANS else Is.NUMBER
    low, high = _RANGES[letter]
    if name == "time_ns":
        low, high = 0, TIME_LIMIT_NS - 1
    numbers = {number: word for word, number in words.items()}
    return Field(
        name=name,
        is_a=is_a,
        low=low,
        high=high,
        default=default,
        required=required,
        words=words,
        numbers=numbers,
    )


def _rows(name: str, default: Any, *, required: bool) -> Field:  # noqa: ANN401
    """Return a field of rows; those of `members` have the defaults of their class."""
    table = codec.TABLES[name]
    defaults: dict[str, Any] = {}
    if table.row is not None:
        defaults = {field.name: field.default for field in dataclasses.fields(table.row)}
    row = {
        part: _field(name, part, letter, defaults.get(part, MISSING))
        for part, letter in zip(table.names, split_format(table.struct.format), strict=True)
        if part != "-"
    }
    return Field(
        name=name,
        is_a=Is.ROWS,
        high=table.most,
        default=default,
        required=required,
        row=row,
        row_class=table.row or tuple,
    )


def _letters(layout: Layout) -> dict[str, str]:
    return _HEADER | dict(zip(layout.names, letters(layout), strict=True))


def _command_fields(layout: Layout) -> dict[str, Field]:
    owner, letter_of = layout.cls.__name__, _letters(layout)
    found = {}
    for field in dataclasses.fields(layout.cls):
        if field.name in NOT_SPOKEN:
            continue
        if field.name == "key":
            found["key"] = Field(name="key", is_a=Is.TEXT, high=codec.KEY_LENGTH_MAX, default="")
        elif field.name == "staff":
            found["staff"] = Field(name="staff", is_a=Is.BOOLEAN, high=1, default=False)
        else:
            letter = letter_of[field.name]
            found[field.name] = _field(owner, field.name, letter, field.default)
    return found


def _event_fields(layout: Layout) -> dict[str, Field]:
    owner, letter_of = layout.cls.__name__, _letters(layout)
    letter_of["key"] = f"{codec.KEY_LENGTH_MAX}s"
    names: tuple[str, ...] = layout.cls._fields  # type: ignore[attr-defined]  # a NamedTuple
    return {name: _field(owner, name, letter_of[name], MISSING) for name in names}


SPOKEN_FIELDS = {layout.cls.__name__: _command_fields(layout) for layout in codec.COMMANDS}
"""By command, by field, of every command there is."""
COMMAND_FIELDS = {
    layout.cls.__name__: SPOKEN_FIELDS[layout.cls.__name__] for layout in codec.OUTSIDE_COMMANDS
}
"""Of those that somebody outside may ask for: everything that `Venue.apply` takes."""
EVENT_FIELDS = {layout.cls.__name__: _event_fields(layout) for layout in codec.EVENTS}
"""By event, by field of its named tuple."""
COMMAND_CLASSES: dict[str, type] = {
    layout.cls.__name__: layout.cls for layout in codec.OUTSIDE_COMMANDS
}
EVENT_CLASSES: dict[str, type] = {layout.cls.__name__: layout.cls for layout in codec.EVENTS}
