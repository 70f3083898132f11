"""The compiled twins of the codec agree with the plain functions on every byte and error."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random
from types import ModuleType
from typing import Any

import pytest

from outcry import codec
from outcry.codec import notices as notices_module
from outcry.codec import plain
from outcry.domain import commands as c
from outcry.domain import events as e
from tests.property.generator import make_script

TICK = codec.encode_command(c.Tick())


@pytest.fixture
def compiled() -> ModuleType:
    return pytest.importorskip(
        "outcry.codec.compiled", reason="no C compiler", exc_type=ImportError
    )


def outputs() -> Iterator[bytes]:
    """Yield what a core wrote for generated scripts."""
    for seed in range(12):
        yield from make_script(seed).events


def a_sample_of_every_event() -> bytes:
    records = []
    for layout in codec.EVENTS:
        values = dict.fromkeys(layout.cls._fields, 3)
        values |= {"symbol": "BTC"} if layout.texts else {}
        values |= {"key": "k1", "key_length": 2} if layout.cls is e.OrderAccepted else {}
        records.append(codec.encode_event(layout.cls(**values)))
    return b"".join(records)


def test_every_event_is_read_alike(compiled: ModuleType) -> None:
    records = a_sample_of_every_event()
    found = compiled.decode_events(records)
    assert found == plain.decode_events(records)
    assert [type(event) for event in found] == [layout.cls for layout in codec.EVENTS]


def test_what_an_event_has_in_common_with_the_one_before_is_one_object(
    compiled: ModuleType,
) -> None:
    second, third = 10**9, 10**9 + 1
    places = [(second, third), (second, second), (third, second), (third, second)]
    records = b"".join(
        codec.encode_event(e.OrderBooked(3, sequence, time_ns, *range(3, 11)))
        for sequence, time_ns in places
    )
    found = compiled.decode_events(records)
    assert [(event.sequence, event.time_ns) for event in found] == places
    assert found == plain.decode_events(records)
    sequences, times = [event.sequence for event in found], [event.time_ns for event in found]
    assert [a is b for a, b in pairwise(sequences)] == [True, False, True]
    assert [a is b for a, b in pairwise(times)] == [False, True, True]


def test_the_output_of_a_core_is_read_alike(compiled: ModuleType) -> None:
    read = 0
    for records in outputs():
        found = compiled.decode_events(records)
        assert found == plain.decode_events(records)
        read += len(found)
    assert read > 1_000


@pytest.mark.parametrize("name", ["plain", "compiled"])
def test_outcomes_cover_commands_that_cause_nothing(name: str, compiled: ModuleType) -> None:
    twin: Any = compiled if name == "compiled" else plain
    opened = [e.AccountOpened(0, sequence, 5, 7, 0, 0) for sequence in (13, 13, 14)]
    records = b"".join(map(codec.encode_event, opened))
    events, outcomes = twin.decode_outcomes(records, 11, 16)
    assert events == opened
    assert outcomes == [[], [], opened[:2], opened[2:], [], []]
    assert twin.decode_outcomes(b"", 3, 4) == ([], [[], []])


@pytest.mark.parametrize("key", ["", "a", "eight888", "x" * 36])
def test_an_order_is_written_alike(key: str, compiled: ModuleType) -> None:
    fields = (7, 2, key, 1, 2, 1, 3, 1, 2**62, 5, 2**63 - 1)
    assert compiled.place_order(*fields) == plain.place_order(*fields)
    decoded = codec.decode_command(compiled.place_order(*fields))
    assert isinstance(decoded, c.PlaceOrder)
    assert (decoded.key, decoded.budget_units) == (key, 2**63 - 1)


def test_stamps_are_alike(compiled: ModuleType) -> None:
    records = TICK + codec.place_order(1, 1, "abc", 0, 0, 0, 0, 0, 1, 1, 0) + TICK
    one, other = bytearray(records), bytearray(records)
    assert compiled.stamp(one, 9, 1_000) == plain.stamp(other, 9, 1_000) == 3
    assert one == other


def error_of(check: Any, records: bytes, count: int) -> str:
    try:
        check(records, count)
    except codec.BadRecord as error:
        return str(error)
    return ""


def test_what_cannot_be_records_is_refused_alike(compiled: ModuleType) -> None:
    chance, refused = Random(7), 0
    for _ in range(3_000):
        records = bytearray(TICK * chance.randrange(4))
        if records and chance.random() < 0.7:
            records[chance.randrange(len(records))] = chance.choice((0, 8, 31, 33, 255))
        cut, count = bytes(records[: chance.randrange(len(records) + 1)]), chance.randrange(4)
        for given in (bytes(records), cut):
            found = error_of(compiled.check_records, given, count)
            assert found == error_of(plain.check_records, given, count)
            refused += bool(found)
    assert 1_000 < refused < 6_000


def test_what_may_not_enter_a_running_venue_is_refused_alike(compiled: ModuleType) -> None:
    chance, reasons = Random(8), set()
    notices = [
        codec.encode_command(c.ActivateRules(rules=rules, staff=True))
        for rules in (1, c.RULES, c.RULES + 1)
    ]
    skip = c.SkipCommand(
        skipped_sequence=1, first_admin="ann", second_admin="bob", reason="it fails", staff=True
    )
    known = [TICK, codec.encode_command(skip), *notices]
    for _ in range(3_000):
        records = bytearray(b"".join(chance.choices(known, (6, 1, 1, 1, 1), k=chance.randrange(4))))
        if records and chance.random() < 0.5:
            records[chance.randrange(len(records))] = chance.choice((0, 8, 31, 33, 255))
        count = chance.randrange(4)
        found = error_of(compiled.check_offered, bytes(records), count)
        assert found == error_of(notices_module.check_offered, bytes(records), count)
        reasons.add(found)
    assert len(reasons) > 4
