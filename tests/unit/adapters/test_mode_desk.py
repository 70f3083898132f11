"""Every change of the mode is asked for, done and written down, and survives the process."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry import codec
from outcry.adapters.mode_desk import ModeDesk, NotChanged, Wish
from outcry.adapters.operations import Operations
from outcry.domain import commands as c
from outcry.domain.market import VenueMode
from outcry.engine.engine import Engine
from outcry.guard import Concern
from outcry.pipeline import DRAINING
from outcry.ports import LogFailed
from tests.support.flow import Flow, reference

NORMAL, CANCEL_ONLY, READ_ONLY, HALTED = VenueMode
LOG = "ab" * 16
ANN = Wish("operator", "a drill", "ann")
GUARD = Wish("guard", "it is behind")


class House:
    """A flow, and desks over one journal: each like the first of a new process."""

    def __init__(self, path: Path) -> None:
        self.flow = Flow().opened()
        self.path = path
        self._journals: list[Operations] = []
        self.desk = self.again()

    def again(self) -> ModeDesk:
        self.close()
        self._journals.append(Operations(self.path, LOG))
        flow = self.flow
        self.desk = ModeDesk(self._journals[-1], flow.pipeline, flow.engine, flow.clock)
        return self.desk

    @property
    def journal(self) -> Operations:
        return self._journals[-1]

    async def change(self, mode: VenueMode, base: VenueMode, wish: Wish) -> None:
        changing = asyncio.create_task(self.desk.change(mode, base, wish))
        await asyncio.sleep(0)
        self.flow.run()
        await changing

    def past_the_desk(self, mode: VenueMode) -> None:
        self.flow.submit(codec.encode_command(c.SetMode(mode=mode)))
        self.flow.run()

    def told(self) -> list[tuple[str, str, str, str, str]]:
        return [(e.act, e.by, e.before, e.after, e.base) for e in self.journal.entries]

    def close(self) -> None:
        for journal in self._journals:
            journal.close()
        self._journals.clear()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "operations.jsonl")
    yield house
    house.close()


async def test_change_is_written_down_before_and_after(house: House) -> None:
    await house.change(HALTED, HALTED, ANN)
    assert house.flow.engine.core.mode == HALTED
    assert house.told() == [
        ("asked", "operator", "normal", "halted", "halted"),
        ("done", "operator", "normal", "halted", "halted"),
    ]
    asked, done = house.journal.entries
    assert (done.sequence, done.name, done.reason) == (15, "ann", "a drill")
    batch = list(house.flow.log.read(0))[-1]
    command = codec.decode_command(batch.payload)
    assert isinstance(command, c.SetMode)
    assert (command.key, command.staff) == (asked.key, True)


async def test_new_process_knows_who_did_it_and_why(house: House) -> None:
    await house.change(CANCEL_ONLY, CANCEL_ONLY, ANN)
    before = house.desk.facts
    desk = house.again()
    assert (desk.mode, desk.base, desk.held) == (CANCEL_ONLY, CANCEL_ONLY, None)
    assert desk.facts == before
    assert (desk.facts.by, desk.facts.name, desk.facts.reason) == ("operator", "ann", "a drill")
    assert desk.facts.sequence == 15


async def test_new_process_knows_what_its_guard_held(house: House) -> None:
    await house.change(CANCEL_ONLY, NORMAL, GUARD)
    desk = house.again()
    assert (desk.base, desk.held) == (NORMAL, Concern(CANCEL_ONLY, "it is behind"))
    await house.change(NORMAL, NORMAL, GUARD)
    assert house.again().held is None


async def test_operator_after_the_guard_is_not_undone_by_it(house: House) -> None:
    await house.change(CANCEL_ONLY, NORMAL, GUARD)
    await house.change(CANCEL_ONLY, CANCEL_ONLY, ANN)
    desk = house.again()
    assert (desk.base, desk.held) == (CANCEL_ONLY, None)


async def test_wish_that_changes_nothing_now_is_remembered(house: House) -> None:
    await house.change(CANCEL_ONLY, READ_ONLY, GUARD)
    sequence = house.flow.engine.core.sequence
    await house.change(CANCEL_ONLY, NORMAL, ANN)
    assert house.flow.engine.core.sequence == sequence
    desk = house.again()
    assert (desk.base, desk.held) == (NORMAL, Concern(CANCEL_ONLY, "it is behind"))


def test_mode_changed_past_the_desk_is_noticed_once(house: House) -> None:
    assert not house.desk.notice()
    house.past_the_desk(READ_ONLY)
    assert house.desk.notice()
    assert not house.desk.notice()
    assert house.desk.base == READ_ONLY
    assert house.told() == [("seen", "engine", "normal", "read_only", "read_only")]
    assert house.again().base == READ_ONLY


def test_mode_changed_while_nobody_looked_is_noticed_at_the_start(house: House) -> None:
    house.past_the_desk(HALTED)
    desk = house.again()
    assert (desk.base, desk.facts.by, desk.held) == (HALTED, "engine", None)


async def test_guards_halt_that_somebody_changed_since_is_not_held(house: House) -> None:
    await house.change(HALTED, NORMAL, GUARD)
    house.past_the_desk(CANCEL_ONLY)
    desk = house.again()
    assert (desk.base, desk.held) == (CANCEL_ONLY, None)


# Between the two entries


class Crash(BaseException):  # Nothing in the venue may catch it.
    """The process is gone."""


def crash_after(house: House, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process end before an entry is written."""
    add = Operations.add

    def crash(self: Operations, operation: object) -> object:
        if operation.act == point:  # type: ignore[attr-defined]
            raise Crash
        return add(self, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(Operations, "add", crash)


async def test_crash_after_the_change_is_found_to_have_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_after(house, "done", monkeypatch)
    changing = asyncio.create_task(house.desk.change(CANCEL_ONLY, NORMAL, GUARD))
    await asyncio.sleep(0)
    house.flow.run()
    with pytest.raises(Crash):
        await changing
    monkeypatch.undo()
    desk = house.again()
    assert [entry[0] for entry in house.told()] == ["asked", "done"]
    assert house.journal.entries[-1].sequence == 15
    assert (desk.base, desk.held) == (NORMAL, Concern(CANCEL_ONLY, "it is behind"))


async def test_crash_before_the_change_is_found_to_have_changed_nothing(house: House) -> None:
    await house.change(READ_ONLY, READ_ONLY, ANN)
    asking = asyncio.create_task(house.desk.change(HALTED, HALTED, ANN))
    await asyncio.sleep(0)
    asking.cancel()  # The step that would carry it out never runs.
    with pytest.raises(asyncio.CancelledError):
        await asking
    desk = house.again()
    assert house.told()[-1] == ("undone", "operator", "read_only", "read_only", "read_only")
    assert (desk.mode, desk.base) == (READ_ONLY, READ_ONLY)
    assert desk.facts.sequence == 15


# What does not work


async def test_flow_that_takes_nothing_in_changes_nothing(house: House) -> None:
    house.flow.pipeline.state = DRAINING
    with pytest.raises(NotChanged, match="DRAINING"):
        await house.change(HALTED, HALTED, ANN)
    assert house.desk.base == NORMAL
    assert house.told()[-1] == ("undone", "operator", "normal", "normal", "normal")


async def test_flow_that_halts_leaves_it_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise LogFailed("the disk is gone")

    monkeypatch.setattr(house.flow.pipeline._sequencer, "commit", fail)
    with pytest.raises(NotChanged, match="not known"):
        await house.change(HALTED, HALTED, ANN)
    assert [entry[0] for entry in house.told()] == ["asked"]


def unwritable(_self: Operations, _operation: object) -> object:
    raise OSError("no space left")


async def test_operator_is_refused_where_nothing_can_be_written_down(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Operations, "add", unwritable)
    with pytest.raises(OSError, match="no space"):
        await house.change(HALTED, HALTED, ANN)
    assert house.flow.engine.core.mode == NORMAL


async def test_guard_acts_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Operations, "add", unwritable)
    for mode in (CANCEL_ONLY, NORMAL, CANCEL_ONLY):
        await house.change(mode, NORMAL, GUARD)
        assert house.flow.engine.core.mode == mode


def test_desk_does_not_depend_on_how_the_engine_was_recovered(house: House) -> None:
    body = house.flow.engine.snapshot()
    house.flow.engine = Engine.restore(reference(), body)
    assert house.again().mode == NORMAL
