"""The ledger of a node: its store, which loses whole transactions with the power, and who feeds it.

The store is the real one on a database in memory. What it has written survives the process; with
the power the transactions since SQLite last synced may go, the last ones first.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

from typing_extensions import override

from outcry.adapters.row_checks import RowGuard
from outcry.adapters.sqlite_ledger import UNREADABLE, LedgerUnusable, SqliteLedger
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.follower.follower import Follower, FollowerSettings
from outcry.ledger.ledger import Ledger
from outcry.ledger.tables import TABLES
from outcry.marketdata.candle import CandleRows
from outcry.ports import LedgerDamaged, LedgerRows, Log, SnapshotStore
from outcry.recovery import event_batch
from tests.simulation.stores import Reached

SYNC_EVERY = 6
"""Transactions between two syncs."""
EVENTS_AT_ONCE = 60
Rows = dict[str, list[tuple[Any, ...]]]


def _nothing(_: str) -> None:
    """Do nothing."""


class VolatileLedger(SqliteLedger):
    """The real store on a database in memory; `written` are the transactions since the last sync.

    What the real one keeps beside its file is not there.
    """

    def __init__(self, connection: sqlite3.Connection, reached: Reached = _nothing) -> None:
        self._path = Path("ledger.sqlite")
        self._mark_path, self._mark = Path("no.mark"), None
        self._reached = reached
        self._read_lock = Lock()
        self._writer = connection
        self.written: list[LedgerRows] = []
        try:
            self._prepare()
            # The reader's views have the names of the tables: it needs a connection of its own.
            self._reader = connection_of(connection.serialize())
            self._guard = RowGuard(self._reader, self._path)
            self._position = self._read_position()
        except (*UNREADABLE, LedgerDamaged) as error:
            raise LedgerUnusable(str(error)) from error

    @override
    def _waiting_bytes(self) -> int:
        return 0

    @override
    def close(self) -> None:
        """Read no more; what is written stays."""
        self._reader.close()

    @override
    def write(self, rows: LedgerRows) -> None:
        super().write(rows)
        self.written.append(rows)

    def rows(self) -> Rows:
        """Return everything in it, by table."""
        return {
            name: self._writer.execute(
                f"SELECT * FROM {name} ORDER BY {', '.join(table.key)}"
            ).fetchall()
            for name, table in TABLES.items()
        }


def connection_of(image: bytes) -> sqlite3.Connection:
    """Return a database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.deserialize(image)
    return connection


@cache
def empty() -> bytes:
    """Return the image of a ledger in which nothing has happened."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    VolatileLedger(connection).close()
    image = connection.serialize()
    connection.close()
    return image


class LedgerDisk:
    """What is left of a ledger when its process ends, and when the power goes."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._synced = empty()
        self._connection = connection_of(self._synced)
        self._written: list[LedgerRows] = []
        self._store: VolatileLedger | None = None

    def open(self, kind: type[VolatileLedger], reached: Reached) -> VolatileLedger:
        """Open the store as it was left.

        Raises:
            LedgerUnusable: it is damaged.
        """
        if self._connection.in_transaction:  # Of a process that ended in the middle of one.
            self._connection.execute("ROLLBACK")
        self._release()
        self._store = kind(self._connection, reached)
        self._store.written = self._written
        return self._store

    def _release(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def sync(self) -> None:
        """Let SQLite write its WAL back, if it is long enough."""
        if len(self._written) >= SYNC_EVERY:
            self._synced = self._connection.serialize()
            self._written.clear()

    def cut(self) -> None:
        """Lose the power, and with it the last transactions."""
        kept = self._written[: self._random.randint(0, len(self._written))]
        self._begin(self._synced)
        store = VolatileLedger(self._connection)
        for rows in kept:
            store.write(rows)
        self._written = store.written
        store.close()

    def flip(self) -> None:
        """Turn one bit over."""
        image = bytearray(self._connection.serialize())
        bit = self._random.randrange(len(image) * 8)
        image[bit // 8] ^= 1 << bit % 8
        self._begin(bytes(image))

    def clear(self) -> None:
        """Begin anew."""
        self._begin(empty())

    def _begin(self, image: bytes) -> None:
        self.close()
        self._synced, self._written = image, []
        self._connection = connection_of(image)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Let the database not grow meanwhile."""
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            self._connection.execute(f"PRAGMA max_page_count = {1 << 30}")

    def close(self) -> None:
        """Release what is held."""
        self._release()
        self._connection.close()


class LedgerProcess:
    """The real follower, without a process of its own."""

    def __init__(
        self,
        store: VolatileLedger,
        log: Log,
        snapshots: SnapshotStore,
        factory: CoreFactory,
        reached: Reached,
    ) -> None:
        """Go on where the store ends; `reached` is told the named steps of a transaction.

        Raises:
            LogDamaged: log, snapshots and store contradict each other.
            LedgerDamaged: the store is not what was written.
        """
        self.store = store
        self._log = log
        settings = FollowerSettings(events_max=EVENTS_AT_ONCE)
        self._follower = Follower(log, snapshots, store, factory, settings, reached)
        self.note = self._follower.note
        self.look = self._follower.step

    @property
    def behind(self) -> bool:
        """Whether there is news."""
        return self._follower.lag > 0


def made_anew(log: Log, events: list[bytes], engine: Engine) -> Rows:
    """Return the rows of a ledger made from genesis in one go, of the events of each sequence."""
    connection = connection_of(empty())
    store, candles = VolatileLedger(connection), CandleRows()
    ledger = Ledger(candles=candles.take)
    for batch in log.read(0):
        records = b"".join(events[batch.first_sequence : batch.last_sequence + 1])
        published = event_batch(batch, records)
        ledger.consume(published)
        candles.consume(published)
    ledger.check(engine.core)
    rows = ledger.take()
    if rows is not None:
        store.write(rows)
    found = store.rows()
    store.close()
    connection.close()
    return found
