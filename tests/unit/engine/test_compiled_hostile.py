"""Whatever bytes the compiled core is given, it answers or refuses; it never falls over."""

from collections.abc import Iterator
from random import Random

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.rejects import Reject
from outcry.engine.core import END, CoreFactory
from tests.property.generator import Script, make_script
from tests.property.script.stage import Bare, is_internal
from tests.support.cores import core_factory

SCRIPTS = 12


@pytest.fixture(scope="module")
def core_class() -> CoreFactory:
    """Return the compiled core."""
    return core_factory("compiled")


@pytest.fixture(scope="module")
def scripts() -> list[Script]:
    """Return a few scripts with orders, keys and withdrawals in them."""
    return [make_script(seed, 120) for seed in range(SCRIPTS)]


def stamped(record: bytearray, sequence: int, *, internal: bool = False) -> bytes:
    """Return a record as the next command, whatever else it says."""
    record[0:2] = len(record).to_bytes(2, "little")
    flags = int.from_bytes(record[4:8], "little") & ~codec.FLAG_INTERNAL
    flags |= codec.FLAG_INTERNAL * internal
    record[4:8] = flags.to_bytes(4, "little")
    record[8:16] = sequence.to_bytes(8, "little")
    return bytes(record)


def damaged(random: Random, record: bytes) -> bytearray:
    """Return a record with a few of its bytes replaced, most of them in its body."""
    changed = bytearray(record)
    for _ in range(random.choice((1, 1, 2, 8))):
        place = random.randrange(24 if random.random() < 0.8 else 2, len(changed))
        changed[place] = random.choice((0, 1, 127, 128, 255, random.randrange(256)))
    if random.random() < 0.2:
        changed += bytes(8 * random.randint(1, 30))
    return changed


def answers(core_class: CoreFactory, records: Iterator[bytes]) -> list[bytes]:
    """Apply records one by one; return the events of each."""
    core = core_class()
    stage = Bare(core)
    found = [stage.apply(record) for record in records]
    assert core.conservation_failure() == 0
    assert core_class.restore(core.snapshot()).digest() == core.digest()
    return found


def test_records_of_noise_are_refused_for_their_shape(core_class: CoreFactory) -> None:
    random = Random(1)
    records = []
    for sequence in range(1, 3_000):
        noise = bytearray(random.randbytes(random.randrange(32, 400, 8)))
        noise[2] |= 128  # no such type
        noise[23] &= 127  # a time that is not before all others
        records.append(stamped(noise, sequence))
    events = [codec.decode_events(e) for e in answers(core_class, iter(records))]
    assert all(len(told) == 1 and told[0].reason == Reject.SHAPE for told in events)  # type: ignore[union-attr]


def test_damaged_commands_say_what_the_reference_says(
    core_class: CoreFactory, scripts: list[Script]
) -> None:
    for script in scripts:
        random, sequence = Random(script.seed), 0
        records = []
        for place, record in enumerate(script.records):
            hurt = place >= script.opening and random.random() < 0.5
            changed = damaged(random, record) if hurt else bytearray(record)
            changed[23] &= 127
            internal = is_internal(record)
            sequence += not internal
            records.append(stamped(changed, sequence, internal=internal))
        expected = answers(core_factory("reference"), iter(records))
        assert answers(core_class, iter(records)) == expected


@pytest.mark.parametrize("length", [0, 8, 31, 33, 36, 24, 65528])
def test_a_length_that_cannot_be_raises(core_class: CoreFactory, length: int) -> None:
    core = core_class()
    good = codec.encode_command(c.OpenAccount(account=1, sequence=1))
    bad = length.to_bytes(2, "little") + good[2:8] + (2).to_bytes(8, "little") + good[16:]
    with pytest.raises(ValueError, match="length"):
        core.apply(good + bad)
    assert core.sequence == 1


def test_an_empty_first_word_takes_no_sequence(core_class: CoreFactory) -> None:
    core, record = core_class(), bytearray(32)
    codec.STAMP.pack_into(record, codec.STAMP_OFFSET, 1, 5)
    with pytest.raises(ValueError, match="length"):
        core.apply(bytes(record))
    assert (core.sequence, core.now_ns) == (0, 0)


def test_a_batch_cut_anywhere_raises_after_its_whole_records(
    core_class: CoreFactory, scripts: list[Script]
) -> None:
    opening = scripts[0].records[: scripts[0].opening]
    records = [record for record in opening if record[2] != codec.NUMBER_OF[c.SetState]][:13]
    whole = stamp_all(records)
    ends = {0}
    for record in records:
        ends.add(max(ends) + len(record))
    for cut in range(len(whole)):
        core = core_class()
        if cut in ends:
            assert core.apply(whole[:cut])[1:] == (cut, END)
            continue
        with pytest.raises(ValueError, match="length"):
            core.apply(whole[:cut])
        assert core.sequence == sum(end <= cut for end in ends) - 1


def stamp_all(records: list[bytes]) -> bytes:
    """Return records as a log's first batch."""
    return b"".join(stamped(bytearray(r), number) for number, r in enumerate(records, 1))


@pytest.mark.parametrize("sequence", [0, 1, 3, 2**63, 2**64 - 1])
def test_a_sequence_that_cannot_follow_raises(core_class: CoreFactory, sequence: int) -> None:
    core = core_class()
    core.apply(codec.encode_command(c.Tick(sequence=1)))
    with pytest.raises(ValueError, match="sequence"):
        core.apply(codec.encode_command(c.Tick(sequence=sequence)))
    assert core.sequence == 1


def test_a_snapshot_comes_back_byte_for_byte(
    core_class: CoreFactory, scripts: list[Script]
) -> None:
    restored = [core_class.restore(script.snapshot) for script in scripts]
    assert [core.snapshot() for core in restored] == [script.snapshot for script in scripts]


def test_a_damaged_snapshot_is_refused_or_usable(
    core_class: CoreFactory, scripts: list[Script]
) -> None:
    refused = 0
    for script in scripts:
        random = Random(script.seed)
        for _ in range(150):
            image = bytearray(script.snapshot)
            place = random.randrange(len(image) // 8) * 8
            word = random.choice((0, 1, -1, 2**62, 2**63 - 1, -(2**63), random.randrange(2**40)))
            image[place : place + 8] = word.to_bytes(8, "little", signed=True)
            refused += not usable(core_class, bytes(image), script)
        for cut in random.sample(range(len(script.snapshot)), 50):
            with pytest.raises(ValueError, match="snapshot"):
                core_class.restore(script.snapshot[:cut])
    assert refused > SCRIPTS * 50


def usable(core_class: CoreFactory, image: bytes, script: Script) -> bool:
    """Return whether bytes are a snapshot; a core that takes them goes on to work."""
    try:
        core = core_class.restore(image)
    except ValueError:
        return False
    assert core.snapshot() == image
    if core.sequence < 2**62:
        stage = Bare(core)
        for record in script.records[script.opening :]:
            internal = is_internal(record)
            sequence = core.sequence + (not internal)
            stage.apply(stamped(bytearray(record), sequence, internal=internal))
        core.snapshot()
    return True
