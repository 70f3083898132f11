"""Power cuts: a file system that stops at once and forgets whatever was not synced.

An ext4 image is mounted, and the FS_IOC_SHUTDOWN call takes it away under a process that commits.
That needs root and loop devices, so it runs with `make soak` on machines that have them.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from outcry.adapters.sqlite_log import SqliteLog

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mkfs.ext4"), reason="needs root"),
]

ROOT = Path(__file__).parents[2]
SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, 2
CUTS = 20


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


class Disk:
    """An ext4 image that can lose its power."""

    def __init__(self, folder: Path) -> None:
        self.image, self.mount_point = folder / "image", folder / "disk"
        self.mount_point.mkdir()
        with self.image.open("wb") as image:
            image.truncate(256 << 20)
        run("mkfs.ext4", "-q", "-F", str(self.image))
        self.mount()

    def mount(self) -> None:
        run("mount", "-o", "loop", str(self.image), str(self.mount_point))

    def unmount(self) -> None:
        run("umount", str(self.mount_point))

    def cut_power(self) -> None:
        folder = os.open(self.mount_point, os.O_RDONLY)
        fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
        os.close(folder)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    disk.unmount()


def commit_until_the_power_fails(disk: Disk, synchronous: str, after_s: float) -> tuple[int, str]:
    """Return the last (sequence, chain hash) that was acknowledged."""
    log = str(disk.mount_point / "log.sqlite")
    cut = threading.Timer(after_s, disk.cut_power)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.committer", log, synchronous],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as committer:  # fmt: skip
        cut.start()
        assert committer.stdout
        said = [line.split() for line in committer.stdout]  # Until it dies of a failed append.
    cut.join()
    disk.unmount()
    disk.mount()
    return (int(said[-1][0]), said[-1][1]) if said else (0, bytes(32).hex())


def lost_acknowledgements(disk: Disk, synchronous: str, cuts: int) -> int:
    """Return after how many of the cuts something acknowledged was gone."""
    random, lost = Random(), 0
    for _ in range(cuts):
        after_s = random.uniform(0.4, 1.0)
        sequence, chain_hash = commit_until_the_power_fails(disk, synchronous, after_s)
        with closing(SqliteLog(disk.mount_point / "log.sqlite")) as log:
            assert list(log.read(0))[-1].last_sequence == log.tail().sequence
            lost += log.chain_hash_at(sequence) != bytes.fromhex(chain_hash)
    return lost


def test_power_cuts_lose_nothing_acknowledged(disk: Disk) -> None:
    assert lost_acknowledgements(disk, "FULL", CUTS) == 0


def test_log_that_syncs_less_fails_the_same_test(disk: Disk) -> None:
    assert lost_acknowledgements(disk, "NORMAL", CUTS) > 0
