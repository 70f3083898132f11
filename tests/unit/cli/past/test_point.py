"""Which sequence a point names."""

import pytest

from outcry.adapters.memory import ManualClock, MemoryLog
from outcry.cli.past import point
from outcry.cli.past.point import BadPoint, find_point, last_at, time_ns_of, time_text
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import START_NS, fill, some_orders

MS = 1_000_000


def uneven_log() -> MemoryLog:
    """Return a log of batches of many sizes, some of them at the same time."""
    log = MemoryLog()
    clock = ManualClock(START_NS)
    sequencer = Sequencer(log, clock, log.tail())
    for number, step_ms in enumerate((0, 0, 3, 1, 0, 7, 7, 0, 1, 20)):
        clock.advance(step_ms * MS)
        sequencer.commit(b"".join(some_orders(number, 1 + number % 4)))
    return log


def test_a_time_names_the_last_sequence_at_or_before_it() -> None:
    log = uneven_log()
    for offset_ms in range(-1, 45):
        time_ns = START_NS + offset_ms * MS
        expected = max((b.last_sequence for b in log.batches if b.time_ns <= time_ns), default=0)
        assert last_at(log, time_ns) == expected


def test_an_empty_log_has_one_point() -> None:
    assert last_at(MemoryLog(), START_NS) == 0
    assert find_point(MemoryLog(), "0") == 0


def test_few_batches_are_read() -> None:
    log = MemoryLog()
    fill(log, 1, 400)
    reads, read = [], log.read
    log.read = lambda after: reads.append(after) or read(after)  # type: ignore[func-returns-value,method-assign]
    assert last_at(log, START_NS + 100 * MS) == log.batches[100].last_sequence
    assert len(reads) < 14


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("2023-11-14T22:13:20Z", START_NS),
        ("2023-11-14t22:13:20z", START_NS),
        ("2023-11-15 03:43:20+05:30", START_NS),
        ("2023-11-14T22:13:20.5Z", START_NS + 500 * MS),
        ("2023-11-14T22:13:20.000000001Z", START_NS + 1),
        ("1700000000000", START_NS),
        ("1969-12-31T23:59:59.5Z", -500 * MS),
    ],
)
def test_times_are_rfc_3339_or_epoch_milliseconds(text: str, time_ns: int) -> None:
    assert time_ns_of(text) == time_ns


@pytest.mark.parametrize(
    "text",
    ["", "now", "-5", "1e3", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "١٢"],
)
def test_what_is_neither_says_what_would_be(text: str) -> None:
    with pytest.raises(BadPoint, match="neither a sequence nor a time; write 1234"):
        find_point(uneven_log(), text)


def test_a_sequence_beyond_the_end_says_where_the_end_is() -> None:
    log = uneven_log()
    with pytest.raises(BadPoint, match=f"the log ends at {log.tail().sequence}"):
        find_point(log, str(log.tail().sequence + 1))
    assert find_point(log, str(log.tail().sequence)) == log.tail().sequence


def test_a_time_that_was_printed_names_its_own_point() -> None:
    for time_ns in (START_NS, START_NS + 1, START_NS + 999_999_999):
        assert time_ns_of(time_text(time_ns)) == time_ns


def test_examples_run() -> None:
    import doctest

    assert doctest.testmod(point).failed == 0
