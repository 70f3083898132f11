"""Old logs, newer rules, and the way to the program before: nothing ever means something else."""

import json
import lzma
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from outcry import codec
from outcry.adapters.memory import ManualClock, MemoryLog, MemorySnapshots
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.pipeline import PipelineSettings
from outcry.ports import Checkpoint, LogDamaged
from outcry.recovery import inspect, recover
from outcry.sequencer.sequencer import Sequencer
from tests.property.generator import make_script
from tests.support.cores import CORES, core_factory
from tests.support.flow import Collector, Flow
from tests.support.scoreboard import note
from tests.support.script import opening, some_orders

LOGS = Path(__file__).parents[1] / "golden" / "logs"
each_core = pytest.mark.parametrize("core", CORES)


def golden() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the rules, the name and the facts of every golden log."""
    for folder in sorted(LOGS.glob("rules-*")):
        facts = json.loads((folder / "facts.json").read_text())
        yield from ((folder.name, name, told) for name, told in facts.items())


GOLDEN = list(golden())
each_log = pytest.mark.parametrize(
    ("folder", "name", "facts"), GOLDEN, ids=[f"{row[0]}-{row[1]}" for row in GOLDEN]
)


def unpacked(folder: str, name: str, to: Path) -> Path:
    """Write a golden file where a data folder has it; return its path."""
    packed = LOGS / folder / f"{name}.xz"
    path = to / ("log.sqlite" if name.endswith(".sqlite") else name)
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    return path


@each_core
@each_log
def test_an_old_log_leads_where_it_always_led(
    folder: str, name: str, facts: dict[str, Any], core: str, tmp_path: Path
) -> None:
    log = SqliteLog(unpacked(folder, f"{name}.sqlite", tmp_path), read_only=True)
    collector = Collector()
    recovered = recover(log, MemorySnapshots(), core_factory(core), Checkpoint(), [collector])
    log.close()
    told, found = sha256(), recovered.engine.core
    for batch in collector.batches:
        told.update(batch.records)
    assert recovered.engine.digest().hex() == facts["digest"]
    assert told.hexdigest() == facts["events_sha256"]
    assert recovered.tail.chain_hash.hex() == facts["chain_hash"]
    assert {
        "sequence": found.sequence,
        "mode": found.mode,
        "open_orders": found.open_order_count(),
        "balances": {a: [list(row) for row in found.balances(int(a))] for a in facts["balances"]},
    } == {name: facts[name] for name in ("sequence", "mode", "open_orders", "balances")}


def test_the_golden_logs_hold_every_command_and_event_of_their_time() -> None:
    for folder in sorted({row[0] for row in GOLDEN}):
        frozen = layouts(folder)
        facts = [row[2] for row in GOLDEN if row[0] == folder]
        commands = {name for told in facts for name in told["commands"]} - {"unknown"}
        events = {name for told in facts for name in told["events"]}
        if folder == "rules-1":
            assert commands == {name for kind, name in frozen if kind == "command"}
            assert events == {name for kind, name in frozen if kind == "event"}
        else:
            assert {"ActivateRules", "SkipCommand"} <= commands
            assert {"RulesActivated", "CommandSkipped"} <= events


@each_core
def test_the_snapshot_of_the_version_before_is_used(core: str, tmp_path: Path) -> None:
    (facts,) = (row[2] for row in GOLDEN if row[:2] == ("rules-1", "00"))
    log = SqliteLog(unpacked("rules-1", "00.sqlite", tmp_path), read_only=True)
    (packed,) = (LOGS / "rules-1").glob("snapshot-*")
    unpacked("rules-1", packed.name.removesuffix(".xz"), tmp_path)
    snapshots = SnapshotFiles(tmp_path, read_only=True)
    (sequence,) = snapshots.sequences()
    position = Checkpoint(1, sequence, log.chain_hash_at(sequence) or b"")
    recovered = recover(log, snapshots, core_factory(core), position, [])
    log.close()
    assert (recovered.snapshot_sequence, recovered.warnings) == (sequence, [])
    assert recovered.engine.digest().hex() == facts["digest"]


# What the version before can read


def layouts(folder: str) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Return type, version and end of the body of every record that a version knew."""
    rows = [line.split() for line in (LOGS / folder / "layouts.txt").read_text().splitlines()]
    return {(kind, name): (int(n), int(v), int(end)) for kind, name, n, v, end in rows}


def unknown(records: bytes, kind: str, folder: str) -> list[bytes]:
    """Return the records that a version could not read."""
    known = {row[0]: row[1:] for (of, _), row in layouts(folder).items() if of == kind}
    found = []
    for record in codec.split(records):
        version, end = known.get(record[2], (0, 0))
        key_length = record[4] if kind == "command" else len(record) - end
        if record[3] != version or len(record) != codec.padded(end + key_length):
            found.append(bytes(record))
    return found


def engine_scripts() -> Iterator[list[bytes]]:
    """Yield the commands of scripts that doors could send, without their stamps."""
    for seed in range(200, 230):
        commands = []
        for record in make_script(seed, 100, whole=True).records:
            try:
                command = codec.decode_command(record)
            except codec.BadRecord:
                continue
            if not isinstance(command, c.ActivateRules | c.SkipCommand):
                commands.append(codec.encode_command(command))
        yield commands


