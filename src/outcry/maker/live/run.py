"""Runs a strategy against a venue: its events from a stream, its actions as batches of orders.

While the connection is lost a strategy hears nothing. After a doubt (a batch whose answer never
came) everything of the market is cancelled and looked up, so that what the strategy is told is
true again.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import structlog
from typing_extensions import override

from outcry.client import ApiError, AsyncClient, ClientError, Unreachable
from outcry.client import answers as a
from outcry.client.live import messages as m
from outcry.client.live.book import NotSynced
from outcry.client.live.stream import Stream
from outcry.maker.live.terms import Reader, terms_of
from outcry.strategy import (
    Action,
    Cancel,
    CancelAll,
    Desk,
    OrderUpdate,
    Place,
    Replace,
    Strategy,
    Timer,
)
from outcry.strategy.words import Status

BATCH_MAX = 100
RETRY_S = 0.5
END_S = 5.0
"""How long the cancelling at the end may take."""
LOOKED_UP = 200
STATUSES = {"partially_filled": "open"}
GONE = "UNKNOWN_ORDER"
_log = structlog.get_logger("maker")


@dataclass(slots=True)
class LiveFacts:
    """What a run has seen, for whoever watches it."""

    is_connected: bool = False
    connections: int = 0
    doubts: int = 0
    """Batches whose outcome had to be looked up."""
    refusals: int = 0
    late_cancels: int = 0
    """Cancels of orders that had just ended."""


class Live(Desk):
    """One strategy in one market. The account's orders in that market are the strategy's alone."""

    def __init__(
        self,
        client: AsyncClient,
        market: str,
        strategy: Strategy,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._client, self._market, self.strategy = client, market, strategy
        self._clock_ns = clock_ns
        self.facts = LiveFacts()
        self.is_started = asyncio.Event()
        """Set when the strategy has begun."""
        self._now_ns = clock_ns()
        self._actions: list[Action] = []
        self._mark = secrets.token_hex(4)
        self._ids: dict[str, int] = {}
        self._told: dict[str, set[int]] = {}
        self._reader: Reader | None = None
        self._stop = asyncio.Event()

    # The strategy's side

    @property
    @override
    def now_ns(self) -> int:
        return self._now_ns

    @override
    def act(self, action: Action) -> None:
        self._actions.append(action)

    # The run

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`; then cancel everything and return.

        Raises:
            ApiError: the venue does not let this account trade or follow.
            Unreachable: the venue did not answer at the start, or it has gone at `stop`, and with
                it what was under way.
        """
        self._stop = stop
        terms = await terms_of(self._client, self._market)
        self._reader = Reader(terms)
        await self._client.cancel_all(self._market)
        async with self._client.stream(*self._channels()) as stream:
            try:
                self.strategy.begin(terms, self)
                await self._flush(stream)
                self.is_started.set()
                await self._live(stream, stop)
            finally:
                await self._end()

    def _channels(self) -> tuple[str, ...]:
        return f"book:{self._market}", f"trades:{self._market}", "orders"

    async def _live(self, stream: Stream, stop: asyncio.Event) -> None:
        loop, every_s = asyncio.get_running_loop(), self.strategy.timer_ns / 1e9
        due_s = loop.time() + every_s
        stopping = asyncio.create_task(stop.wait())
        coming: asyncio.Task[m.Event] | None = None
        try:
            while not stop.is_set():
                coming = coming or asyncio.create_task(_next(stream))
                wait_s = max(0.0, due_s - loop.time()) if every_s else None
                await asyncio.wait(
                    {coming, stopping}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
                )
                self._now_ns = max(self._now_ns, self._clock_ns())
                if coming.done():
                    event, coming = coming.result(), None
                    self._take(event, stream)
                if every_s and loop.time() >= due_s:
                    due_s = loop.time() + every_s
                    if self._hears(stream):
                        self.strategy.hear(Timer(self._now_ns))
                await self._flush(stream)
        finally:
            stopping.cancel()
            if coming is not None:
                coming.cancel()
                await asyncio.wait({coming})

    def _hears(self, stream: Stream) -> bool:
        return self.facts.is_connected and stream.book(self._market).is_synced

    def _take(self, event: m.Event, stream: Stream) -> None:
        """Tell the strategy what the stream says."""
        assert self._reader is not None
        match event:
            case m.Connected():
                self.facts.is_connected = True
                self.facts.connections += 1
            case m.Disconnected():
                self.facts.is_connected = False
            case m.BookEvent(book=book):
                with suppress(NotSynced):
                    levels = self.strategy.book_levels
                    bids, asks = book.bids(levels), book.asks(levels)
                    self.strategy.hear(self._reader.book(self._now_ns, bids, asks))
            case m.TradesEvent(trades=trades, snapshot=False):
                for trade in trades:
                    self.strategy.hear(self._reader.trade(trade))
            case m.OrdersEvent(orders=orders):
                for order in orders:
                    self._order(order)
            case _:
                pass

    def _order(self, order: a.Order) -> None:
        """Tell the strategy of an own order: first its new fills, then how it stands."""
        assert self._reader is not None
        key = self._key_of(order)
        if key is None or key not in self.strategy.orders:
            return
        self._ids[key] = order.order_id
        seen = self._told.setdefault(key, set())
        for fill in order.fills:
            if fill.trade_id not in seen:
                seen.add(fill.trade_id)
                self.strategy.hear(self._reader.fill(key, order, fill))
        status = STATUSES.get(order.status, order.status)
        self.strategy.hear(self._reader.order(self._now_ns, key, status, order))
        if key not in self.strategy.orders:
            self._ids.pop(key, None)
            self._told.pop(key, None)

    def _key_of(self, order: a.Order) -> str | None:
        mark, _, key = (order.client_order_id or "").partition("-")
        return key if mark == self._mark and order.market == self._market else None

    # Actions

    async def _flush(self, stream: Stream) -> None:
        """Carry out what the strategy asked for, in its order; what that makes it ask for too."""
        while self._actions:
            actions, self._actions = self._actions, []
            for group in _groups(actions):
                try:
                    await self._do(group, stream)
                except Unreachable as error:
                    if error.maybe_done:
                        await self._resolve(group)
                    else:
                        self._refuse(group, "UNREACHABLE")
                except ApiError as error:
                    self._refuse(group, error.code or "UNREACHABLE")

    async def _do(self, group: list[Action], stream: Stream) -> None:
        first = group[0]
        if isinstance(first, CancelAll):
            await self._client.cancel_all(self._market)
        elif isinstance(first, Replace):
            if first.key in self._ids:
                self._order(await self._replaced(first, stream))
        else:
            known = [x for x in group if isinstance(x, Place) or self._id_of(x)]
            if known:
                answer = await stream.batch([self._member(action) for action in known])
                self._answered(known, answer.outcomes())

    def _id_of(self, action: Action) -> int:
        return self._ids.get(getattr(action, "key", ""), 0)

    async def _replaced(self, change: Replace, stream: Stream) -> a.Order:
        terms = self.strategy.terms
        return await stream.replace(
            order_id=self._ids[change.key],
            price=terms.price(change.price_ticks),
            quantity=terms.quantity(change.lots),
        )

    def _member(self, action: Action) -> dict[str, object]:
        if isinstance(action, Cancel):
            return {"cancel": self._ids[action.key]}
        assert isinstance(action, Place)
        terms = self.strategy.terms
        member: dict[str, object] = {
            "market": self._market,
            "side": action.side,
            "quantity": str(terms.quantity(action.lots)),
            "client_order_id": f"{self._mark}-{action.key}",
        }
        if action.price_ticks is None:
            return member | {"type": "market"}
        price = str(terms.price(action.price_ticks))
        return member | {
            "price": price,
            "time_in_force": action.time_in_force,
            "post_only": action.post_only,
        }

    def _answered(self, group: list[Action], outcomes: list[a.Order | ApiError]) -> None:
        for action, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, a.Order):
                self._order(outcome)
            elif isinstance(action, Cancel) and outcome.code == GONE:
                self.facts.late_cancels += 1  # Its end is told by the stream.
            else:
                self._refuse([action], outcome.code)

    def _refuse(self, group: list[Action], code: str) -> None:
        """Tell the strategy that actions were refused and have changed nothing."""
        for action in group:
            if isinstance(action, CancelAll):
                continue
            self.facts.refusals += 1
            order = self.strategy.orders.get(action.key)
            if order is not None:
                status: Status = "rejected" if isinstance(action, Place) else "open"
                told = (order.price_ticks or 0, order.lots, order.open_lots, code)
                self.strategy.hear(OrderUpdate(self._now_ns, action.key, status, *told))

    async def _resolve(self, group: list[Action]) -> None:
        """Cancel everything, and find out what became of what was under way."""
        self.facts.doubts += 1
        await self._until_done(lambda: self._client.cancel_all(self._market), self._stop)
        await self._look_up(self._stop)
        for action in group:
            if isinstance(action, Place) and action.key in self.strategy.orders:
                self._refuse([action], "UNKNOWN_OUTCOME")

    async def _look_up(self, stop: asyncio.Event) -> None:
        """Ask for the newest orders, and tell of those that are the strategy's."""

        async def ask() -> None:
            page = await self._client.orders(market=self._market, limit=LOOKED_UP)
            for order in reversed(page.orders):
                self._order(order)

        await self._until_done(ask, stop)

    async def _until_done(self, call: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
        """Make a call until it is answered; a refusal of the venue is an answer where it is final.

        Raises:
            ApiError: it is final, or `stop` is set.
            Unreachable: `stop` is set.
        """
        while True:
            pause_s = RETRY_S
            try:
                await call()
                return
            except Unreachable:
                if stop.is_set():
                    raise
            except ApiError as error:
                if stop.is_set() or (error.status < 500 and error.status != 429):
                    raise
                pause_s = max(RETRY_S, error.retry_after_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()

    # The end

    async def _end(self) -> None:
        """Let the strategy end, and leave nothing behind."""
        if hasattr(self.strategy, "orders"):
            self.strategy.end()
        self._actions.clear()
        never = asyncio.Event()
        try:
            async with asyncio.timeout(END_S):
                await self._until_done(lambda: self._client.cancel_all(self._market), never)
                if self.strategy.orders:
                    await self._look_up(never)
        except (TimeoutError, ClientError) as error:
            _log.warning("not everything could be cancelled", market=self._market, why=str(error))


def _groups(actions: list[Action]) -> Iterator[list[Action]]:
    """Yield what can be sent as one: runs of placing and cancelling, everything else by itself."""
    group: list[Action] = []
    for action in actions:
        if isinstance(action, Place | Cancel):
            group.append(action)
            if len(group) < BATCH_MAX:
                continue
        if group:
            yield group
            group = []
        if not isinstance(action, Place | Cancel):
            yield [action]
    if group:
        yield group


async def _next(stream: Stream) -> m.Event:
    return await anext(stream)
