"""kill -9 of a real venue over HTTP: nothing acknowledged is lost, and the state is the same.

What clients were told is kept here, outside of the venue's process.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.integration.kill import Driver, kill_at_random
from tests.support.ports import free_port
from tests.support.traders import Http, draw

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
OUTCRY = [str(Path(sys.executable).with_name("outcry"))]
EARLY = [sys.executable, "-m", "tests.e2e.early_venue"]
IN_FLIGHT = 1_200
CONNECTIONS = 12
START_TIMEOUT_S = 60


class RealVenue:
    """`outcry up --demo` as a process."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.folder = folder
        self.command = command
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: Process | None = None
        self.tokens: list[str] = []
        self.lives = 0
        self.recovered = 0, ""
        """Sequence and digest that the venue said it came back with."""

    async def start(self) -> None:
        self.lives += 1
        output = self.folder / f"output{self.lives}"
        with output.open("wb") as file:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, "up", "--data", str(self.folder / "data"),
                "--port", str(self.port), "--demo",
                cwd=ROOT, stdin=DEVNULL, stdout=file, stderr=file, env=environ(),
            )  # fmt: skip
        await asyncio.wait_for(self._until_started(output), START_TIMEOUT_S)
        demo = json.loads((self.folder / "data" / "demo.json").read_text())
        self.tokens = [trader["token"] for trader in demo["traders"]]

    async def _until_started(self, output: Path) -> None:
        assert self.process
        while (said := started_line(output)) is None:
            assert self.process.returncode is None, f"it did not start: {text_of(output)}"
            await asyncio.sleep(0.05)
        self.recovered = said["sequence"], said["digest"]

    async def kill(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    async def connect(self) -> Http:
        return Http(self.url, self.tokens)

    def inspect(self) -> tuple[int, str]:
        done = subprocess.run(
            [*OUTCRY, "inspect", "--data", str(self.folder / "data"), "--json"],
            capture_output=True, text=True, timeout=120, env=environ(),
        )  # fmt: skip
        report = json.loads(done.stdout)
        assert (done.returncode, report["damage"]) == (0, []), report
        return report["sequence"], report["digest"]


def text_of(output: Path) -> str:
    return output.read_text(errors="replace")


def started_line(output: Path) -> dict[str, Any] | None:
    """Return what the venue said when it had started; None before that."""
    for line in text_of(output).splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            said: dict[str, Any] = json.loads(line)
            if said.get("event") == "started":
                return said
    return None


def environ() -> dict[str, str]:
    often = {"OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "2000"}
    return {**os.environ, **often, "PYTHONPATH": str(ROOT)}


async def live_and_die(venue: RealVenue, kills: int) -> None:
    driver = Driver(draw, IN_FLIGHT, CONNECTIONS)
    assert await kill_at_random(venue, driver, Random(), kills, longest_s=0.5) == []
    assert driver.most_in_flight >= 1_000
    assert len(driver.acknowledged) >= 1_000
    await driver.settle(venue)
    await venue.kill()
    before = venue.inspect()
    await venue.start()
    assert venue.recovered == before
    assert await venue.stop() == 0
    assert venue.inspect() == before


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[RealVenue]:
    real = RealVenue(tmp_path, OUTCRY)
    yield real
    await real.kill()


async def test_kill_at_random_moments_loses_nothing_acknowledged(venue: RealVenue) -> None:
    await live_and_die(venue, kills=3)


@pytest.mark.soak
async def test_many_kills_lose_nothing_acknowledged(venue: RealVenue) -> None:
    await live_and_die(venue, kills=50)


async def test_build_that_acknowledges_before_the_commit_fails_the_same_test(
    venue: RealVenue,
) -> None:
    """Each kill shows it with a chance of 15 in 16, on a busy machine with less.

    A venue whose ledger has seen what its log lost may notice first, and stop orders itself.
    """
    venue.command = EARLY
    shown = r"order \d+: .* after|the log went back|VENUE_CANCEL_ONLY|VENUE_HALTED"
    with pytest.raises((AssertionError, ConnectionResetError), match=shown):
        await live_and_die(venue, kills=6)
