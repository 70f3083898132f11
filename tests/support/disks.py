"""Disks that fail: an ext4 image that can lose its power, and a small one that fills up."""

import ctypes
import fcntl
import os
import struct
import subprocess
from pathlib import Path
from typing import Protocol

import pytest

from tools.skips import CANNOT_CUT_POWER, CANNOT_MOUNT, can_cut_power, can_mount

SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, 2
"""FS_IOC_SHUTDOWN: from now on every call fails, and what was not synced is never written."""
IMAGE_BYTES = 96 << 20

needs_power = pytest.mark.skipif(not can_cut_power(), reason=CANNOT_CUT_POWER)
needs_mount = pytest.mark.skipif(not can_mount(), reason=CANNOT_MOUNT)


def run(*command: str) -> None:
    """Run a command of the system."""
    subprocess.run(command, check=True, capture_output=True)


class Disk(Protocol):
    """A mounted disk of its own."""

    path: Path

    def remove(self) -> None:
        """Take it away for good."""


class PowerDisk(Disk):
    """An ext4 image on a loop device."""

    def __init__(self, folder: Path) -> None:
        self.image, self.path = folder / "image", folder / "disk"
        self.path.mkdir()
        with self.image.open("wb") as image:
            image.truncate(IMAGE_BYTES)
        run("mkfs.ext4", "-q", "-F", "-J", "size=4", str(self.image))
        self.mount()

    def mount(self) -> None:
        run("mount", "-o", "loop", str(self.image), str(self.path))

    def remove(self) -> None:
        run("umount", str(self.path))

    def sync(self) -> None:
        """Write everything down, on this disk only."""
        folder = os.open(self.path, os.O_RDONLY)
        assert ctypes.CDLL(None).syncfs(folder) == 0
        os.close(folder)

    def cut_power(self) -> None:
        """Lose whatever was not synced. Everything fails until `turn_on`."""
        folder = os.open(self.path, os.O_RDONLY)
        fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
        os.close(folder)

    def turn_on(self) -> None:
        """Come back with what was synced. Nobody may have a file open."""
        self.remove()
        self.mount()


class SmallDisk(Disk):
    """A disk in memory, of a size that can be changed."""

    def __init__(self, path: Path, kib: int) -> None:
        self.path = path
        path.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(path))

    def resize(self, kib: int) -> None:
        """Make it larger or smaller."""
        run("mount", "-o", f"remount,size={kib}k", str(self.path))

    def remove(self) -> None:
        run("umount", str(self.path))
