"""A snapshot comes back byte for byte, on either core, or not at all."""

from random import Random

import pytest

from outcry.engine.core import CoreFactory
from outcry.engine.snapshot import definitions
from tests.property.differential import drain, reads
from tests.property.generator import make_script
from tests.support.cores import CORES, core_factory

SEEDS = range(12)
WORDS = (0, 1, 2, -1, 99, 2**62, 2**63 - 1, -(2**63))
each_core = pytest.mark.parametrize("core", CORES)


@pytest.fixture(scope="module")
def snapshots() -> list[bytes]:
    """Return the states of some venues, with everything in them."""
    return [make_script(seed).snapshot for seed in SEEDS]


def damaged(snapshot: bytes, random: Random) -> bytes:
    """Return a snapshot that lacks something, has too much, or says something else."""
    spoiled = bytearray(snapshot)
    word = random.randrange(len(spoiled) // 8) * 8
    pick = random.randrange(5)
    if pick == 0:
        del spoiled[random.randrange(len(spoiled)) :]
    elif pick == 1:
        spoiled[random.randrange(len(spoiled))] ^= 1 << random.randrange(8)
    elif pick == 2:
        spoiled[word : word + 8] = random.choice(WORDS).to_bytes(8, "little", signed=True)
    elif pick == 3:
        del spoiled[word : word + 8]
    else:
        spoiled[word:word] = bytes(random.choice((1, 8)))
    return bytes(spoiled)


def taken(factory: CoreFactory, spoiled: bytes) -> bool:
    """Return whether a core takes these bytes; if it does, it must dump the very same."""
    try:
        core = factory.restore(spoiled)
    except ValueError:
        return False
    assert core.snapshot() == spoiled
    return True


@each_core
def test_a_snapshot_is_dumped_as_it_was_restored(core: str, snapshots: list[bytes]) -> None:
    for snapshot in snapshots:
        assert core_factory(core).restore(snapshot).snapshot() == snapshot


@each_core
def test_a_restored_core_reads_as_the_one_it_was_taken_from(core: str) -> None:
    for seed in SEEDS:
        script, original = make_script(seed), core_factory(core)()
        drain(original, b"".join(script.records))
        assert reads(core_factory(core).restore(script.snapshot)) == reads(original)


@each_core
def test_a_damaged_snapshot_is_refused_or_is_another_one(core: str, snapshots: list[bytes]) -> None:
    factory, random = core_factory(core), Random(1)
    outcomes = {
        taken(factory, spoiled)
        for snapshot in snapshots
        for _ in range(150)
        if (spoiled := damaged(snapshot, random)) != snapshot
    }
    assert outcomes == {True, False}


@each_core
@pytest.mark.parametrize("length", [0, 7, 8, 55, 56, 63])
def test_a_snapshot_cut_short_is_refused(core: str, length: int, snapshots: list[bytes]) -> None:
    with pytest.raises(ValueError, match="."):
        core_factory(core).restore(snapshots[0][:length])


@each_core
def test_another_format_is_refused(core: str, snapshots: list[bytes]) -> None:
    with pytest.raises(ValueError, match="."):
        core_factory(core).restore(b"\x01" + snapshots[0][1:])


@each_core
def test_the_snapshot_of_nothing_is_short(core: str) -> None:
    empty = core_factory(core)()
    assert len(empty.snapshot()) == 8 * 8 + 10 * 8
    assert definitions(empty.snapshot()) == ([], [])
    assert core_factory(core).restore(empty.snapshot()).digest() == empty.digest()


def test_definitions_are_found_behind_accounts_and_orders(snapshots: list[bytes]) -> None:
    for snapshot in snapshots:
        assets, markets = definitions(snapshot)
        assert [asset.symbol for asset in assets[:4]] == ["AAA", "BBB", "QQQ", "ZZZ"]
        assert [market.symbol for market in markets[:3]] == ["AAA_QQQ", "BBB_QQQ", "AAA_BBB"]
        assert all(market.tick_value_units >= 1 for market in markets)
