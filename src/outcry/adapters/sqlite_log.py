"""The log in one SQLite file: WAL, synchronous=FULL, one row a batch."""

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path

from typing_extensions import override

from outcry.adapters.acknowledged import AcknowledgedMark
from outcry.ports import Batch, Log, LogDamaged, LogFailed, LogTail
from outcry.sequencer.chain import GENESIS, check, follow, tail_of

APPLICATION_ID = 0x4F757463
"""ASCII "Outc", where `file` and we look for it."""
FORMAT = 1
BUSY_TIMEOUT_S = 1.0
UNREADABLE = (sqlite3.Error, UnicodeError)
"""What SQLite raises over a damaged file; it quotes damaged names in its messages."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    last_seq INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    version INTEGER NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS meta (log_id BLOB NOT NULL, created_ns INTEGER NOT NULL, seal BLOB)
STRICT;
"""
_COLUMNS = "first_seq, last_seq, epoch, time_ns, version, prev_hash, hash, payload"
_INSERT = f"INSERT INTO log ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # constants
_SELECT = f"SELECT {_COLUMNS} FROM log"  # noqa: S608  # constants
_NEXT = f"{_SELECT} WHERE last_seq > ? ORDER BY last_seq LIMIT ?"
CHUNK_ROWS = 64
"""Batches read at a time: a reader that took long over them would keep the WAL from ending."""


