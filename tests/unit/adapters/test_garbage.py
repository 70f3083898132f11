"""Everything the interpreter knows is looked through when it is quiet, or when it has to be."""

import asyncio
import gc

import pytest

from outcry.adapters import garbage
from outcry.adapters.garbage import (
    GROWN_BYTES,
    LATEST_S,
    LOOK_S,
    QUIET_COMMANDS,
    QUIET_S,
    Collector,
)


class Hours:
    """A venue as time goes by."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.commands = 7
        self.size_bytes = 1_000
        self.collected_s: list[float] = []
        self._collector = Collector(
            lambda: self.commands, lambda: self.now_s, lambda: self.size_bytes, self._collect
        )

    def pass_by(self, seconds: float, commands_a_look: int) -> list[float]:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += LOOK_S
            self.commands += commands_a_look
            self._collector.look()
        return self.collected_s

    def _collect(self) -> None:
        self.collected_s.append(self.now_s)


def test_a_quiet_venue_is_looked_through_every_minute() -> None:
    assert Hours().pass_by(2.5 * QUIET_S, QUIET_COMMANDS - 1) == [QUIET_S, 2 * QUIET_S]


def test_a_busy_venue_is_looked_through_once_an_hour_or_when_it_gets_quiet() -> None:
    hours = Hours()
    assert hours.pass_by(1.5 * LATEST_S, QUIET_COMMANDS) == [LATEST_S]
    assert hours.pass_by(QUIET_S, 0) == [LATEST_S, 1.5 * LATEST_S + LOOK_S]


def test_a_venue_that_grows_is_looked_through_however_busy_it_is() -> None:
    hours = Hours()
    hours.size_bytes += GROWN_BYTES
    assert hours.pass_by(QUIET_S, QUIET_COMMANDS) == []
    hours.size_bytes += 1
    assert hours.pass_by(QUIET_S, QUIET_COMMANDS) == [QUIET_S + LOOK_S]


async def test_the_interpreter_decides_on_young_objects_alone_and_afterwards_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.001)
    before, times = gc.get_threshold(), iter([0.0, QUIET_S, QUIET_S])
    collected = asyncio.Event()
    collector = Collector(lambda: 0, lambda: next(times, QUIET_S), lambda: 0, collected.set)
    task = asyncio.create_task(collector.run())
    await collected.wait()
    assert gc.get_threshold()[:2] != before[:2]
    assert gc.get_threshold()[2] == garbage.NEVER
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert gc.get_threshold() == before
