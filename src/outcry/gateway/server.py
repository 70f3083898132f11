"""The one listener: every path, the frame around each call, and the venue's own pages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler as AiohttpHandler
from aiohttp.typedefs import Middleware

from outcry.adapters.lasting import lasting
from outcry.gateway.bench.calls import ROUTES as BENCH
from outcry.gateway.bench.calls import BenchCalls
from outcry.gateway.binance.mount import Mounted
from outcry.gateway.errors import ApiError, untie
from outcry.gateway.express.behind import Behind
from outcry.gateway.express.desk import OrderDesk
from outcry.gateway.express.lane import Lane
from outcry.gateway.express.lanes import Lanes
from outcry.gateway.express.port import Entrance, connections_that_fit
from outcry.gateway.http import Answer, Door, Handler, Wrapper
from outcry.gateway.ledger.calls import LedgerCalls
from outcry.gateway.ledger.export import ExportCalls
from outcry.gateway.ledger.lookups import LookupCalls
from outcry.gateway.limits.charges import Charge, Charges
from outcry.gateway.limits.origin import CLIENT, SECURE, Origins
from outcry.gateway.limits.weights import weight_of
from outcry.gateway.live import asyncapi
from outcry.gateway.live.door import SocketDoor
from outcry.gateway.live.hub import Hub
from outcry.gateway.native.account import AccountCalls
from outcry.gateway.native.dev import DevCalls
from outcry.gateway.native.market import MarketCalls
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.openapi import DOCS_PAGE, DOCS_SCRIPT, Route, document
from outcry.gateway.openapi import ROUTES as DESCRIBED
from outcry.gateway.people.guard import Guard
from outcry.gateway.people.own import OwnCalls
from outcry.gateway.people.threads import HashingLine
from outcry.gateway.people.wallets import WalletCalls
from outcry.gateway.proofs.calls import ProofCalls
from outcry.gateway.services import Services
from outcry.gateway.special.changes import ChangeCalls
from outcry.gateway.special.lists import ListCalls
from outcry.gateway.special.switches import SwitchCalls
from outcry.gateway.staff.desk import StaffDesk
from outcry.gateway.status import StatusCalls
from outcry.gateway.web.site import Site

SOCKET_WEIGHT = 5
"""What opening a WebSocket connection counts towards the limits."""
LANES: web.AppKey[Lanes] = web.AppKey("lanes", Lanes)
WRAPPER: web.AppKey[Wrapper] = web.AppKey("wrapper", Wrapper)


async def serve(services: Services, entrance: Entrance, stack: AsyncExitStack) -> None:
    """Serve a venue until `stack` is closed."""
    app = build_app(services)
    timeout_s = services.settings.shutdown_timeout_s
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=timeout_s)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    server, lanes, wrapper = runner.server, app[LANES], app[WRAPPER]
    assert server is not None

    def accept() -> asyncio.BaseProtocol:
        # On a bench every request takes the long way, on which it can be struck.
        return server() if services.settings.bench else Lane(lanes, Behind(server, wrapper))

    stack.callback(entrance.close)
    await entrance.open(accept)


def build_app(services: Services) -> web.Application:
    """Return the application that serves a venue."""
    settings = services.settings
    door, hub = Door(services), Hub(services)
    wrap = Wrapper(development=settings.development)
    room = connections_that_fit(settings.connections_max)
    binance = Mounted(services, wrap)
    desk = binance.desk(OrderDesk(OrderCalls(door), wrap))
    lanes = Lanes(desk, room, Origins(settings.proxies))
    charges = Charges(services.gate)
    bench = BenchCalls(door, DevCalls(door), wrap) if settings.bench else None
    layers: list[Middleware] = [_errors_of(wrap, lanes, charges)]
    if bench is not None:
        layers.append(bench.middleware())
    app = web.Application(client_max_size=settings.body_bytes_max, middlewares=layers)
    app[LANES], app[WRAPPER] = lanes, wrap
    guard = Guard(door)
    sockets = SocketDoor(OrderCalls(door), hub, wrap, guard.signed)
    staff = StaffDesk(door, hub, wrap, sockets)
    handlers = _handlers(door, hub, wrap, sockets) | staff.handlers()
    described = [r for r in DESCRIBED if settings.development or not r.development]
    if bench is not None:
        handlers |= bench.handlers()
        described += BENCH
    for route in described:
        handler = wrap(guard.guarded(handlers[route.name], route), route.parameters)
        charges.add(handler, weight_of(route.name))
        _add(app, route.method, route.path, handler)
    pages = [*_add_pages(app, described, services, wrap), *_add_site(app, wrap)]
    for page in pages:
        charges.add(page, Charge())
    socket = wrap(sockets.connect)
    charges.add(socket, Charge(SOCKET_WEIGHT))
    _add(app, "GET", "/api/v1/ws", socket)
    for opening in binance.add_to(app, sockets):
        charges.add(opening, Charge(SOCKET_WEIGHT))
    app.cleanup_ctx.append(
        _running(
            (hub.run, "feed"),
            (binance.sockets.hub.run, "streams"),
            (lanes.sweep, "idle connections"),
            (sockets.look, "sockets"),
            (staff.pace.run, "pace"),
        )
    )
    app.on_startup.append(_finishing(staff))
    app.on_shutdown.append(_saying_goodbye(sockets))
    return app


def _handlers(door: Door, hub: Hub, wrap: Wrapper, sockets: SocketDoor) -> dict[str, Handler]:
    settings = door.settings
    line = HashingLine(settings.hashes_at_once, settings.hashes_waiting_max)
    orders, market, account = OrderCalls(door), MarketCalls(door), AccountCalls(door, line)
    dev, status = DevCalls(door), StatusCalls(door, hub, wrap, sockets)
    ledger, lookups, lists = LedgerCalls(door), LookupCalls(door), ListCalls(orders)
    return {
        "register": account.register,
        "login": account.login,
        "refresh": account.refresh,
        "balances": account.balances,
        "place": orders.place,
        "place_short": orders.place_short,
        "batch": orders.batch,
        "replace": orders.replace,
        "cancel": orders.cancel,
        "cancel_all": orders.cancel_all,
        "cancel_replace": ChangeCalls(orders).cancel_replace,
        "place_list": lists.place,
        "lists": lists.open,
        "list": lists.get,
        "cancel_list": lists.cancel,
        "dead_man_switch": SwitchCalls(door).renew,
        "open_orders": lookups.open,
        "order": lookups.get,
        "orders": lookups.history,
        "fills": lookups.fills,
        "statement": ledger.statement,
        "transfers": ledger.transfers,
        "volume": ledger.volume,
        "statistics": ledger.statistics,
        "export": ExportCalls(door, wrap).export,
        "depth": market.depth,
        "trades": market.trades,
        "klines": market.klines,
        "tickers": market.tickers,
        "markets": market.markets,
        "assets": market.assets,
        "faucet": dev.faucet,
        "new_asset": dev.asset,
        "new_market": dev.market,
        "reset": dev.reset,
        "health": status.health,
        "ready": status.ready,
        "status": status.status,
        "metrics": status.metrics,
        **ProofCalls(door).handlers(),
        **OwnCalls(door, line).handlers(),
        **WalletCalls(door, account.welcome).handlers(),
    }


Framed = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _add(app: web.Application, method: str, path: str, handler: Framed) -> None:
    """Serve a path with and without its trailing slash."""
    plain = path.rstrip("/")
    for spelling in (plain, f"{plain}/"):
        app.router.add_route(method, spelling, handler)


def _add_pages(
    app: web.Application, routes: list[Route], services: Services, wrap: Wrapper
) -> list[Framed]:
    """Serve the API's own description; return what serves it."""
    calls = msgspec.json.encode(document(routes, services.version)).decode()
    messages = msgspec.json.encode(asyncapi.document(services.version)).decode()

    async def openapi(_: web.Request) -> str:
        return calls

    async def stream(_: web.Request) -> str:
        return messages

    async def docs(_: web.Request) -> web.Response:
        policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=DOCS_PAGE, content_type="text/html", headers=headers)

    async def script(_: web.Request) -> web.Response:
        return web.Response(text=DOCS_SCRIPT, content_type="text/javascript")

    pages = {
        "/openapi.json": wrap(openapi),
        "/asyncapi.json": wrap(stream),
        "/docs": wrap(docs),
        "/docs.js": wrap(script),
    }
    for path, page in pages.items():
        _add(app, "GET", path, page)
    return list(pages.values())


