"""One stream: it connects, follows, notices gaps, connects again, and goes on where it was."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

import aiohttp
import msgspec
from typing_extensions import Unpack

from outcry.client import answers as a
from outcry.client import calls
from outcry.client.answers import decode
from outcry.client.auth import Request
from outcry.client.calls import Call
from outcry.client.errors import (
    ApiError,
    ClientError,
    NotAllowed,
    NotFollowed,
    RateLimited,
    UnknownOutcome,
    Unreachable,
    VenueTrouble,
    error_of,
)
from outcry.client.live.book import LocalBook
from outcry.client.live.messages import Event, Told, told
from outcry.client.live.news import News
from outcry.client.special import answers as s
from outcry.client.special import calls as special

if TYPE_CHECKING:
    from outcry.client.awaiting import AsyncClient

PATH = "/api/v1/ws"
HEARTBEAT_S = 10.0
MESSAGE_BYTES_MAX = 1 << 26
ASK_TIMEOUT_S = 30.0
_LOSSES = (aiohttp.ClientError, OSError, TimeoutError, Unreachable, VenueTrouble, RateLimited)
"""After these the stream connects again."""
_encode = msgspec.json.Encoder().encode
_T = TypeVar("_T")


class Stream:
    """Follows channels of a venue; `async for` gives what happens, from `Connected` on.

    It is entered once. Books and tickers that nobody has read yet replace each other; everything
    else waits in line, and a program that lets too much wait is told by `NotFollowed`.
    """

    def __init__(
        self,
        client: "AsyncClient",
        channels: tuple[str, ...],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._channels = frozenset(channels)
        self._chance = chance
        self._news = News(client, self._channels)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Told]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._following = -1
        self._refused: Exception | None = None
        self.connections = 0
        """How often it has connected."""

    async def __aenter__(self) -> Self:
        """Connect and follow the channels.

        Raises:
            ApiError: the venue refuses to let them be followed.
            Unreachable: nobody answers, after as many attempts as the client makes.
        """
        assert self._task is None, "a stream is entered once"
        self._task = asyncio.create_task(self._run(), name="outcry stream")
        waiting = asyncio.create_task(self._connected.wait())
        try:
            await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                self._task.result()
        except BaseException:
            await self.close()
            raise
        finally:
            waiting.cancel()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the stream and its connection."""
        if self._task is not None:
            await _ended(self._task)
        self._news.end(NotFollowed("the stream was closed"))

    # What happens

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises:
            ApiError: the venue does not let the channels be followed any more.
            NotFollowed: the stream was closed, or too much was waiting.
        """
        return await self._news.next()

    def book(self, market: str) -> LocalBook:
        """Return the living book of a market that is followed."""
        return self._news.books[market]

    # Orders over the same connection

    async def place(self, **order: Unpack[calls.NewOrder]) -> a.Order:
        """Place an order over the stream; where that is not certain, again with the same id.

        Raises:
            ApiError: the venue refused.
            UnknownOutcome: nobody knows; the same order with the same id tells.
        """
        call = calls.place(order)
        if order.get("cancel_on_disconnect"):
            # No other connection can say the same, and with this one the order has gone.
            return decode(await self.ask("order.place", args=call.body), a.Order)
        return await self._ask_or_call("order.place", call.body, call)

    async def cancel(
        self, order_id: int | None = None, *, client_order_id: str | None = None
    ) -> a.Order:
        """Cancel an order by one of its ids."""
        call = calls.cancel(order_id, client_order_id=client_order_id, market=None)
        named = {"order_id": order_id} if order_id else {"client_order_id": client_order_id}
        return await self._ask_or_call("order.cancel", named, call)

    async def replace(self, **change: Unpack[calls.Change]) -> a.Order:
        """Give an order a new price, a new total quantity, or both, once."""
        asked = await self.ask("order.replace", args=calls.order_body(change))
        return decode(asked, a.Order)

    async def batch(self, members: list[Mapping[str, object]]) -> a.Batch:
        """Place and cancel up to 100, in this order, each on its own, once."""
        asked = await self.ask("order.batch", args=calls.batch(members).body)
        return decode(asked, a.Batch)

    async def cancel_all(self, market: str | None = None, side: str | None = None) -> a.Cancelled:
        """Cancel all orders, those of a market, or of a side, once."""
        named = {"market": market, "side": side}
        args = {name: value for name, value in named.items() if value is not None}
        return decode(await self.ask("order.cancel_all", args=args), a.Cancelled)

    async def cancel_replace(
        self, cancel: calls.Named, order: calls.NewOrder, mode: str = "stop_on_failure"
    ) -> s.Replaced:
        """Cancel an order and place another in one command."""
        call = special.cancel_replace(cancel, order, mode)
        return await self._ask_or_call("order.cancel_replace", call.body, call)

    async def place_list(self, **wanted: Unpack[special.NewList]) -> s.OrderList:
        """Place two or three orders that belong together; see `place`."""
        call = special.place_list(wanted)
        if wanted.get("cancel_on_disconnect"):
            return decode(await self.ask("list.place", args=call.body), s.OrderList)
        return await self._ask_or_call("list.place", call.body, call)

    async def cancel_list(self, list_id: int) -> s.OrderList:
        """Cancel what is open of a list, once."""
        return decode(await self.ask("list.cancel", args={"list_id": list_id}), s.OrderList)

    async def dead_man_switch(self, timeout_ms: int) -> s.Switch:
        """Let all orders be cancelled unless this is called again in time; 0 for never."""
        call = special.dead_man_switch(timeout_ms)
        return await self._ask_or_call("switch.renew", call.body, call)

    async def _ask_or_call(self, op: str, args: Any, call: Call[_T]) -> _T:  # noqa: ANN401
        """Ask over the stream; after a loss or a doubt, by a call that knows of the doubt."""
        try:
            return decode(await self.ask(op, args=args), call.gives)
        except (Unreachable, VenueTrouble, RateLimited) as error:
            if isinstance(error, ApiError) and error.refusal.sequence is not None:
                raise
            return await self._client.do(replace(call, in_doubt=_is_doubtful(error)))

    async def ask(self, op: str, **fields: object) -> bytes:
        """Send a message once and return its result, as JSON.

        Raises:
            ApiError: it was refused.
            Unreachable: the connection was lost; it says whether the message may have arrived.
        """
        return await self._ask(next(self._numbers), op, fields)

    async def _ask(self, number: int, op: str, fields: Mapping[str, object]) -> bytes:
        socket = self._socket
        if socket is None or socket.closed:
            raise Unreachable("the stream is not connected", maybe_done=False)
        answered = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_str(_encode({"id": number, "op": op, **fields}).decode())
            async with asyncio.timeout(ASK_TIMEOUT_S):
                answer = await answered
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"the stream was lost: {error!r}") from error
        finally:
            self._asked.pop(number, None)
        if answer.error is not None:
            raise error_of(0, answer.error)
        return bytes(answer.result)

    # The connection

    async def _run(self) -> None:
        """Connect, listen, connect again, until cancelled or refused."""
        failures = 0
        while True:
            before = self.connections
            why = await self._live()
            if self.connections > before:
                failures = 0
                self._news.lost(str(why))
            failures += 1
            if not self.connections and failures >= self._client.retries.attempts:
                raise Unreachable(f"{self._client.url} does not answer: {why}") from why
            await asyncio.sleep(self._pause_s(failures, why))

    async def _live(self) -> Exception:
        """Be connected once, and return what ended it where another connection may help.

        Raises:
            Exception: none will: a refusal, or a mistake of this client.
        """
        try:
            await self._connection()
        except _LOSSES as error:
            return error
        except Exception as error:
            self._news.end(error)
            raise

    def _pause_s(self, failures: int, why: Exception) -> float:
        retries = self._client.retries
        most_s = min(retries.most_s, retries.first_s * (1 << min(failures - 1, 20)))
        asked_s = why.retry_after_s if isinstance(why, ApiError) else 0.0
        return max(most_s * (0.5 + self._chance() / 2), min(asked_s, retries.patience_s))

    async def _connection(self) -> NoReturn:
        """Be connected once, to the end.

        Raises:
            Exception: why it ended.
        """
        await self._news.begin()
        async with self._client.session().ws_connect(
            self._client.url + PATH, heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES_MAX
        ) as socket:
            self._socket, self._refused = socket, None
            following = asyncio.create_task(self._follow(socket), name="outcry follow")
            try:
                await self._listen(socket)
            finally:
                self._socket = None
                self._lose_answers()
                await _ended(following)
            if self._refused is not None:
                raise self._refused
            raise Unreachable(f"the venue closed the stream, code {socket.close_code}")

    async def _follow(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Say who this is, and follow the channels; where that fails, end the connection."""
        try:
            await self._identify()
            if not self._channels:
                self._follows()
                return
            self._following = next(self._numbers)
            await self._ask(self._following, "subscribe", {"channels": sorted(self._channels)})
        except Exception as error:
            self._refused = error
            await socket.close()

    async def _identify(self) -> None:
        auth, opening = self._client.auth, Request("GET", self._client.host, PATH, b"")
        token, greeting = auth.token(), auth.greeting(opening)
        if greeting is not None:
            try:
                await self.ask("auth", **greeting)
                return
            except NotAllowed:
                if auth.renewal() is None:
                    raise
        elif auth.renewal() is None:
            return
        if not await self._client.renew(token):
            raise NotAllowed(401, "UNAUTHORIZED", "the token is not valid and cannot be renewed")
        await self.ask("auth", **(auth.greeting(opening) or {}))

    def _follows(self) -> None:
        """Take in that the channels are followed: what comes now is theirs."""
        self.connections += 1
        self._news.connected(again=self.connections > 1)
        self._connected.set()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take messages in until the connection ends."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._take(socket, told(message.data))
            if self._news.has_ended:
                raise NotFollowed("nobody takes the events")

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, message: Told) -> None:
        if message.channel:
            if not await self._news.receive(message):
                # Following a channel once more brings its snapshot.
                again = {"id": 0, "op": "subscribe", "channels": [message.channel]}
                await socket.send_str(_encode(again).decode())
            return
        if message.id == self._following and message.ok:
            self._follows()
        answered = self._asked.pop(message.id, None) if type(message.id) is int else None
        if answered is not None and not answered.done():
            answered.set_result(message)
        elif message.id == 0 and message.error is not None:
            raise error_of(0, message.error)

    def _lose_answers(self) -> None:
        """Tell whoever waits for an answer that it will not come."""
        for answered in self._asked.values():
            if not answered.done():
                answered.set_exception(Unreachable("the stream was lost before the answer came"))
        self._asked.clear()


def _is_doubtful(error: ClientError) -> bool:
    """Return whether the venue may have done what ended with this error."""
    if isinstance(error, Unreachable):
        return error.maybe_done
    return isinstance(error, UnknownOutcome)


async def _ended(task: "asyncio.Task[None]") -> None:
    """Cancel a task unless it is done, and wait for its end."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # Looked at, so that nobody is warned; whoever has to know was told.
