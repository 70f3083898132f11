"""Snapshots as files, one each, complete or not there at all."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Any

from typing_extensions import override

from outcry.ports import Snapshot, SnapshotStore

MAGIC = b"OUTCSNAP"
FORMAT = 1
KEPT = 3
PIECE_BYTES = 1 << 20
"""Synced at a time: the log's own syncs, and with them the orders, wait behind each."""

_HEADER = Struct("<8sQQQ32sQ")
_CHECKSUM_SIZE = 32
_PREFIX, _SUFFIX, _ASIDE = "snapshot-", ".bin", ".part"


class SnapshotFiles(SnapshotStore):
    """A folder of `snapshot-<sequence>.bin`: header, body, SHA-256 over both.

    Invariant: a file under its final name was complete and synced before it got that name.
    """

    def __init__(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the folder; `reached` is told the named steps of a save."""
        self._folder = folder
        self._reached = reached
        if not read_only:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for unfinished in folder.glob(f"{_PREFIX}*{_ASIDE}"):
                unfinished.unlink()

    @override
    def save(self, snapshot: Snapshot) -> None:
        final = self._path(snapshot.sequence)
        aside = final.with_suffix(_ASIDE)
        self._write(aside, parts(snapshot))
        self._reached("before_rename")
        aside.replace(final)
        self._sync_folder()
        self._reached("after_snapshot")
        for sequence in self.sequences()[KEPT:]:
            self._path(sequence).unlink(missing_ok=True)

    def _write(self, path: Path, parts: tuple[bytes, ...]) -> None:
        with path.open("wb") as file:
            for part in parts:
                for start in range(0, len(part), PIECE_BYTES):
                    file.write(memoryview(part)[start : start + PIECE_BYTES])
                    file.flush()
                    os.fdatasync(file.fileno())
                self._reached("mid_snapshot")
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @override
    def sequences(self) -> list[int]:
        found = (_sequence(path.name) for path in self._folder.glob(f"{_PREFIX}*{_SUFFIX}"))
        return sorted((sequence for sequence in found if sequence is not None), reverse=True)

    @override
    def load(self, sequence: int) -> Snapshot | None:
        found = self._open(sequence)
        return found if isinstance(found, Snapshot) else None

    @override
    def fault(self, sequence: int) -> str:
        found = self._open(sequence)
        return found if isinstance(found, str) else ""

    def _open(self, sequence: int) -> Snapshot | str:
        """Return a sound snapshot, or in words what is wrong with it."""
        try:
            data = self._path(sequence).read_bytes()
        except OSError as error:
            return f"unreadable: {error.strerror}"
        return opened(data, sequence)

    def _path(self, sequence: int) -> Path:
        return self._folder / f"{_PREFIX}{sequence:020d}{_SUFFIX}"


def parts(snapshot: Snapshot) -> tuple[bytes, bytes, bytes]:
    """Return what a snapshot's file consists of."""
    header = _HEADER.pack(
        MAGIC, FORMAT, snapshot.epoch, snapshot.sequence, snapshot.chain_hash, len(snapshot.body)
    )
    digest = sha256(header)
    digest.update(snapshot.body)
    return header, snapshot.body, digest.digest()


def opened(data: bytes, sequence: int) -> Snapshot | str:
    """Return the snapshot that a file's bytes hold, or in words what is wrong with it."""
    if len(data) < _HEADER.size + _CHECKSUM_SIZE:
        return f"truncated: {len(data)} bytes are less than a header"
    header = _HEADER.unpack_from(data)
    fault = _fault(data, header, sequence)
    if fault:
        return fault
    return Snapshot(sequence, header[2], header[4], data[_HEADER.size : -_CHECKSUM_SIZE])


def _fault(data: bytes, header: tuple[Any, ...], sequence: int) -> str:
    magic, version, _, stored, _, length = header
    size = len(data) - _HEADER.size - _CHECKSUM_SIZE
    if magic != MAGIC:
        return "not a snapshot: wrong magic"
    if version != FORMAT:
        return f"format {version} is not {FORMAT}"
    if length != size:
        return f"truncated or extended: {size} bytes of a body of {length}"
    if sha256(data[:-_CHECKSUM_SIZE]).digest() != data[-_CHECKSUM_SIZE:]:
        return "wrong checksum"
    return "" if stored == sequence else f"renamed: it holds sequence {stored}"


def _sequence(name: str) -> int | None:
    digits = name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 20 else None
