"""Builds that break a promise on purpose. A simulation that does not notice proves nothing."""

from dataclasses import dataclass

from typing_extensions import override

from outcry import codec
from outcry.adapters.sqlite_ledger import puts_of
from outcry.ports import Batch, Clock, LedgerRows, Log, LogTail
from outcry.sequencer.chain import linked, tail_of
from outcry.sequencer.sequencer import Sequencer
from tests.simulation.disk import Disk
from tests.simulation.faults import Faults
from tests.simulation.ledger import VolatileLedger
from tests.simulation.node import Build
from tests.simulation.stores import LOG, DiskLog, Reached


class EarlySequencer(Sequencer):
    """Says that a batch is durable, and appends it with the next one."""

    def __init__(self, log: Log, clock: Clock, tail: LogTail) -> None:
        super().__init__(log, clock, tail)
        self._late: Batch | None = None

    @override
    def commit(self, records: bytearray | bytes) -> Batch:
        if self._late:
            self._log.append(self._late)
        tail = self._tail
        stamped = bytearray(records)
        time_ns = max(tail.time_ns, self._clock.now_ns())
        count = codec.stamp(stamped, tail.sequence + 1, time_ns)
        self._late = linked(tail, tail.sequence + count, time_ns, bytes(stamped))
        self._tail = tail_of(self._late)
        return self._late


class LazyLog(DiskLog):
    """Syncs every fifth append only, as a disk that lies or a setting that is too fast."""

    def __init__(self, disk: Disk, reached: Reached) -> None:
        super().__init__(disk, reached)
        self._appends = 0

    @override
    def _sync(self) -> None:
        self._appends += 1
        if self._appends % 5 == 0:
            super()._sync()


class StubbornLog(DiskLog):
    """Goes on after a sync that failed."""

    @override
    def _fail(self, reason: str) -> None:
        """Pretend that nothing has happened."""

    @override
    def _sync(self) -> None:
        try:
            super()._sync()
        except OSError:
            self._disk.sync(LOG)


class HeadlessLedger(VolatileLedger):
    """Writes the checkpoint at once, and the rows with the next transaction."""

    _late: LedgerRows | None = None

    @override
    def write(self, rows: LedgerRows) -> None:
        if self._late is not None:
            for put in puts_of(self._late.rows, 0):
                self._put(put)
        self._late = rows
        super().write(LedgerRows(rows.checkpoint, {}))


@dataclass(frozen=True)
class Case:
    """A node that breaks a promise, where it is seen, and how that is told."""

    wrong: str
    build: Build
    told: tuple[str, ...]
    faults: Faults = Faults()


POWER = Faults(crash_any_time=6, power_cut=1)
BROKEN = (
    Case("acknowledges before the append", Build(sequencer=EarlySequencer), ("is lost",), POWER),
    Case(
        "acknowledges before the sync",
        Build(log=LazyLog),
        ("is lost", "went back", "damaged", "wrong hash"),
        POWER,
    ),
    Case(
        "goes on after a sync that failed",
        Build(log=StubbornLog),
        ("gap", "is lost"),
        Faults(append_fails=0.05, crash_any_time=4),
    ),
    Case(
        "checkpoint ahead of its rows",
        Build(ledger=HeadlessLedger),
        ("other rows", "refused without a reason"),
        Faults(ledger_crashes=0.02),
    ),
)
"""Builds that are wrong in one thing each, with the faults that bring it out."""
