"""A command that the engine fails on: the venue halts there, and only two people get it past it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from outcry import Venue, codec
from outcry.adapters.data_dir import open_data_dir
from outcry.adapters.memory import ManualClock, MemoryLog, MemorySnapshots
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli import output
from outcry.cli.app import app
from outcry.cli.past.rebuild import Folder, rebuild
from outcry.domain import commands as c
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.pipeline import HALTED
from outcry.ports import Checkpoint, Log, LogDamaged, Snapshot
from outcry.recovery import DoesNotApply, Recovered, applied, inspect, recover, skips_of
from outcry.replay.journal import play_journal
from outcry.replay.target import ReplayReport
from outcry.sequencer.sequencer import Sequencer
from tests.support.cores import CORES, core_factory
from tests.support.flow import Flow
from tests.support.poison import poison, poisoned
from tests.support.script import START_NS, opening, some_orders

each_core = pytest.mark.parametrize("core", CORES)
BAD = len(opening()) + 20 + 3
"""The sequence of the poison: twenty orders and then two in its own batch come before it."""


def halted(factory: CoreFactory, log: Log, *, bugs: int = 1) -> Flow:
    """Return a flow that met the bug in the middle of a batch."""
    flow = Flow(log, engine=Engine(poisoned(factory)())).opened()
    for record in some_orders(5, 20):
        flow.submit(record)
        flow.run()
    flow.outcomes.clear()
    before, behind = some_orders(6, 2), some_orders(7, 3)
    for record in (*before, *(poison(f"bad{n}") for n in range(bugs)), *behind):
        flow.submit(record)
    flow.run()
    return flow


def order_to_skip(sequence: int, first: str = "ann", second: str = "bob") -> bytes:
    return codec.encode_command(
        c.SkipCommand(
            skipped_sequence=sequence,
            first_admin=first,
            second_admin=second,
            reason="it stops the venue",
            staff=True,
        )
    )


def append(log: Log, record: bytes) -> None:
    Sequencer(log, ManualClock(START_NS + 10**12), log.tail()).commit(record)


def back(log: Log, factory: CoreFactory) -> Recovered:
    return recover(log, MemorySnapshots(), factory, Checkpoint(), [])


@each_core
def test_the_venue_halts_and_answers_nobody(core: str) -> None:
    flow = halted(core_factory(core), MemoryLog())
    assert flow.pipeline.state == HALTED
    assert "Poisoned: the bug was found" in flow.pipeline.halted_reason
    assert flow.outcomes == [None] * 6


@each_core
def test_every_start_names_the_command(core: str) -> None:
    log, factory = MemoryLog(), core_factory(core)
    halted(factory, log)
    with pytest.raises(DoesNotApply, match=f"sequence {BAD} does not apply: Poisoned") as caught:
        back(log, poisoned(factory))
    assert caught.value.sequence == BAD
    report = inspect(log, MemorySnapshots(), poisoned(factory))
    assert report.damage == [str(caught.value)]


@each_core
def test_a_program_without_the_bug_goes_on(core: str) -> None:
    log, factory = MemoryLog(), core_factory(core)
    halted(factory, log)
    recovered = back(log, factory)
    assert recovered.engine.core.sequence == BAD + 3
    assert recovered.engine.core.find_key(1, "bad0") is not None


@each_core
def test_a_skip_by_one_person_skips_nothing(core: str) -> None:
    log, factory = MemoryLog(), core_factory(core)
    halted(factory, log)
    append(log, order_to_skip(BAD, "ann", "ann"))
    with pytest.raises(DoesNotApply, match=f"sequence {BAD} "):
        back(log, poisoned(factory))


def test_whoever_replays_a_skipped_command_comes_to_the_same_state(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.sqlite")
    halted(core_factory("reference"), log)
    append(log, order_to_skip(BAD))
    good = [core_factory(name) for name in CORES]
    found = {back(log, f).engine.digest() for f in (*good, *map(poisoned, good))}
    for factory in good:
        found.add(inspect(log, MemorySnapshots(), factory).digest)
        report = ReplayReport(format="journal", core="")
        play_journal(tmp_path, factory, report, lambda *_: None)
        found.add(bytes.fromhex(report.digest))
        folder = Folder(log, MemorySnapshots())
        found.add(rebuild(folder, factory, log.tail().sequence).engine.digest())
    journal = b"".join(batch.payload for batch in log.read(0))
    found.add(bytes.fromhex(Venue.replay(journal).digest()))
    log.close()
    assert len(found) == 1


@each_core
def test_what_was_skipped_is_not_done_and_what_came_behind_it_is(core: str) -> None:
    log, factory = MemoryLog(), core_factory(core)
    halted(factory, log)
    append(log, order_to_skip(BAD))
    engine = back(log, poisoned(factory)).engine
    assert engine.core.find_key(1, "bad0") is None
    assert engine.core.sequence == BAD + 4
    assert engine.core.conservation_failure() == 0


@each_core
def test_two_bugs_are_skipped_one_after_the_other(core: str) -> None:
    log, factory = MemoryLog(), core_factory(core)
    halted(factory, log, bugs=2)
    append(log, order_to_skip(BAD))
    with pytest.raises(DoesNotApply, match=f"sequence {BAD + 1} "):
        back(log, poisoned(factory))
    append(log, order_to_skip(BAD + 1))
    assert back(log, poisoned(factory)).engine.digest() == back(log, factory).engine.digest()


def test_a_replay_that_is_past_the_command_stops_at_the_skip() -> None:
    log, factory = MemoryLog(), core_factory("reference")
    halted(factory, log)
    engine, skips = Engine(factory()), skips_of(log, 0)
    for batch in log.read(0):
        applied(engine, batch, skips)
    reached = engine.core.sequence
    append(log, order_to_skip(BAD))
    (behind,) = log.read(reached)
    with pytest.raises(LogDamaged, match=f"takes {BAD} out of effect, which was applied here"):
        applied(engine, behind, skips)


def test_a_running_venue_skips_nothing() -> None:
    flow = Flow().opened()
    with pytest.raises(codec.BadRecord, match="nothing to skip"):
        flow.submit(order_to_skip(3))


# By command line


class Operator:
    """A data folder whose venue met the bug, and the commands on it; `bug` is in the program."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, bugs: int = 1) -> None:
        self.folder = folder
        self.factory = core_factory("reference")
        self.patch = monkeypatch
        log = SqliteLog(folder / "log.sqlite")
        halted(self.factory, log, bugs=bugs)
        log.close()
        self.with_bug(poisoned(self.factory))

    def with_bug(self, factory: CoreFactory) -> None:
        self.patch.setattr(output, "choose", lambda _: factory)

    def skip(self, sequence: int, *options: str, by: tuple[str, ...] = ("Ann", "bob")) -> Result:
        names = [option for name in by for option in ("--by", name)]
        arguments = ["skip", str(sequence), "--data", str(self.folder), *names]
        return CliRunner().invoke(app, [*arguments, "--reason", "it stops the venue", *options])

    def end(self) -> int:
        log = SqliteLog(self.folder / "log.sqlite", read_only=True)
        sequence = log.tail().sequence
        log.close()
        return sequence


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    return Operator(tmp_path, monkeypatch)


