"""A venue that was started as a bench, its operator, and bots that use it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from outcry.client import AsyncClient, Retries
from tests.support.gateway import House, Person, open_house

QUICK = Retries(attempts=20, first_s=0.005, most_s=0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("bench"), gateway={"bench": True}) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def operator(house: House) -> AsyncIterator[Person]:
    """Whoever runs the bench; leaves nothing that goes wrong."""
    person = await house.person()
    yield person
    await person.call("DELETE", "/api/v1/bench/faults")
    await person.call("POST", "/api/v1/bench/latency", {})


@pytest_asyncio.fixture(loop_scope="module")
async def bot(house: House) -> AsyncIterator[AsyncClient]:
    person = await house.person()
    async with AsyncClient(house.venue.url, person.token, retries=QUICK) as client:
        yield client
