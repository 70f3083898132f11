"""The changes that wait beside a SQLite file, and how they go to the disk beside other work.

What is where is told by https://www.sqlite.org/fileformat2.html#walformat.
"""

import os
from bisect import bisect_left
from contextlib import suppress
from pathlib import Path

from outcry.adapters.files import begin_to_write, write_gently

BUSY_BYTES = 16 << 20
"""A transaction of more is one of many in a row: who writes it has no time to be gentle."""
OPEN_FILES = Path("/proc/self/fd")
_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
"""What a WAL begins with, and what stands before each page in it."""


class Wal:
    """The WAL of one file, which has one writer.

    Changes go to the disk as they come. Otherwise they would wait for the sync of a checkpoint, and
    the syncs of others, the log's above all, behind that.
    """

    def __init__(self, path: Path) -> None:
        """Open the WAL of a file that is open and was written to."""
        self._file = os.open(beside(path, "-wal"), os.O_RDONLY | os.O_CLOEXEC)
        self._salt = b""
        self._frames = 0
        self._busy = False

    def grown(self) -> int:
        """Let what is new go to the disk; return how many bytes wait."""
        header = os.pread(self._file, _HEADER_BYTES, 0)
        frame_bytes = _FRAME_HEADER_BYTES + int.from_bytes(header[8:12])
        if header[16:24] != self._salt:  # It began anew, over what an earlier one has left there.
            self._salt, self._frames = header[16:24], 0

        def is_old(frame: int) -> bool:
            at = _HEADER_BYTES + frame * frame_bytes
            return os.pread(self._file, 8, at + 8) != self._salt

        before, most = self._frames, os.fstat(self._file).st_size // frame_bytes
        self._frames += bisect_left(range(before, most), True, key=is_old)
        new = (self._frames - before) * frame_bytes
        self._busy = new > BUSY_BYTES
        write = begin_to_write if self._busy else write_gently
        write(self._file, before * frame_bytes, new)
        return self._frames * frame_bytes

    def sync(self) -> None:
        """Return when the changes are on the disk."""
        os.fdatasync(self._file)

    def sync_written_over(self, opened: int) -> None:
        """Return when the file itself, open as `opened`, is on the disk as it was written.

        Raises:
            OSError: it may not be.
        """
        if not self._busy:
            write_gently(opened, 0, os.fstat(opened).st_size)
        os.fdatasync(opened)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def beside(path: Path, suffix: str) -> Path:
    """Return the file of that suffix that SQLite keeps beside another."""
    return path.with_name(path.name + suffix)


def descriptor_of(path: Path) -> int | None:
    """Return the descriptor by which SQLite has a file open here, where the system tells it.

    One of our own would not do: with whichever is closed first all locks of this process on the
    file are gone, and another process would take the WAL away as the last one that uses it. See
    https://www.sqlite.org/howtocorrupt.html#posix_close_bug.
    """
    wanted = path.stat()
    if not OPEN_FILES.is_dir():
        return None
    for name in os.listdir(OPEN_FILES):
        with suppress(OSError):  # It listed itself.
            if os.path.samestat(os.fstat(int(name)), wanted):
                return int(name)
    return None
