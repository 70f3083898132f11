"""Two members of staff, so that one can ask and the other decide."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.gateway import House, Person
from tests.support.people import staff


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(house: House) -> AsyncIterator[Person]:
    yield await staff(house, "support", "risk", "finance", "admin")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rita(house: House) -> AsyncIterator[Person]:
    yield await staff(house, "risk", "admin", "finance")
