"""A follower writes what the log leads to, checked first, and says when something disagrees."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from outcry.adapters.memory import MemoryLog
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.follower.alarm import Alarm, Disagreement, alarm_of
from outcry.follower.follower import Follower, FollowerSettings, digest_of
from outcry.follower.loop import HURRY, notes_of
from outcry.ledger.check import LedgerBroken
from outcry.ledger.proofs.heads import HeadsDisagree
from outcry.ports import (
    EventBatch,
    LedgerAltered,
    LedgerDamaged,
    LedgerMoved,
    LogDamaged,
)
from tests.support.flow import reference
from tests.support.followed import finish, follower_of, lived, notes
from tests.support.ledger_files import change, forge_next
from tests.support.ledger_run import all_rows

Open = Callable[[], SqliteLedger]


@pytest.fixture
def ledgers(tmp_path: Path) -> Iterator[Callable[[str], SqliteLedger]]:
    opened: list[SqliteLedger] = []

    def open_it(name: str = "ledger") -> SqliteLedger:
        opened.append(SqliteLedger(tmp_path / f"{name}.sqlite"))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def ledger(ledgers: Callable[[str], SqliteLedger]) -> SqliteLedger:
    return ledgers("ledger")


def test_rows_do_not_depend_on_transactions_lives_and_snapshots(
    ledgers: Callable[[str], SqliteLedger],
) -> None:
    random, flow = Random(7), lived(200)
    one, many = ledgers("one"), ledgers("many")
    finish(follower_of(flow, one, events_max=10_000))
    follower = follower_of(flow, many, random.randint(1, 30))
    while follower.step():
        if random.random() < 0.3:
            follower = follower_of(flow, many, random.randint(1, 30))
    assert all_rows(many) == all_rows(one)
    assert many.checkpoint() == one.checkpoint()
    assert many.checkpoint().sequence == flow.log.tail().sequence
    assert len(all_rows(one)["trades"]) > 20
    assert len(all_rows(one)["candles"]) >= 4


def test_what_is_appended_later_follows(ledger: SqliteLedger) -> None:
    flow = lived()
    follower = follower_of(flow, ledger)
    finish(follower)
    before = follower.position.sequence
    assert (before, follower.lag) == (flow.log.tail().sequence, 0)
    lived(30, flow)
    assert follower.lag > 0
    finish(follower)
    assert follower.position == flow.log.tail()
    assert ledger.checkpoint().sequence == flow.log.tail().sequence > before


def test_transaction_ends_with_the_batch_that_fills_it(ledger: SqliteLedger) -> None:
    flow = lived()
    follower = follower_of(flow, ledger, events_max=1)
    first, second = (batch.last_sequence for batch in flow.collector.batches[:2])
    assert follower.step()
    assert ledger.checkpoint().sequence == first
    assert follower.step()
    assert ledger.checkpoint().sequence == second


def test_nothing_is_written_beyond_what_was_asked_for(ledger: SqliteLedger) -> None:
    flow = lived()
    follower = follower_of(flow, ledger, events_max=10_000)
    batches = flow.collector.batches
    large = next(n for n, b in enumerate(batches) if n and b.last_sequence > b.first_sequence)
    assert follower.step(until=batches[large].first_sequence)
    assert ledger.checkpoint().sequence == batches[large - 1].last_sequence
    assert not follower.step(until=batches[large].first_sequence)


# Disagreements


def test_venue_that_agrees_is_not_told_of(ledger: SqliteLedger) -> None:
    flow = lived()
    follower = follower_of(flow, ledger)
    told = notes(flow)
    for note in told[::2]:
        follower.note(*note)
    finish(follower)
    for note in told[1::2]:
        follower.note(*note)
    assert follower.noted == told[-1][0]


def test_venue_that_published_something_else_is_found_before_anything_is_written(
    ledger: SqliteLedger,
) -> None:
    flow = lived()
    follower = follower_of(flow, ledger, events_max=1)
    assert follower.step()
    before = ledger.checkpoint()
    wrong = flow.collector.batches[1]
    follower.note(wrong.last_sequence, bytes(16))
    with pytest.raises(Disagreement, match=f"{bytes(16).hex()}, the log leads to") as found:
        follower.step()
    assert found.value.sequence == wrong.first_sequence
    assert ledger.checkpoint() == before


def test_venue_that_disagrees_late_is_found_too(ledger: SqliteLedger) -> None:
    flow = lived()
    follower = follower_of(flow, ledger)
    finish(follower)
    with pytest.raises(Disagreement):
        follower.note(notes(flow)[3][0], bytes(16))


def test_changed_balance_is_found_at_the_start(ledger: SqliteLedger) -> None:
    flow = lived(20)
    finish(follower_of(flow, ledger))
    assert change(ledger._path, "UPDATE balances SET balance_units = 1 WHERE owner = 2") > 0
    for _ in range(2):
        with pytest.raises(LedgerDamaged, match="of owner 2|owner 2,"):
            follower_of(flow, ledger)


def test_row_that_is_there_already_is_found(ledger: SqliteLedger) -> None:
    flow = lived(20)
    finish(follower_of(flow, ledger))
    forge_next(ledger._path, "trades", "trade_id")
    before = ledger.checkpoint().sequence
    lived(300, flow)
    with pytest.raises(LedgerAltered, match="trades"):
        finish(follower_of(flow, ledger, events_max=1))
    assert before < ledger.checkpoint().sequence < flow.log.tail().sequence


def test_others_can_have_the_core_between_any_two_batches(ledger: SqliteLedger) -> None:
    flow, given = lived(100), list[int]()
    settings = FollowerSettings(10_000, lambda: given.append(0))
    finish(Follower(flow.log, flow.snapshots, ledger, reference(), settings))
    assert len(given) > len(flow.collector.batches)


def test_second_follower_writes_nothing_twice(
    ledgers: Callable[[str], SqliteLedger],
) -> None:
    flow = lived()
    slow, fast = (follower_of(flow, ledgers("ledger")) for _ in range(2))
    assert fast.step()
    with pytest.raises(LedgerMoved):
        slow.step()


def test_log_that_goes_back_is_found(ledger: SqliteLedger) -> None:
    flow = lived()
    follower = follower_of(flow, ledger)
    finish(follower)
    assert isinstance(flow.log, MemoryLog)
    del flow.log.batches[-2:]
    with pytest.raises(LogDamaged, match="went back"):
        follower.step()


def test_other_log_is_refused_at_the_start(ledger: SqliteLedger) -> None:
    finish(follower_of(lived(60), ledger))
    with pytest.raises(LogDamaged, match="belongs to another log|went back"):
        follower_of(lived(61), ledger)


def test_text_that_is_none_any_more_is_damage(ledger: SqliteLedger) -> None:
    finish(follower_of(lived(20), ledger))
    assert change(ledger._path, "UPDATE orders SET key = CAST(x'6bc3' AS TEXT)") > 0
    with pytest.raises(LedgerDamaged):
        ledger.query("SELECT * FROM orders", ())


@pytest.mark.parametrize(
    ("error", "alarm"),
    [
        (LedgerBroken(7, 2, "no sum"), Alarm("ledger", 7, 2, "no sum")),
        (Disagreement(8, "other events"), Alarm("venue", 8, 0, "other events")),
        (Disagreement(8, "late", written=True), Alarm("venue", 8, 0, "late", written=True)),
        (LedgerAltered("a row"), Alarm("store", 5, 0, "a row")),
        (LedgerDamaged("a bit"), Alarm("store", 5, 0, "a bit")),
        (LogDamaged("a gap"), Alarm("log", 5, 0, "a gap")),
        (HeadsDisagree("a root"), Alarm("heads", 5, 0, "a root")),
        (LedgerMoved("another"), None),
        (OSError("disk full"), None),
    ],
)
def test_only_what_disagrees_is_an_alarm(error: Exception, alarm: Alarm | None) -> None:
    assert alarm_of(error, 5) == alarm


def test_notes_are_read_from_lines() -> None:
    digest = digest_of(EventBatch(1, 1, 0, bytes(32), (), b"abc"))
    lines = [b"%d %s" % (number, digest.hex().encode()) for number in (3, 9)]
    assert notes_of([lines[0], HURRY, lines[1]]) == [(3, digest), (9, digest)]
