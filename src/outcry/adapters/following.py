"""Follows the log of a data folder: opens what that takes, and says how it ended."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from outcry.adapters.data_dir import DataDir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.engine.core import CoreFactory
from outcry.follower import Follower, FollowerSettings, Inbox, Tell, alarm_of, follow
from outcry.ports import LedgerMoved

DONE, ALARMED, MOVED = 0, 1, 75
"""How it ended. 75 is EX_TEMPFAIL of sysexits.h: somebody else writes the same ledger."""


@dataclass(frozen=True, slots=True)
class Following:
    """What to follow, and how."""

    data: DataDir
    factory: CoreFactory
    settings: FollowerSettings = FollowerSettings()

    def run(
        self, inbox: Inbox, tell: Tell, usage: Callable[[], dict[str, Any]] = dict
    ) -> int:
        """Follow until the inbox has ended; return `DONE`, `ALARMED` or `MOVED`.

        Raises:
            LedgerUnusable: the store is damaged.
            OSError, sqlite3.Error: the disk says no; what was not written is in the log.
        """
        reached, position = fail_points(), 0
        with ExitStack() as stack:
            try:
                log = stack.enter_context(closing(SqliteLog(self.data.log, read_only=True)))
                store = stack.enter_context(closing(SqliteLedger(self.data.ledger)))
                position = store.checkpoint().sequence
                snapshots = SnapshotFiles(self.data.snapshots, read_only=True)
                follower = Follower(log, snapshots, store, self.factory, self.settings, reached)
                follow(follower, inbox, tell, time.monotonic, usage)
            except LedgerMoved:
                return MOVED
            except Exception as error:
                alarm = alarm_of(error, position)
                if alarm is None:
                    raise
                tell(alarm.message())
                return ALARMED
        return DONE
