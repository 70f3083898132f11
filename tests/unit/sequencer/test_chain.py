"""The hash chain."""

from dataclasses import replace
from pathlib import Path

import pytest

from outcry.adapters.memory import MemoryLog
from outcry.ports import Batch, LogDamaged
from outcry.sequencer.chain import GENESIS, chain_hash, check, follow, linked, tail_of
from tests.support.script import fill

GOLDEN = Path(__file__).parents[2] / "golden" / "log_row.txt"


def test_hash_of_a_row_is_what_the_golden_file_says() -> None:
    rows = dict(line.split(" = ") for line in GOLDEN.read_text().splitlines() if " = " in line)
    header = tuple(int(word) for word in rows["header"].split())
    payload = bytes.fromhex(rows["payload"])
    assert len(header) == 5
    found = chain_hash(bytes.fromhex(rows["previous_hash"]), header, payload)
    assert found.hex() == rows["chain_hash"]


def test_batch_that_continues_the_tail_moves_it() -> None:
    batch = linked(GENESIS, 3, 50, b"records")
    tail = follow(GENESIS, batch)
    assert (tail.sequence, tail.time_ns, tail.chain_hash) == (3, 50, batch.chain_hash)


@pytest.mark.parametrize(
    "change",
    [
        {"payload": b"recorda"},
        {"time_ns": 51},
        {"last_sequence": 4},
        {"epoch": 2},
        {"chain_hash": bytes(32)},
    ],
)
def test_any_changed_word_is_a_wrong_hash(change: dict[str, object]) -> None:
    batch = replace(linked(GENESIS, 3, 50, b"records"), **change)
    with pytest.raises(LogDamaged, match=r"batch 1 to \d: wrong hash"):
        follow(GENESIS, batch)


def test_unknown_version_is_named_before_its_hash() -> None:
    with pytest.raises(LogDamaged, match="batch 1 to 3: version 2 is not 1"):
        check(replace(linked(GENESIS, 3, 50, b""), version=2))


def test_impossible_numbers_are_named() -> None:
    with pytest.raises(LogDamaged, match="impossible numbers"):
        check(replace(linked(GENESIS, 3, 50, b""), first_sequence=4))
    with pytest.raises(LogDamaged, match="impossible numbers"):
        check(replace(linked(GENESIS, 3, 50, b""), time_ns=-1))


def two() -> tuple[Batch, Batch]:
    first = linked(GENESIS, 3, 50, b"one")
    return first, linked(tail_of(first), 5, 60, b"two")


def test_gap_is_named() -> None:
    _, second = two()
    with pytest.raises(LogDamaged, match="batch 4 to 5: gap, the batch before ends at 0"):
        follow(GENESIS, second)


def test_batch_of_another_log_is_named() -> None:
    _, second = two()
    other = tail_of(linked(GENESIS, 3, 50, b"another"))
    with pytest.raises(LogDamaged, match="continues another log"):
        follow(other, second)


def test_time_that_goes_back_is_named() -> None:
    first, _ = two()
    with pytest.raises(LogDamaged, match="goes back"):
        follow(tail_of(first), linked(tail_of(first), 5, 49, b"two"))


def test_every_batch_of_a_log_names_the_one_before() -> None:
    written = fill(MemoryLog(), seed=3, batches=4)
    hashes = [GENESIS.chain_hash, *(batch.chain_hash for batch in written)]
    assert [batch.previous_hash for batch in written] == hashes[:-1]
