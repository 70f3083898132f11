"""A follower is kept running, woken, listened to and waited for, whatever becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from outcry.adapters import ledger_run
from outcry.adapters.following import BEHIND
from outcry.adapters.ledger_run import LedgerRun, RunHooks, Worker
from outcry.follower.alarm import Alarm
from outcry.follower.follower import digest_of
from outcry.follower.loop import HURRY
from outcry.ports import Checkpoint, EventBatch

DEAD = None


class FakeWorker(Worker):
    """A worker that says what it is told to say."""

    def __init__(self) -> None:
        self.sent = b""
        self.sends: list[bytes] = []
        self.closed = self.killed = False
        self.code = 0
        self.says: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.stubborn = False

    def at(self, position: int, **more: Any) -> None:
        self.says.put_nowait({"position": position, "time_ns": position * 10, "rows": 1} | more)

    def send(self, lines: bytes) -> None:
        self.sent += lines
        self.sends += [lines] if lines else []

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        while (message := await self.says.get()) is not DEAD:
            yield message

    def close(self) -> None:
        self.closed = True
        if not self.stubborn:
            self.says.put_nowait(DEAD)

    def kill(self) -> None:
        self.killed = True
        self.says.put_nowait(DEAD)

    async def outcome(self) -> tuple[int, str]:
        return (-9 if self.killed else self.code), ""


class Runs:
    """A run, its workers as they are started, and what its hooks were told."""

    def __init__(self, stored: int = 0) -> None:
        self.workers: asyncio.Queue[FakeWorker] = asyncio.Queue()
        self.started = 0
        self.stand_back_after_s: list[float] = []
        self.stored: list[tuple[int, int]] = []
        self.alarms: list[Alarm] = []
        hooks = RunHooks(
            stored=lambda sequence, time_ns: self.stored.append((sequence, time_ns)),
            alarm=self.alarms.append,
        )
        self.fail = False
        self.run = LedgerRun(self._start, Checkpoint(1, stored, bytes(32)), hooks)

    async def _start(self, stand_back_after_s: float) -> Worker:
        self.started += 1
        self.stand_back_after_s.append(stand_back_after_s)
        if self.fail:
            raise OSError("no process")
        worker = FakeWorker()
        await self.workers.put(worker)
        return worker

    async def worker(self) -> FakeWorker:
        return await asyncio.wait_for(self.workers.get(), 5)

    def publish(self, *sequences: int) -> None:
        for sequence in sequences:
            self.run.consume(batch(sequence))


def batch(sequence: int) -> EventBatch:
    return EventBatch(sequence, sequence, sequence, bytes(32), ("event",), b"%d" % sequence)  # type: ignore[arg-type]


def line(sequence: int) -> bytes:
    return b"%d %s\n" % (sequence, digest_of(batch(sequence)).hex().encode())


@pytest.fixture
async def runs(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runs]:
    monkeypatch.setattr(ledger_run, "BACKOFF_MIN_S", 0.01)
    runs = Runs()
    runs.run.begin()
    yield runs
    await runs.run.end(5)


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0)


async def test_each_batch_is_noted_and_the_notes_are_kept_for_the_next_worker(runs: Runs) -> None:
    runs.publish(1)
    first = await runs.worker()
    runs.publish(2, 3)
    await until(lambda: first.sent == line(1) + line(2) + line(3))
    first.at(2)
    await until(lambda: runs.run.stored_sequence == 2)
    first.says.put_nowait(DEAD)
    second = await runs.worker()
    await until(lambda: second.sent == line(3))
    assert runs.run.facts.restarts == 1


async def test_notes_are_gathered_and_one_who_waits_sends_them_at_once(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await runs.worker()
    runs.publish(1, 2)
    assert worker.sends == []
    await until(lambda: worker.sends == [line(1) + line(2)])
    monkeypatch.setattr(ledger_run, "GATHER_S", 60.0)
    runs.publish(3)
    waiting = asyncio.create_task(runs.run.caught_up(5))
    await until(lambda: worker.sends[1:] == [line(3) + HURRY + b"\n"])
    runs.publish(4)
    worker.at(3)
    await waiting
    await runs.run.end(0.01)
    assert worker.sends[2:] == [line(4)]


async def test_position_moves_everything_that_waits_for_it(runs: Runs) -> None:
    runs.publish(1, 2)
    assert (runs.run.lag_commands, runs.run.lag.events) == (2, 2)
    worker = await runs.worker()
    worker.at(2, rows=30, cpu_s=0.5, rss=7, pid=99)
    await until(lambda: runs.stored == [(2, 20)])
    assert (runs.run.lag_commands, runs.run.lag.events, runs.run.lag_s) == (0, 0, 0.0)
    facts = runs.run.facts
    assert (facts.rows, facts.cpu_s, facts.rss_bytes, facts.pid) == (30, 0.5, 7, 99)


async def test_numbers_go_on_from_worker_to_worker(runs: Runs) -> None:
    first = await runs.worker()
    first.at(0, rows=10, cpu_s=1.0)
    first.at(0, rows=25, cpu_s=1.5)
    first.says.put_nowait(DEAD)
    second = await runs.worker()
    second.at(0, rows=5, cpu_s=0.25)
    await until(lambda: runs.run.facts.rows == 30)
    assert runs.run.facts.cpu_s == 1.75


async def test_position_never_goes_back(runs: Runs) -> None:
    runs.publish(1, 2, 3)
    worker = await runs.worker()
    worker.at(3)
    worker.at(1)
    worker.at(3, rows=9)
    await until(lambda: runs.run.facts.rows == 9)
    assert runs.run.stored_sequence == 3
    assert runs.stored == [(3, 30), (3, 30)]


async def test_whoever_asks_waits_for_everything_before_the_question(runs: Runs) -> None:
    worker = await runs.worker()
    runs.publish(1, 2)
    asking = asyncio.create_task(runs.run.caught_up())
    worker.at(1)
    await until(lambda: runs.run.stored_sequence == 1)
    assert not asking.done()
    runs.publish(3)
    worker.at(2)
    await asyncio.wait_for(asking, 5)
    await asyncio.wait_for(runs.run.caught_up(timeout_s=0.01), 5)  # For 3 it waits in vain.


async def test_nobody_waits_where_everything_is_stored_or_nobody_writes() -> None:
    run = LedgerRun(None, Checkpoint())
    run.begin()
    run.consume(batch(1))
    await asyncio.wait_for(run.caught_up(timeout_s=60), 5)
    assert (run.lag.events, run.lag_s) == (0, 0.0)
    await run.end(1)


async def test_dying_worker_is_started_again_each_time_later(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    rest = LedgerRun._rest

    async def noted(self: LedgerRun, delay_s: float) -> None:
        rests.append(delay_s)
        await rest(self, 0)

    monkeypatch.setattr(LedgerRun, "_rest", noted)
    for _ in range(12):
        (await runs.worker()).says.put_nowait(DEAD)
    await runs.worker()
    assert rests[:3] == [0.01, 0.02, 0.04]
    assert rests[-1] == ledger_run.BACKOFF_MAX_S


async def test_worker_that_cannot_be_started_is_tried_again(runs: Runs) -> None:
    first = await runs.worker()
    runs.fail = True
    first.says.put_nowait(DEAD)
    await until(lambda: runs.started >= 3)
    runs.fail = False
    await runs.worker()


async def test_alarm_is_told_and_the_second_worker_starts_at_once(runs: Runs) -> None:
    first = await runs.worker()
    alarm = Alarm("ledger", 7, 2, "no sum")
    first.says.put_nowait(alarm.message())
    first.says.put_nowait(DEAD)
    await runs.worker()
    assert runs.alarms == [alarm]
    assert runs.run.facts.alarms == 1


async def test_only_the_worker_of_now_confirms_anything(runs: Runs) -> None:
    runs.publish(1, 2)
    first = await runs.worker()
    assert runs.run.confirmed_sequence == -1
    first.at(2)
    await until(lambda: runs.run.confirmed_sequence == 2)
    first.says.put_nowait(Alarm("store", 2, 0, "a row").message())
    await until(lambda: runs.alarms != [])
    assert (runs.run.confirmed_sequence, runs.run.stored_sequence) == (-1, 2)
    first.says.put_nowait(DEAD)
    second = await runs.worker()
    assert runs.run.confirmed_sequence == -1
    second.at(2)
    await until(lambda: runs.run.confirmed_sequence == 2)


async def test_run_that_is_held_starts_no_other_until_it_is_resumed(runs: Runs) -> None:
    first = await runs.worker()
    runs.run.hold()
    first.says.put_nowait(DEAD)
    await asyncio.sleep(0.05)
    assert runs.started == 1
    runs.run.resume()
    await runs.worker()


async def test_end_lets_the_worker_catch_up() -> None:
    runs = Runs()
    runs.run.begin()
    worker = await runs.worker()
    runs.publish(1)
    ending = asyncio.create_task(runs.run.end(5))
    await until(lambda: worker.closed)
    await ending
    assert (worker.killed, runs.started) == (False, 1)


async def test_worker_that_does_not_end_is_killed() -> None:
    runs = Runs()
    runs.run.begin()
    worker = await runs.worker()
    worker.stubborn = True
    await runs.run.end(0.01)
    assert (worker.closed, worker.killed, runs.started) == (True, True, 1)


async def test_end_of_a_run_that_is_held_or_resting_is_prompt() -> None:
    for hold in (True, False):
        runs = Runs()
        runs.run.begin()
        worker = await runs.worker()
        if hold:
            runs.run.hold()
        worker.says.put_nowait(DEAD)
        await until(lambda runs=runs: runs.run._worker is None)
        await asyncio.wait_for(runs.run.end(0.5), 1)


async def test_run_that_is_held_from_the_start_waits(runs: Runs) -> None:
    held = Runs()
    held.run.hold()
    held.run.begin()
    await asyncio.sleep(0.05)
    assert held.started == 0
    held.run.resume()
    await held.worker()
    await held.run.end(5)


# It stands back


async def test_who_stands_back_and_is_left_nothing_is_ended_and_the_next_keeps_its_place(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_run, "LOOK_S", 0.01)
    first = await runs.worker()
    first.at(0, stands_back=True)
    await until(lambda: runs.run.facts.rows == 1)
    runs.publish(1)
    second = await runs.worker()
    assert first.killed
    assert runs.run.facts.restarts == 1
    assert runs.stand_back_after_s == [0.0, pytest.approx(ledger_run.STAND_BACK_AGAIN_S, abs=5)]
    second.at(0)
    await until(lambda: second.sent == line(1))


@pytest.mark.parametrize(
    ("stands_back", "position", "speaks"),
    [(False, 0, False), (True, 1, False), (True, 0, True)],
    ids=["keeps its place", "has everything", "speaks now and then"],
)
async def test_worker_is_not_ended_that(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, stands_back: bool, position: int, speaks: bool
) -> None:
    monkeypatch.setattr(ledger_run, "LOOK_S", 0.02)
    worker = await runs.worker()
    worker.at(0, stands_back=stands_back)
    runs.publish(1)
    worker.at(position, stands_back=stands_back)
    for _ in range(4 * ledger_run.QUIET_LOOKS):
        if speaks:
            worker.at(position, stands_back=stands_back)
        await asyncio.sleep(0.01)
    assert not worker.killed


async def test_next_one_keeps_its_place_after_one_that_fell_behind(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_run, "STAND_BACK_AGAIN_S", 0.05)
    first = await runs.worker()
    first.code = BEHIND
    first.says.put_nowait(DEAD)
    second = await runs.worker()
    await asyncio.sleep(0.05)
    second.says.put_nowait(DEAD)
    await runs.worker()
    assert runs.stand_back_after_s == [0.0, pytest.approx(0.05, abs=0.05), 0.0]
    assert runs.stand_back_after_s[1] > 0.0
