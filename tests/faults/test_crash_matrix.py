"""R6: `kill -9` at every named step of a real venue, by fail-point; nothing acknowledged is lost.

A row of the matrix is one folder that dies three times (fifty times in the long form) at the same
step, and has to stand up again by itself. At the end every acknowledged order is asked for again
and counted in a replay of the log, and the ledger is compared with one made anew, row for row.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from statistics import median

import pytest

from outcry.adapters.data_dir import DataDir
from outcry.adapters.fail_points import EXIT_CODE, STEPS
from outcry.cli.care.audit import audited
from outcry.engine.core import choose
from tests.faults.effects import lost_and_doubled
from tests.faults.trouble import drive_for, new_driver
from tests.integration.kill import Driver
from tests.support.real_venue import RealVenue
from tests.support.scoreboard import add, note

TURNS, TURNS_LONG = 3, 50
RECOVERY_S = 2.0
"""And what the replay takes, which here is next to nothing."""
OFTEN = {"OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "100"}

OF_A_START = ("mid_create", "mid_recovery", "before_listen")
OF_AN_END = ("before_drain", "after_drain")
IN_THE_MIDDLE = {
    "before_append": 20, "after_append": 20, "before_apply": 20, "after_apply": 20,
    "before_publish": 20, "before_reply": 20, "after_reply": 20,
    "mid_snapshot": 6, "before_rename": 2, "after_snapshot": 2,
    "before_projection": 8, "mid_projection": 60, "after_projection": 8,
}  # fmt: skip
"""The steps, and up to which pass of them a life may last."""
PROJECTION = ("before_projection", "mid_projection", "after_projection")


@pytest.fixture(scope="module")
def starts_s() -> list[float]:
    """How long each start without a fault took."""
    return []


# Lives that end at a step


async def in_the_middle(venue: RealVenue, step: str, driver: Driver, random: Random) -> None:
    venue.environ["OUTCRY_FAILPOINT"] = f"{step}:{random.randint(1, IN_THE_MIDDLE[step])}"
    await venue.start()
    await driver.drive(venue, asyncio.Event())


async def while_it_starts(venue: RealVenue, step: str, driver: Driver, _: Random) -> None:
    if step == "mid_create":
        shutil.rmtree(venue.data, ignore_errors=True)
    else:  # Something has to be there to come back to.
        await venue.start()
        await drive_for(venue, driver, 60)
        await venue.kill()
    venue.environ["OUTCRY_FAILPOINT"] = step
    venue.begin()


async def while_it_ends(venue: RealVenue, step: str, driver: Driver, _: Random) -> None:
    venue.environ["OUTCRY_FAILPOINT"] = step
    await venue.start()
    driving = asyncio.create_task(driver.drive(venue, asyncio.Event()))
    while len(driver.acknowledged) < 60:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0.005)
    assert venue.child is not None
    venue.child.send(signal.SIGTERM)
    await driving


Life = Callable[[RealVenue, str, Driver, Random], Awaitable[None]]
ROWS: dict[str, Life] = {
    **dict.fromkeys(OF_A_START, while_it_starts),
    **dict.fromkeys(IN_THE_MIDDLE, in_the_middle),
    **dict.fromkeys(OF_AN_END, while_it_ends),
}


async def die_again_and_again(
    venue: RealVenue, step: str, turns: int, starts_s: list[float]
) -> Driver:
    """Let the venue die at a step, check all that it said; return who was told it."""
    random, driver = Random(step), new_driver()
    for _ in range(turns):
        venue.environ = dict(OFTEN)
        await ROWS[step](venue, step, driver, random)
        assert await venue.ended() == EXIT_CODE
    venue.environ = {}
    starts_s.append(await stands_up(venue, driver))
    return driver


async def stands_up(venue: RealVenue, driver: Driver) -> float:
    """Start without any fault, check everything ever said; return how long the start took."""
    await venue.start()
    seconds: float = venue.started["seconds"]
    assert await driver.contradictions(venue) == []
    await driver.settle(venue)
    await venue.kill()
    assert lost_and_doubled(venue.data, driver) == ([], [])
    before = venue.inspect()
    await venue.start()
    assert await venue.state() == before
    assert await venue.stop() == 0
    report = audited(DataDir(venue.data, lock=-1), choose(), lambda *_: None)
    assert (report.proven, report.sequence) == (True, before[0]), report.findings
    return seconds


def note_row(driver: Driver, turns: int, target: str) -> None:
    """Add a row of the matrix that held to what was found; rows may be in several processes."""
    add(
        "R6", target=target, steps=1, deaths=turns, acknowledged=len(driver.acknowledged),
        lost=0, doubled=0,
    )  # fmt: skip


@pytest.mark.parametrize("step", ROWS)
async def test_death_at_a_named_step_loses_nothing_and_doubles_nothing(
    venue: RealVenue, starts_s: list[float], step: str
) -> None:
    note_row(await die_again_and_again(venue, step, TURNS, starts_s), TURNS, "commit")


@pytest.mark.soak
@pytest.mark.parametrize("step", ROWS)
async def test_many_deaths_at_a_named_step_lose_nothing_and_double_nothing(
    venue: RealVenue, step: str
) -> None:
    note_row(await die_again_and_again(venue, step, TURNS_LONG, []), TURNS_LONG, "release")


async def test_venues_come_back_soon(venue: RealVenue, starts_s: list[float]) -> None:
    """The median of all starts: the machine may be busy with something else during one of them."""
    while len(starts_s) < TURNS:  # The rows may have been played by another process.
        await die_again_and_again(venue, "before_reply", 1, starts_s)
    note("R6", recovery_s=round(median(starts_s), 3))
    assert median(starts_s) < RECOVERY_S


def test_every_step_there_is_has_a_row() -> None:
    assert set(ROWS) >= set(STEPS)
    assert len(ROWS) >= 15


async def test_build_that_acknowledges_before_the_commit_fails_the_same_test(
    venue: RealVenue,
) -> None:
    venue.patch = "tests.faults.broken:acknowledge_early"
    with pytest.raises(AssertionError, match=r"order \d+: |the log went back|lost_and_doubled"):
        await die_again_and_again(venue, "after_append", 6, [])


# The follower in a process of its own


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in told.split()]


async def dead_followers(venue: RealVenue, driver: Driver, step: str) -> None:
    """Trade while each follower dies at a step, until two are dead."""
    venue.environ["OUTCRY_FAILPOINT"] = f"{step}:1"
    await venue.start()
    assert venue.child is not None
    seen: set[int] = set()
    while len(seen) < 3:
        seen.update(children(venue.child.pid))
        await drive_for(venue, driver, 10)


async def test_death_of_the_follower_at_a_named_step_stops_nothing(venue: RealVenue) -> None:
    venue.ledger, driver = "process", new_driver()
    await dead_followers(venue, driver, "mid_projection")
    await venue.kill()
    venue.environ = {}
    await stands_up(venue, driver)


async def test_follower_that_is_killed_is_replaced_and_the_ledger_is_whole(
    venue: RealVenue,
) -> None:
    venue.ledger, driver = "process", new_driver()
    await venue.start()
    assert venue.child is not None
    while not (found := children(venue.child.pid)):
        await drive_for(venue, driver, 10)
    os.kill(found[0], signal.SIGKILL)
    while children(venue.child.pid) in ([], found):
        await drive_for(venue, driver, 10)
    await stands_up_after_an_end(venue, driver)


async def stands_up_after_an_end(venue: RealVenue, driver: Driver) -> None:
    assert await venue.stop() == 0
    await stands_up(venue, driver)
