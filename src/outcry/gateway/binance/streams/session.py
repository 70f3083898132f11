"""One connection to the streams: SUBSCRIBE and its like, and listen keys as stream names."""

from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import WSCloseCode

from outcry.gateway.binance.account.listen_keys import LENGTH, ListenKeys
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.streams.hub import Follower, StreamHub, framed
from outcry.gateway.binance.user.stream import UserStream
from outcry.gateway.limits.gate import TooMuch
from outcry.gateway.live.socket import Outlet, frame

STREAMS_MAX = 1_024
UNUSED_MS = 300_000
"""How long a connection may stay on which nobody asks for anything."""
_INVALID = 2
"""The code of a message that means nothing here."""


class Request(msgspec.Struct):
    """What a client sends."""

    method: str
    params: Any = None
    id: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))


_decode = msgspec.json.Decoder(Request).decode


class BadRequest(Exception):
    """A message that means nothing."""


class StreamSession:
    """One client of the streams. With `combined` every message names its stream."""

    def __init__(
        self,
        door: BinanceDoor,
        hub: StreamHub,
        listen_keys: ListenKeys,
        outlet: Outlet,
        address: str,
        *,
        combined: bool,
    ) -> None:
        self._door = door
        self._address = address
        self._hub = hub
        self._listen_keys = listen_keys
        self._outlet = outlet
        self._follower = Follower(outlet, combined=combined)
        self._users: dict[str, UserStream] = {}
        self._asked = False
        self._since_ms = door.now_ms()

    # Reading

    def receive(self, data: bytes) -> None:
        """Take in one message."""
        number = "null"
        try:
            request = _decode(data)
            number = bytes(request.id).decode()
            self._door.services.gate.request(self._address)
            self._answer(f'{{"result":{self._handle(request)},"id":{number}}}')
            self._asked = True
        except (msgspec.DecodeError, UnicodeError):
            self._refuse("Invalid JSON: expected an object with a method", number)
        except BadRequest as error:
            self._refuse(f"Invalid request: {error}", number)
        except TooMuch as error:
            self._refuse(str(error), number)

    def _answer(self, text: str) -> None:
        self._outlet.send(frame(text.encode()))

    def _refuse(self, why: str, number: str) -> None:
        shown = msgspec.json.encode(why).decode()
        self._answer(f'{{"error":{{"code":{_INVALID},"msg":{shown}}},"id":{number}}}')

    def _handle(self, request: Request) -> str:
        """Do what is asked; return the result as JSON text."""
        method, params = request.method, request.params
        if method == "SUBSCRIBE":
            self.subscribe(_names(params))
        elif method == "UNSUBSCRIBE":
            for name in _names(params):
                self._leave(name)
        elif method == "LIST_SUBSCRIPTIONS":
            return msgspec.json.encode([*self._follower.streams, *self._users]).decode()
        elif method == "SET_PROPERTY" and _is_property(params):
            self._follower.combined = params[1]
        elif method == "GET_PROPERTY" and params == ["combined"]:
            return "true" if self._follower.combined else "false"
        else:
            raise BadRequest(f"unknown method {method[:64]!r} or its params")
        return "null"

    # Following

    def subscribe(self, names: list[str]) -> None:
        """Follow streams.

        Raises:
            BadRequest: too many.
        """
        followed = len(self._follower.streams) + len(self._users) + len(names)
        if followed > STREAMS_MAX:
            raise BadRequest(f"at most {STREAMS_MAX} streams")
        for name in names:
            account = self._listen_keys.account_of(name) if len(name) == LENGTH else None
            if account is None:
                self._hub.follow(self._follower, name)
            elif name not in self._users:
                self._users[name] = self._user_stream(account, name)

    def _user_stream(self, account: int, name: str) -> UserStream:
        def send(text: str) -> None:
            if self._follower.combined:
                self._outlet.send(framed(name, [text]))
            else:
                self._outlet.send(frame(text.encode()))
            if self._outlet.backlog_bytes > 2 * self._door.services.settings.socket_buffer_bytes:
                self._outlet.close(WSCloseCode.TRY_AGAIN_LATER, b"you do not read")

        return UserStream(self._door, account, send, self._broken)

    def _broken(self) -> None:
        self._outlet.close(WSCloseCode.INTERNAL_ERROR, b"the venue made a mistake")

    def _leave(self, name: str) -> None:
        user = self._users.pop(name, None)
        if user is not None:
            user.close()
        self._hub.leave(self._follower, name)

    # The end

    def look(self) -> None:
        """Stop telling under listen keys that have expired; end what nobody has ever used."""
        if not (self._asked or self.follows) and self._door.now_ms() - self._since_ms > UNUSED_MS:
            self._outlet.close(WSCloseCode.POLICY_VIOLATION, b"this connection follows nothing")
        for key in [key for key in self._users if self._listen_keys.account_of(key) is None]:
            now_ms = self._door.now_ms()
            text = f'{{"e":"listenKeyExpired","E":{now_ms},"listenKey":"{key}"}}'
            combined = framed(key, [text])
            self._outlet.send(combined if self._follower.combined else frame(text.encode()))
            self._leave(key)

    @property
    def follows(self) -> bool:
        """Whether it follows anything."""
        return bool(self._follower.streams or self._users)

    def close(self) -> None:
        """Stop following everything."""
        self._hub.leave_all(self._follower)
        for user in self._users.values():
            user.close()
        self._users.clear()


def _names(params: object) -> list[str]:
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        raise BadRequest("params must be a list of stream names")
    return list(dict.fromkeys(params))


def _is_property(params: object) -> bool:
    return (
        isinstance(params, list)
        and len(params) == 2
        and params[0] == "combined"
        and isinstance(params[1], bool)
    )


def names_of_path(tail: str) -> list[str]:
    """Return the streams that a path names: `btcusdt@trade/!ticker@arr`; at most as many as may be.

    Nobody can be refused here: the connection has been opened.
    """
    names = dict.fromkeys(unquote(name) for name in tail.split("/") if name)
    return list(names)[:STREAMS_MAX]
