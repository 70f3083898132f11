"""R6: `kill -9` at every named step of a real venue, by fail-point; nothing acknowledged is lost.

A row of the matrix is one folder that dies three times (50 times in the long form) at the same
step, each time after another number of passes, and has to stand up again by itself. At the end
every acknowledged order is asked for again and counted in a replay of the log.
"""

import asyncio
from dataclasses import dataclass
from random import Random

import pytest

from tests.faults.effects import lost_and_doubled
from tests.integration.kill import Driver
from tests.support.real_venue import RealVenue
from tests.support.scoreboard import note
from tests.support.traders import draw

KILLED = 137
TURNS, TURNS_LONG = 3, 50
IN_FLIGHT = 40
RECOVERY_S = 2.0

PASSES = {
    "before_append": 20, "after_append": 20, "before_apply": 20, "after_apply": 20,
    "before_publish": 20, "before_reply": 20, "after_reply": 20,
    "mid_snapshot": 6, "before_rename": 2, "after_snapshot": 2,
}  # fmt: skip
"""The steps, and up to which pass a life may last."""


@dataclass
class Row:
    """What one step of the matrix showed."""

    deaths: int = 0
    acknowledged: int = 0
    slowest_start_s: float = 0.0


async def die_again_and_again(venue: RealVenue, step: str, turns: int) -> Row:
    """Let the venue die `turns` times at a step; check all that it said; return what was seen."""
    random, row = Random(step), Row()
    driver = Driver(draw, IN_FLIGHT, connections=2)
    for _ in range(turns):
        venue.environ = {
            "OUTCRY_FAILPOINT": f"{step}:{random.randint(1, PASSES[step])}",
            "OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "100",
        }
        await venue.start()
        row.slowest_start_s = max(row.slowest_start_s, venue.started["seconds"])
        await driver.drive(venue, asyncio.Event())
        assert await venue.ended() == KILLED
        row.deaths += 1
    venue.environ = {}
    await venue.start()
    row.slowest_start_s = max(row.slowest_start_s, venue.started["seconds"])
    assert await driver.contradictions(venue) == []
    await driver.settle(venue)
    await venue.kill()
    assert lost_and_doubled(venue.data, driver) == ([], [])
    before = venue.inspect()
    await venue.start()
    assert await venue.state() == before
    row.acknowledged = len(driver.acknowledged)
    return row


@pytest.mark.parametrize("step", PASSES)
async def test_death_at_a_named_step_loses_nothing_and_doubles_nothing(
    venue: RealVenue, step: str
) -> None:
    row = await die_again_and_again(venue, step, TURNS)
    assert row.slowest_start_s < RECOVERY_S
    note("R6", step=step, deaths=row.deaths, acknowledged=row.acknowledged)
