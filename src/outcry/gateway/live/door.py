"""Where WebSocket connections come in, and the watch over those that are in."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Protocol, cast

from aiohttp import WSCloseCode, WSMsgType, web

from outcry.gateway.errors import ApiError, untie
from outcry.gateway.http import REQUEST_ID, Handler, Wrapper
from outcry.gateway.live.entrance import Entrance
from outcry.gateway.live.hub import Hub
from outcry.gateway.live.session import Session
from outcry.gateway.live.socket import TURN_BYTES_MAX, Outlet
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.people.signed import SignedRequests
from outcry.gateway.special.switches import Ties

LOOK_EVERY_S = 4.0
"""A token that has expired is good for so long at most on a connection that is open."""
LOOKS_A_TURN = 100
MESSAGES_A_TURN = 100
"""How many messages of one connection are read before the others have their turn."""


class Talker(Protocol):
    """What speaks with one client."""

    def receive(self, data: bytes) -> None:
        """Take in one message. Never raises."""

    def look(self) -> None:
        """See to it that the connection may stay."""

    def close(self) -> None:
        """Stop following everything."""


Maker = Callable[[web.Request, Outlet], Talker]
"""Returns what speaks with a client that has just connected."""


class SocketDoor:
    """Opens WebSocket connections, and sees to it that those that stay may stay."""

    def __init__(
        self, orders: OrderCalls, hub: Hub, wrapper: Wrapper, signed: SignedRequests
    ) -> None:
        self._orders = orders
        self._wrapper = wrapper
        self._signed = signed
        self._hub = hub
        self._settings = orders.door.settings
        self._sessions: dict[Talker, Outlet] = {}
        self._ties = Ties(orders.door.services.entry, orders.door.services.clock)

    def native(self, request: web.Request, outlet: Outlet) -> Talker:
        """Return what speaks with the venue's own clients."""
        entrance = Entrance(self._signed, request)
        return Session(self._orders, self._hub, outlet, entrance, self._ties)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """GET /api/v1/ws."""
        return await self._connect(request, self.native)

    def serving(self, make: Maker) -> Handler:
        """Return the call that opens connections of one kind."""

        async def connect(request: web.Request) -> web.StreamResponse:
            return await self._connect(request, make)

        return connect

    async def _connect(self, request: web.Request, make: Maker) -> web.StreamResponse:
        if not self._origin_fits(request):
            raise ApiError("FORBIDDEN", "this origin may not open a WebSocket", field="Origin")
        # The library refuses what has exactly its maximum.
        size_max = self._settings.frame_bytes_max + 1
        response = web.WebSocketResponse(
            compress=False, max_msg_size=size_max, decode_text=False, autoping=False
        )
        response.headers.update(self._wrapper.headers(request[REQUEST_ID]))
        try:
            await response.prepare(request)
        except web.HTTPException:
            raise ApiError("BAD_REQUEST", "this path is for a WebSocket") from None
        # uvloop's transports are not subclasses of asyncio's.
        transport = cast(asyncio.Transport, request.transport)
        outlet = Outlet(response, transport)
        session = make(request, outlet)
        self._sessions[session] = outlet
        try:
            await self._serve(response, session, outlet)
        finally:
            del self._sessions[session]
            session.close()
            _let_go(response)
        return response

    def __len__(self) -> int:
        """Return how many connections are open."""
        return len(self._sessions)

    def say_goodbye(self, why: bytes) -> None:
        """Close every connection."""
        for outlet in list(self._sessions.values()):
            outlet.close(WSCloseCode.GOING_AWAY, why)

    async def look(self) -> None:
        """Look at every session now and then, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for number, session in enumerate(list(self._sessions)):
                session.look()
                if number % LOOKS_A_TURN == LOOKS_A_TURN - 1:
                    await asyncio.sleep(0)

    async def _serve(
        self, response: web.WebSocketResponse, session: Talker, outlet: Outlet
    ) -> None:
        for number in itertools.count(1):
            message = await response.receive()
            if number % MESSAGES_A_TURN == 0 or outlet.turn_bytes > TURN_BYTES_MAX:
                await outlet.room()
            if message.type is WSMsgType.TEXT:
                session.receive(message.data)
            elif message.type is WSMsgType.PING:
                await response.pong(message.data)
            elif message.type is WSMsgType.BINARY:
                await response.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"send text")
            elif message.type in {
                WSMsgType.CLOSE,
                WSMsgType.CLOSING,
                WSMsgType.CLOSED,
                WSMsgType.ERROR,
            }:
                return

    def _origin_fits(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        own = (f"http://{request.host}", f"https://{request.host}")
        return origin in own or origin in self._settings.origins


def _let_go(response: web.WebSocketResponse) -> None:
    """Untie what ended a connection from it."""
    reader = response._reader
    untie(response.exception())
    if reader is not None:
        untie(reader.exception())
