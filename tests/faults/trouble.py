"""A venue that gets into trouble under load, stops in a clean way, and is whole when it is over."""

import asyncio
from contextlib import suppress

from outcry.cli.output import DAMAGE
from outcry.client import ApiError, Client, Unreachable
from tests.faults.effects import lost_and_doubled
from tests.integration.kill import Driver
from tests.support.real_venue import RealVenue
from tests.support.traders import draw

IN_FLIGHT = 40
STOP_S = 30.0


async def stopped_cleanly(venue: RealVenue) -> str:
    """Return how a venue in trouble has stopped taking orders: `ended` or `cancel_only`."""
    assert venue.child is not None
    deadline = asyncio.get_running_loop().time() + STOP_S
    while venue.child.alive:
        if await asyncio.to_thread(mode_of, venue.url) == "cancel_only":
            return "cancel_only"
        assert asyncio.get_running_loop().time() < deadline, venue.child.text
        await asyncio.sleep(0.02)
    assert venue.child.wait() == DAMAGE, venue.child.text
    assert "Traceback" not in venue.child.text
    assert "what to do: docs/runbook/" in venue.child.text
    return "ended"


async def takes_orders_again(venue: RealVenue) -> None:
    """Wait until the guard has taken back what it did about the trouble, if it did anything."""
    assert venue.child is not None
    deadline = asyncio.get_running_loop().time() + STOP_S
    while await asyncio.to_thread(mode_of, venue.url) != "normal":
        assert venue.child.alive, venue.child.text
        assert asyncio.get_running_loop().time() < deadline, venue.child.text
        await asyncio.sleep(0.02)


def mode_of(url: str) -> str:
    """Return the mode a venue says it is in; empty where it says nothing."""
    with suppress(ApiError, Unreachable, OSError), Client(url) as client:
        return str(client.get("/health")["mode"])
    return ""


async def drive_for(venue: RealVenue, driver: Driver, orders: int) -> None:
    """Drive until so many more orders are acknowledged, or the venue takes no more."""
    over, wanted = asyncio.Event(), len(driver.acknowledged) + orders
    driving = asyncio.create_task(driver.drive(venue, over))
    while len(driver.acknowledged) < wanted and not driving.done():  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    over.set()
    await driving


async def whole_again(venue: RealVenue, driver: Driver) -> None:
    """Start the venue without its trouble; check that everything said is still true."""
    await venue.start()
    await takes_orders_again(venue)
    contradictions = await driver.contradictions(venue)
    assert not contradictions, contradictions[:3]
    await driver.settle(venue)
    assert await venue.stop() == 0
    found = lost_and_doubled(venue.data, driver)
    assert found == ([], []), found
    assert venue.look().damage == []


def new_driver() -> Driver:
    """Return a driver of a few connections."""
    return Driver(draw, IN_FLIGHT, connections=2)
