"""Asks the venue for what a stream has missed, so that nothing is told twice and nothing never."""

from typing import TYPE_CHECKING

import msgspec

from outcry.client import answers as a
from outcry.client.live.tapes import FillTape, KlineTape, OpenOrders, TradeTape

if TYPE_CHECKING:
    from outcry.client.awaiting import AsyncClient

PAGE = 1_000


class Mender:
    """What was told of each channel, and the calls that fill a gap."""

    def __init__(self, client: "AsyncClient") -> None:
        self._client = client
        self._trades: dict[str, TradeTape] = {}
        self._klines: dict[tuple[str, str], KlineTape] = {}
        self._fills = FillTape()
        self._orders = OpenOrders()

    async def begin(self, channels: frozenset[str]) -> None:
        """Note what had happened to the account before the stream begins."""
        if "fills" in channels:
            self._fills.begin((await self._client.fills(limit=PAGE)).fills)
        if "orders" in channels:
            newest = (await self._client.orders(limit=1)).orders
            self._orders.newest_id = newest[0].order_id if newest else 0

    def is_new(self, market: str) -> bool:
        """Return whether no trades of a market have been told yet."""
        return market not in self._trades

    async def trades(
        self, market: str, told: list[a.Trade], sequence: int
    ) -> tuple[list[a.Trade], int]:
        """Return the trades to tell, oldest first, and how many before them nobody has."""
        tape = self._trades.setdefault(market, TradeTape())
        gap = tape.missing(told, sequence)
        missed = await self._trades_between(market, *gap) if gap else []
        return tape.take([*missed, *told], sequence)

    async def _trades_between(self, market: str, first: int, last: int) -> list[a.Trade]:
        found: list[a.Trade] = []
        before = last + 1
        while before > first:
            page = (await self._client.trades(market, PAGE, before)).trades
            if not page:
                break
            found += [trade for trade in page if trade.trade_id >= first]
            before = page[-1].trade_id
        return found

    async def klines(self, market: str, interval: str, kline: a.Kline) -> list[a.Kline]:
        """Return the candles to tell, oldest first."""
        tape = self._klines.setdefault((market, interval), KlineTape())
        start = tape.missing_from(kline)
        if start is None:
            return tape.take([kline])
        missed: list[a.Kline] = []
        while True:
            page = await self._client.klines(market, interval, start_time=start, limit=PAGE)
            older = [k for k in page.klines if k.open_time < kline.open_time]
            missed += [msgspec.structs.replace(k, closed=True) for k in older]
            if len(older) < PAGE:
                break
            start = older[-1].close_time
        return tape.take([*missed, kline])

    async def fills(self) -> list[a.Fill]:
        """Return the fills of the time without a connection, oldest first."""
        missed: list[a.Fill] = []
        cursor: str | None = None
        while True:
            page = await self._client.fills(limit=PAGE, cursor=cursor)
            new = [fill for fill in page.fills if not self._fills.knows(fill)]
            missed += new
            cursor = page.next_cursor
            if len(new) < len(page.fills) or cursor is None:
                return self._fills.take(reversed(missed))

    def fills_told(self, fills: list[a.Fill]) -> list[a.Fill]:
        """Return which of these fills are news."""
        return self._fills.take(fills)

    async def orders(self, snapshot: list[a.Order]) -> list[a.Order]:
        """Return all open orders, and those that ended in the time without a connection."""
        ended = [await self._client.order(number) for number in self._orders.ended(snapshot)]
        newer = await self._orders_since(self._orders.newest_id or 0)
        found = {order.order_id: order for order in [*newer, *ended, *snapshot]}
        return self._orders.take(found[number] for number in sorted(found))

    async def _orders_since(self, newest_id: int) -> list[a.Order]:
        found: list[a.Order] = []
        cursor: str | None = None
        while True:
            page = await self._client.orders(limit=PAGE, cursor=cursor)
            new = [order for order in page.orders if order.order_id > newest_id]
            found += new
            cursor = page.next_cursor
            if len(new) < len(page.orders) or cursor is None:
                return found

    def orders_told(self, orders: list[a.Order]) -> list[a.Order]:
        """Return which of these orders are news."""
        return self._orders.take(orders)
