"""One venue a module, and clients that speak to it through a cable."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from outcry.client import AsyncClient, Retries
from tests.support.cable import Cable, cable_to
from tests.support.gateway import House, open_house

QUICK = Retries(attempts=40, first_s=0.005, most_s=0.05, patience_s=10.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("venue")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def cable(house: House) -> AsyncIterator[Cable]:
    async with cable_to(house.venue.url) as cable:
        yield cable


@pytest_asyncio.fixture(loop_scope="module")
async def ann(house: House, cable: Cable) -> AsyncIterator[AsyncClient]:
    person = await house.person()
    async with AsyncClient(cable.url, person.token, retries=QUICK) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def bob(house: House) -> AsyncIterator[AsyncClient]:
    """Somebody whose connection is always good."""
    person = await house.person()
    async with AsyncClient(house.venue.url, person.token) as client:
        yield client