@each_core
def test_what_a_venue_on_the_first_rules_writes_can_be_read_by_the_version_before(
    core: str,
) -> None:
    written = 0
    for records in engine_scripts():
        engine = Engine(core_factory(core)())
        stamped = bytearray(b"".join(records))
        codec.stamp(stamped, 1, 1_700_000_000_000_000_000)
        events = engine.apply(bytes(stamped))
        assert unknown(bytes(stamped), "command", "rules-1") == []
        assert unknown(events, "event", "rules-1") == []
        assert int.from_bytes(engine.snapshot()[:8], "little") == 3
        written += len(records)
    assert written > 2_000


def test_newer_rules_cannot_be_read_by_the_version_before() -> None:
    """The control: the check above would notice."""
    engine = Engine(core_factory("reference")())
    record = bytearray(codec.encode_command(c.ActivateRules(rules=2, staff=True)))
    codec.stamp(record, 1, 5)
    events = engine.apply(bytes(record))
    assert unknown(bytes(record), "command", "rules-1") == [record]
    assert unknown(events, "event", "rules-1") == [events]
    assert int.from_bytes(engine.snapshot()[:8], "little") == 4


# Up, down, and up again


class Restarts:
    """A venue that is stopped and started by turns of programs, each on what the one before left.

    The version before is this program, held to what it could read: no record and no snapshot that
    it did not know.
    """

    def __init__(self) -> None:
        self.log, self.snapshots = MemoryLog(), MemorySnapshots()
        self.flow: Flow | None = None
        self.acknowledged = self.from_snapshots = 0

    def start(self, factory: CoreFactory, version: str) -> None:
        """Start a program on what is there; it comes back to the state that was left."""
        if version == "before":
            self.check_readable()
        newest = max(self.snapshots.sequences(), default=0)
        position = Checkpoint(1, newest, self.log.chain_hash_at(newest) or b"")
        recovered = recover(self.log, self.snapshots, factory, position, [])
        assert recovered.warnings == []
        self.from_snapshots += recovered.snapshot_sequence > 0
        if self.flow is not None:
            assert recovered.engine.digest() == self.flow.engine.digest()
        self.flow = Flow(
            self.log,
            self.snapshots,
            PipelineSettings(snapshot_commands=100),
            engine=recovered.engine,
        )

    def check_readable(self) -> None:
        """Check that the version before knows everything that is there."""
        for batch in self.log.read(0):
            assert unknown(batch.payload, "command", "rules-1") == []
        for sequence in self.snapshots.sequences():
            snapshot = self.snapshots.load(sequence)
            assert snapshot is not None
            assert int.from_bytes(snapshot.body[:8], "little") == 3

    def trade(self, records: list[bytes]) -> None:
        """Send orders, some at once; the turn ends in the middle of things."""
        assert self.flow is not None
        for number, record in enumerate(records):
            self.flow.submit(record)
            if number % 3:
                self.flow.run()
        self.flow.run()
        assert None not in self.flow.outcomes
        self.acknowledged += len(self.flow.outcomes)


def test_a_rolling_upgrade_and_the_way_back_lose_nothing() -> None:
    reference, compiled = core_factory("reference"), core_factory("compiled")
    venue, load = Restarts(), some_orders(3, 3_000)
    turns = [
        (reference, "before"), (compiled, "after"), (reference, "before"), (reference, "after"),
        (compiled, "before"), (compiled, "after"),
    ]  # fmt: skip
    for number, (factory, version) in enumerate(turns):
        venue.start(factory, version)
        venue.trade(load[number::6] if number else [*opening(), *load[0::6]])
    report = inspect(venue.log, venue.snapshots, reference)
    assert venue.flow is not None
    lost = venue.acknowledged - report.sequence
    divergences = int(report.digest != venue.flow.engine.digest())
    assert (lost, divergences, report.damage) == (0, 0, [])
    assert venue.from_snapshots == len(turns) - 1
    venue.start(compiled, "after")
    activation = codec.encode_command(c.ActivateRules(rules=2, staff=True))
    venue.trade([activation, *some_orders(4, 50)])
    with pytest.raises(AssertionError):
        venue.start(reference, "before")
    note("R20", turns=len(turns), commands=report.sequence, lost=lost, divergences=divergences)


def test_a_log_with_rules_of_a_later_program_is_refused_by_name() -> None:
    log = MemoryLog()
    Sequencer(log, ManualClock(), log.tail()).commit(b"".join(opening()))
    record = codec.encode_command(c.ActivateRules(rules=c.RULES + 1, staff=True))
    Sequencer(log, ManualClock(), log.tail()).commit(record)
    with pytest.raises(LogDamaged, match=rf"rules {c.RULES + 1} are newer .* up to {c.RULES}"):
        recover(log, MemorySnapshots(), core_factory("reference"), Checkpoint(), [])


def test_rules_of_a_later_program_never_enter_a_log() -> None:
    flow = Flow().opened()
    record = codec.encode_command(c.ActivateRules(rules=c.RULES + 1, staff=True))
    with pytest.raises(codec.BadRecord, match="newer than"):
        flow.submit(record)
    with pytest.raises(codec.BadRecord, match="newer than"):
        flow.submit(some_orders(1, 1)[0], record)
    flow.submit(codec.encode_command(c.ActivateRules(rules=c.RULES, staff=True)))
    flow.run()
    assert isinstance(flow.collector.events[-1], e.RulesActivated)
    assert flow.engine.core.rules == c.RULES
