"""kill -9: what was acknowledged is there afterwards, with the same outcome.

The venue is the small one of `small_venue`; `tests/e2e` does the same to `outcry up`.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.recovery import inspect
from tests.integration.kill import Answer, Driver, kill_at_random
from tests.support.flow import reference
from tests.support.script import ACCOUNTS, order

ROOT = Path(__file__).parents[2]
IN_FLIGHT = 1_200


class Line:
    """A connection that matches answers to orders by number."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._count = 0
        self._gone = False
        self._reading = asyncio.create_task(self._read(reader))

    async def place(self, order: str) -> Answer:
        if self._gone or self._writer.is_closing():
            raise ConnectionResetError
        self._count += 1
        number = str(self._count)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(f"{number} {order}\n".encode())
        return await answer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                number, *numbers = line.decode().split()
                self._waiting.pop(number).set_result(tuple(map(int, numbers)))
        except ConnectionError:
            pass
        self._gone = True
        for answer in self._waiting.values():
            answer.set_exception(ConnectionResetError())

    async def close(self) -> None:
        self._reading.cancel()
        self._writer.close()


class SmallVenue:
    """`small_venue.py` as a process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder / "data"
        self.socket = str(folder / "socket")
        self.options = options
        self.environ: dict[str, str] = {}
        self.process: Process | None = None

    async def start(self) -> None:
        module = "tests.integration.small_venue"
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, str(self.folder), self.socket, *self.options,
            cwd=ROOT, stdout=PIPE, env={**os.environ, **self.environ},
        )  # fmt: skip
        assert self.process.stdout
        assert await self.process.stdout.readline() == b"ready\n"

    async def kill(self) -> None:
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def ended(self) -> int:
        assert self.process
        return await self.process.wait()

    async def connect(self) -> Line:
        return Line(*await asyncio.open_unix_connection(self.socket))

    async def state(self) -> tuple[int, str]:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        writer.write(b"state\n")
        _, sequence, digest = (await reader.readline()).decode().split()
        writer.close()
        return int(sequence), digest

    def inspect(self) -> tuple[int, str]:
        with closing(SqliteLog(self.folder / "log.sqlite", read_only=True)) as log:
            snapshots = SnapshotFiles(self.folder / "snapshots", read_only=True)
            report = inspect(log, snapshots, reference())
        assert report.damage == []
        return report.sequence, report.digest.hex()


def draw(number: int) -> str:
    random = Random(number)
    price, lots = random.randint(990, 1010), random.randint(1, 9)
    account = ACCOUNTS[number % len(ACCOUNTS)]
    return order(account, f"n{number}", random.randint(0, 1), price, lots).hex()


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[SmallVenue]:
    small = SmallVenue(tmp_path)
    yield small
    await small.kill()


async def live_and_die(venue: SmallVenue) -> None:
    driver = Driver(draw, IN_FLIGHT)
    assert await kill_at_random(venue, driver, Random(), kills=4, longest_s=0.4) == []
    assert driver.most_in_flight >= 1_000
    assert len(driver.acknowledged) > 1_000
    await driver.settle(venue)
    assert await venue.state() == venue.inspect()


async def test_kill_at_random_moments_loses_nothing_acknowledged(venue: SmallVenue) -> None:
    await live_and_die(venue)


async def test_build_that_acknowledges_before_the_commit_fails_the_same_test(
    venue: SmallVenue,
) -> None:
    venue.options = ("--early",)
    with pytest.raises(AssertionError, match=r"order \d+: .* after"):
        await live_and_die(venue)


STEPS = [
    "before_append:9", "after_append:7", "before_apply:3", "after_apply:5", "before_publish:8",
    "before_reply:2", "after_reply:6", "mid_snapshot:1", "mid_snapshot:3", "before_rename:1",
    "after_snapshot:1", "after_snapshot:2",
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
async def test_death_at_a_named_step_loses_nothing_acknowledged(
    venue: SmallVenue, step: str
) -> None:
    driver = Driver(draw, 30, connections=2)
    venue.environ = {"OUTCRY_FAILPOINT": step}
    await venue.start()
    await driver.drive(venue, asyncio.Event())
    assert await venue.ended() == 137
    venue.environ = {}
    await venue.start()
    assert await driver.contradictions(venue) == []
    await driver.settle(venue)
    assert await venue.state() == venue.inspect()
