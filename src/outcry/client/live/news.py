"""Makes events of messages, and keeps them in line until the program takes them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from outcry.client.errors import NotFollowed, Unreachable
from outcry.client.live import messages as m
from outcry.client.live.book import LocalBook, Verdict
from outcry.client.live.mending import Mender
from outcry.client.live.messages import Event, Told

if TYPE_CHECKING:
    from outcry.client.awaiting import AsyncClient

WAITING_MAX = 100_000


class News:
    """The state of every channel of a stream, and the events that nobody has taken yet."""

    def __init__(self, client: "AsyncClient", channels: frozenset[str]) -> None:
        self.books = {
            name.partition(":")[2]: LocalBook(name.partition(":")[2])
            for name in channels
            if name.startswith("book:")
        }
        self.mender = Mender(client)
        self._channels = channels
        self._begun = False
        self._waiting: dict[object, Event] = {}
        self._told = 0
        self._something = asyncio.Event()
        self._ended: Exception | None = None
        self._makers: dict[str, Callable[[str, Told], Awaitable[None]]] = {
            "trades": self._trades,
            "ticker": self._ticker,
            "kline": self._kline,
            "status": self._status,
            "orders": self._orders,
            "fills": self._fills,
            "balances": self._balances,
            "lists": self._lists,
        }

    # In

    async def begin(self) -> None:
        """Note what was before the stream, once, before it follows anything."""
        if not self._begun:
            await self.mender.begin(self._channels)
            self._begun = True

    def connected(self, *, again: bool) -> None:
        """Take in that the channels are followed."""
        self._tell(m.Connected(again))

    def lost(self, why: str) -> None:
        """Take in that nothing is heard any more."""
        for book in self.books.values():
            book.forget()
        self._tell(m.Disconnected(why))

    async def receive(self, told: Told) -> bool:
        """Take in a message; return False where its channel has to be followed anew."""
        kind, _, rest = told.channel.partition(":")
        if kind == "book" and rest in self.books:
            return self._book(rest, told)
        make = self._makers.get(kind)
        if make is not None and told.channel in self._channels:
            await make(rest, told)
        return True

    def _book(self, market: str, told: Told) -> bool:
        book = self.books[market]
        verdict = book.receive(told)
        if verdict is Verdict.APPLIED:
            self._tell(m.BookEvent(market, book), ("book", market))
        if verdict is Verdict.LOST and told.is_snapshot:
            raise Unreachable(f"the snapshot of {told.channel} has another checksum")
        return verdict is not Verdict.LOST

    async def _trades(self, market: str, told: Told) -> None:
        first = self.mender.is_new(market)
        trades, missed = await self.mender.trades(market, told.trades, told.sequence)
        if trades or missed:
            self._tell(m.TradesEvent(market, trades, first and told.is_snapshot, missed))

    async def _ticker(self, market: str, told: Told) -> None:
        if told.ticker is not None:
            self._tell(m.TickerEvent(market, told.ticker), ("ticker", market))

    async def _kline(self, rest: str, told: Told) -> None:
        market, _, interval = rest.partition(":")
        if told.kline is not None:
            for kline in await self.mender.klines(market, interval, told.kline):
                self._tell(m.KlineEvent(market, interval, kline))

    async def _status(self, _: str, told: Told) -> None:
        self._tell(m.StatusEvent(told.mode, told.sequence))

    async def _orders(self, _: str, told: Told) -> None:
        if told.is_snapshot:
            self._tell(m.OrdersEvent(await self.mender.orders(told.orders), snapshot=True))
        elif orders := self.mender.orders_told(told.orders):
            self._tell(m.OrdersEvent(orders, snapshot=False))

    async def _fills(self, _: str, told: Told) -> None:
        mender = self.mender
        fills = await mender.fills() if told.is_snapshot else mender.fills_told(told.fills)
        if fills:
            self._tell(m.FillsEvent(fills))

    async def _balances(self, _: str, told: Told) -> None:
        self._tell(m.BalancesEvent(told.balances))

    async def _lists(self, _: str, told: Told) -> None:
        self._tell(m.ListsEvent(told.lists, told.is_snapshot))

    # Out

    def _tell(self, event: Event, name: object = None) -> None:
        """Put an event in line; one of the same name that still waits gives way in its place."""
        self._told += 1
        self._waiting[self._told if name is None else name] = event
        if len(self._waiting) > WAITING_MAX:
            self.end(NotFollowed(f"{WAITING_MAX} events wait, and nobody takes them"))
        self._something.set()

    def end(self, error: Exception) -> None:
        """Let nothing follow what is in line but this error."""
        if self._ended is None:
            self._ended = error
        self._something.set()

    @property
    def has_ended(self) -> bool:
        """Whether nothing will be taken in any more."""
        return self._ended is not None

    @property
    def waiting(self) -> int:
        """How many events are in line."""
        return len(self._waiting)

    async def next(self) -> Event:
        """Return the next event, which is then no longer in line.

        Raises:
            Exception: what the stream has ended with, once the line is empty.
        """
        while not self._waiting:
            if self._ended is not None:
                raise self._ended
            self._something.clear()
            await self._something.wait()
        return self._waiting.pop(next(iter(self._waiting)))
