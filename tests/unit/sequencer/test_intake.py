"""The bounded queue in front of the sequencer."""

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.ports import Outcomes, Refused
from outcry.sequencer.intake import Intake

RECORD = codec.encode_command(c.Tick())


def ignore(_: Outcomes | None) -> None:
    """Nobody waits."""


def intake(limit: int = 10, batch: int = 4, size: int = 1_000) -> Intake:
    return Intake(limit, batch, size)


def offer(queue: Intake, count: int = 1, *, reserve: bool = False) -> None:
    queue.offer(RECORD * count, count, ignore, reserve=reserve)


def test_four_fifths_are_for_everybody_and_the_rest_is_reserved() -> None:
    queue = intake(limit=10)
    for _ in range(8):
        offer(queue)
    with pytest.raises(Refused) as refusal:
        offer(queue)
    assert (refusal.value.code, refusal.value.retry_after_s) == ("BUSY", 1.0)
    offer(queue, 2, reserve=True)
    assert queue.waiting == 10


def test_reserve_ends_too() -> None:
    queue = intake(limit=10)
    for _ in range(10):
        offer(queue, reserve=True)
    with pytest.raises(Refused, match="BUSY"):
        offer(queue, reserve=True)
    assert (queue.waiting, queue.refused) == (10, 1)


def test_what_is_taken_makes_room() -> None:
    queue = intake(limit=10)
    for _ in range(4):
        offer(queue, 2)
    assert [count for _, count, _ in queue.take()] == [2, 2]
    offer(queue, 4)
    assert queue.waiting == 8


def test_submission_is_never_split() -> None:
    queue = intake(limit=100, batch=4)
    for count in (3, 2, 2, 1):
        offer(queue, count)
    assert [[count for _, count, _ in queue.take()] for _ in range(4)] == [[3], [2, 2], [1], []]


def test_batch_is_bounded_in_bytes() -> None:
    queue = intake(limit=100, batch=50, size=2 * len(RECORD))
    for _ in range(3):
        offer(queue)
    assert (len(queue.take()), len(queue.take())) == (2, 1)


@pytest.mark.parametrize(
    ("records", "count"),
    [
        (b"", 0),
        (b"", 1),
        (RECORD, 0),
        (RECORD, 2),
        (RECORD * 2, 1),
        (RECORD * 5, 5),
        (RECORD[:-1], 1),
        (RECORD + b"\0" * 8, 1),
        (RECORD + b"\0" * 8, 2),
        (RECORD[:16], 1),
        (b"\0" * 32, 1),
        (b"\x21" + RECORD[1:] + b"\0", 1),
        (codec.encode_command(c.Tick(internal=True)), 1),
    ],
)
def test_what_could_not_be_replayed_is_refused(records: bytes, count: int) -> None:
    queue = intake()
    with pytest.raises(codec.BadRecord):
        queue.offer(records, count, ignore, reserve=False)
    assert queue.take() == []


def test_unknown_content_is_for_the_core_to_judge() -> None:
    unknown = bytes([RECORD[0], 0, 255, 9]) + RECORD[4:]
    codec.check_records(unknown + RECORD, 2)
