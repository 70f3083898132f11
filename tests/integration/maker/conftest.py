"""A venue with a bench, and markets of their own for makers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.gateway import House, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("maker"), gateway={"bench": True}) as house:
        yield house
