"""Follows the log of a data folder: opens what that takes, and says how it ended."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass

from outcry.adapters.data_dir import DataDir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.signing import SigningKey
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.engine.core import CoreFactory
from outcry.follower import Follower, FollowerSettings, Inbox, Tell, alarm_of, follow
from outcry.ledger.proofs.heads import HeadPublisher
from outcry.ports import LedgerMoved

DONE, ALARMED, MOVED = 0, 1, 75
"""How it ended. 75 is EX_TEMPFAIL of sysexits.h: somebody else writes the same ledger."""


@dataclass(frozen=True, slots=True)
class Following:
    """What to follow, and how."""

    data: DataDir
    factory: CoreFactory
    settings: FollowerSettings = FollowerSettings()

    def run(self, inbox: Inbox, tell: Tell) -> int:
        """Follow until the inbox has ended; return `DONE`, `ALARMED` or `MOVED`.

        Raises:
            LedgerUnusable, ProofsUnusable: a store is damaged, or another log's.
            OSError, sqlite3.Error: the disk says no; what was not written is in the log.
        """
        position, reached = 0, fail_points()
        with ExitStack() as stack:
            try:
                log = stack.enter_context(closing(SqliteLog(self.data.log, read_only=True)))
                ledger = SqliteLedger(self.data.ledger, reached=reached)
                store = stack.enter_context(closing(ledger))
                position = store.checkpoint().sequence
                snapshots = SnapshotFiles(self.data.snapshots, read_only=True)
                publish = self._publishing(log, store, stack)
                follower = Follower(log, snapshots, store, self.factory, self.settings, reached)
                follow(follower, inbox, tell, time.monotonic, publish)
            except LedgerMoved:
                return MOVED
            except Exception as error:
                alarm = alarm_of(error, position)
                if alarm is None:
                    raise
                tell(alarm.message())
                return ALARMED
        return DONE

    def _publishing(
        self, log: SqliteLog, store: SqliteLedger, stack: ExitStack
    ) -> Callable[[], object]:
        """Return what signs the heads that are due."""
        key = SigningKey(self.data.signing_key)
        proofs = SqliteProofs(self.data.proofs, log.log_id, key.public_key)
        stack.enter_context(closing(proofs))
        heads = HeadPublisher(store, proofs, key.sign)
        return lambda: heads.publish(time.time_ns())
