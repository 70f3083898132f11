"""Readers of what lies on a disk: the log's rows and file, the mark beside it, snapshot files."""

import lzma
import os
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from struct import Struct
from tempfile import mkdtemp

from outcry import codec
from outcry.adapters.acknowledged import AcknowledgedMark
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ports import Batch, LogDamaged, Snapshot
from outcry.recovery import DoesNotApply, applied
from outcry.sequencer.chain import GENESIS, chain_hash, follow
from tests.fuzz.targets.target import GOLDEN, Read, Target

LOG = GOLDEN / "logs" / "rules-2" / "00.sqlite.xz"
_ROW = Struct("<QQQqQ32s32sQ")
_PATCH = Struct("<HB")
SEALED = 1
"""In the first byte of an input: its rows are given the hashes that they should have."""


@cache
def scratch() -> Path:
    """Return a folder of this process; the runner sees to it that nothing is left of it."""
    return Path(mkdtemp())


@cache
def log_bytes() -> bytes:
    return lzma.decompress(LOG.read_bytes())


@cache
def batches() -> list[Batch]:
    """Return the batches of a golden log."""
    path = scratch() / f"golden-{os.getpid()}.sqlite"
    path.write_bytes(log_bytes())
    log = SqliteLog(path, read_only=True)
    found = list(log.read(0))
    log.close()
    return found


# Rows


def row_of(batch: Batch) -> bytes:
    """Return a batch as an input has it."""
    payload = batch.payload
    return (
        _ROW.pack(
            batch.first_sequence, batch.last_sequence, batch.epoch, batch.time_ns, batch.version,
            batch.previous_hash, batch.chain_hash, len(payload),
        )
        + payload
    )  # fmt: skip


def rows(data: bytes, *, sealed: bool) -> Iterator[Batch]:
    """Yield the batches that an input says."""
    offset, previous = 0, GENESIS.chain_hash
    while len(data) - offset >= _ROW.size:
        *header, said_previous, said_hash, size = _ROW.unpack_from(data, offset)
        payload = data[offset + _ROW.size : offset + _ROW.size + size % 65_536]
        offset += _ROW.size + len(payload)
        if sealed and header[3] >= 0:
            said_previous, said_hash = previous, chain_hash(previous, tuple(header), payload)  # type: ignore[arg-type]
        previous = said_hash
        yield Batch(*header, said_previous, said_hash, payload)


def _log() -> Read:
    factory = choose()

    def read(data: bytes) -> None:
        sealed = bool(data and data[0] & SEALED)
        engine, tail, skips = Engine(factory()), GENESIS, frozenset[int]()
        try:
            for batch in rows(data[8:], sealed=sealed):
                tail = follow(tail, batch)
                skips |= set(codec.skips_in(batch.payload))
                applied(engine, batch, skips)
        except DoesNotApply as error:
            if not isinstance(error.cause, ValueError):
                raise
        except (LogDamaged, codec.BadRecord):
            pass
        assert engine.core.conservation_failure() == 0

    return read


def _log_seeds() -> Iterator[bytes]:
    for sealed in (0, SEALED):
        for count in (1, 3, 8):
            yield bytes([sealed]).ljust(8, b"\0") + b"".join(map(row_of, batches()[:count]))


# Files


def _log_file() -> Read:
    good, path = log_bytes(), scratch() / f"log-{os.getpid()}.sqlite"
    expected = [(batch.chain_hash, batch.payload) for batch in batches()]

    def read(data: bytes) -> None:
        patched = bytearray(good[: len(good) - (data[0] if data else 0) * 64])
        for place, value in _PATCH.iter_unpack(data[1 : 1 + len(data[1:]) // 3 * 3]):
            patched[place % len(patched)] = value
        path.write_bytes(patched)
        try:
            log = SqliteLog(path, read_only=True)
        except LogDamaged:
            return
        try:
            found = [(batch.chain_hash, batch.payload) for batch in log.read(0)]
        except LogDamaged:
            return
        finally:
            log.close()
        assert found == expected[: len(found)]

    return read


def _mark() -> Read:
    path = scratch() / f"mark-{os.getpid()}"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        mark = AcknowledgedMark(path)
        found = mark.read()
        assert found is None or (found[0] > 0 and len(found[1]) == 32)
        mark.write(7, bytes(32))
        again = mark.read()
        assert again is not None
        mark.close()

    return read


def _mark_seeds() -> Iterator[bytes]:
    path = scratch() / f"mark-seed-{os.getpid()}"
    for writes in (1, 2):
        path.unlink(missing_ok=True)
        mark = AcknowledgedMark(path)
        for number in range(writes):
            mark.write(number + 1, bytes([number]) * 32)
        mark.close()
        yield path.read_bytes()


def _snapshot_files() -> Read:
    folder = scratch() / f"snapshots-{os.getpid()}"
    store = SnapshotFiles(folder)
    (sequence, _), path = _snapshot(), folder / "snapshot-00000000000000000007.bin"

    def read(data: bytes) -> None:
        body = data[1:]
        if data and data[0] & SEALED:
            body = body[:-32] + sha256(body[:-32]).digest()
        path.write_bytes(body)
        found = store.load(sequence)
        assert (found is None) == bool(store.fault(sequence))

    return read


def _snapshot() -> tuple[int, bytes]:
    folder = scratch() / f"snapshot-seed-{os.getpid()}"
    SnapshotFiles(folder).save(Snapshot(7, 1, bytes(32), b"a state" * 10))
    return 7, (folder / "snapshot-00000000000000000007.bin").read_bytes()


def _snapshot_seeds() -> Iterator[bytes]:
    for sealed in (0, SEALED):
        yield bytes([sealed]) + _snapshot()[1]


PATCHES = (b"\0", b"\0\x12\0\x01", b"\x01\xff\xff\x01", b"\0" + b"\x64\0\0" * 3, b"\xff")
TARGETS = (
    Target("log", _log, _log_seeds, 3_000, 300, words=True, longest=16_384),
    Target("log file", _log_file, lambda: PATCHES, 400, 100, longest=256),
    Target("mark", _mark, _mark_seeds, 4_000, 2_000, longest=1_024),
    Target("snapshot files", _snapshot_files, _snapshot_seeds, 3_000, 1_000, longest=1_024),
)
