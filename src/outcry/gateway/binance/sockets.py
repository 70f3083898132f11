"""Which session a WebSocket has, by the path it was opened on."""

import msgspec
from aiohttp import web

from outcry.gateway.binance.account.listen_keys import ListenKeys
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.routes import Route
from outcry.gateway.binance.streams.hub import StreamHub
from outcry.gateway.binance.streams.session import StreamSession, names_of_path
from outcry.gateway.binance.ws_api.session import ApiSession
from outcry.gateway.limits.origin import CLIENT
from outcry.gateway.live.door import Maker, Talker
from outcry.gateway.live.socket import Outlet

_Head = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Sockets:
    """Makes sessions: of the streams, of the WebSocket API, and on `/ws` of whichever is meant."""

    def __init__(self, door: BinanceDoor, listen_keys: ListenKeys, routes: list[Route]) -> None:
        self._door = door
        self._listen_keys = listen_keys
        self._routes = {route.method: route for route in routes if route.method}
        self.hub = StreamHub(door)

    def api(self, request: web.Request, outlet: Outlet) -> Talker:
        """/ws-api/v3."""
        return ApiSession(self._door, self._routes, outlet, request[CLIENT])

    def combined(self, request: web.Request, outlet: Outlet) -> Talker:
        """/stream."""
        session = self._session(request, outlet, combined=True)
        session.subscribe(names_of_path(request.query.get("streams", "")))
        return session

    def _session(
        self, request: web.Request, outlet: Outlet, *, combined: bool = False
    ) -> StreamSession:
        return StreamSession(
            self._door, self.hub, self._listen_keys, outlet, request[CLIENT], combined=combined
        )

    def either(self, native: Maker) -> Maker:
        """Return what makes a session on `/ws`: the venue's own clients connect there too."""

        def make(request: web.Request, outlet: Outlet) -> Talker:
            session = self._session(request, outlet)
            names = names_of_path(request.match_info.get("tail", ""))
            if any("@" in name or self._listen_keys.account_of(name) for name in names):
                session.subscribe(names)
            return Either(session, native(request, outlet))

        return make


class Either:
    """A connection that shows with its first message whose client it is: `method` is Binance's.

    What its path names is told until then.
    """

    def __init__(self, binance: StreamSession, native: Talker) -> None:
        self._binance = binance
        self._native = native
        self._chosen: Talker | None = None

    def receive(self, data: bytes) -> None:
        """Take in one message."""
        if self._chosen is None:
            binance = _is_binance(data)
            self._chosen = self._binance if binance else self._native
            (self._native if binance else self._binance).close()
        self._chosen.receive(data)

    def look(self) -> None:
        """See to it that the connection may stay."""
        if self._chosen is None and self._binance.follows:
            self._binance.look()
        else:
            (self._chosen or self._native).look()

    def close(self) -> None:
        """Stop following everything."""
        if self._chosen is not self._native:
            self._binance.close()
        if self._chosen is not self._binance:
            self._native.close()


def _is_binance(data: bytes) -> bool:
    try:
        head = _Head(data)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return "method" in head and "op" not in head
