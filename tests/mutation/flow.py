"""Bugs between the client and the disk: sequencer, pipeline, snapshots, recovery, log.

The simulation has to notice them: a few seeds, with the faults that a bug waits for.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from outcry import codec, recovery
from outcry.adapters import acknowledged, snapshot_files
from outcry.adapters.sqlite_ledger import SqliteLedger, puts_of
from outcry.engine.core import choose
from outcry.engine.core.reference.venue import keys
from outcry.engine.engine import Engine
from outcry.pipeline import Pipeline
from outcry.ports import Batch, LedgerRows, LogFailed
from outcry.sequencer import chain
from outcry.sequencer.chain import linked, tail_of
from outcry.sequencer.intake import Intake
from outcry.sequencer.sequencer import Sequencer
from outcry.sequencer.snapshotter import Snapshotter
from tests.mutation.mutant import Mutant
from tests.simulation.broken import BROKEN
from tests.simulation.faults import Faults
from tests.simulation.node import Build
from tests.simulation.world import World
from tests.support.broken import Broken, Function, never

SEEDS, COMMANDS = 40, 300


class BackwardSequencer(Sequencer):
    """Believes the clock, whatever it says."""

    @override
    def commit(self, records: bytearray | bytes) -> Batch:
        stamped, time_ns = bytearray(records), self._clock.now_ns()
        count = codec.stamp(stamped, self._tail.sequence + 1, time_ns)
        batch = linked(self._tail, self._tail.sequence + count, time_ns, bytes(stamped))
        self._log.append(batch)
        self._tail = tail_of(batch)
        return batch


class ShruggingSequencer(Sequencer):
    """Takes a batch for durable although the log said no."""

    @override
    def commit(self, records: bytearray | bytes) -> Batch:
        try:
            return super().commit(bytearray(records))
        except LogFailed:
            tail, stamped = self._tail, bytearray(records)
            count = codec.stamp(stamped, tail.sequence + 1, tail.time_ns)
            return linked(tail, tail.sequence + count, tail.time_ns, bytes(stamped))


def to_the_wrong_one(reply: Function) -> Function:
    def broken(pipeline: Pipeline, taken: Any, outcomes: Any) -> None:
        reply(pipeline, taken[1:] + taken[:1], outcomes)

    return broken


def as_if_nothing_had_happened(halt: Function) -> Function:
    def broken(pipeline: Pipeline, reason: str, error: Exception, taken: Any) -> None:
        state = pipeline.state
        halt(pipeline, reason, error, taken)
        pipeline.state = state

    return broken


def without_a_word(_: Function) -> Function:
    def broken(pipeline: Pipeline, _reason: str, _error: Exception, _taken: Any) -> None:
        pipeline.state = "running"

    return broken


def twice(take: Function) -> Function:
    def broken(intake: Intake) -> Any:
        taken = take(intake)
        return taken + taken[-1:]

    return broken


def all_but_one(take: Function) -> Function:
    def broken(intake: Intake) -> Any:
        taken = take(intake)
        return taken[:-1] if len(taken) > 2 else taken

    return broken


def one_too_early(take: Function) -> Function:
    def broken(snapshotter: Snapshotter, batch: Batch, body: bytes) -> None:
        object.__setattr__(batch, "last_sequence", batch.last_sequence - 1)
        take(snapshotter, batch, body)
        object.__setattr__(batch, "last_sequence", batch.last_sequence + 1)

    return broken


def however_new(start: Function) -> Function:
    return lambda log, snapshots, factory, _limit: start(log, snapshots, factory, 1 << 62)


def with_old_notes(_: Function) -> Function:
    return lambda engine: engine.core.snapshot()


def believed(_: Function) -> Function:
    return lambda factory, body, _sequence: Engine.restore(factory, body)


def unsummed(fault: Function) -> Function:
    def broken(data: bytes, header: Any, sequence: int) -> Any:
        found = fault(data, header, sequence)
        return "" if found == "wrong checksum" else found

    return broken


def unread(check: Function) -> Function:
    def broken(batch: Batch) -> None:
        digest = chain.chain_hash(batch.previous_hash, _header(batch), batch.payload)
        object.__setattr__(batch, "chain_hash", digest)
        check(batch)

    return broken


def _header(batch: Batch) -> tuple[int, int, int, int, int]:
    return (
        batch.first_sequence, batch.last_sequence, batch.epoch, batch.time_ns, batch.version,
    )  # fmt: skip


def checkpoint_first(write: Function) -> Function:
    def broken(store: SqliteLedger, rows: LedgerRows) -> None:
        write(store, LedgerRows(rows.checkpoint, {}))
        for put in puts_of(rows.rows, 0):
            store._put(put)

    return broken


def patch(owner: Any, name: str, make: Callable[[Any], Any]) -> Broken:
    """Return a bug that is one changed function."""
    return Broken(name, owner, name, make)


@dataclass(frozen=True)
class Fault:
    """A bug, the build it is in, and the faults it waits for."""

    wrong: str
    bug: Broken | None = None
    build: Build = Build()
    faults: Faults = Faults(crash_any_time=4, power_cut=0.5)
    seeds: int = SEEDS

    def notice(self) -> str:
        """Return how the simulation tells of it."""
        with self.bug.applied() if self.bug else nullcontext():
            return self.play(self.seeds)

    def play(self, seeds: int) -> str:
        """Play some seeds."""
        for seed in range(seeds):
            try:
                World(seed, commands=COMMANDS, faults=self.faults, build=self.build).play()
            except Exception as error:
                return repr(error)
        return ""


CRASHES = Faults(crash_any_time=6, crash_at_step=0.003)
FAILING = Faults(append_fails=0.03, crash_any_time=2)
DAMAGE = Faults(crash_any_time=8, damage=1)
JUMPS = Faults(clock_jumps=0.2, crash_any_time=4)
BUGS = (
    Fault(
        "the clock is believed when it goes back",
        build=Build(sequencer=BackwardSequencer),
        faults=JUMPS,
    ),
    Fault(
        "a failed append is taken for a good one",
        build=Build(sequencer=ShruggingSequencer),
        faults=FAILING,
    ),
    Fault("an outcome goes to somebody else", patch(Pipeline, "_reply", to_the_wrong_one)),
    Fault(
        "the flow goes on after it has failed",
        patch(Pipeline, "_halt", as_if_nothing_had_happened),
        faults=FAILING,
    ),
    Fault(
        "nobody is told that the flow has failed",
        patch(Pipeline, "_halt", without_a_word),
        faults=FAILING,
    ),
    Fault("a submission is taken twice", patch(Intake, "take", twice)),
    Fault("a submission is lost in the queue", patch(Intake, "take", all_but_one)),
    Fault(
        "a snapshot names the command before",
        patch(Snapshotter, "take", one_too_early),
        faults=CRASHES,
    ),
    Fault(
        "recovery starts behind the ledger",
        patch(recovery, "_starting_point", however_new),
        faults=CRASHES,
    ),
    Fault(
        "a snapshot has the notes of the one before",
        patch(Engine, "snapshot", with_old_notes),
        faults=CRASHES,
    ),
    Fault(
        "the checksum of a snapshot is not looked at",
        patch(snapshot_files, "_fault", unsummed),
        faults=DAMAGE,
    ),
    Fault(
        "what a snapshot restores to is not looked at",
        patch(recovery, "_restored", believed),
        faults=DAMAGE,
        seeds=4,
    ),
    Fault("the hash of a batch is not looked at", patch(chain, "check", unread), faults=DAMAGE),
    Fault(
        "the mark of what was acknowledged is not read",
        patch(acknowledged, "_slot", never),
        faults=DAMAGE,
    ),
    Fault(
        "a key is never found again",
        patch(keys.KeyTable, "find", never),
        Build(core=lambda: choose("reference")),
        Faults(message_twice=0.1),
    ),
    Fault(
        "the ledger's checkpoint is a transaction of its own",
        patch(SqliteLedger, "write", checkpoint_first),
        faults=Faults(ledger_full=0.3, ledger_crashes=0.02),
    ),
    *(Fault(case.wrong, build=case.build, faults=case.faults) for case in BROKEN),
)
MUTANTS = tuple(Mutant(bug.wrong, "flow", bug.notice) for bug in BUGS)
