"""`outcry watch`: a market's book and tape, live in the terminal."""

import asyncio
from collections import deque
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from outcry.cli.output import DAMAGE, fail
from outcry.client import ApiError, AsyncClient, ClientError
from outcry.client.answers import Trade
from outcry.client.live.book import LocalBook
from outcry.client.live.messages import Disconnected, Event, TradesEvent

LEVELS = 12
TRADES = 24
FRAMES_PER_SECOND = 8


class MarketScreen:
    """What is on the screen: a living book beside the last trades, drawn as one table."""

    def __init__(self, book: LocalBook) -> None:
        self.book = book
        self.trades: deque[Trade] = deque(maxlen=TRADES)

    def take(self, event: Event) -> None:
        """Take in what happened; the book changes by itself."""
        if isinstance(event, TradesEvent):
            self.trades.extendleft(event.trades)

    def draw(self) -> Table:
        """Return the book beside the tape."""
        whole = Table.grid(padding=(0, 1))
        whole.add_row(self._book(), self._tape())
        return whole

    def _book(self) -> Table:
        book = self.book
        state = f"#{book.sequence}" if book.is_synced else "not known just now"
        table = Table(title=f"{book.market}  {state}", title_justify="left")
        for name in ("bid size", "price", "ask size"):
            table.add_column(name, justify="right", min_width=9)
        if not book.is_synced:
            return table
        for price, quantity in reversed(book.asks(LEVELS)):
            table.add_row("", f"[red]{price}[/red]", quantity)
        table.add_section()
        for price, quantity in book.bids(LEVELS):
            table.add_row(quantity, f"[green]{price}[/green]", "")
        return table

    def _tape(self) -> Table:
        table = Table(title="trades", title_justify="left")
        for name in ("time", "price", "size"):
            table.add_column(name, justify="right", min_width=8, no_wrap=True)
        for trade in self.trades:
            colour = "green" if trade.side == "buy" else "red"
            price = f"[{colour}]{trade.price}[/{colour}]"
            table.add_row(trade.time[11:19], price, trade.quantity)
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
    except ApiError as error:
        fail(error.refusal.message, DAMAGE)
    except ClientError as error:
        fail(str(error), DAMAGE)
    except ValueError as error:
        fail(str(error))


async def _watch(market: str, url: str) -> None:
    console = Console()
    async with (
        AsyncClient(url) as client,
        client.stream(f"book:{market}", f"trades:{market}") as stream,
    ):
        screen = MarketScreen(stream.book(market))
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            drawn_at = 0.0
            async for event in stream:
                screen.take(event)
                now = asyncio.get_running_loop().time()
                if now - drawn_at >= 1 / FRAMES_PER_SECOND or isinstance(event, Disconnected):
                    drawn_at = now
                    live.update(screen.draw(), refresh=True)