class SqliteLog(Log):
    """The journal of one venue. One writer; readers of other processes do not disturb it.

    SQLite's own WAL drops what was torn by a crash, which may only be what nobody was told about:
    a mark beside the file (`AcknowledgedMark`) tells an unfinished append from a lost one. After
    any error of an append the connection is closed and every later append fails: what a failed sync
    left on disk can only be found out by starting again.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the log, and create it if nothing was ever there; `reached` is told of a step.

        Raises:
            LogDamaged: the file is not a log of this format, or ends before what was acknowledged.
        """
        self._path = path
        self._read_only = read_only
        self._reached = reached
        self._failed = ""
        if not read_only:
            _sync_what_is_there(path)
        with ExitStack() as undo:
            mark = AcknowledgedMark(path.with_name(path.name + ".ack"), read_only=read_only)
            undo.callback(mark.close)
            # Read first: beside a running writer a mark is then never ahead of the tail.
            acknowledged = mark.read()
            try:
                self._connection = _connect(path, read_only=read_only)
                undo.callback(self._connection.close)
                self._prepare()
                self.log_id = self._identity()
                self._tail = self._last()
            except UNREADABLE as error:
                raise LogDamaged(f"{path}: {error}") from error
            self._mark = mark
            if acknowledged is not None:
                self._check_acknowledged(*acknowledged)
            if not read_only and self._tail.sequence:
                mark.write(self._tail.sequence, self._tail.chain_hash)
            undo.pop_all()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA cell_size_check = ON")
        if self._read_only:
            self._connection.execute("PRAGMA query_only = ON")
        else:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._create()
        application = _pragma(self._connection, "application_id")
        if application != APPLICATION_ID:
            raise LogDamaged(f"{self._path}: not an Outcry log (application id {application:#x})")
        version = _pragma(self._connection, "user_version")
        if version != FORMAT:
            raise LogDamaged(f"{self._path}: format {version} is not {FORMAT}")
        # The size first: a writer may make the file longer meanwhile, never the count too low.
        size = self._path.stat().st_size
        pages, page_size = (_pragma(self._connection, n) for n in ("page_count", "page_size"))
        surplus = size - pages * page_size
        if surplus > 0:
            raise LogDamaged(f"{self._path}: trailing garbage, {surplus} bytes past the last page")

    def _create(self) -> None:
        if _pragma(self._connection, "schema_version"):
            return
        log_id, created_ns = secrets.token_bytes(16), time.time_ns()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._connection.execute(f"PRAGMA user_version = {FORMAT}")
        for statement in _SCHEMA.split(";"):
            self._connection.execute(statement)
        self._reached("mid_create")
        seal = _seal(log_id, created_ns)
        self._connection.execute("INSERT INTO meta VALUES (?, ?, ?)", (log_id, created_ns, seal))
        self._connection.execute("COMMIT")

    def _identity(self) -> str:
        rows = self._connection.execute("SELECT log_id, created_ns, seal FROM meta").fetchall()
        if len(rows) != 1 or _seal(*rows[0][:2]) != rows[0][2]:
            raise LogDamaged(f"{self._path}: the row that names the log is damaged")
        return str(rows[0][0].hex())

    def _last(self) -> LogTail:
        row = self._connection.execute(_SELECT + " ORDER BY last_seq DESC LIMIT 1").fetchone()
        return GENESIS if row is None else _checked_tail(row)

    def _check_acknowledged(self, sequence: int, chain_hash: bytes) -> None:
        if sequence > self._tail.sequence:
            raise LogDamaged(
                f"{self._path}: the log went back, it ends at {self._tail.sequence} but "
                f"{sequence} was acknowledged"
            )
        if self.chain_hash_at(sequence) != chain_hash:
            raise LogDamaged(f"{self._path}: {sequence} was acknowledged with another hash")

    @override
    def tail(self) -> LogTail:
        if self._read_only:  # Somebody else appends.
            try:
                self._tail = self._last()
            except UNREADABLE as error:
                raise LogDamaged(f"{self._path}: {error}") from error
        return self._tail

    @override
    def append(self, batch: Batch) -> None:
        if self._failed:
            raise LogFailed(self._failed)
        if (batch.first_sequence, batch.previous_hash) != (
            self._tail.sequence + 1,
            self._tail.chain_hash,
        ):
            self._fail("the batch does not follow the tail")
        try:
            # Outside a transaction every statement is one: this line returns after the sync.
            self._connection.execute(
                _INSERT,
                (
                    batch.first_sequence,
                    batch.last_sequence,
                    batch.epoch,
                    batch.time_ns,
                    batch.version,
                    batch.previous_hash,
                    batch.chain_hash,
                    batch.payload,
                ),
            )
            self._mark.write(batch.last_sequence, batch.chain_hash)
        except (sqlite3.Error, OSError) as error:
            self._fail(f"{self._path}: {error}")
        self._tail = tail_of(batch)

    def _fail(self, reason: str) -> None:
        self._failed = reason
        self._connection.close()
        raise LogFailed(reason)

    @override
    def read(self, after_sequence: int) -> Iterator[Batch]:
        try:
            tail = self._tail_before(after_sequence)
        except UNREADABLE as error:
            raise LogDamaged(f"{self._path}: {error}") from error
        for batch in self.after(tail):
            tail = tail_of(batch)
            yield batch
        if tail.sequence < self._tail.sequence:
            raise LogDamaged(f"{self._path}: gap, {tail.sequence} to {self._tail.sequence}")

    @override
    def after(self, tail: LogTail) -> Iterator[Batch]:
        while batches := self._chunk(tail.sequence):
            for batch in batches:
                tail = follow(tail, batch)
                yield batch

    def _chunk(self, after_sequence: int) -> list[Batch]:
        """Return the next few batches; no statement of it stays open."""
        try:
            rows = self._connection.execute(_NEXT, (after_sequence, CHUNK_ROWS)).fetchall()
        except UNREADABLE as error:
            raise LogDamaged(f"{self._path}: {error}") from error
        return [_batch(row) for row in rows]

    def _tail_before(self, after_sequence: int) -> LogTail:
        query = _SELECT + " WHERE last_seq <= ? ORDER BY last_seq DESC LIMIT 1"
        row = self._connection.execute(query, (after_sequence,)).fetchone()
        return GENESIS if row is None else _checked_tail(row)

    @override
    def chain_hash_at(self, sequence: int) -> bytes | None:
        if sequence == 0:
            return GENESIS.chain_hash
        try:
            row = self._connection.execute(_SELECT + " WHERE last_seq = ?", (sequence,)).fetchone()
        except UNREADABLE as error:
            raise LogDamaged(f"{self._path}: {error}") from error
        return None if row is None else _checked_tail(row).chain_hash

    @override
    def close(self) -> None:
        self._connection.close()
        self._mark.close()


def _sync_what_is_there(path: Path) -> None:
    """Make durable what a process that was killed has written and not synced.

    SQLite takes it for committed, and so does everybody who is told of it from now on.
    """
    for name in (path, path.with_name(path.name + "-wal")):
        if name.exists():
            file = os.open(name, os.O_RDWR | os.O_CLOEXEC)
            try:
                os.fsync(file)
            finally:
                os.close(file)


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    return sqlite3.connect(
        uri, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, uri=True
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _seal(log_id: bytes, created_ns: int) -> bytes:
    return blake2b(repr((log_id, created_ns)).encode(), digest_size=16).digest()


def _checked_tail(row: tuple[object, ...]) -> LogTail:
    batch = _batch(row)
    check(batch)
    return tail_of(batch)


_TYPES = (int, int, int, int, int, bytes, bytes, bytes)


def _batch(row: tuple[object, ...]) -> Batch:
    # A flipped bit can turn a number into a text or nothing at all, whatever the schema says.
    if tuple(map(type, row)) != _TYPES:
        raise LogDamaged(f"batch {row[0]} to {row[1]}: a column of another type")
    return Batch(*row)  # type: ignore[arg-type]  # the line above has checked them
