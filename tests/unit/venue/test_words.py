"""Every command and every event can be said in words, and read back unchanged."""

from typing import Any

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.marketdata.registry import Registry
from outcry.venue import BadCommand, command_words, event_of, event_words
from outcry.venue.words.fields import COMMAND_FIELDS, Field, Is
from outcry.venue.words.read import Names, read_command

NAMES = Names(Registry())
MEMBER = {"side": "sell", "price_ticks": 9, "lots": 3}


def read(words: dict[str, Any]) -> c.Command:
    return read_command(words, NAMES)


def extremes(field: Field) -> list[Any]:
    """Return the least and the greatest value that a record holds for a field."""
    if field.is_a == Is.ROWS:
        rows = [{n: extremes(f)[i] for n, f in field.row.items()} for i in (0, 1)]
        made = [tuple(row.values()) if field.row_class is tuple else field.row_class(**row)
                for row in rows]  # fmt: skip
        return [(), tuple(made)]
    if field.is_a == Is.TEXT:
        return ["", "A" * min(field.high, 16)]
    if field.is_a == Is.KEY:
        return [bytes(16), bytes(range(16))]
    if field.name == "staff":
        return [False, True]
    return [field.low, field.high]


@pytest.mark.parametrize("name", COMMAND_FIELDS)
@pytest.mark.parametrize("end", [0, 1])
def test_a_command_comes_back_from_its_words(name: str, end: int) -> None:
    cls = codec.COMMAND_BY_NUMBER[codec.NUMBER_OF[getattr(c, name)]].cls
    values = {field.name: extremes(field)[end] for field in COMMAND_FIELDS[name].values()}
    command = cls(**values)
    words = command_words(command)
    assert list(words)[:6] == ["command", "account", "market", "key", "staff", "time_ns"]
    special = (
        name == "PlaceOrder" and end == 1
    )  # all flags there are, so also one it has no room for
    expected = c.PlaceSpecial(**values) if special else command
    assert codec.encode_command(read(words)) == codec.encode_command(expected)


@pytest.mark.parametrize("layout", codec.EVENTS, ids=lambda layout: layout.cls.__name__)
def test_an_event_comes_back_from_its_words(layout: codec.Layout) -> None:
    values = {name: 3 + i for i, name in enumerate(layout.cls._fields)}  # type: ignore[attr-defined]
    values |= {"symbol": "BTC"} if layout.texts else {}
    values |= {"key": "k1", "key_length": 2} if layout.cls is e.OrderAccepted else {}
    event = layout.cls(**values)
    words = event_words(event)
    assert event_of(words) == event
    assert words["event"] == layout.cls.__name__


def test_what_the_engine_derives_cannot_be_said() -> None:
    for layout in set(codec.COMMANDS) - set(codec.OUTSIDE_COMMANDS):
        words = dict.fromkeys((*layout.names, "account", "market"), 1)
        with pytest.raises(BadCommand, match=f"'{layout.cls.__name__}' .* is no command"):
            read({"command": layout.cls.__name__} | words)


@pytest.mark.parametrize(
    ("name", "words", "numbers"),
    [
        ("trigger", "none stop take trail", (0, 1, 2, 3)),
        ("peg", "none bid ask mid", (0, 1, 2, 3)),
        ("list_kind", "oco oto otoco", (1, 2, 3)),
        ("scope", "account api_key all", (0, 1, 2)),
        ("on_band", "stop halt", (0, 1)),
        (
            "state",
            "closed pre_open auction trading halted cancel_only retired",
            (0, 1, 2, 3, 4, 5, 6),
        ),
    ],
)
def test_words_stand_for_these_numbers(name: str, words: str, numbers: tuple[int, ...]) -> None:
    found = {f.name: f for fields in COMMAND_FIELDS.values() for f in fields.values()}
    assert dict(found[name].words) == dict(zip(words.split(), numbers, strict=True))


