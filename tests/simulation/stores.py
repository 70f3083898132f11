"""The log and the snapshots of a node on a disk in memory, read by the checks of the real ones.

The log has the rows of the real one, one after the other in a file; chain and mark are the real
code. A last row that is not sound is an append that was cut short, and is dropped, as SQLite drops
the end of its WAL; the mark says whether somebody was told of it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from struct import Struct

from typing_extensions import override

from outcry.adapters.acknowledged import DISTANCE, highest, packed
from outcry.adapters.snapshot_files import KEPT, opened, parts
from outcry.ports import Batch, Log, LogDamaged, LogFailed, LogTail, Snapshot, SnapshotStore
from outcry.sequencer.chain import GENESIS, check, follow, tail_of
from tests.simulation.disk import Disk

LOG, MARK, SNAPSHOT, ASIDE = "log", "log.ack", "snapshot-", ".part"
_MAGIC = b"OUTCROW1"
_ROW = Struct("<8sQQQQqQ32s32s")

Reached = Callable[[str], None]


def _nothing(_: str) -> None:
    """Do nothing."""


class DiskLog(Log):
    """A log in one file. `reached` is told every step of an append."""

    def __init__(self, disk: Disk, reached: Reached = _nothing) -> None:
        """Open the log, and create it if nothing was ever there.

        Raises:
            LogDamaged: a row is damaged, or the log ends before what was acknowledged.
        """
        self._disk = disk
        self._reached = reached
        self._failed = ""
        self._slot = 0
        if LOG in disk.names():
            disk.sync(LOG)
        self.look_again()
        self._drop_unfinished(disk.read(LOG))
        self._tail = tail_of(self._batch(-1)) if len(self._ends) > 1 else GENESIS
        self._check_mark()
        if self._tail.sequence:
            self._mark(self._tail)

    def look_again(self) -> None:
        """Find the rows, as SQLite does whenever it is asked."""
        data = self._disk.read(LOG)
        self._ends = _ends(data)
        self._last = [0]
        """The last sequence of each row; row 0 is genesis."""
        for start, end in zip(self._ends, self._ends[1:], strict=False):
            self._last.append(_row(data[start:end]).last_sequence)

    def _drop_unfinished(self, data: bytes) -> None:
        if len(self._ends) > 1 and not _sound(data[self._ends[-2] : self._ends[-1]]):
            self._ends.pop()
            self._last.pop()
        end = self._ends[-1]
        at = data.find(_MAGIC, end + 1)
        if at >= 0:
            raise LogDamaged(f"the row at byte {end} is damaged, and one at {at} follows")
        if end < len(data):
            self._disk.truncate(LOG, end)

    def _check_mark(self) -> None:
        acknowledged = highest(self._disk.read(MARK))
        if acknowledged is None:
            return
        sequence, chain_hash = acknowledged
        if sequence > self._tail.sequence:
            raise LogDamaged(f"the log went back: it ends at {self._tail.sequence}, not {sequence}")
        if self.chain_hash_at(sequence) != chain_hash:
            raise LogDamaged(f"{sequence} was acknowledged with another hash")

    @override
    def tail(self) -> LogTail:
        return self._tail

    @override
    def append(self, batch: Batch) -> None:
        tail = self._tail
        if self._failed:
            raise LogFailed(self._failed)
        if (batch.first_sequence, batch.previous_hash) != (tail.sequence + 1, tail.chain_hash):
            self._fail("the batch does not follow the tail")
        try:
            end = self._write(_packed(batch))
            self._reached("before_mark")
            self._mark(tail_of(batch))
        except OSError as error:
            self._fail(str(error))
        self._ends.append(end)
        self._last.append(batch.last_sequence)
        self._tail = tail_of(batch)

    def _mark(self, tail: LogTail) -> None:
        self._disk.write(MARK, self._slot, packed(tail.sequence, tail.chain_hash))
        self._slot ^= DISTANCE

    def _write(self, row: bytes) -> int:
        """Write a row durably; return where it ends."""
        start, half = self._ends[-1], len(row) // 2
        self._disk.write(LOG, start, row[:half])
        self._reached("mid_append")
        self._disk.write(LOG, start + half, row[half:])
        self._reached("before_sync")
        self._sync()
        return start + len(row)

    def _sync(self) -> None:
        self._disk.sync(LOG)

    def _fail(self, reason: str) -> None:
        self._failed = reason
        raise LogFailed(reason)

    @override
    def read(self, after_sequence: int) -> Iterator[Batch]:
        place = self._place(after_sequence)
        tail = GENESIS
        if place:
            check(self._batch(place))
            tail = tail_of(self._batch(place))
        return self.after(tail)

    def after(self, tail: LogTail) -> Iterator[Batch]:
        """Yield the batches behind `tail` that are there by now."""
        place = self._place(tail.sequence) + 1
        while place < len(self._ends):
            batch = self._batch(place)
            tail = follow(tail, batch)
            yield batch
            place += 1

    @override
    def chain_hash_at(self, sequence: int) -> bytes | None:
        if sequence == 0:
            return GENESIS.chain_hash
        place = self._place(sequence)
        if self._last[place] != sequence:
            return None
        batch = self._batch(place)
        check(batch)
        return batch.chain_hash

    def _place(self, sequence: int) -> int:
        """Return the last row that ends at a sequence or before it."""
        return bisect_right(self._last, sequence) - 1

    def _batch(self, place: int) -> Batch:
        places = self._ends[place - 1], self._ends[place]
        return _row(self._disk.read_at(LOG, *places))

    @override
    def close(self) -> None:
        """Nothing is held."""


def _packed(batch: Batch) -> bytes:
    header = (
        batch.first_sequence, batch.last_sequence, batch.epoch, batch.time_ns, batch.version,
        batch.previous_hash, batch.chain_hash,
    )  # fmt: skip
    return _ROW.pack(_MAGIC, len(batch.payload), *header) + batch.payload


def _row(data: bytes) -> Batch:
    if len(data) < _ROW.size:
        raise LogDamaged(f"a row of {len(data)} bytes")
    return Batch(*_ROW.unpack_from(data)[2:], data[_ROW.size :])


def _ends(data: bytes) -> list[int]:
    """Return where rows end, as far as rows can be told apart; the first is where they begin."""
    ends = [0]
    while data.startswith(_MAGIC, ends[-1]) and ends[-1] + _ROW.size <= len(data):
        end = ends[-1] + _ROW.size + _ROW.unpack_from(data, ends[-1])[1]
        if end > len(data):
            break
        ends.append(end)
    return ends


def _sound(row: bytes) -> bool:
    try:
        check(_row(row))
    except LogDamaged:
        return False
    return True


class DiskSnapshots(SnapshotStore):
    """The newest three snapshots, as files. `reached` is told the named steps of a save."""

    def __init__(self, disk: Disk, reached: Reached = _nothing) -> None:
        """Open the folder, and clear away what was not finished."""
        self._disk = disk
        self._reached = reached
        for name in disk.names():
            if name.endswith(ASIDE):
                disk.remove(name)

    @override
    def save(self, snapshot: Snapshot) -> None:
        final = _name(snapshot.sequence)
        aside, offset = final + ASIDE, 0
        self._disk.remove(aside)
        for part in parts(snapshot):
            self._disk.write(aside, offset, part)
            offset += len(part)
            self._reached("mid_snapshot")
        self._disk.sync(aside)
        self._reached("before_rename")
        self._disk.rename(aside, final)
        self._disk.sync_names()
        self._reached("after_snapshot")
        for sequence in self.sequences()[KEPT:]:
            self._disk.remove(_name(sequence))

    @override
    def sequences(self) -> list[int]:
        names = (name for name in self._disk.names() if name.startswith(SNAPSHOT))
        found = (name.removeprefix(SNAPSHOT) for name in names if not name.endswith(ASIDE))
        return sorted(map(int, found), reverse=True)

    @override
    def load(self, sequence: int) -> Snapshot | None:
        found = self._open(sequence)
        return found if isinstance(found, Snapshot) else None

    @override
    def fault(self, sequence: int) -> str:
        found = self._open(sequence)
        return found if isinstance(found, str) else ""

    def _open(self, sequence: int) -> Snapshot | str:
        name = _name(sequence)
        if name not in self._disk.names():
            return "unreadable: not there"
        return opened(self._disk.read(name), sequence)


def _name(sequence: int) -> str:
    return f"{SNAPSHOT}{sequence}"
