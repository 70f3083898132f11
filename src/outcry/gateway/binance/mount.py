"""Puts this door beside the others on the venue's one listener."""

from aiohttp import web

from outcry.gateway.binance.account.listen_keys import ListenKeys
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.http import handler_of
from outcry.gateway.binance.rest import Rest
from outcry.gateway.binance.routes import Route, routes_of
from outcry.gateway.http import Wrapper
from outcry.gateway.services import Services


class Mounted:
    """The door as it stands on a listener."""

    def __init__(self, services: Services, wrap: Wrapper) -> None:
        self.door = BinanceDoor(services)
        self.listen_keys = ListenKeys(services.clock)
        self.rest = Rest(self.door)
        self.routes: list[Route] = routes_of(self.door, self.listen_keys)
        self._wrap = wrap

    def add_to(self, app: web.Application) -> None:
        """Serve every call."""
        for route in self.routes:
            handler = self._wrap(handler_of(self.rest, route, self._wrap))
            app.router.add_route(route.verb, route.path, handler)
