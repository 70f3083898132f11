"""How long a key is remembered: 24 hours, 65,536 keys of its account, 10 million of the venue."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from outcry import codec
from outcry.adapters.memory_use import resident_bytes
from outcry.domain import commands as c
from outcry.domain.events import CommandRejected, CommandReplayed, OrderAccepted
from outcry.domain.units import DAY_NS
from outcry.engine.core import Core
from outcry.engine.core.reference.core import Core as Reference
from outcry.engine.engine import Engine
from tests.support.cores import CORES, core_factory
from tests.support.script import opening

START_NS = 1_700_000_000_000_000_000
OF_AN_ACCOUNT, OF_THE_VENUE = 65_536, 10_000_000
each_core = pytest.mark.parametrize("core", CORES)


def send(core: Core, commands: Sequence[c.Command], now_ns: int = START_NS) -> list[bool]:
    """Apply commands one by one; return which were answered from the table."""
    replayed = []
    for command in commands:
        record = bytearray(codec.encode_command(command))
        codec.stamp(record, core.sequence + 1, now_ns)
        events = codec.decode_events(core.apply(bytes(record))[0])
        replayed.append(any(isinstance(event, CommandReplayed) for event in events))
    return replayed


def keyed(account: int, *keys: str) -> list[c.Command]:
    return [c.Tick(account=account, key=key) for key in keys]


def late(core: str, *, of_account: int = 0, of_venue: int = 0) -> Core:
    """Return a core that knows key `old` of account 1, and has since counted that many more."""
    reference = Reference()
    send(reference, [c.OpenAccount(account=1), c.OpenAccount(account=2), *keyed(1, "old")])
    reference.accounts[1].key_count += of_account
    reference.keys.count += of_venue
    return core_factory(core).restore(reference.snapshot())


@each_core
def test_the_last_65536_keys_of_an_account_are_known(core: str) -> None:
    built = late(core, of_account=OF_AN_ACCOUNT - 2)
    assert send(built, keyed(1, "new", "old", "new")) == [False, True, True]
    assert send(built, keyed(1, "newer", "old")) == [False, False]


@each_core
def test_keys_of_other_accounts_push_nothing_out(core: str) -> None:
    built = late(core, of_account=OF_AN_ACCOUNT - 2)
    assert send(built, keyed(2, "a", "b", "c") + keyed(1, "old")) == [False] * 3 + [True]


@each_core
def test_the_last_ten_million_keys_of_the_venue_are_known(core: str) -> None:
    built = late(core, of_venue=OF_THE_VENUE - 2)
    assert send(built, keyed(2, "new") + keyed(1, "old")) == [False, True]
    assert send(built, keyed(2, "newer") + keyed(1, "old")) == [False, False]


@each_core
def test_a_replay_makes_no_key_younger(core: str) -> None:
    built = late(core)
    assert send(built, keyed(1, "old"), START_NS + DAY_NS - 1) == [True]
    assert built.find_key(1, "old") == (0, 0, 3)
    assert send(built, keyed(1, "old"), START_NS + DAY_NS) == [False]
    assert built.find_key(1, "old") == (0, 0, 5)


@each_core
def test_the_venues_own_keys_are_not_counted_by_account(core: str) -> None:
    built = core_factory(core)()
    assert send(built, keyed(0, "k", "k")) == [False, True]
    assert built.find_key(0, "k") == (0, 0, 1)


@each_core
def test_more_keys_than_an_account_keeps_are_pushed_out_one_by_one(core: str) -> None:
    built = core_factory(core)()
    send(built, [c.OpenAccount(account=1)])
    records = bytearray()
    for number in range(OF_AN_ACCOUNT + 10):
        records += codec.encode_command(c.Tick(account=1, key=f"k{number}"))
    codec.stamp(records, 2, START_NS)
    offset = 0
    while offset < len(records):
        _, offset, _ = built.apply(records, offset)
    known = [built.find_key(1, f"k{number}") is not None for number in range(12)]
    assert known == [False] * 10 + [True] * 2
    assert core_factory("reference").restore(built.snapshot()).digest() == built.digest()


@each_core
def test_a_snapshot_drops_the_keys_that_no_longer_answer(core: str) -> None:
    built = late(core)
    with_key = len(built.snapshot())
    send(built, [c.Tick()], START_NS + DAY_NS)
    assert len(built.snapshot()) == with_key - 96


@each_core
def test_a_key_that_is_no_text_is_taken_by_the_first_rules_and_refused_by_the_second(
    core: str,
) -> None:
    engine = Engine(core_factory(core)())
    records = opening()
    order = c.PlaceSpecial(account=1, market=1, side=0, price_ticks=900, lots=2, key="abcd")
    strange = codec.encode_command(order).replace(b"abcd", b"\xe5\xff\x80a")
    records += [strange, codec.encode_command(c.ActivateRules(rules=2, staff=True)), strange]
    stamped = bytearray(b"".join(records))
    codec.stamp(stamped, 1, START_NS)
    events = codec.decode_events(engine.apply(bytes(stamped)))
    (accepted,) = (event for event in events if isinstance(event, OrderAccepted))
    assert accepted.key == "\xe5\xff\x80a"
    assert engine.core.find_key(1, accepted.key) == (1, 0, len(opening()) + 1)
    assert isinstance(events[-1], CommandRejected)


@each_core
def test_a_text_that_no_key_can_be_is_not_known(core: str) -> None:
    assert core_factory(core)().find_key(0, "\u20ac") is None


def alike(account: int) -> list[str]:
    """Return keys of which each has another whose hash begins with the same four bytes."""
    first: dict[bytes, str] = {}
    found = []
    for number in range(200_000):
        key = f"k{number}"
        other = first.setdefault(codec.key_hash(account, key)[:4], key)
        if other != key:
            found += [key, other]
    return found


def test_keys_whose_hashes_begin_alike_have_their_order_in_a_snapshot() -> None:
    keys = alike(1)
    assert len(keys) >= 4
    reference, compiled = Reference(), core_factory("compiled")()
    commands = [c.OpenAccount(account=1), *keyed(1, *keys)]
    assert send(reference, commands) == send(compiled, commands)
    assert compiled.snapshot() == reference.snapshot()


def test_a_key_that_came_again_is_in_a_snapshot_once() -> None:
    keys = alike(1)[:4]
    reference = Reference()
    # A key of the venue is the oldest, so that the others stay in the ring behind it.
    send(reference, [c.OpenAccount(account=1), *keyed(0, "venue's"), *keyed(1, *keys)])
    reference.accounts[1].key_count += OF_AN_ACCOUNT - len(keys) - 1
    compiled = core_factory("compiled").restore(reference.snapshot())
    pushed_out = keyed(1, *(f"new{number}" for number in range(len(keys) + 1)))
    for core in (reference, compiled):
        assert all(send(core, keyed(1, *keys)))
        assert not any(send(core, [*pushed_out, *keyed(1, *keys)]))
    assert compiled.snapshot() == reference.snapshot()


def say_what_keys_take(*, behind_another: bool) -> None:
    """Say the bytes that many keys of an account take, and what as many more take then.

    `behind_another`: behind a key that goes on answering.
    """
    compiled = core_factory("compiled")()
    send(compiled, [c.OpenAccount(account=1), *(keyed(0, "venue's") if behind_another else [])])

    def grown_bytes(first: int, last: int) -> int:
        before = resident_bytes()
        for number in range(first, last):
            record = bytearray(codec.encode_command(c.Tick(account=1, key=f"k{number}")))
            codec.stamp(record, compiled.sequence + 1, START_NS)
            compiled.apply(bytes(record))
        return resident_bytes() - before

    many = (4 if behind_another else 1) * OF_AN_ACCOUNT
    sys.stdout.write(f"{grown_bytes(0, many)} {grown_bytes(many, many + 4 * OF_AN_ACCOUNT)}")
    assert all(send(compiled, keyed(0, "venue's"))) == behind_another


@pytest.mark.parametrize("behind_another", [False, True])
def test_keys_that_no_longer_answer_take_no_memory(behind_another: bool) -> None:
    script = "from tests.unit.engine.test_keys import say_what_keys_take as p; "
    script += f"p(behind_another={behind_another})"
    ran = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True
    )
    many_bytes, more_bytes = map(int, ran.stdout.split())
    assert many_bytes > 4_000_000
    assert more_bytes < 4_000_000
