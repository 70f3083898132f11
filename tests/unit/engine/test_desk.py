"""What stands above the core takes back its own notes, and nothing that it would not write."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from tests.support.cores import CORES, core_factory

SETTING: tuple[c.Command, ...] = (
    c.SetAsset(asset=1, symbol="BTC", unit_decimals=0, chain_decimals=0),
    c.SetAsset(asset=2, symbol="USD", unit_decimals=0, chain_decimals=0),
    c.SetMarket(
        market=1, symbol="BTC_USD", base=1, quote=2, tick_mantissa=1, tick_decimals=0, lot_units=1
    ),
    c.SetState(market=1, state=MarketState.TRADING),
)
DEEP = b"[" * 100_000
Change = Callable[[dict[str, Any]], None]
CHANGES: dict[str, Change] = {
    "a text among the numbers": lambda notes: notes["ready"].append("1"),
    "a fraction among the numbers": lambda notes: notes["ready"].append(1.5),
    "a truth among the numbers": lambda notes: notes["ready"].append(True),
    "nothing among the numbers": lambda notes: notes["ready"].append(None),
    "a table among the numbers": lambda notes: notes["ready"].append({}),
    "a number in place of a list": lambda notes: notes.update(queue=1),
    "a part that is missing": lambda notes: notes.pop("tiers"),
    "a part that nobody knows": lambda notes: notes.update(more=[]),
    "parts in another order": lambda notes: notes.update(trails=notes.pop("trails")),
}


@pytest.fixture(params=CORES)
def factory(request: pytest.FixtureRequest) -> CoreFactory:
    return core_factory(request.param)


def snapshot(factory: CoreFactory) -> bytes:
    """Return a venue's state with notes in it."""
    engine = Engine(factory())
    for sequence, command in enumerate(SETTING, 1):
        record = bytearray(codec.encode_command(command))
        codec.stamp(record, sequence, 1_700_000_000_000_000_000 + sequence)
        engine.apply(bytes(record))
    return engine.snapshot()


def taken_over(factory: CoreFactory, change: Callable[[bytes], bytes]) -> Engine:
    core = factory.restore(snapshot(factory))
    assert core.notes, "nothing is taken over"
    core.notes = change(core.notes)
    return Engine(core)


def test_notes_are_taken_over_as_they_were_written(factory: CoreFactory) -> None:
    engine = taken_over(factory, lambda notes: notes)
    assert engine.snapshot() == snapshot(factory)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_notes_that_nobody_writes_are_refused(factory: CoreFactory, change: Change) -> None:
    def changed(notes: bytes) -> bytes:
        found = json.loads(notes)
        change(found)
        return json.dumps(found, separators=(",", ":")).encode()

    with pytest.raises(ValueError, match="a snapshot's notes"):
        taken_over(factory, changed)


@pytest.mark.parametrize("text", [b"{", b"[]", b"1", b"\xff", DEEP], ids=range(5))
def test_notes_that_are_no_notes_are_refused(factory: CoreFactory, text: bytes) -> None:
    with pytest.raises(ValueError, match="a snapshot's notes"):
        taken_over(factory, lambda _: text)


def test_no_number_in_notes_may_be_a_text_or_a_fraction(factory: CoreFactory) -> None:
    core = factory.restore(snapshot(factory))
    notes = core.notes
    numbers = list(re.finditer(rb"-?\d+", notes))
    assert len(numbers) > 5
    for number in numbers:
        for other in (b'"%b"' % number[0], b"%b.0" % number[0], b"null", b"true"):
            core.notes = notes[: number.start()] + other + notes[number.end() :]
            with pytest.raises(ValueError, match="a snapshot's notes"):
                Engine(core)
