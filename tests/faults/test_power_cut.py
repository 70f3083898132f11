"""R7: power cuts. The whole data folder of a real venue lies on a disk that stops at once and
forgets whatever was not synced; the venue has to come back by itself with all that it acknowledged.

An ext4 image is mounted, and the FS_IOC_SHUTDOWN call takes it away under the running venue. That
needs root and loop devices. A build that syncs less must lose something: the test can fail.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from outcry.client import Client
from outcry.ports import LogDamaged
from tests.faults.effects import lost_and_doubled
from tests.integration.kill import Driver
from tests.support.disks import PowerDisk, needs_power
from tests.support.nest import Nest
from tests.support.real_venue import RealVenue, copy_of
from tests.support.scoreboard import note
from tests.support.traders import draw

pytestmark = needs_power

CUTS, CUTS_LONG, CUTS_OF_CONTROL = 20, 200, 6
LONGEST_S = 0.4
IN_FLIGHT = 60
PASSWORD = "correct horse battery"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[PowerDisk]:
    disk = PowerDisk(tmp_path)
    yield disk
    disk.remove()


@pytest.fixture
async def venue(
    nest: Nest, seeded: Path, disk: PowerDisk, tmp_path: Path
) -> AsyncIterator[RealVenue]:
    real = RealVenue(nest, copy_of(seeded, disk.path / "data"), tmp_path)
    real.environ = {"OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "300"}
    disk.sync()
    yield real
    await real.kill()


@dataclass
class Cuts:
    """What some power cuts have shown."""

    cuts: int = 0
    acknowledged: int = 0
    people: list[str] = field(default_factory=list)
    """Who was told that they are registered."""


async def live_until_the_power_fails(
    venue: RealVenue, disk: PowerDisk, driver: Driver, after_s: float, seen: Cuts
) -> None:
    await venue.start()
    driving = asyncio.create_task(driver.drive(venue, asyncio.Event()))
    seen.people.append(await asyncio.to_thread(register, venue.url, seen.cuts))
    await asyncio.sleep(after_s)
    disk.cut_power()
    await venue.kill()
    await driving
    disk.turn_on()


def register(url: str, number: int) -> str:
    """Become a person of the venue; return the e-mail."""
    email = f"somebody{number}@example.com"
    with Client(url) as client:
        client.register(email, PASSWORD)
    return email


def know_all(url: str, people: list[str]) -> None:
    """Log in as everybody; fails where somebody is not known any more."""
    for email in people:
        with Client(url) as client:
            client.login(email, PASSWORD)


def left_by_the_cut(data: Path, driver: Driver, aside: Path) -> None:
    """Check what a power cut has left, on a copy: the venue has to cope with the thing itself."""
    folder = copy_of(data, aside)
    for path in sorted(folder.glob("*.sqlite")):
        with closing(sqlite3.connect(path)) as store:
            assert store.execute("PRAGMA quick_check").fetchall() == [("ok",)], path
    assert lost_and_doubled(folder, driver) == ([], [])
    shutil.rmtree(folder)


async def cut_again_and_again(venue: RealVenue, disk: PowerDisk, cuts: int) -> Cuts:
    random, seen = Random(), Cuts()
    for number in range(cuts):
        driver = Driver(draw, IN_FLIGHT, connections=2, sent=number * 100_000)
        after_s = random.uniform(0.1, 1) * LONGEST_S
        await live_until_the_power_fails(venue, disk, driver, after_s, seen)
        left_by_the_cut(venue.data, driver, venue.outputs / "left")
        seen.cuts += 1
        seen.acknowledged += len(driver.acknowledged)
    await venue.start()
    assert await driver.contradictions(venue) == []
    await asyncio.to_thread(know_all, venue.url, seen.people)
    assert await venue.stop() == 0
    return seen


async def test_power_cuts_lose_nothing_acknowledged(venue: RealVenue, disk: PowerDisk) -> None:
    seen = await cut_again_and_again(venue, disk, CUTS)
    note("R7", cuts=seen.cuts, acknowledged=seen.acknowledged, lost=0)


@pytest.mark.soak
async def test_many_power_cuts_lose_nothing_acknowledged(venue: RealVenue, disk: PowerDisk) -> None:
    seen = await cut_again_and_again(venue, disk, CUTS_LONG)
    note("R7", target="release", cuts=seen.cuts, acknowledged=seen.acknowledged, lost=0)


async def test_build_that_syncs_less_fails_the_same_test(venue: RealVenue, disk: PowerDisk) -> None:
    venue.patch = "tests.faults.broken:sync_less"
    with pytest.raises((AssertionError, LogDamaged), match=r"== \(\[\], \[\]\)|the log went back"):
        await cut_again_and_again(venue, disk, CUTS_OF_CONTROL)
