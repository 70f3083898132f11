"""Files and folders on a disk that may lose its power."""

import ctypes
import os
from pathlib import Path
from time import perf_counter, sleep
from typing import BinaryIO

_WAIT_BEFORE, _WRITE, _WAIT_AFTER = 1, 2, 4
_PIECE_BYTES, _PIECES_MAX = 256 << 10, 4_096
_WORTH_S = 100e-6
"""What takes less had nothing to write."""
_PAUSE_MAX_S = 0.004
_sync_file_range = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)
"""sync_file_range(2), which only Linux has."""


def created(path: Path) -> BinaryIO:
    """Return a new file that only its owner can read, open for writing.

    Raises:
        FileExistsError: there is one.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return open(os.open(path, flags, 0o600), "wb")


def sync_file(path: Path) -> None:
    """Return when what is in a file is on the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Return when the names in a folder are on the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def begin_to_write(opened: int, start: int, size: int) -> None:
    """Let the kernel begin to write a part of a file, and do not wait for it.

    It makes nothing durable; a sync that comes later has less to do. Where it cannot be done
    nothing happens.
    """
    if size > 0:
        _write(opened, start, size, _WRITE)


def write_gently(opened: int, start: int, size: int) -> None:
    """Let the kernel write a part of a file by pieces, and pause after each that had anything new.

    Who syncs another file meanwhile then waits for one piece at most: a disk has one queue. It
    makes nothing durable, like `begin_to_write`.
    """
    piece = max(_PIECE_BYTES, size // _PIECES_MAX)
    for at in range(start, start + size, piece):
        begun_s = perf_counter()
        _write(opened, at, min(piece, start + size - at), _WAIT_BEFORE | _WRITE | _WAIT_AFTER)
        took_s = perf_counter() - begun_s
        if took_s > _WORTH_S:
            sleep(min(2 * took_s, _PAUSE_MAX_S))


def _write(opened: int, start: int, size: int, flags: int) -> None:
    if _sync_file_range is not None:
        _sync_file_range(opened, ctypes.c_int64(start), ctypes.c_int64(size), flags)


def _sync(path: Path, flags: int) -> None:
    opened = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
