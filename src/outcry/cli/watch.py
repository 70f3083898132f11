"""`outcry watch`: a market's book and tape, live in the terminal."""

import asyncio
from collections import deque
from decimal import Decimal
from typing import Annotated, Any

import aiohttp
import msgspec
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from outcry.cli.output import DAMAGE, fail

LEVELS = 12
TRADES = 24
FRAMES_PER_SECOND = 8


class MarketScreen:
    """What is on the screen: kept from the channels' messages, drawn as one table."""

    def __init__(self, market: str) -> None:
        self.market = market
        self.sequence = -1
        self.sides: dict[str, dict[Decimal, str]] = {"bids": {}, "asks": {}}
        self.trades: deque[dict[str, Any]] = deque(maxlen=TRADES)

    def take(self, message: dict[str, Any]) -> bool:
        """Take in a message; return False where one before it is missing."""
        channel = str(message.get("channel", ""))
        if channel.startswith("trades:"):
            if message["type"] == "snapshot":
                self.trades.clear()
            self.trades.extendleft(message.get("trades", []))
        elif channel.startswith("book:"):
            if message["type"] == "snapshot":
                self.sides = {"bids": {}, "asks": {}}
            elif message["previous"] != self.sequence:
                return False
            self.sequence = message["sequence"]
            for side, levels in self.sides.items():
                for price, quantity in message[side]:
                    levels[Decimal(price)] = quantity
                    if quantity == "0":
                        del levels[Decimal(price)]
        return True

    def draw(self) -> Table:
        """Return the book beside the tape."""
        whole = Table.grid(padding=(0, 1))
        whole.add_row(self._book(), self._tape())
        return whole

    def _book(self) -> Table:
        table = Table(title=f"{self.market}  #{self.sequence}", title_justify="left")
        for name in ("bid size", "price", "ask size"):
            table.add_column(name, justify="right", min_width=9)
        asks, bids = self.sides["asks"], self.sides["bids"]
        for price in sorted(sorted(asks)[:LEVELS], reverse=True):
            table.add_row("", f"[red]{price}[/red]", asks[price])
        table.add_section()
        for price in sorted(bids, reverse=True)[:LEVELS]:
            table.add_row(bids[price], f"[green]{price}[/green]", "")
        return table

    def _tape(self) -> Table:
        table = Table(title="trades", title_justify="left")
        for name in ("time", "price", "size"):
            table.add_column(name, justify="right", min_width=8, no_wrap=True)
        for trade in self.trades:
            colour = "green" if trade["side"] == "buy" else "red"
            price = f"[{colour}]{trade['price']}[/{colour}]"
            table.add_row(trade["time"][11:19], price, trade["quantity"])
        return table


def watch(
    market: Annotated[str, typer.Argument(help="As in BTC_USDT.")],
    url: Annotated[str, typer.Option(help="The venue's address.")] = "http://localhost:8000",
) -> None:
    """Show a market's book and trades as they change. Ctrl-C ends it."""
    try:
        asyncio.run(_watch(market, url.rstrip("/")))
    except KeyboardInterrupt:
        raise typer.Exit from None
    except (aiohttp.ClientError, OSError) as error:
        fail(f"{url} does not answer: {error}", DAMAGE)


async def _watch(market: str, url: str) -> None:
    console = Console()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/api/v1/ws", heartbeat=20) as socket,
    ):
        channels = [f"book:{market}", f"trades:{market}"]
        subscribe = {"id": 1, "op": "subscribe", "channels": channels}
        await socket.send_str(msgspec.json.encode(subscribe).decode())
        screen = MarketScreen(market)
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            drawn_at = 0.0
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    continue
                message = msgspec.json.decode(frame.data)
                if error := message.get("error"):
                    fail(str(error["message"]), DAMAGE)
                if not screen.take(message):
                    for op in ("unsubscribe", "subscribe"):
                        again = msgspec.json.encode({"op": op, "channels": channels})
                        await socket.send_str(again.decode())
                now = asyncio.get_running_loop().time()
                if now - drawn_at >= 1 / FRAMES_PER_SECOND:
                    drawn_at = now
                    live.update(screen.draw(), refresh=True)
    fail("the venue closed the connection", DAMAGE)
