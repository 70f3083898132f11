"""A follower writes what the log leads to, checked first, and says when something disagrees."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from outcry.adapters.memory import MemoryLog
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.follower import (
    FAR_S,
    GRACE_S,
    HURRY,
    PACE_S,
    PUBLISH_S,
    Alarm,
    Disagreement,
    FellBehind,
    Follower,
    FollowerSettings,
    Inbox,
    Silence,
    alarm_of,
    digest_of,
    follow,
    notes_of,
)
from outcry.ledger.check import LedgerBroken
from outcry.ledger.proofs.heads import HeadsDisagree
from outcry.pipeline import PipelineSettings
from outcry.ports import (
    EventBatch,
    LedgerAltered,
    LedgerDamaged,
    LedgerMoved,
    LedgerStore,
    LogDamaged,
)
from tests.support.flow import Flow, reference
from tests.support.ledger_files import change, forge_next
from tests.support.ledger_run import all_rows
from tests.support.script import some_orders

Open = Callable[[], SqliteLedger]


def lived(commands: int = 60, flow: Flow | None = None) -> Flow:
    """Return a flow that has worked through some orders, one to three a batch."""
    random = Random(commands)
    flow = flow or Flow(settings=PipelineSettings(snapshot_commands=20)).opened()
    for record in some_orders(seed=5, count=commands):
        flow.clock.advance(1_000_000)
        flow.submit(record)
        if random.random() < 0.6:
            flow.run()
    flow.run()
    return flow


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


def follower_of(flow: Flow, store: LedgerStore, events_max: int = 10) -> Follower:
    settings = FollowerSettings(events_max)
    return Follower(flow.log, flow.snapshots, store, reference(), settings)


def finish(follower: Follower) -> None:
    while follower.step():
        pass


def notes(flow: Flow, after: int = 0) -> list[tuple[int, bytes]]:
    """Return what the venue would tell of its batches."""
    batches = (batch for batch in flow.collector.batches if batch.last_sequence > after)
    return [(batch.last_sequence, digest_of(batch)) for batch in batches]


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


# The loop


class Script(Inbox):
    """An inbox in virtual time: what arrives when, and when it ends."""

    def __init__(self, arrivals: dict[float, list[tuple[int, bytes]]], end_s: float) -> None:
        self.ended = self.hurried = False
        self.now_s = 0.0
        self._arrivals = arrivals
        self._end_s = end_s
        self.waits = 0

    def take(self) -> list[tuple[int, bytes]]:
        due = [at for at in sorted(self._arrivals) if at <= self.now_s]
        self.ended = self.now_s >= self._end_s
        return [note for at in due for note in self._arrivals.pop(at)]

    def wait(self, timeout_s: float) -> None:
        self.waits += 1
        self.now_s += 0.01


def test_loop_ends_when_everything_is_written(ledger: SqliteLedger) -> None:
    flow, told = lived(), []
    follow(follower_of(flow, ledger, 1), Silence(), told.append, lambda: 0.0)
    assert ledger.checkpoint().sequence == flow.log.tail().sequence
    assert told[-1]["position"] == flow.log.tail().sequence
    assert told[-1]["lag"] == 0
    assert told[-1]["time_ns"] == flow.log.tail().time_ns
    assert told[-1]["rows"] > 0


def test_reports_are_few_while_there_is_much_to_do(ledger: SqliteLedger) -> None:
    flow, told = lived(), []
    follow(follower_of(flow, ledger, 1), Silence(), told.append, lambda: 0.0)
    assert len(told) == 2  # The first transaction and the end: no time has passed.


def test_loop_writes_no_more_than_the_venue_has_told_of(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcry.follower.PACE_S", GRACE_S / 5)
    flow = lived()
    told = notes(flow)
    inbox = Script({0.0: told[:3], 0.1: told[3:6]}, end_s=GRACE_S)
    seen: list[tuple[float, int]] = []

    def tell(message: dict[str, Any]) -> None:
        seen.append((inbox.now_s, message["position"]))

    follow(follower_of(flow, ledger), inbox, tell, lambda: inbox.now_s)
    early = max(position for at, position in seen if at < 0.1)
    later = max(position for at, position in seen if at < GRACE_S)
    assert (early, later) == (told[2][0], told[5][0])
    assert seen[-1][1] == flow.log.tail().sequence


def test_loop_follows_the_log_alone_when_the_venue_says_nothing(ledger: SqliteLedger) -> None:
    flow = lived()
    inbox = Script({}, end_s=10 * GRACE_S)
    seen: list[tuple[float, int]] = []

    def tell(message: dict[str, Any]) -> None:
        seen.append((inbox.now_s, message["position"]))

    follow(follower_of(flow, ledger), inbox, tell, lambda: inbox.now_s)
    reached = next(at for at, position in seen if position == flow.log.tail().sequence)
    assert GRACE_S <= reached < 2 * GRACE_S


def test_loop_finds_a_disagreement(ledger: SqliteLedger) -> None:
    flow = lived()
    told = notes(flow)
    told[4] = (told[4][0], bytes(16))
    inbox = Script({0.0: told}, end_s=1.0)
    with pytest.raises(Disagreement):
        follow(follower_of(flow, ledger, 1), inbox, lambda _: None, lambda: inbox.now_s)
    assert ledger.checkpoint().sequence == told[3][0]


def test_venue_that_was_silent_for_long_is_still_waited_for(ledger: SqliteLedger) -> None:
    flow, silent_s = lived(), 20 * GRACE_S
    told, last = notes(flow), flow.log.tail().sequence
    seen: list[tuple[float, int]] = []

    class Waking(Script):
        def wait(self, timeout_s: float) -> None:
            super().wait(timeout_s)
            if self.now_s >= silent_s and flow.log.tail().sequence == last:
                flow.submit(some_orders(1, 1)[0])
                flow.run()

    inbox = Waking({0.0: told}, end_s=silent_s + 3 * GRACE_S)

    def tell(message: dict[str, Any]) -> None:
        seen.append((inbox.now_s, message["position"]))

    follow(follower_of(flow, ledger), inbox, tell, lambda: inbox.now_s)
    reached = next(at for at, position in seen if position > last)
    assert GRACE_S <= reached - silent_s < 2 * GRACE_S


def test_word_that_comes_after_the_rows_are_written_is_compared_all_the_same(
    ledger: SqliteLedger,
) -> None:
    flow = lived()
    told = notes(flow)
    told[4] = (told[4][0], bytes(16))
    inbox = Script({2 * GRACE_S: told}, end_s=3 * GRACE_S)
    with pytest.raises(Disagreement) as found:
        follow(follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s)
    assert (found.value.sequence, found.value.written) == (told[4][0], True)
    assert ledger.checkpoint().sequence == flow.log.tail().sequence


def test_heads_are_published_once_in_a_while(ledger: SqliteLedger) -> None:
    flow = lived()
    published: list[float] = []
    records = some_orders(1, 500)

    class Busy(Script):
        def wait(self, timeout_s: float) -> None:
            super().wait(timeout_s)
            flow.submit(records.pop())
            flow.run()

    inbox = Busy({}, end_s=2.5 * PUBLISH_S)
    follower = follower_of(flow, ledger)
    follow(
        follower, inbox, lambda _: None, lambda: inbox.now_s, lambda: published.append(inbox.now_s)
    )
    assert len(published) == 3
    assert all(b - a >= PUBLISH_S for a, b in zip(published, published[1:], strict=False))


def test_transactions_begin_a_while_apart_unless_somebody_waits(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, waits_s, pace_s = lived(), 0.06, GRACE_S / 2
    monkeypatch.setattr("outcry.follower.PACE_S", pace_s)
    told, seen = notes(flow)[:12], []

    class Impatient(Script):
        def wait(self, timeout_s: float) -> None:
            before_s = self.now_s
            super().wait(timeout_s)
            self.hurried = before_s < waits_s <= self.now_s

    inbox = Impatient({number / 100: [note] for number, note in enumerate(told)}, end_s=1.0)

    def tell(message: dict[str, Any]) -> None:
        seen.append((round(inbox.now_s, 2), message["position"]))

    follow(follower_of(flow, ledger, 1_000), inbox, tell, lambda: inbox.now_s)
    assert seen[:2] == [(0.0, told[0][0]), (waits_s, told[6][0])]
    assert seen[2][0] == pytest.approx(waits_s + pace_s, abs=0.011)
    assert seen[2][1] == told[11][0]


def test_who_has_caught_up_stands_back_and_gives_up_when_that_leaves_too_little(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, stood_back = lived(), []
    monkeypatch.setattr("outcry.follower.BUSY_COMMANDS", 0)
    monkeypatch.setattr("outcry.follower.NEAR_COMMANDS", 1)
    monkeypatch.setattr("outcry.follower.FAR_COMMANDS", 20)
    tail = flow.log.tail().sequence
    late = {0.5: [(tail + 20, bytes(16))], 0.6: [(tail + 21, bytes(16))]}
    inbox = Script({0.0: notes(flow)} | late, end_s=1.0)
    follower = follower_of(flow, ledger, 1)

    def stand_back() -> None:
        stood_back.append((inbox.now_s, follower.position.sequence))

    with pytest.raises(FellBehind):
        follow(follower, inbox, lambda _: None, lambda: inbox.now_s, stand_back=stand_back)
    assert stood_back == [(0.0, tail)]
    assert inbox.now_s == pytest.approx(0.6)


@pytest.mark.parametrize(("commands", "stands_back_s"), [(20, [2.5]), (19, [])])
def test_nobody_stands_back_for_a_venue_that_has_little_to_do(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch, commands: int, stands_back_s: list[float]
) -> None:
    flow, stood_back_s = lived(), []
    monkeypatch.setattr("outcry.follower.BUSY_COMMANDS", 20)
    monkeypatch.setattr("outcry.follower.BUSY_S", 1.0)
    told = notes(flow)
    last = told[-1][0]
    # What is noted first does not count; later not so many come within a second.
    later = {2.5: [(last + commands, bytes(16))], 3.9: [(last + commands + 19, bytes(16))]}
    inbox = Script({0.0: told[:-1], 1.6: told[-1:]} | later, end_s=4.5)
    follow(
        follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s,
        stand_back=lambda: stood_back_s.append(inbox.now_s),
    )  # fmt: skip
    assert stood_back_s == pytest.approx(stands_back_s, abs=0.011)


def test_who_stands_back_and_takes_far_too_long_gives_up(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, stood_back = lived(), []
    monkeypatch.setattr("outcry.follower.BUSY_COMMANDS", 0)
    told, last = notes(flow), flow.log.tail().sequence
    inbox = Script({0.0: told}, end_s=2 * PACE_S)

    def slow(_: str) -> None:
        if stood_back:
            inbox.now_s += FAR_S

    def stand_back() -> None:
        stood_back.append(inbox.now_s)
        flow.submit(some_orders(1, 1)[0])
        flow.run()
        inbox._arrivals[inbox.now_s] = [notes(flow)[-1]]

    follower = Follower(flow.log, flow.snapshots, ledger, reference(), reached=slow)
    with pytest.raises(FellBehind):
        follow(follower, inbox, lambda _: None, lambda: inbox.now_s, stand_back=stand_back)
    assert ledger.checkpoint().sequence == last + 1 == told[-1][0] + 1


def test_who_does_not_stand_back_or_is_to_end_is_never_too_far_behind(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = lived()
    monkeypatch.setattr("outcry.follower.BUSY_COMMANDS", 0)
    monkeypatch.setattr("outcry.follower.FAR_COMMANDS", 20)
    far = [(flow.log.tail().sequence + 100, bytes(16))]
    inbox = Script({0.1: far}, end_s=0.5)
    follow(follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s)
    inbox = Script({0.5: far}, end_s=0.5)
    stand_back = list[None]().clear
    follow(
        follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s, stand_back=stand_back
    )


def test_notes_are_read_from_lines() -> None:
    digest = digest_of(EventBatch(1, 1, 0, bytes(32), (), b"abc"))
    lines = [b"%d %s" % (number, digest.hex().encode()) for number in (3, 9)]
    assert notes_of([lines[0], HURRY, lines[1]]) == [(3, digest), (9, digest)]
