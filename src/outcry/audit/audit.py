"""The audit itself: replay the log from genesis, and hold everything that is stored against it."""

from dataclasses import dataclass

from outcry.audit.published import Published
from outcry.audit.remake import EVENTS_AT_ONCE, OnProgress, Remaker, no_progress, whole
from outcry.audit.report import AuditReport, shown
from outcry.audit.tables import Tables
from outcry.engine.core import CoreFactory
from outcry.ledger.check import LedgerBroken
from outcry.ledger.proofs.note import CheckSignature
from outcry.ports import Batch, Checkpoint, LedgerStore, Log, LogDamaged, ProofStore, SnapshotStore
from outcry.recovery import UNPROVEN, compare_snapshot, skips_of
from outcry.sequencer.chain import tail_of

_LAST_EVENT = "SELECT max(sequence) FROM events"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is audited. Each is read only, and the ledger as it is at one moment."""

    log: Log
    snapshots: SnapshotStore
    ledger: LedgerStore
    scratch: LedgerStore
    """An empty store to work in, thrown away afterwards."""
    proofs: ProofStore | None = None
    """What was published, if anything was."""
    check_signature: CheckSignature = lambda _key, _signature, _text: False


class Audit:
    """One audit on its way."""

    def __init__(
        self, sources: Sources, factory: CoreFactory, progress: OnProgress = no_progress
    ) -> None:
        self._sources = sources
        self._progress = progress
        self._report = AuditReport()
        self._remaker = Remaker(factory, skips_of(sources.log, 0))
        self._tables = Tables(self._report, sources.ledger, sources.scratch)
        self._compared = 0
        self._ledger_done = False
        self._end = sources.log.tail().sequence
        self._published: Published | None = None
        if sources.proofs is not None:
            check = sources.check_signature
            self._published = Published(self._report, sources.proofs, sources.scratch, check)
        self._snapshots = dict.fromkeys(sources.snapshots.sequences(), UNPROVEN)

    def run(self) -> AuditReport:
        """Look at everything; never raises for what is found."""
        report, log = self._report, self._sources.log
        limit = self._limit()
        try:
            for batch in whole(log, self._end):
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

    def _limit(self) -> int:
        """Return up to where the ledger can be compared: its checkpoint, if that is one."""
        checkpoint = self._sources.ledger.checkpoint()
        try:
            if self._sources.log.chain_hash_at(checkpoint.sequence) == checkpoint.chain_hash:
                return checkpoint.sequence
        except (LogDamaged, OverflowError):
            pass
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
        self._look_at_publications(batch.last_sequence)
        if batch.last_sequence in self._snapshots:
            found = compare_snapshot(self._sources.snapshots, remaker.engine, tail_of(batch))
            self._snapshots[batch.last_sequence] = found

    def _look_at_publications(self, sequence: int) -> None:
        """Check what was published at a sequence that the ledger has been at."""
        published, remaker = self._published, self._remaker
        if published is not None and sequence in published.waiting and not self._ledger_done:
            published.check_sets(sequence, remaker.ledger, remaker.engine.core)

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
        self._compare_checkpoint()
        if self._published is not None:
            self._published.check_heads()
            self._published.finish()

    def _compare_checkpoint(self) -> None:
        is_now, should_be = self._sources.ledger.checkpoint(), self._remaker.ledger.checkpoint
        self._report.table("checkpoint").rows = 1
        for name in Checkpoint.__dataclass_fields__:
            one, other = getattr(is_now, name), getattr(should_be, name)
            if one != other:
                what = f"{name} is {shown(one)}, should be {shown(other)}"
                self._report.find("checkpoint", {}, what, should_be.sequence)

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
