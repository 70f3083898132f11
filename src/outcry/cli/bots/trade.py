"""`outcry trade`: a strategy of one's own at a running venue."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from outcry.cli.bots.loading import given, load
from outcry.cli.bots.running import checked, until_signal
from outcry.client import AsyncClient, HmacKey
from outcry.maker.live.run import Live
from outcry.maker.live.switch import dead_mans_switch
from outcry.maker.service import run_all


def trade(  # noqa: PLR0913, PLR0917  # one argument an option
    strategy: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A file with one Strategy in it.")
    ],
    market: Annotated[str, typer.Option(help="The market.")],
    key: Annotated[str, typer.Option(help="An API key that may read and trade.")],
    secret_file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Its secret.")],
    url: Annotated[str, typer.Option(help="The venue.")] = "http://localhost:8000",
    option: Annotated[
        list[str] | None, typer.Option("--set", help="name=value for the strategy; repeatable.")
    ] = None,
    switch_ms: Annotated[
        int, typer.Option(min=0, help="The dead man's switch; 0 for none.")
    ] = 10_000,
    seconds: Annotated[
        float, typer.Option(min=0, help="End after so long; 0: not by itself.")
    ] = 0.0,
) -> None:
    """Run a strategy until SIGTERM or SIGINT, then cancel its orders."""
    found = load(strategy, given(option or []))
    address = checked(url)
    secret = secret_file.read_text(encoding="ascii").strip()

    async def body(stop: asyncio.Event) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, stop.set)
        async with AsyncClient(address, auth=HmacKey(key, secret)) as client:
            run = Live(client, market, found)
            if not switch_ms:
                await run_all([run], stop)
                return
            async with dead_mans_switch(client, switch_ms):
                await run_all([run], stop)

    until_signal(body)
    position = found.position
    typer.echo(
        f"{position.fills} fills, position {found.terms.base_text(position.base_units)} "
        f"{found.terms.base}, cash {found.terms.quote_text(position.quote_units)} "
        f"{found.terms.quote}"
    )
