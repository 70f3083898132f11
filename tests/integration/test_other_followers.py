"""A venue beside followers that are not as they should be, or want their place back."""

import os
import signal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from outcry.adapters import ledger_run
from outcry.adapters.ledger_process import COMMAND, process_start
from outcry.adapters.scheduling import NICENESS
from outcry.bootstrap import assembly
from tests.integration import broken_follower, impatient_follower
from tests.integration.test_guard import (
    PROCESS,
    guarded,
    mode,
    operator,
    place,
    stored,
    told,
    until,
)
from tests.support.ledger_files import check_against_the_log
from tests.support.process import family, runs


def begin_as(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, core: str, **changed: int
) -> None:
    """Let venues start another program as their follower."""
    command = (*COMMAND[:2], module.__name__, *COMMAND[3:])

    def start(data: Path, _core: str, events_max: int) -> Any:
        return process_start(data, core, changed.get("events_max", events_max), command)

    monkeypatch.setattr(assembly, "process_start", start)


async def go_on_with_a_sound_follower(data: Path) -> None:
    """Start a halted venue again, let it trade, and compare its ledger with its log."""
    async with guarded(data, PROCESS) as house:
        await operator(house, "normal", "the follower was broken")
        await stored(house)
        assert (await mode(house, "normal"))["ledger"]["doubted"] is False
    check_against_the_log(data, data)


async def test_follower_that_computes_something_else_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_as(monkeypatch, broken_follower, "reference")
    async with guarded(tmp_path, PROCESS) as house:
        ann, bob = await house.person(), await house.person()
        await stored(house)
        await ann.place("buy", "5.00", "10")
        await stored(house)
        assert (await house.get("/api/v1/status"))["mode"] == "normal"
        traded = await bob.place("sell", "5.00", "10")
        assert traded["status"] == "filled"
        status = await mode(house, "halted")
        assert "(venue): the venue's events have the digest" in status["reason"]
        assert status["ledger"]["sequence"] < status["sequence"]
    monkeypatch.undo()
    # The venue was right: with a sound follower the operator can let it go on.
    await go_on_with_a_sound_follower(tmp_path)


async def test_what_was_written_before_the_venue_spoke_of_it_halts_the_venue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_as(monkeypatch, broken_follower, "reference")
    monkeypatch.setenv("OUTCRY_TEST_HASTE", "1")
    async with guarded(tmp_path, PROCESS) as house:
        ann, bob = await house.person(), await house.person()
        await ann.place("buy", "5.00", "10")
        await stored(house)
        await bob.place("sell", "5.00", "10")
        status = await mode(house, "halted")
        assert status["reason"].endswith(", and it is written")
        assert told(house) == [("guard", "normal", "halted")]
    monkeypatch.undo()
    # What is in the store is wrong: the next start finds that, and makes it anew from the log.
    await go_on_with_a_sound_follower(tmp_path)


def niceness(process: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, process)


async def test_follower_to_which_too_little_is_left_begins_again_and_keeps_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_as(monkeypatch, impatient_follower, "", events_max=1)
    async with guarded(tmp_path, PROCESS) as house:
        ann, facts = await house.person(), house.venue.ledger.facts
        await stored(house)
        pid = facts.pid
        await until(lambda: niceness(pid) == NICENESS, "it never stood back")
        os.kill(pid, signal.SIGSTOP)
        for _ in range(20):
            assert (await place(ann)).status == 201
        os.kill(pid, signal.SIGCONT)
        await until(lambda: facts.restarts == 1, "it did not give up")
        await stored(house)
        assert (await place(ann)).status == 201
        await stored(house)
        assert niceness(facts.pid) < NICENESS
        assert (facts.restarts, facts.alarms) == (1, 0)
        assert (await house.get("/api/v1/status"))["mode"] == "normal"
    check_against_the_log(tmp_path, tmp_path)


async def test_follower_to_which_nothing_is_left_is_ended_with_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_as(monkeypatch, impatient_follower, "")
    monkeypatch.setattr(ledger_run, "LOOK_S", 0.05)
    async with guarded(tmp_path, PROCESS) as house:
        ann, facts = await house.person(), house.venue.ledger.facts
        await stored(house)
        pid = facts.pid
        await until(lambda: niceness(pid) == NICENESS, "it never stood back")
        both = family(pid)
        assert len(both) == 2
        for process in both:
            os.kill(process, signal.SIGSTOP)
        assert (await place(ann)).status == 201
        await until(lambda: facts.restarts == 1, "it was not ended")
        await stored(house)
        assert niceness(facts.pid) < NICENESS
        await until(lambda: not any(map(runs, both)), "a process of it is left")
        assert (await house.get("/api/v1/status"))["mode"] == "normal"
    check_against_the_log(tmp_path, tmp_path)
