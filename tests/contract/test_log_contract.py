"""What every log promises, whatever it is made of."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from outcry.adapters.memory import ManualClock, MemoryLog
from outcry.adapters.sqlite_log import SqliteLog
from outcry.ports import Log, LogDamaged, LogFailed
from outcry.sequencer.chain import GENESIS, follow, tail_of
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import fill, opening

Reopen = Callable[[], Log]


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Return what opens the log, again and again the same one."""
    memory = MemoryLog()
    opened: list[Log] = []

    def open_it() -> Log:
        for before in opened:
            before.close()
        log = memory if request.param == "memory" else SqliteLog(tmp_path / "log.sqlite")
        opened.append(log)
        return log

    yield open_it
    for log in opened:
        log.close()


def test_new_log_ends_at_genesis(reopen: Reopen) -> None:
    log = reopen()
    assert log.tail() == GENESIS
    assert list(log.read(0)) == []


def test_what_is_appended_is_read_back_in_order(reopen: Reopen) -> None:
    log = reopen()
    written = fill(log, seed=1, batches=5)
    assert list(log.read(0)) == written


def test_log_is_the_same_after_it_was_opened_again(reopen: Reopen) -> None:
    written = fill(reopen(), seed=1, batches=5)
    log = reopen()
    assert list(log.read(0)) == written
    assert log.tail().chain_hash == written[-1].chain_hash


def test_opened_again_it_is_continued_where_it_ended(reopen: Reopen) -> None:
    written = fill(reopen(), seed=1, batches=2)
    log = reopen()
    after = Sequencer(log, ManualClock(), log.tail()).commit(opening()[0])
    assert follow(GENESIS, written[0]).sequence + 1 == written[1].first_sequence
    assert after.first_sequence == written[-1].last_sequence + 1
    assert list(reopen().read(0)) == [*written, after]


@pytest.mark.parametrize("inside", [0, 1, -1])
def test_reading_starts_with_the_batch_that_holds_the_next_sequence(
    reopen: Reopen, inside: int
) -> None:
    log = reopen()
    written = fill(log, seed=1, batches=5)
    after = written[2].last_sequence + inside
    wanted = [batch for batch in written if batch.last_sequence > after]
    assert list(log.read(after)) == wanted


def test_reading_past_the_end_yields_nothing(reopen: Reopen) -> None:
    log = reopen()
    end = fill(log, seed=1, batches=2)[-1].last_sequence
    assert list(log.read(end)) == []


def test_follower_sees_what_is_appended_after_it_began(reopen: Reopen) -> None:
    log = reopen()
    written = fill(log, seed=1, batches=5)
    following = log.after(tail_of(written[1]))
    seen = [next(following)]
    sequencer = Sequencer(log, ManualClock(), log.tail())
    later = [sequencer.commit(opening()[0]) for _ in range(200)]
    seen.extend(following)
    assert seen == [*written[2:], *later]
    assert list(log.after(log.tail())) == []


def test_log_that_does_not_continue_what_was_read_is_named(reopen: Reopen) -> None:
    log = reopen()
    last = fill(log, seed=1, batches=3)[1]
    with pytest.raises(LogDamaged, match="continues another log"):
        list(log.after(replace(tail_of(last), chain_hash=bytes(32))))
    with pytest.raises(LogDamaged, match="gap"):
        list(log.after(replace(tail_of(last), sequence=last.last_sequence - 1)))


def test_chain_hash_is_known_where_a_batch_ends_and_nowhere_else(reopen: Reopen) -> None:
    log = reopen()
    batch = fill(log, seed=1, batches=3)[1]
    assert log.chain_hash_at(batch.last_sequence) == batch.chain_hash
    assert log.chain_hash_at(batch.first_sequence) is None
    assert log.chain_hash_at(0) == GENESIS.chain_hash


@pytest.mark.parametrize("change", ["gap", "again", "other"])
def test_batch_that_does_not_follow_is_refused_for_good(reopen: Reopen, change: str) -> None:
    log = reopen()
    first, last = fill(log, seed=1, batches=2)
    wrong = {
        "gap": replace(last, first_sequence=last.last_sequence + 2),
        "again": last,
        "other": replace(
            last, first_sequence=last.last_sequence + 1, previous_hash=first.previous_hash
        ),
    }[change]
    with pytest.raises(LogFailed):
        log.append(wrong)
    with pytest.raises(LogFailed):
        Sequencer(log, ManualClock(), tail_of(last)).commit(opening()[0])
    assert list(reopen().read(0)) == [first, last]


def test_batch_with_a_wrong_hash_is_found_when_it_is_read(reopen: Reopen) -> None:
    log = reopen()
    first, second = fill(MemoryLog(), seed=1, batches=2)
    log.append(first)
    log.append(replace(second, time_ns=second.time_ns + 1))
    with pytest.raises(LogDamaged, match=f"batch {second.first_sequence} .*wrong hash"):
        list(log.read(0))
