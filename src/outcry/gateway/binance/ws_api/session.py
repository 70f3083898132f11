"""One connection to the WebSocket API: the calls of REST, logging on, and one's own events."""

import asyncio
from typing import NamedTuple

from aiohttp import WSCloseCode

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.market.info import json_text
from outcry.gateway.binance.rest.service import worded
from outcry.gateway.binance.routes import Needs, Route
from outcry.gateway.binance.user.stream import UserStream
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.limits import used_rows
from outcry.gateway.binance.wire.signing import READ, Call, Key
from outcry.gateway.binance.ws_api.message import Message, number_of, read
from outcry.gateway.live.socket import Outlet, frame

REQUESTS_MAX = 1_000
"""Requests of one connection that may be under way."""
UNUSED_MS = 300_000
"""How long a connection may stay on which nobody asks for anything."""


class _LoggedOn(NamedTuple):
    name: str
    key: Key
    since_ms: int


class ApiSession:
    """One client of the WebSocket API."""

    def __init__(
        self,
        door: BinanceDoor,
        routes: dict[str, Route],
        outlet: Outlet,
        address: str,
    ) -> None:
        self._door = door
        self._gate = door.services.gate
        self._guard = door.guard
        self._routes = routes
        self._outlet = outlet
        self._address = address
        self._since_ms = door.now_ms()
        self._logged_on: _LoggedOn | None = None
        self._streams: dict[int, tuple[UserStream, str]] = {}
        self._next_stream = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._used = False
        self._own = {
            "session.logon": self._logon,
            "session.status": self._status,
            "session.logout": self._logout,
            "session.subscriptions": self._subscriptions,
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    # Reading

    def receive(self, data: bytes) -> None:
        """Take in one message."""
        self._used = True
        try:
            message = read(data)
        except BinanceError as error:
            self._refuse(number_of(data), error, 0)
            return
        if len(self._tasks) >= REQUESTS_MAX:
            self._outlet.close(WSCloseCode.TRY_AGAIN_LATER, b"too many requests are under way")
            return
        task = asyncio.get_running_loop().create_task(self._serve(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, message: Message) -> None:
        own = self._own.get(message.method)
        told = message.params.pop("returnRateLimits", "true") != "false"
        account = 0
        try:
            if own is not None:
                self._gate.request(self._address, 2)
                text = own(message)
            else:
                route = self._routes.get(message.method)
                if route is None:
                    raise BinanceError(-1000, "Unknown method.")
                self._gate.request(self._address, route.weight, cancels=route.cancels)
                call = self._call(route, message)
                account = call.account
                if route.orders:
                    self._gate.orders(account, route.orders)
                text = await route.act(call)
        except Exception as error:
            self._refuse(message.number, worded(error, message.method), account)
        else:
            limits = self._limits(account) if told else ""
            self._say(f'{{"id":{message.number},"status":200,"result":{text}{limits}}}')

    def _say(self, text: str) -> None:
        self._outlet.send(frame(text.encode()))

    def _refuse(self, number: str, error: BinanceError, account: int) -> None:
        limits = self._limits(account)
        self._say(f'{{"id":{number},"status":{error.status},"error":{error.body}{limits}}}')

    def _limits(self, account: int) -> str:
        return f',"rateLimits":{json_text(used_rows(self._gate, self._address, account))}'

    # Who asks

    def _call(self, route: Route, message: Message) -> Call:
        params = message.params
        call = Call(params, address=self._address)
        if route.needs is Needs.NOTHING:
            params.pop("apiKey", None)
            return call
        name, key = self._caller(message, route.scope, signed=route.needs is Needs.SIGNATURE)
        self._gate.caller(key.account, route.weight, key=name, cancels=route.cancels)
        call.account, call.key, call.scopes = key.account, name, key.scopes
        return call

    def _caller(self, message: Message, scope: str, *, signed: bool) -> tuple[str, Key]:
        """Return the key a request is signed with, or the one that is logged on."""
        params = message.params
        name = params.pop("apiKey", "")
        if not name and self._logged_on is not None:
            name = self._logged_on.name
            key = self._guard.known(name, self._address, scope)
            if "timestamp" in params:
                self._guard.check_time(params)
            return name, key
        if not signed:
            return name, self._guard.known(name, self._address, scope)
        key = self._guard.signed(name, params, message.payload, self._address, scope)
        return name, key

    def _logon(self, message: Message) -> str:
        name = message.params.pop("apiKey", "")
        key = self._guard.signed(name, message.params, message.payload, self._address, READ)
        if self._logged_on is None:
            self._gate.enter(key.account)
        elif self._logged_on.key.account != key.account:
            raise BinanceError(-1000, "This connection speaks for somebody else; log out first.")
        self._logged_on = _LoggedOn(name, key, self._door.now_ms())
        return self._status(message)

    def _status(self, _: Message) -> str:
        on = self._logged_on
        return json_text(
            {
                "apiKey": on.name if on else None,
                "authorizedSince": on.since_ms if on else None,
                "connectedSince": self._since_ms,
                "returnRateLimits": True,
                "serverTime": self._door.now_ms(),
                "userDataStream": bool(self._streams),
            }
        )

    def _logout(self, message: Message) -> str:
        self._log_out()
        return self._status(message)

    def _log_out(self) -> None:
        if self._logged_on is not None:
            self._gate.leave(self._logged_on.key.account)
            self._logged_on = None

    # One's own events

    def _subscribe(self, message: Message) -> str:
        signed = message.method.endswith(".signature")
        if not signed and self._logged_on is None:
            why = "Log on first, or use userDataStream.subscribe.signature."
            raise BinanceError(-2015, why, 401)
        name, key = self._caller(message, READ, signed=True)
        if any(stream.account == key.account for stream, _ in self._streams.values()):
            raise BinanceError(-2035, "This connection follows this account already.")
        number, self._next_stream = self._next_stream, self._next_stream + 1

        def send(text: str) -> None:
            self._say(f'{{"subscriptionId":{number},"event":{text}}}')
            if self._outlet.backlog_bytes > 2 * self._door.services.settings.socket_buffer_bytes:
                self._outlet.close(WSCloseCode.TRY_AGAIN_LATER, b"you do not read")

        stream = UserStream(self._door, key.account, send, self._broken)
        self._streams[number] = (stream, name)
        return f'{{"subscriptionId":{number}}}'

    def _broken(self) -> None:
        self._outlet.close(WSCloseCode.INTERNAL_ERROR, b"the venue made a mistake")

    def _unsubscribe(self, message: Message) -> str:
        wanted = message.params.get("subscriptionId")
        numbers = list(self._streams)
        if wanted is not None:
            numbers = [number for number in numbers if str(number) == wanted]
            if not numbers:
                raise BinanceError(-2036, "There is no such subscription.")
        for number in numbers:
            self._end(number)
        return "{}"

    def _end(self, number: int) -> None:
        stream, _ = self._streams.pop(number)
        stream.close()

    def _subscriptions(self, _: Message) -> str:
        return json_text([{"subscriptionId": number} for number in self._streams])

    # The end

    def look(self) -> None:
        """End what a key allowed that is not valid any more, and what nobody has ever used."""
        if not self._used and self._door.now_ms() - self._since_ms > UNUSED_MS:
            self._outlet.close(WSCloseCode.POLICY_VIOLATION, b"nobody asks for anything here")
        on = self._logged_on
        if on is not None and not self._is_good(on.name):
            self._log_out()
        for number, (_, name) in list(self._streams.items()):
            if not self._is_good(name):
                self._end(number)
                now_ms = self._door.now_ms()
                ended = f'{{"e":"eventStreamTerminated","E":{now_ms}}}'
                self._say(f'{{"subscriptionId":{number},"event":{ended}}}')

    def _is_good(self, name: str) -> bool:
        """Return whether a key, as it is known now, may still be used."""
        try:
            self._guard.known(name, self._address)
        except BinanceError:
            return False
        return True

    def close(self) -> None:
        """Stop everything."""
        for number in list(self._streams):
            self._end(number)
        self._log_out()
        for task in self._tasks:
            task.cancel()
