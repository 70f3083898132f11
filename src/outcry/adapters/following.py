"""Follows the log of a data folder: opens what that takes, and says how it ended."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from outcry.adapters.data_dir import DataDir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.ledger_aside import LedgerAside
from outcry.adapters.scheduling import give_way, stand_back
from outcry.adapters.signing import SigningKey
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.engine.core import CoreFactory
from outcry.follower.alarm import alarm_of
from outcry.follower.follower import Follower, FollowerSettings
from outcry.follower.loop import FellBehind, Inbox, StandBack, Tell, follow
from outcry.ledger.proofs.heads import HeadPublisher
from outcry.ports import LedgerMoved, LedgerStore

DONE, ALARMED, BEHIND, MOVED = 0, 1, 3, 75
"""How it ended. Behind: it stood back too far, and the next one is to keep its place. 75 is
EX_TEMPFAIL of sysexits.h: somebody else writes the same ledger."""


@dataclass(frozen=True, slots=True)
class Following:
    """What to follow, and how."""

    data: DataDir
    factory: CoreFactory
    settings: FollowerSettings = FollowerSettings()
    aside: bool = False
    """Whether a process of its own writes; who asks for that has one thread only."""
    stand_back_after_s: float | None = None
    """When it may let the other processes of its machine come first; None for never."""

    def run(self, inbox: Inbox, tell: Tell) -> int:
        """Follow until the inbox has ended; return `DONE`, `ALARMED`, `BEHIND` or `MOVED`.

        Raises:
            LedgerUnusable, ProofsUnusable: a store is damaged, or another log's.
            OSError, sqlite3.Error: the disk says no, or the writer is gone; what was not written is
                in the log.
        """
        position, reached = 0, fail_points()
        with ExitStack() as stack:
            try:
                store = self._store(reached)  # First: a writer takes over nothing that is open.
                stack.enter_context(closing(store))
                log = stack.enter_context(closing(SqliteLog(self.data.log, read_only=True)))
                position = store.checkpoint().sequence
                snapshots = SnapshotFiles(self.data.snapshots, read_only=True)
                publish = self._publishing(log, store, stack)
                settings = replace(self.settings, give_way=give_way)
                follower = Follower(log, snapshots, store, self.factory, settings, reached)
                told, back = _with_costs(tell, store), self._standing_back(store)
                follow(follower, inbox, told, time.monotonic, publish, back)
            except FellBehind:
                return BEHIND
            except LedgerMoved:
                return MOVED
            except Exception as error:
                alarm = alarm_of(error, position)
                if alarm is None:
                    raise
                tell(alarm.message())
                return ALARMED
        return DONE

    def _store(self, reached: Callable[[str], None]) -> LedgerStore:
        if self.aside:
            return LedgerAside(self.data.ledger, reached)
        return SqliteLedger(self.data.ledger, reached=reached)

    def _standing_back(self, store: LedgerStore) -> StandBack | None:
        """Return how it and its writer stand back, if they may."""
        if self.stand_back_after_s is None:
            return None
        writers = [store.writer] if isinstance(store, LedgerAside) else []
        return StandBack(partial(stand_back, *writers), self.stand_back_after_s)

    def _publishing(
        self, log: SqliteLog, store: LedgerStore, stack: ExitStack
    ) -> Callable[[], object]:
        """Return what signs the heads that are due."""
        key = SigningKey(self.data.signing_key)
        proofs = SqliteProofs(self.data.proofs, log.log_id, key.public_key)
        stack.enter_context(closing(proofs))
        heads = HeadPublisher(store, proofs, key.sign)

        def publish() -> None:
            with store.still():  # The writer goes on meanwhile.
                heads.publish(time.time_ns())

        return publish


def _with_costs(tell: Tell, store: LedgerStore) -> Tell:
    """Return what tells what a writer has cost besides."""
    if not isinstance(store, LedgerAside):
        return tell

    def told(message: dict[str, Any]) -> None:
        cpu_s, rss_bytes = store.cost
        tell(message | {"writer_cpu_s": cpu_s, "writer_rss": rss_bytes})

    return told
