"""Who keeps the ledger of a node: the follower's process, that ends and begins again by itself."""

import sqlite3
from collections.abc import Callable

from typing_extensions import override

from outcry.adapters.sqlite_ledger import UNREADABLE, LedgerUnusable
from outcry.engine.core import CoreFactory
from outcry.follower.follower import digest_of
from outcry.ledger.check import LedgerBroken
from outcry.ledger.tables import TABLES
from outcry.ports import (
    EventBatch,
    EventReader,
    LedgerAltered,
    LedgerDamaged,
    LedgerMoved,
    Log,
    SnapshotStore,
)
from tests.simulation.chronicle import Chronicle
from tests.simulation.faults import Faults, LedgerCrash
from tests.simulation.ledger import LedgerDisk, LedgerProcess, VolatileLedger
from tests.simulation.scheduler import MS, Scheduler

SPOILT = (
    *UNREADABLE, LedgerUnusable, LedgerDamaged, LedgerBroken, LedgerAltered, LedgerMoved,
)  # fmt: skip
"""What the keeping of a ledger ends in whose store is not what it was."""


class Word(EventReader):
    """Tells the ledger's process what the venue has published."""

    def __init__(self, tell: Callable[[int, bytes], None]) -> None:
        self._tell = tell

    @override
    def consume(self, batch: EventBatch) -> None:
        self._tell(batch.last_sequence, digest_of(batch))


class Keeper:
    """A process that follows the log of its node, whenever it is let."""

    def __init__(
        self,
        scheduler: Scheduler,
        faults: Faults,
        seen: Chronicle,
        kind: type[VolatileLedger],
    ) -> None:
        self.disk = LedgerDisk(scheduler.random)
        self.process: LedgerProcess | None = None
        self.disturbed = False
        self._scheduler = scheduler
        self._faults = faults
        self._seen = seen
        self._kind = kind
        self._away_until_ns = 0

    @property
    def alive(self) -> bool:
        return self.process is not None

    @property
    def sequence(self) -> int:
        """How far the ledger is known to be complete."""
        return self.process.store.checkpoint().sequence if self.process else 0

    def open(self) -> VolatileLedger:
        """Open the store as it was left.

        Raises:
            LedgerUnusable: it is damaged.
        """
        return self.disk.open(self._kind, self._reached)

    def start(self, log: Log, snapshots: SnapshotStore, factory: CoreFactory) -> None:
        """Begin to follow a log, from where the ledger ends.

        Raises:
            LogDamaged: log, snapshots and ledger contradict each other.
            LedgerDamaged: the ledger is not what was written.
        """
        self.process = LedgerProcess(self.open(), log, snapshots, factory, self._reached)

    def lose(self) -> None:
        """Let the process end."""
        self.process = None
        self._away_until_ns = self._scheduler.elapsed_ns + 20 * MS

    def clear(self) -> None:
        """Let the ledger be made anew."""
        self.lose()
        self.disk.clear()

    def note(self, sequence: int, digest: bytes) -> None:
        """Let the process hear what the venue has published."""
        if self.process:
            self.process.note(sequence, digest)

    def look(self, log: Log, snapshots: SnapshotStore, factory: CoreFactory) -> None:
        """Look for news, or begin again.

        Raises:
            LogDamaged, and what is in `SPOILT`: something is not what it was.
        """
        scheduler, faults = self._scheduler, self._faults
        if scheduler.elapsed_ns < self._away_until_ns:
            return
        if self.process is None:
            self.start(log, snapshots, factory)
        elif self.process.behind and scheduler.chance(faults.ledger_late):
            self._seen["ledger late"] += 1
            self._away_until_ns = scheduler.elapsed_ns + 300 * MS
        elif self.process.behind:
            self._follow(self.process, full=scheduler.chance(faults.ledger_full))

    def _follow(self, process: LedgerProcess, *, full: bool) -> None:
        try:
            if full:
                self._follow_while_full(process)
            else:
                process.look()
                self.disk.sync()
        except LedgerCrash:
            self.lose()

    def _follow_while_full(self, process: LedgerProcess) -> None:
        try:
            with self.disk.full():
                process.look()
        except sqlite3.OperationalError:
            self._seen["ledger disk full"] += 1
            self.lose()

    def _reached(self, step: str) -> None:
        rate = self._faults.ledger_crashes / (1 if step != "mid_projection" else len(TABLES))
        if self.disturbed and self._scheduler.chance(rate):
            self._seen[f"ledger crash {step}"] += 1
            raise LedgerCrash
