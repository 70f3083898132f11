"""One venue a module; tests share its markets, each has people of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.binance import Trader
from tests.support.gateway import House, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("venue")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def ann(house: House) -> AsyncIterator[Trader]:
    trader = Trader(house, await house.person())
    yield trader
    await trader.call("DELETE", "openOrders", symbol="BTCUSDT")


@pytest_asyncio.fixture(loop_scope="module")
async def bob(house: House) -> AsyncIterator[Trader]:
    trader = Trader(house, await house.person())
    yield trader
    await trader.call("DELETE", "openOrders", symbol="BTCUSDT")
