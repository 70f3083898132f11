"""Engines with their reactions: no split, restart or core changes what special orders do."""

from random import Random

import pytest

from outcry import codec
from outcry.domain.events import OrderDone
from outcry.domain.market import VenueMode
from outcry.domain.order import DoneReason
from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from tests.property.generator import Script, make_script
from tests.support.cores import CORES, core_factory

SCRIPTS = 150


def external(script: Script) -> list[bytes]:
    """Return the records of a script that a log could hold, stamped anew without gaps."""
    kept = []
    for record in script.records:
        if not record[5] & codec.FLAG_INTERNAL >> 8:
            stamped = bytearray(record)
            codec.STAMP.pack_into(
                stamped, codec.STAMP_OFFSET, len(kept) + 1, codec.HEADER.unpack_from(record)[5]
            )
            kept.append(bytes(stamped))
    return kept


def one_by_one(records: list[bytes]) -> tuple[bytes, bytes]:
    """Return events and state on the reference, and check what always holds after a command."""
    engine, out = Engine(choose("reference")()), []
    for record in records:
        out.append(engine.apply(record))
        core = engine.core
        for order_id in core.special_orders():
            terms = core.terms(order_id)
            assert terms is not None
            assert terms[1] > core.now_ns or core.mode == VenueMode.HALTED
            assert core.order(order_id) is not None
        assert core.next_due_ns > core.now_ns or core.mode == VenueMode.HALTED
    return b"".join(out), engine.snapshot()


def in_pieces(factory: CoreFactory, records: list[bytes], random: Random) -> tuple[bytes, bytes]:
    """Return the same of random calls, with restarts between some."""
    engine, out, start = Engine(factory()), [], 0
    while start < len(records):
        size = random.choice((1, 1, 2, 5, 30))
        out.append(engine.apply(b"".join(records[start : start + size])))
        start += size
        if random.random() < 0.3:
            engine = Engine.restore(factory, engine.snapshot())
    return b"".join(out), engine.snapshot()


@pytest.mark.parametrize("core", CORES)
def test_no_split_and_no_restart_changes_what_special_orders_do(core: str) -> None:
    factory, expired = core_factory(core), 0
    for seed in range(SCRIPTS):
        records = external(make_script(seed))
        expected = one_by_one(records)
        assert in_pieces(factory, records, Random(seed)) == expected, seed
        expired += sum(
            type(event) is OrderDone and event.reason == DoneReason.EXPIRED
            for event in codec.decode_events(expected[0])
        )
    assert expired > SCRIPTS // 10
