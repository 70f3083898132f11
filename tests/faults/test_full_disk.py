"""R14, space: a disk that fills up, and files that may not grow, under a real venue.

A write that finds no space comes back short, or fails. Nobody is told that an order is durable that
is not; the venue stops in a clean way or takes nothing but cancels; with space again it is whole.
"""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.trouble import drive_for, new_driver, stopped_cleanly, whole_again
from tests.integration.kill import Driver
from tests.support.disks import SmallDisk, needs_mount
from tests.support.nest import Nest
from tests.support.real_venue import RealVenue, copy_of
from tests.support.scoreboard import add

MANY = 1_000_000
SMALL_KIB, LARGE_KIB = 2_048, 65_536
FILE_BYTES = 700_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk", SMALL_KIB)
    yield disk
    disk.remove()


@pytest.fixture
async def cramped(
    nest: Nest, seeded: Path, disk: SmallDisk, tmp_path: Path
) -> AsyncIterator[RealVenue]:
    """A venue whose folder is on that disk."""
    real = RealVenue(nest, copy_of(seeded, disk.path / "data"), tmp_path)
    yield real
    await real.kill()


async def drive_until_it_stops(venue: RealVenue) -> Driver:
    """Fill whatever can be filled; return the driver, which knows what was acknowledged."""
    driver = new_driver()
    await venue.start()
    await drive_for(venue, driver, MANY)
    assert len(driver.acknowledged) > 100
    await stopped_cleanly(venue)
    await venue.kill()
    return driver


async def try_without_space(venue: RealVenue) -> None:
    """Start again while there is no space: it may refuse, but it must say why."""
    child = venue.begin()
    while child.alive and child.said("started") is None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await venue.kill()
    assert "Traceback" not in child.text, child.text


@needs_mount
async def test_full_disk_stops_the_venue_and_loses_nothing(
    cramped: RealVenue, disk: SmallDisk
) -> None:
    driver = await drive_until_it_stops(cramped)
    await try_without_space(cramped)
    disk.resize(LARGE_KIB)
    await whole_again(cramped, driver)
    add("R14", faults=1, acknowledged=len(driver.acknowledged), false_acks=0)


async def test_files_that_may_not_grow_stop_the_venue_and_nothing_is_lost(venue: RealVenue) -> None:
    venue.limits = {resource.RLIMIT_FSIZE: (FILE_BYTES, FILE_BYTES)}
    driver = await drive_until_it_stops(venue)
    await try_without_space(venue)
    venue.limits = {}
    await whole_again(venue, driver)
    add("R14", faults=1, acknowledged=len(driver.acknowledged), false_acks=0)


async def test_build_that_goes_on_without_space_fails_the_same_test(venue: RealVenue) -> None:
    venue.limits = {resource.RLIMIT_FSIZE: (FILE_BYTES, FILE_BYTES)}
    venue.patch = "tests.faults.broken:ignore_failed_appends"
    driver = new_driver()
    await venue.start()
    await drive_for(venue, driver, 5_000)
    await venue.kill()
    venue.limits, venue.patch = {}, ""
    with pytest.raises(AssertionError, match=r"order \d+: .* after|the log went back"):
        await whole_again(venue, driver)
