"""The mark beside the log: up to where somebody may have been told that it is durable.

SQLite forgives a damaged end of its WAL as an append that a crash cut short. Whether somebody
relied on that append it cannot know; this mark does. It is written after each append and not
synced: after a power cut it may lag behind the log, which is harmless, but it never leads.
"""

import os
from pathlib import Path
from struct import Struct
from zlib import crc32

from outcry.sequencer.chain import HASH_SIZE

_SLOT = Struct(f"<Q{HASH_SIZE}sI")
DISTANCE = 512
"""Bytes between the two slots: they never share a sector, so a torn write spares one of them."""
LENGTH = DISTANCE + _SLOT.size
"""Bytes of a whole mark."""


def packed(sequence: int, chain_hash: bytes) -> bytes:
    """Return the bytes of a slot."""
    return _SLOT.pack(sequence, chain_hash, _checksum(sequence, chain_hash))


def highest(data: bytes) -> tuple[int, bytes] | None:
    """Return the highest (sequence, chain hash) that a mark's bytes hold; None for none."""
    return max(filter(None, (_slot(data, at) for at in (0, DISTANCE))), default=None)


class AcknowledgedMark:
    """Two alternating slots of (sequence, chain hash, checksum) in one small file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the mark; `read_only` opens it only where it exists."""
        self._slot = 0
        self._file = -1
        if not read_only:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        elif path.exists():
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self) -> tuple[int, bytes] | None:
        """Return the highest marked (sequence, chain hash); None where there is none."""
        if self._file < 0:
            return None
        return highest(os.pread(self._file, LENGTH, 0))

    def write(self, sequence: int, chain_hash: bytes) -> None:
        """Mark `sequence`, which is durable."""
        os.pwrite(self._file, packed(sequence, chain_hash), self._slot)
        self._slot ^= DISTANCE

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _slot(data: bytes, offset: int) -> tuple[int, bytes] | None:
    if len(data) < offset + _SLOT.size:
        return None
    sequence, chain_hash, checksum = _SLOT.unpack_from(data, offset)
    sound = _checksum(sequence, chain_hash) == checksum
    return (sequence, chain_hash) if sound and sequence else None


def _checksum(sequence: int, chain_hash: bytes) -> int:
    """Return the CRC-32 of a slot, begun with both halves of the sequence."""
    return crc32(chain_hash, (sequence ^ sequence >> 32) & 0xFFFFFFFF)
