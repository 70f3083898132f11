"""The changes that wait beside a SQLite file, and how they go to the disk beside other work.

What is where is told by https://www.sqlite.org/fileformat2.html#walformat.
"""

import os
from bisect import bisect_left
from pathlib import Path

from outcry.adapters.files import begin_to_write, write_gently

BUSY_BYTES = 16 << 20
"""A transaction of more is one of many in a row: who writes it has no time to be gentle."""
_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
"""What a WAL begins with, and what stands before each page in it."""


class Wal:
    """The WAL of one file, which has one writer.

    Changes go to the disk as they come. Otherwise they would wait for the sync of a checkpoint, and
    the syncs of others, the log's above all, behind that.
    """

    def __init__(self, path: Path) -> None:
        """Open the WAL of a file that is open and was written to."""
        self._path = path
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

    def sync_written_over(self) -> None:
        """Return when the file is on the disk with the changes that were written into it.

        Raises:
            OSError: it may not be.
        """
        opened = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if not self._busy:
                write_gently(opened, 0, os.fstat(opened).st_size)
            os.fdatasync(opened)
        finally:
            os.close(opened)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def beside(path: Path, suffix: str) -> Path:
    """Return the file of that suffix that SQLite keeps beside another."""
    return path.with_name(path.name + suffix)