@pytest.mark.parametrize("by", [("ann",), ("ann", "ann"), ("ann", " ANN"), ("ann", "bob", "eve")])
def test_two_different_people_have_to_order_it(operator: Operator, by: tuple[str, ...]) -> None:
    found = operator.skip(BAD, "--yes", by=by)
    assert (found.exit_code, "two different people" in found.stderr) == (2, True)
    assert operator.end() == BAD + 3


def test_it_is_shown_first_and_done_when_asked_to(operator: Operator) -> None:
    shown = operator.skip(BAD)
    assert shown.exit_code == 2
    assert "PlaceOrder" in shown.stdout
    assert "the bug was found" in shown.stdout
    assert "--yes" in shown.stderr
    assert operator.end() == BAD + 3
    done = operator.skip(BAD, "--yes")
    assert (done.exit_code, f"{BAD} is out of effect" in done.stdout) == (0, True)
    assert operator.end() == BAD + 4
    assert "nothing to skip" in operator.skip(BAD, "--yes").stderr


def test_only_the_command_that_fails_can_be_skipped(operator: Operator) -> None:
    for sequence in (1, BAD - 1, BAD + 1, BAD + 99):
        found = operator.skip(sequence, "--yes")
        assert (found.exit_code, f"sequence {BAD} does not apply" in found.stderr) == (2, True)
    operator.with_bug(operator.factory)
    assert "nothing to skip" in operator.skip(BAD, "--yes").stderr
    assert operator.end() == BAD + 3


def test_the_next_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator(tmp_path, monkeypatch, bugs=2)
    assert f"sequence {BAD + 1} does not apply" in operator.skip(BAD, "--yes").stdout


def test_a_venue_that_runs_is_left_alone(operator: Operator) -> None:
    venue = open_data_dir(operator.folder)
    found = operator.skip(BAD, "--yes")
    venue.close()
    assert (found.exit_code, "stop the venue first" in found.stderr) == (2, True)
    assert operator.end() == BAD + 3


def test_what_was_applied_once_is_not_undone(operator: Operator) -> None:
    log = SqliteLog(operator.folder / "log.sqlite", read_only=True)
    chain_hash = log.chain_hash_at(BAD + 3) or b""
    log.close()
    spoiled = Snapshot(BAD + 3, 1, chain_hash, b"of a program that could")
    SnapshotFiles(operator.folder / "snapshots").save(spoiled)
    found = operator.skip(BAD, "--yes")
    assert (found.exit_code, "was applied once" in found.stderr) == (2, True)


def test_what_falls_due_before_a_command_is_not_the_command(operator: Operator) -> None:
    class Sick(operator.factory):  # type: ignore[name-defined, misc]  # whatever comes fails
        def apply(self, records: bytes, start: int = 0) -> tuple[bytes, int, int]:
            if int(codec.HEADER.unpack_from(records, start)[4]) >= BAD:
                raise RuntimeError("always")
            events, end, stop = super().apply(records[: start + records[start]], start)
            return events, end, stop or (3 if end < len(records) else 0)

    operator.with_bug(Sick)
    found = operator.skip(BAD, "--yes")
    assert (found.exit_code, "a Tick in its place fails as well" in found.stderr) == (2, True)
    assert operator.end() == BAD + 3
