"""Files and folders on a disk that may lose its power."""

import ctypes
import os
from pathlib import Path
from typing import BinaryIO

_SYNC_FILE_RANGE_WRITE = 2
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
    if _sync_file_range is not None and size > 0:
        given = (ctypes.c_int64(start), ctypes.c_int64(size), _SYNC_FILE_RANGE_WRITE)
        _sync_file_range(opened, *given)


def _sync(path: Path, flags: int) -> None:
    opened = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
