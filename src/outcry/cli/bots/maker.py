"""`outcry maker`: quotes markets of a running venue, through its public API."""

import asyncio
import os
import secrets
import sys
import threading
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from outcry.cli.bots.running import checked, until_signal
from outcry.cli.output import fail
from outcry.client import AsyncClient
from outcry.maker.quotes import QuoteSettings
from outcry.maker.service import MakerConfig, Who, serve

PLAY_VALUE = "1000000"
STDIN = "-"
CLIPS = 40
"""How many levels' quantity the position may be, where nothing else is said."""


def maker(  # noqa: PLR0913, PLR0917  # one argument an option
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Everything as JSON; - reads it from standard input."),
    ] = None,
    url: Annotated[str, typer.Option(help="The venue.")] = "http://localhost:8000",
    market: Annotated[list[str] | None, typer.Option(help="A market; can be repeated.")] = None,
    price: Annotated[str, typer.Option(help="To quote around.  [the last price]")] = "",
    reference: Annotated[str, typer.Option(help="walk, fixed, oracle or recorded.")] = "walk",
    source: Annotated[str, typer.Option(help="Of an oracle or a recording: URL or file.")] = "",
    quantity: Annotated[str, typer.Option(help="Of each level, in the base asset.")] = "0.05",
    position_max: Annotated[
        str, typer.Option(help="The most to be long or short.  [40 times the quantity]")
    ] = "",
    key: Annotated[str, typer.Option(help="An API key that may read and trade.")] = "",
    secret_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Its secret.")
    ] = None,
    play_money: Annotated[
        bool, typer.Option("--play-money", help="Development mode: register and use the faucet.")
    ] = False,
    metrics_port: Annotated[int | None, typer.Option(min=0, max=65_535)] = None,
) -> None:
    """Quote both sides of a market until SIGTERM or SIGINT, then cancel everything."""
    if config == STDIN:
        _until_input_ends()
        return
    if config is not None:
        path = Path(config)
        if not path.is_file():
            fail(f"{config}: there is no such file")
        read = _read(path.read_bytes())
    else:
        if not market:
            fail("give a --market, or a --config")
        who = _who(key, secret_file, play_money)
        quotes = QuoteSettings(quantity=quantity, position_max=position_max or _most(quantity))
        markets = [
            {"market": name, "reference": reference, "price": price, "source": source}
            for name in market
        ]
        plain = {"url": url, "markets": markets, "maker": who, "metrics_port": metrics_port}
        read = _with_quotes(_read(msgspec.json.encode(plain)), quotes)
    checked(read.url)
    until_signal(lambda stop: _funded(read, play_money, stop))


def _most(quantity: str) -> str:
    try:
        return str(Decimal(quantity) * CLIPS)
    except InvalidOperation:
        fail(f"--quantity {quantity} is no number")


def _who(key: str, secret_file: Path | None, play_money: bool) -> Who:
    if play_money:
        return Who(
            email=f"maker-{secrets.token_hex(6)}@example.com", password=secrets.token_hex(12)
        )
    if not key or secret_file is None:
        fail("say who trades: --key with --secret-file, --config, or --play-money")
    return Who(key=key, secret=secret_file.read_text(encoding="ascii").strip())


def _read(text: bytes) -> MakerConfig:
    try:
        return msgspec.json.decode(text, type=MakerConfig)
    except msgspec.DecodeError as error:
        fail(f"the configuration of the maker: {error}")


def _with_quotes(config: MakerConfig, quotes: QuoteSettings) -> MakerConfig:
    markets = [msgspec.structs.replace(market, quotes=quotes) for market in config.markets]
    return msgspec.structs.replace(config, markets=markets)


async def _funded(config: MakerConfig, play_money: bool, stop: asyncio.Event) -> None:
    """Serve; with play money, ask the faucet first for what every market trades."""
    if play_money:
        async with AsyncClient(config.url) as client:
            rules = [(await client.markets(m.market)).markets[0] for m in config.markets]
        assets = {asset for market in rules for asset in (market.base, market.quote)}
        who = msgspec.structs.replace(config.maker, faucet=dict.fromkeys(assets, PLAY_VALUE))
        config = msgspec.structs.replace(config, maker=who)
    await serve(config, stop)


def _until_input_ends() -> None:
    """Serve what the first line says, until standard input ends: whoever started this is gone."""
    config = _read(sys.stdin.buffer.readline())

    async def body(stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()

        def wait() -> None:
            # Read by its number: at the end nobody has to wait for a lock of `sys.stdin`.
            while os.read(0, 4_096):
                continue
            loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=wait, name="input", daemon=True).start()
        await serve(config, stop)

    until_signal(body)