def _add_site(app: web.Application, wrap: Wrapper) -> list[Framed]:
    """Serve the web trader; return what serves it."""
    site = []
    for path, handler in Site().routes():
        page = wrap(handler)
        site.append(page)
        for method in ("GET", "HEAD"):
            app.router.add_route(method, path, page)
    return site


def _errors_of(
    wrap: Wrapper, lanes: Lanes, charges: Charges
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Count every request, and tell its lane of the answer.

    What the router itself answers is given the venue's form.
    """

    async def answered(request: web.Request, handler: AiohttpHandler) -> web.StreamResponse:
        try:
            charges.take(request)
            return await handler(request)
        except ApiError as error:
            return wrap.error(error)
        except web.HTTPException as error:
            untie(error)
            answer = wrap.error(_refusal_of(error, request))
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer

    @web.middleware
    async def middleware(request: web.Request, handler: AiohttpHandler) -> web.StreamResponse:
        lane = lanes.of.get(request.protocol)
        if lane is None:  # Its connection is lost.
            request[CLIENT] = ""
            return await answered(request, handler)
        request[CLIENT] = lane.client(",".join(request.headers.getall("X-Forwarded-For", ())))
        request[SECURE] = request.secure or lane.secure(
            request.headers.get("X-Forwarded-Proto", "")
        )
        lane.begin()
        try:
            answer = await answered(request, handler)
        finally:
            lane.end()
        if not request.content.is_eof():
            answer.force_close()
            lane.linger()
        elif isinstance(answer, Answer):
            answer.written = lane.free
        else:
            lane.give_up()
        return answer

    return middleware


def _refusal_of(error: web.HTTPException, request: web.Request) -> ApiError:
    """Return what an answer of the router itself means to a client."""
    if isinstance(error, web.HTTPNotFound):
        return ApiError("NOT_FOUND", given=request.path)
    if isinstance(error, web.HTTPMethodNotAllowed):
        return ApiError("METHOD_NOT_ALLOWED", given=request.method)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return ApiError("TOO_LARGE")
    if isinstance(error, web.HTTPBadRequest):
        return ApiError("BAD_REQUEST", error.text or "")
    raise error


Work = tuple[Callable[[], Coroutine[None, None, None]], str]
"""What runs until it is cancelled, and its name."""


def _running(*works: Work) -> Callable[[web.Application], AsyncIterator[None]]:
    """Do works while the application runs."""

    async def run(_: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(lasting(*named), name=named[1]) for named in works]
        yield
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run


def _finishing(staff: StaffDesk) -> Callable[[web.Application], Awaitable[None]]:
    """Do what was approved before the last stop, before anybody asks anything."""

    async def finish(_: web.Application) -> None:
        await staff.finish()

    return finish


def _saying_goodbye(sockets: SocketDoor) -> Callable[[web.Application], Awaitable[None]]:
    """Close the streams while their connections can still be told why."""

    async def close(_: web.Application) -> None:
        sockets.say_goodbye(b"the venue is stopping")
        # Each close is a task, and says its word when it begins.
        await asyncio.sleep(0)

    return close
