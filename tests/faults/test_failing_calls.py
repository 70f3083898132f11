"""R14, calls: a sync that fails, a write that finds no space or comes back short, no descriptor.

All on a real venue in the middle of its work, by libfiu, which stands before the C library.
"""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.failing_calls import FOLDER, Fault
from tests.faults.trouble import drive_for, new_driver, stopped_cleanly, whole_again
from tests.support.nest import Nest
from tests.support.real_venue import RealVenue, copy_of
from tests.support.scoreboard import add
from tools.skips import NO_FIU

pytestmark = pytest.mark.skipif(not shutil.which("fiu-run"), reason=NO_FIU)

FSYNC, FDATASYNC = "posix/io/sync/fsync", "posix/io/sync/fdatasync"
PWRITE, SHORT_PWRITE = "posix/io/rw/pwrite", "posix/io/rw/pwrite/reduce"
OPEN = "posix/io/oc/open"
BEFORE, DURING = 200, 600
MANY = 1_000_000


@pytest.fixture(scope="module")
def frail_nest() -> Iterator[Nest]:
    nest = Nest("fiu-run", "-x")
    yield nest
    nest.close()


@pytest.fixture
def venue(frail_nest: Nest, seeded: Path, tmp_path: Path) -> Iterator[RealVenue]:
    real = RealVenue(frail_nest, copy_of(seeded, tmp_path / "data"), tmp_path)
    real.environ = {FOLDER: str(tmp_path / "fiu"), "OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "100"}
    real.patch = "tests.faults.failing_calls:obey"
    yield real
    assert real.child is not None
    real.child.kill()


FATAL = {
    "every sync": Fault((FSYNC, FDATASYNC), errno.EIO),
    "one sync of ten": Fault((FSYNC, FDATASYNC), errno.EIO, 0.1),
    "every write": Fault((PWRITE,), errno.ENOSPC),
    "one write of fifty": Fault((PWRITE,), errno.ENOSPC, 0.02),
    "one write of fifty, by the device": Fault((PWRITE,), errno.EIO, 0.02),
}
HARMLESS = {
    "writes come back short": Fault((SHORT_PWRITE,), probability=0.5),
    "no file can be opened": Fault((OPEN,), errno.EMFILE),
    "syncs of snapshots": Fault((FSYNC,), errno.EIO),
}


@pytest.mark.parametrize("fault", FATAL)
async def test_failing_call_ends_the_venue_and_nothing_false_was_said(
    venue: RealVenue, tmp_path: Path, fault: str
) -> None:
    driver = new_driver()
    await venue.start()
    await drive_for(venue, driver, BEFORE)
    assert venue.child is not None
    FATAL[fault].begin(tmp_path / "fiu", venue.child.pid)
    await drive_for(venue, driver, MANY)
    await stopped_cleanly(venue)
    await whole_again(venue, driver)
    add("R14", faults=1, acknowledged=len(driver.acknowledged), false_acks=0)


@pytest.mark.parametrize("fault", HARMLESS)
async def test_failing_call_that_the_log_does_not_need_stops_nothing(
    venue: RealVenue, tmp_path: Path, fault: str
) -> None:
    driver = new_driver()
    await venue.start()
    await drive_for(venue, driver, BEFORE)
    assert venue.child is not None
    assert HARMLESS[fault].begin(tmp_path / "fiu", venue.child.pid)
    await drive_for(venue, driver, DURING)
    assert len(driver.acknowledged) >= BEFORE + DURING
    HARMLESS[fault].end(tmp_path / "fiu", venue.child.pid)
    await drive_for(venue, driver, BEFORE)
    await venue.kill()
    await whole_again(venue, driver)
    add("R14", faults=1, acknowledged=len(driver.acknowledged), false_acks=0)