@pytest.mark.parametrize(
    "term",
    [
        {"display_lots": 1},
        {"trigger": "none"},
        {"session": 7},
        {"slide": True, "post_only": True},
        {"flags": 3},
        {"time_in_force": "day"},
        {"time_in_force": 3},
    ],
)
def test_an_order_with_a_term_is_special(term: dict[str, Any]) -> None:
    plain = {"command": "PlaceOrder", "account": 1, "market": 1, "side": "buy", "lots": 1}
    assert type(read(plain | {"slide": False, "flags": 1})) is c.PlaceOrder
    assert type(read(plain | term)) is c.PlaceSpecial


def test_flags_are_said_as_booleans() -> None:
    words = command_words(c.PlaceSpecial(side=0, flags=3))
    assert (words["post_only"], words["slide"], "flags" in words) == (True, True, False)
    trade = e.Trade(*range(len(e.Trade._fields)))
    assert event_words(trade._replace(flags=1))["auction"] is True
    assert event_words(trade._replace(flags=6))["flags"] == 6
    accepted = e.OrderAccepted(*range(len(e.OrderAccepted._fields) - 1), "")  # type: ignore[arg-type]
    told = event_words(accepted._replace(flags=1 << 16 | 2))
    assert (told["post_only"], told["slide"], told["booked"]) == (False, True, True)


def test_a_list_is_a_list_of_orders() -> None:
    found = read({
        "command": "PlaceList", "account": 1, "market": 1, "list_kind": "oco",
        "members": [MEMBER, MEMBER | {"trigger": "stop", "trigger_ticks": 5, "post_only": True}],
    })  # fmt: skip
    assert isinstance(found, c.PlaceList)
    first = c.Member(side=1, price_ticks=9, lots=3)
    second = c.Member(side=1, price_ticks=9, lots=3, trigger=1, trigger_ticks=5, flags=1)
    assert (found.list_kind, found.members) == (1, (first, second))


def test_tiers_and_schedules_are_rows_with_names() -> None:
    tier = {"volume_units": 10**9, "maker_ppm": -5, "taker_ppm": 20}
    tiers = {"command": "SetTiers", "market": 1, "tiers": [tier]}
    assert read(tiers) == c.SetTiers(market=1, tiers=((10**9, -5, 20),))
    entry = {"time_of_day_ns": 5, "state": "pre_open"}
    plan = {"command": "SetSchedule", "market": 1, "entries": [entry, entry | {"state": 3}]}
    assert read(plan) == c.SetSchedule(market=1, entries=((5, 1), (5, 3)))
    assert command_words(read(plan))["entries"][1] == entry | {"state": "trading"}
    assert read({"command": "SetTiers", "market": 1}) == c.SetTiers(market=1)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ("oco", "PlaceList.members: 'oco' (str) is not a list of dicts"),
        (MEMBER, "is not a list of dicts"),
        ([MEMBER, 5], "PlaceList.members[1]: 5 (int) is not a dict"),
        ([MEMBER] * 4, "PlaceList.members: at most 3, not 4"),
        ([MEMBER | {"price": 5}], "PlaceList.members[0] has no 'price'; did you mean 'price_tic"),
        ([MEMBER | {"account": 5}], "PlaceList.members[0] has no 'account'"),
        ([{"lots": 5}], "PlaceList.members[0] needs side"),
        ([MEMBER | {"trigger": "stopp"}], "members[0].trigger: 'stopp' is not known; did you"),
        ([MEMBER | {"lots": 1.5}], "members[0].lots: 1.5 (float) is not a whole number"),
        ([MEMBER | {"slide": 2}], "members[0].slide: 2 (int) is not True or False"),
    ],
)
def test_rows_that_are_none_are_named(members: object, told: str) -> None:
    with pytest.raises(BadCommand) as caught:
        read({"command": "PlaceList", "account": 1, "list_kind": "oco", "members": members})
    assert told in str(caught.value)
