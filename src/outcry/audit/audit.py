"""The audit itself: replay the log from genesis, and hold everything that is stored against it."""

from collections.abc import Callable
from dataclasses import dataclass

from outcry.audit.remake import Remaker
from outcry.audit.report import AuditReport
from outcry.audit.tables import Tables
from outcry.engine.core import CoreFactory
from outcry.ledger.check import LedgerBroken
from outcry.ports import Batch, Checkpoint, LedgerStore, Log, LogDamaged, SnapshotStore
from outcry.recovery import UNPROVEN, compare_snapshot
from outcry.sequencer.chain import tail_of

EVENTS_AT_ONCE = 50_000
"""Rows are compared after so many events: what is in memory at a time."""
EPOCH = 1
"""The only one so far."""
_LAST_EVENT = "SELECT max(sequence) FROM events"

OnProgress = Callable[[int, int], None]
"""Told (sequence, last sequence) now and then."""


def no_progress(_sequence: int, _last: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What is audited. Each is read only, and the ledger as it is at one moment."""

    log: Log
    snapshots: SnapshotStore
    ledger: LedgerStore
    scratch: LedgerStore
    """An empty store to work in, thrown away afterwards."""


class Audit:
    """One audit on its way."""

    def __init__(
        self, sources: Sources, factory: CoreFactory, progress: OnProgress = no_progress
    ) -> None:
        self._sources = sources
        self._progress = progress
        self._report = AuditReport()
        self._remaker = Remaker(factory)
        self._tables = Tables(self._report, sources.ledger, sources.scratch)
        self._compared = 0
        self._ledger_done = False
        self._end = sources.log.tail().sequence
        self._snapshots = dict.fromkeys(sources.snapshots.sequences(), UNPROVEN)

    def run(self) -> AuditReport:
        """Look at everything; never raises for what is found."""
        report, log = self._report, self._sources.log
        limit = self._limit(self._sources.ledger.checkpoint())
        try:
            for batch in log.read(0):
                if batch.first_sequence > self._end:
                    break  # It came after the audit began.
                if batch.last_sequence > limit:
                    self._finish_ledger()
                self._take(batch)
            self._finish_ledger()
        except LogDamaged as error:
            report.find("log", {}, str(error))
            report.complete = False
        except LedgerBroken as error:
            report.find("engine", {}, error.what, error.sequence, error.event_index)
            report.complete = False
        self._look_at_snapshots()
        report.digest = self._remaker.engine.digest()
        report.events = self._remaker.events
        return report

    def _limit(self, checkpoint: Checkpoint) -> int:
        """Return up to where the ledger can be compared: its checkpoint, if that is one."""
        log, found = self._sources.log, self._report.table("checkpoint")
        found.rows = 1
        try:
            chain_hash = log.chain_hash_at(checkpoint.sequence)
        except (LogDamaged, OverflowError):
            chain_hash = None
        if chain_hash == checkpoint.chain_hash and checkpoint.epoch == EPOCH:
            return checkpoint.sequence
        what = "the log has no such position: epoch, sequence and hash do not belong together"
        self._report.find("checkpoint", {"sequence": checkpoint.sequence}, what)
        (last,) = self._sources.ledger.query(_LAST_EVENT, ())[0]
        return last if isinstance(last, int) else 0

    def _take(self, batch: Batch) -> None:
        """Take in one batch, with its rows while the ledger goes that far."""
        report, remaker = self._report, self._remaker
        remaker.apply(batch, rows=not self._ledger_done)
        report.batches += 1
        report.log_sequence = batch.last_sequence
        if remaker.events - self._compared >= EVENTS_AT_ONCE:
            self._compare()
        if batch.last_sequence in self._snapshots:
            found = compare_snapshot(self._sources.snapshots, remaker.engine, tail_of(batch))
            self._snapshots[batch.last_sequence] = found

    def _compare(self) -> None:
        """Compare the rows made since the last call."""
        made = self._remaker.take()
        if made is not None:
            self._tables.take(made)
        self._compared = self._remaker.events
        self._progress(self._report.log_sequence, self._end)

    def _finish_ledger(self) -> None:
        """Compare what is left, once; the engine stands where the ledger ends."""
        if self._ledger_done:
            return
        self._ledger_done = True
        self._compare()
        self._tables.finish()
        engine = self._remaker.engine
        assets, _ = engine.definitions()
        self._tables.sums.compare(self._sources.ledger, engine.core, assets)
        self._report.sequence = self._report.log_sequence

    def _look_at_snapshots(self) -> None:
        """Note the snapshots that are not what the log leads to."""
        # A venue that runs meanwhile replaces old ones by new ones.
        still_there = self._sources.snapshots.sequences()
        found = self._report.table("snapshots")
        for sequence, fault in self._snapshots.items():
            if sequence in still_there:
                found.rows += 1
                if fault:
                    self._report.find("snapshots", {"sequence": sequence}, fault, sequence)
