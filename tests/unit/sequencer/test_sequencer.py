"""The sequencer."""

import pytest

from outcry import codec
from outcry.adapters.memory import ManualClock, MemoryLog
from outcry.ports import LogFailed
from outcry.sequencer.chain import follow, tail_of
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import START_NS, opening


def sequencer_of(log: MemoryLog, clock: ManualClock | None = None) -> Sequencer:
    return Sequencer(log, clock or ManualClock(START_NS), log.tail())


def stamps(payload: bytes) -> list[tuple[int, int]]:
    decoded = [codec.decode_command(record) for record in codec.split(payload)]
    return [(command.sequence, command.time_ns) for command in decoded]


def test_records_get_the_next_sequences_and_one_time() -> None:
    sequencer = sequencer_of(MemoryLog())
    sequencer.commit(opening()[0])
    batch = sequencer.commit(b"".join(opening()[1:4]))
    assert stamps(batch.payload) == [(2, START_NS), (3, START_NS), (4, START_NS)]
    assert (batch.first_sequence, batch.last_sequence) == (2, 4)


def test_time_never_goes_back_when_the_clock_does() -> None:
    clock = ManualClock(START_NS)
    sequencer = sequencer_of(MemoryLog(), clock)
    sequencer.commit(opening()[0])
    clock.set(START_NS - 10**12)
    assert sequencer.commit(opening()[1]).time_ns == START_NS
    clock.set(START_NS + 1)
    assert sequencer.commit(opening()[1]).time_ns == START_NS + 1


def test_time_never_goes_back_over_a_restart() -> None:
    log = MemoryLog()
    sequencer_of(log).commit(opening()[0])
    batch = sequencer_of(log, ManualClock(5)).commit(opening()[1])
    assert batch.time_ns == START_NS


def test_it_says_where_the_log_is() -> None:
    log = MemoryLog()
    sequencer = sequencer_of(log)
    batch = sequencer.commit(bytearray(b"".join(opening()[:3])))
    assert (sequencer.sequence, sequencer.chain_hash) == (3, batch.chain_hash)
    assert (sequencer.time_ns, sequencer.epoch) == (START_NS, 1)
    assert log.tail() == tail_of(batch)


def test_batches_chain() -> None:
    sequencer = sequencer_of(MemoryLog())
    first, second = (sequencer.commit(record) for record in opening()[:2])
    assert follow(tail_of(first), second).sequence == 2


@pytest.mark.parametrize("durable", [True, False])
def test_after_a_failed_append_it_never_commits_again(durable: bool) -> None:
    log = MemoryLog()
    sequencer = sequencer_of(log)
    sequencer.commit(opening()[0])
    log.fail_next(durable=durable)
    for record in opening()[1:3]:
        with pytest.raises(LogFailed):
            sequencer.commit(record)
    assert sequencer.sequence == 1
    assert len(log.batches) == 1 + durable
