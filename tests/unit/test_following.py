"""When a follower writes, tells, publishes and stands back, in virtual time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.follower.alarm import Disagreement
from outcry.follower.loop import (
    GRACE_S,
    PUBLISH_S,
    FellBehind,
    Inbox,
    Silence,
    StandBack,
    follow,
)
from tests.support.followed import follower_of, lived, notes
from tests.support.script import some_orders


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    store = SqliteLedger(tmp_path / "ledger.sqlite")
    yield store
    store.close()


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
    monkeypatch.setattr("outcry.follower.loop.PACE_S", GRACE_S / 5)
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


def test_nothing_is_published_that_the_venue_has_not_told_of(ledger: SqliteLedger) -> None:
    """What is signed cannot be taken back, and its word may show that what is written is wrong."""
    flow, late_s = lived(), GRACE_S + 3 * PUBLISH_S
    told = notes(flow)
    published: list[tuple[float, int]] = []
    inbox = Script({0.0: told[:3], late_s: told[3:]}, end_s=late_s + 2 * PUBLISH_S)
    written: list[tuple[float, int]] = []

    def publish() -> None:
        published.append((inbox.now_s, ledger.checkpoint().sequence))

    def tell(report: dict[str, Any]) -> None:
        written.append((inbox.now_s, report["position"]))

    follow(follower_of(flow, ledger), inbox, tell, lambda: inbox.now_s, publish)
    everything = flow.log.tail().sequence
    assert any(at < late_s and position == everything for at, position in written)
    assert all(at >= late_s or position <= told[2][0] for at, position in published)
    assert published[-1][1] == everything


def test_who_hears_nothing_publishes_what_the_log_leads_to(ledger: SqliteLedger) -> None:
    flow, published = lived(), []
    inbox = Script({}, end_s=GRACE_S + PUBLISH_S)
    follow(
        follower_of(flow, ledger),
        inbox,
        lambda _: None,
        lambda: inbox.now_s,
        lambda: published.append(ledger.checkpoint().sequence),
    )
    assert published[-1] == flow.log.tail().sequence


def test_transactions_begin_a_while_apart_unless_somebody_waits(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, waits_s, pace_s = lived(), 0.06, GRACE_S / 2
    monkeypatch.setattr("outcry.follower.loop.PACE_S", pace_s)
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


def test_a_transaction_with_enough_to_write_waits_for_nothing(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, seen = lived(), []
    told = notes(flow)[:12]
    first, last = told[0][0], told[11][0]
    monkeypatch.setattr("outcry.follower.loop.ENOUGH_COMMANDS", last - first)
    inbox = Script({number / 100: [note] for number, note in enumerate(told)}, end_s=0.2)

    def tell(message: dict[str, Any]) -> None:
        seen.append((round(inbox.now_s, 2), message["position"]))

    follow(follower_of(flow, ledger, 1_000), inbox, tell, lambda: inbox.now_s)
    assert [position for _, position in seen[:2]] == [first, last]
    assert seen[1][0] == pytest.approx(0.11, abs=0.011)


def test_who_has_caught_up_stands_back_and_gives_up_when_that_leaves_too_little(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, stood_back, told = lived(), [], list[dict[str, Any]]()
    monkeypatch.setattr("outcry.follower.loop.BUSY_COMMANDS", 0)
    monkeypatch.setattr("outcry.follower.loop.NEAR_COMMANDS", 1)
    monkeypatch.setattr("outcry.follower.loop.FAR_COMMANDS", 20)
    tail = flow.log.tail().sequence
    late = {0.5: [(tail + 20, bytes(16))], 0.6: [(tail + 21, bytes(16))]}
    inbox = Script({0.0: notes(flow)} | late, end_s=1.0)
    follower = follower_of(flow, ledger, 1)

    def stand_back() -> None:
        stood_back.append((inbox.now_s, follower.position.sequence, told[-1]["stands_back"]))

    with pytest.raises(FellBehind):
        follow(follower, inbox, told.append, lambda: inbox.now_s, stand_back=StandBack(stand_back))
    assert stood_back == [(0.0, tail, True)]
    assert told[0]["stands_back"] is False
    assert inbox.now_s == pytest.approx(0.6)


@pytest.mark.parametrize(("commands", "stands_back_s"), [(20, [2.5]), (19, [])])
def test_nobody_stands_back_for_a_venue_that_has_little_to_do(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch, commands: int, stands_back_s: list[float]
) -> None:
    flow, stood_back_s = lived(), []
    monkeypatch.setattr("outcry.follower.loop.BUSY_COMMANDS", 20)
    monkeypatch.setattr("outcry.follower.loop.BUSY_S", 1.0)
    told = notes(flow)
    last = told[-1][0]
    # What is noted first does not count; later not so many come within a second.
    later = {2.5: [(last + commands, bytes(16))], 3.9: [(last + commands + 19, bytes(16))]}
    inbox = Script({0.0: told[:-1], 1.6: told[-1:]} | later, end_s=4.5)
    follow(
        follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s,
        stand_back=StandBack(lambda: stood_back_s.append(inbox.now_s)),
    )  # fmt: skip
    assert stood_back_s == pytest.approx(stands_back_s, abs=0.011)


@pytest.mark.parametrize(("after_s", "stands_back_s"), [(0.0, [0.0]), (0.4, [0.4]), (9.0, [])])
def test_nobody_stands_back_before_they_may(
    ledger: SqliteLedger,
    monkeypatch: pytest.MonkeyPatch,
    after_s: float,
    stands_back_s: list[float],
) -> None:
    flow, stood_back_s = lived(), []
    monkeypatch.setattr("outcry.follower.loop.BUSY_COMMANDS", 0)
    inbox = Script({0.0: notes(flow)}, end_s=1.0)
    back = StandBack(lambda: stood_back_s.append(inbox.now_s), after_s)
    follow(follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s, stand_back=back)
    assert stood_back_s == pytest.approx(stands_back_s, abs=0.011)


def test_who_does_not_stand_back_or_is_to_end_is_never_too_far_behind(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = lived()
    monkeypatch.setattr("outcry.follower.loop.BUSY_COMMANDS", 0)
    monkeypatch.setattr("outcry.follower.loop.FAR_COMMANDS", 20)
    far = [(flow.log.tail().sequence + 100, bytes(16))]
    inbox = Script({0.1: far}, end_s=0.5)
    follow(follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s)
    inbox = Script({0.5: far}, end_s=0.5)
    stand_back = StandBack(list[None]().clear)
    follow(
        follower_of(flow, ledger), inbox, lambda _: None, lambda: inbox.now_s, stand_back=stand_back
    )
