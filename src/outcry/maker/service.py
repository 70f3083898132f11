"""The maker as a program: who it trades as, in which markets, around which prices; until stopped.

A run that ends by the venue's doing (a restart, a network) begins again after a pause; one that the
venue refuses for good ends the program.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import structlog
from typing_extensions import override

from outcry.client import (
    ApiError,
    AsyncClient,
    Auth,
    ClientError,
    Ed25519Key,
    HmacKey,
    NotAllowed,
    Password,
    exact,
)
from outcry.maker.live.report import report
from outcry.maker.live.run import Live
from outcry.maker.live.switch import dead_mans_switch
from outcry.maker.maker import Maker
from outcry.maker.metrics import metrics_port
from outcry.maker.model import Inventory
from outcry.maker.noise import NoiseTaker
from outcry.maker.quotes import QuoteSettings
from outcry.maker.reference import (
    BadReference,
    Fixed,
    Oracle,
    RandomWalk,
    Reference,
    price_of,
    read_recorded,
)

AGAIN_S = 1.0
_log = structlog.get_logger("maker")


class Who(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As whom a bot trades: an API key, or a person."""

    email: str = ""
    password: str = ""
    key: str = ""
    secret: str = ""
    pem: str = ""
    """Of an Ed25519 key, in place of the secret."""
    faucet: dict[str, str] = {}
    """What it must have of each asset; in development mode the faucet makes up for what it lacks,
    and a person who is not there yet registers."""

    @override
    def __repr__(self) -> str:
        return f"Who(email={self.email!r}, key={self.key!r})"

    def auth(self) -> Auth:
        """Return what speaks for them."""
        if self.pem:
            return Ed25519Key(self.key, self.pem.encode())
        return HmacKey(self.key, self.secret) if self.key else Password(self.email, self.password)


class MarketSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One market, and the price it is quoted around."""

    market: str
    reference: Literal["walk", "fixed", "oracle", "recorded"] = "walk"
    price: str = ""
    """Of `fixed` and the middle of `walk`; where it is not given, the last price of the market."""
    source: str = ""
    """Of `oracle` an address or a file, of `recorded` a file."""
    model: Literal["inventory", "plain"] = "inventory"
    quotes: QuoteSettings = QuoteSettings()
    seed: int = 0
    noise_quantity: str = ""
    """The largest order of the noise taker, in the base asset; "" for no noise."""
    noise_every_s: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class MakerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. A file of it is JSON."""

    url: str
    markets: list[MarketSettings]
    maker: Who
    noise: Who | None = None
    metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    """On this machine; 0: any free one; none where it is not set."""
    switch_ms: Annotated[int, msgspec.Meta(ge=0)] = 10_000
    """The dead man's switch of each account; 0: none."""
    report_s: Annotated[float, msgspec.Meta(ge=0)] = 0
    """So often a line of JSON on standard output says how each bot is; 0: never."""


async def serve(config: MakerConfig, stop: asyncio.Event) -> None:
    """Make markets until `stop`, then cancel everything.

    Raises:
        ApiError: the venue refuses these people, or these markets.
        BadReference: a price cannot be had.
        Unreachable: nobody answers.
        OSError: the port of the metrics is taken.
    """
    async with AsyncExitStack() as stack:
        maker = await stack.enter_async_context(_somebody(config.url, config.maker))
        noise = None
        if config.noise is not None:
            noise = await stack.enter_async_context(_somebody(config.url, config.noise))
        runs = [
            Live(maker, settings.market, await _maker(maker, settings, stack))
            for settings in config.markets
        ]
        for settings in config.markets if noise is not None else ():
            if noise is not None and settings.noise_quantity:
                runs.append(Live(noise, settings.market, _noise(settings)))
        if config.metrics_port is not None:
            port = await stack.enter_async_context(metrics_port(runs, config.metrics_port))
            _log.info("metrics", port=port)
        if config.switch_ms:
            for client in [maker, noise] if noise else [maker]:
                await stack.enter_async_context(dead_mans_switch(client, config.switch_ms))
        if config.report_s:
            reporting = asyncio.create_task(report(runs, config.report_s), name="report")
            stack.push_async_callback(_ended, reporting)
        await run_all(runs, stop)


async def run_all(runs: Sequence[Live], stop: asyncio.Event) -> None:
    """Run strategies beside each other until `stop`; where one fails for good, all end.

    Raises:
        Exception: why the first one failed.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(_keep(run, stop))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _keep(run: Live, stop: asyncio.Event) -> None:
    """Run, and run again where it ended for a reason that may pass."""
    while not stop.is_set():
        try:
            await run.run(stop)
        except (NotAllowed, BadReference):
            raise
        except ClientError as error:
            final = isinstance(error, ApiError) and error.code == "UNKNOWN_MARKET"
            if final:
                raise
            if stop.is_set():
                return
            _log.warning("the run ended and begins again", why=str(error))
            try:
                async with asyncio.timeout(AGAIN_S):
                    await stop.wait()
            except TimeoutError:
                continue


@asynccontextmanager
async def _somebody(url: str, who: Who) -> AsyncIterator[AsyncClient]:
    """Speak as somebody who is there and has what they need."""
    async with AsyncClient(url, auth=who.auth()) as client:
        if who.faucet and not who.key:
            try:
                await client.login(who.email, who.password)
            except NotAllowed:
                await client.register(who.email, who.password)
            client.auth = who.auth()
        for asset, amount in who.faucet.items():
            lacks = exact(amount) - exact((await client.balances()).of(asset).total)
            if lacks > 0:
                await client.faucet(asset, lacks)
        yield client


async def _maker(client: AsyncClient, settings: MarketSettings, stack: AsyncExitStack) -> Maker:
    reference = await _reference(client, settings, stack)
    model = Inventory() if settings.model == "inventory" else None
    return Maker(reference, settings.quotes, model)


async def _reference(
    client: AsyncClient, settings: MarketSettings, stack: AsyncExitStack
) -> Reference:
    match settings.reference:
        case "recorded":
            return await asyncio.to_thread(read_recorded, Path(settings.source))
        case "oracle":
            oracle = Oracle(settings.source)
            following = asyncio.create_task(oracle.follow(), name="oracle")
            stack.push_async_callback(_ended, following)
            return oracle
        case "fixed":
            return Fixed(await _price(client, settings))
        case "walk":
            middle = await _price(client, settings)
            last = await _last_price(client, settings.market)
            return RandomWalk(middle, start=last, seed=settings.seed)


async def _price(client: AsyncClient, settings: MarketSettings) -> Decimal:
    if settings.price:
        return price_of(settings.price)
    last = await _last_price(client, settings.market)
    if last is None:
        raise BadReference(f"{settings.market} has not traded yet: give a price")
    return last


async def _last_price(client: AsyncClient, market: str) -> Decimal | None:
    (ticker,) = (await client.tickers(market)).tickers
    return exact(ticker.last_price)


def _noise(settings: MarketSettings) -> NoiseTaker:
    return NoiseTaker(
        quantity=settings.noise_quantity, every_s=settings.noise_every_s, seed=settings.seed
    )


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
