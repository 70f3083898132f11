"""Strategies that run at a venue of a test, and what can be asked of that venue meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

from outcry.client import AsyncClient, Retries, exact
from outcry.client.answers import Depth
from outcry.domain import commands as c
from outcry.domain.market import MarketState
from outcry.maker.live.run import Live
from outcry.maker.maker import Maker
from outcry.maker.model import Inventory
from outcry.maker.quotes import QuoteSettings
from outcry.maker.reference import Reference
from outcry.recovery import AssetTotals
from outcry.strategy import Strategy
from tests.support.gateway import House, Person

QUICK = Retries(attempts=20, first_s=0.005, most_s=0.05)
LIMIT_S = 20.0
LEVELS = 3


class Said(Reference):
    """A price that a test changes."""

    def __init__(self, price: str | None) -> None:
        self.said = price

    def price(self, now_ns: int) -> Decimal | None:
        return None if self.said is None else Decimal(self.said)


class QuickMaker(Maker):
    """A maker that looks more often, for tests that wait for it."""

    timer_ns = 20_000_000

    def __init__(self, price: str = "100.00", **more: str | float) -> None:
        self.said = Said(price)
        usual: dict[str, str | float] = {
            "levels": LEVELS, "spacing_bps": 20, "spread_bps": 20, "quantity": "10",
            "position_max": "100000", "refresh_s": 0.1,
        }  # fmt: skip
        super().__init__(self.said, QuoteSettings(**(usual | more)), Inventory())  # type: ignore[arg-type]


class Stage:
    """A market of its own, somebody who makes it, and somebody who takes."""

    def __init__(self, house: House, market: str, maker: Person, taker: Person) -> None:
        self.house, self.market, self.maker, self.taker = house, market, maker, taker
        self.client = AsyncClient(str(house.venue.url), maker.token, retries=QUICK)

    async def depth(self) -> Depth:
        """Return the book."""
        return await self.client.depth(self.market)

    async def state(self, state: MarketState) -> None:
        """Let the operator move the market to a state."""
        number = self.house.venue.services.registry.market_by_symbol(self.market)
        assert number is not None
        await self.house.do(c.SetState(market=number.market, state=state))

    async def quoted(self) -> bool:
        """Return whether every level stands, on both sides."""
        depth = await self.depth()
        return len(depth.bids) == len(depth.asks) == LEVELS

    async def open_orders(self) -> int:
        """Return how many orders of the maker rest."""
        return len((await self.client.open_orders(market=self.market)).orders)

    def totals(self) -> list[AssetTotals]:
        """Return where all units of the market's assets are."""
        core, registry = self.house.venue.engine.core, self.house.venue.services.registry
        return [AssetTotals(x.asset, x.symbol, *core.totals(x.asset)) for x in registry.assets()]

    async def units(self, asset: str, decimals: int) -> int:
        """Return what the maker has of an asset."""
        total = exact((await self.client.balances()).of(asset).total)
        return int(total.scaleb(decimals))


@asynccontextmanager
async def stage(house: House, **rules: str | int) -> AsyncIterator[Stage]:
    """Prepare a market of these rules."""
    found = Stage(house, await house.market(**rules), await house.person(), await house.person())
    async with found.client:
        yield found


async def until(true: Callable[[], Awaitable[bool]], what: str = "it did not come about") -> None:
    """Ask until something is true."""
    try:
        async with asyncio.timeout(LIMIT_S):
            while not await true():  # noqa: ASYNC110  # only asking tells
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(what) from None


@asynccontextmanager
async def running(stage: Stage, strategy: Strategy) -> AsyncIterator[Live]:
    """Run a strategy as the maker; it has ended in an orderly way afterwards."""
    run, stop = Live(stage.client, stage.market, strategy), asyncio.Event()
    task = asyncio.create_task(run.run(stop))
    try:
        started = asyncio.create_task(run.is_started.wait())
        await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if task.done():
            task.result()
        yield run
    finally:
        stop.set()
        await asyncio.wait_for(task, LIMIT_S)
