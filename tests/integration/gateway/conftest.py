"""One venue a module, in the module's event loop; tests share its people and markets."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.gateway import House, Person, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("venue")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def ann(house: House) -> Person:
    return await house.person()


@pytest_asyncio.fixture(loop_scope="module")
async def bob(house: House) -> Person:
    return await house.person()
