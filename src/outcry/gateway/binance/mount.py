"""Puts this door beside the others on the venue's one listener."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from outcry.gateway.binance.account.listen_keys import ListenKeys
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.rest.express import BinanceDesk
from outcry.gateway.binance.rest.http import handler_of
from outcry.gateway.binance.rest.service import Rest
from outcry.gateway.binance.routes import Route, routes_of
from outcry.gateway.binance.sockets import Sockets
from outcry.gateway.express.lanes import Desk
from outcry.gateway.http import Wrapper
from outcry.gateway.live.door import SocketDoor
from outcry.gateway.services import Services

Framed = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Mounted:
    """The door as it stands on a listener."""

    def __init__(self, services: Services, wrap: Wrapper) -> None:
        self.door = BinanceDoor(services)
        self.listen_keys = ListenKeys(services.clock)
        self.rest = Rest(self.door)
        self.routes: list[Route] = routes_of(self.door, self.listen_keys)
        self.sockets = Sockets(self.door, self.listen_keys, self.routes)
        self._wrap = wrap

    def desk(self, behind: Desk) -> Desk:
        """Return what serves the express lane: new orders here, all else behind."""
        place = next(route for route in self.routes if route.method == "order.place")
        return BinanceDesk(self.rest, place, self._wrap, behind)

    def add_to(self, app: web.Application, sockets: SocketDoor) -> list[Framed]:
        """Serve every call and every connection; return what opens connections.

        On `/ws` there are both kinds of client.
        """
        either = self._wrap(sockets.serving(self.sockets.either(sockets.native)))
        combined = self._wrap(sockets.serving(self.sockets.combined))
        api = self._wrap(sockets.serving(self.sockets.api))
        for path in ("/ws", "/ws/", "/ws/{tail:.+}"):
            app.router.add_get(path, either, allow_head=False)
        app.router.add_get("/stream", combined, allow_head=False)
        app.router.add_get("/ws-api/v3", api, allow_head=False)
        for route in self.routes:
            handler = self._wrap(handler_of(self.rest, route, self._wrap))
            app.router.add_route(route.verb, route.path, handler)
        return [either, combined, api]
