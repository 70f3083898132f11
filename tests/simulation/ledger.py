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

from outcry.adapters.sqlite_ledger import UNREADABLE, LedgerUnusable, SqliteLedger
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.ledger.ledger import Ledger
from outcry.ledger.reads.start import start_of
from outcry.ledger.tables import TABLES
from outcry.ports import EventReader, LedgerRows, Log, SnapshotStore
from outcry.recovery import recover
from outcry.sequencer.chain import tail_of
from tests.simulation.witness import event_batch

SYNC_EVERY = 6
"""Transactions between two syncs."""
BATCHES_AT_ONCE = 12
Rows = dict[str, list[tuple[Any, ...]]]


class VolatileLedger(SqliteLedger):
    """The real store on a database in memory; `written` are the transactions of its life."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._path = Path("ledger.sqlite")
        self._read_lock = Lock()
        self._writer = self._reader = connection
        self.written: list[LedgerRows] = []
        try:
            self._prepare()
            self._position = self._read_position()
        except UNREADABLE as error:
            raise LedgerUnusable(str(error)) from error

    @override
    def write(self, rows: LedgerRows) -> None:
        super().write(rows)
        self.written.append(rows)

    def rows(self) -> Rows:
        """Return everything in it, by table."""
        return {
            name: self.query(f"SELECT * FROM {name} ORDER BY {', '.join(table.key)}", ())
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
    VolatileLedger(connection)
    return connection.serialize()


class LedgerDisk:
    """What is left of a ledger when its process ends, and when the power goes."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._synced = empty()
        self._connection = connection_of(self._synced)
        self._written: list[LedgerRows] = []

    def open(self) -> VolatileLedger:
        """Open the store as it was left.

        Raises:
            LedgerUnusable: it is damaged.
        """
        store = VolatileLedger(self._connection)
        store.written = self._written
        return store

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
        self._connection.close()


class Follower:
    """Follows a log with an engine of its own, and keeps the ledger."""

    def __init__(
        self, disk: LedgerDisk, log: Log, snapshots: SnapshotStore, factory: CoreFactory
    ) -> None:
        """Go on where the store ends.

        Raises:
            LogDamaged: log, snapshots and store contradict each other.
            LedgerUnusable: the store is damaged.
        """
        self._disk = disk
        self._log = log
        self.store = disk.open()
        readers: list[EventReader] = []

        def fill(engine: Engine) -> None:
            _, markets = engine.definitions()
            self.ledger = Ledger(markets, start_of(self.store))
            readers.append(self.ledger)

        recovered = recover(log, snapshots, factory, self.store.checkpoint(), readers, fill)
        self._engine, self._tail = recovered.engine, recovered.tail

    @property
    def behind(self) -> bool:
        """Whether there is news that is not written down."""
        return self.store.checkpoint().sequence < self._log.tail().sequence

    def look(self) -> None:
        """Take in some of what is new, and write it down.

        Raises:
            sqlite3.Error: it cannot be written now.
            LedgerBroken, LedgerAltered, LedgerMoved: the store is not what it was.
        """
        batches = self._log.after(self._tail)
        for batch, _ in zip(batches, range(BATCHES_AT_ONCE), strict=False):
            self.ledger.consume(event_batch(batch, self._engine.apply(batch.payload)))
            self._tail = tail_of(batch)
        self.ledger.check(self._engine.core)
        rows = self.ledger.take()
        if rows is not None:
            self.store.write(rows)
            self.ledger.written()
            self._disk.sync()


def made_anew(log: Log, events: list[bytes], engine: Engine) -> Rows:
    """Return the rows of a ledger made from genesis in one go, of the events of each sequence."""
    store, ledger = VolatileLedger(connection_of(empty())), Ledger()
    for batch in log.read(0):
        records = b"".join(events[batch.first_sequence : batch.last_sequence + 1])
        ledger.consume(event_batch(batch, records))
    ledger.check(engine.core)
    rows = ledger.take()
    if rows is not None:
        store.write(rows)
    found = store.rows()
    store.close()
    return found
