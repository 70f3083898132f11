"""A disk in memory, byte by byte: what is written, what of it is synced, and what can go wrong.

What is written can be read at once and survives the process that wrote it. What was not synced may
be lost with the power: each sector of it stays or goes by itself; and of what was done to names
since the folder was synced, the last may be undone.
"""

import errno
import os
from dataclasses import dataclass, field
from random import Random

SECTOR = 512


@dataclass
class File:
    """Bytes, and how to take back what was written since the last sync."""

    data: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, bytes, bytes, int]] = field(default_factory=list)
    """Offset, what was there before, what was written, and how long the file was."""


class Disk:
    """Files by name. Everything that goes wrong is decided by `random`."""

    def __init__(self, random: Random) -> None:
        self.free_bytes = -1
        """What still fits; -1 for any amount."""
        self.failing_sync: bool | None = None
        """The next sync fails; what it was for is on disk all the same if this is True."""
        self.torn = 0
        """How often a power cut left a part of what was not synced."""
        self._random = random
        self._files: dict[str, File] = {}
        self._folders: list[dict[str, File]] = [{}]
        """The folder as it was last synced, and after each change since."""

    def names(self) -> list[str]:
        """Return the names of all files."""
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        """Return a file's bytes; nothing where there is no such file."""
        file = self._files.get(name)
        return bytes(file.data) if file else b""

    def read_at(self, name: str, start: int, end: int) -> bytes:
        """Return a part of a file that is there."""
        return bytes(self._files[name].data[start:end])

    def write(self, name: str, offset: int, data: bytes) -> None:
        """Write into a file, which is made if it is not there.

        Raises:
            OSError: `ENOSPC`; a part of it may be written.
        """
        if name not in self._files:
            self._files[name] = File()
            self._renamed()
        file = self._files[name]
        growth = offset + len(data) - len(file.data)
        if 0 <= self.free_bytes < growth:
            fitting = max(0, len(data) - growth + self.free_bytes)
            self._put(file, offset, data[:fitting])
            self.free_bytes = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.free_bytes >= 0:
            self.free_bytes -= max(0, growth)
        self._put(file, offset, data)

    @staticmethod
    def _put(file: File, offset: int, data: bytes) -> None:
        end, length = offset + len(data), len(file.data)
        file.unsynced.append((offset, bytes(file.data[offset:end]), data, length))
        file.data.extend(bytes(max(0, offset - length)))
        file.data[offset:end] = data

    def truncate(self, name: str, length: int) -> None:
        """Cut a file off, durably."""
        file = self._files[name]
        del file.data[length:]
        file.unsynced.clear()

    def sync(self, name: str) -> None:
        """Make a file's content durable, and the name of one that is new.

        Raises:
            OSError: `EIO`; what was written since the last sync may or may not be durable.
        """
        file = self._files[name]
        if self.failing_sync is not None:
            durable, self.failing_sync = self.failing_sync, None
            if not durable:
                self._take_back(file)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        file.unsynced.clear()
        for folder in self._folders:
            folder.setdefault(name, file)

    def rename(self, name: str, to: str) -> None:
        """Give a file another name, in place of any that has it."""
        self._files[to] = self._files.pop(name)
        self._renamed()

    def remove(self, name: str) -> None:
        """Remove a file."""
        if self._files.pop(name, None):
            self._renamed()

    def _renamed(self) -> None:
        self._folders.append(dict(self._files))

    def sync_names(self) -> None:
        """Make all names durable."""
        self._folders = [dict(self._files)]

    # What goes wrong

    def cut(self) -> None:
        """Lose the power: of what was not synced, some sectors stay, mostly none."""
        self._files = dict(self._random.choice(self._folders))
        for file in self._files.values():
            self._lose(file)
        self.free_bytes, self.failing_sync = -1, None
        self.sync_names()

    def _lose(self, file: File) -> None:
        """Take back what was not synced, but for some sectors of it."""
        lost = file.unsynced
        self._take_back(file)
        if not lost or self._random.random() < 0.5:
            return
        for offset, _, data, _ in lost:
            for start in range(0, len(data), SECTOR):
                if self._random.random() < 0.6:
                    part = data[start : start + SECTOR]
                    gap = offset + start - len(file.data)
                    file.data.extend(bytes(max(0, gap)))
                    file.data[offset + start : offset + start + len(part)] = part
                    self.torn += 1

    @staticmethod
    def _take_back(file: File) -> None:
        for offset, before, data, length in reversed(file.unsynced):
            file.data[offset : offset + len(data)] = before
            del file.data[length:]
        file.unsynced = []

    def flip(self, name: str, bit: int) -> None:
        """Turn one bit of a file over."""
        self._files[name].data[bit // 8] ^= 1 << bit % 8

    def put_back(self, name: str, data: bytes) -> None:
        """Restore a whole file from a copy."""
        self._files[name] = File(bytearray(data))
        self.sync_names()
