"""This door's calls on the venue's HTTP server."""

import asyncio

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from outcry.gateway.binance.rest.service import Asked, Reply, Rest
from outcry.gateway.binance.routes import Route
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.http import BODY_TIMEOUT_S, Handler, Wrapper
from outcry.gateway.limits.origin import CLIENT

KEY_HEADER = "X-MBX-APIKEY"
_TOO_SLOW = BinanceError(-1007, "The body did not arrive in time.", 408)
_TOO_LARGE = BinanceError(-1130, "The request is too large.", 413)
_BROKEN = BinanceError(-1130, "The body cannot be read.")


def handler_of(rest: Rest, route: Route, wrap: Wrapper) -> Handler:
    """Return what serves a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            asked = await _asked(request)
        except BinanceError as error:
            return _answer(wrap, Reply(error.status, error.body, {}))
        return _answer(wrap, await rest.serve(route, asked))

    return handle


def _answer(wrap: Wrapper, reply: Reply) -> web.StreamResponse:
    response = wrap.response(reply.status, reply.text, wrap.next_id())
    response.headers.update(reply.headers)
    return response


async def _asked(request: web.Request) -> Asked:
    """Return a request's query and body as they were sent, which is how they were signed."""
    query = request.raw_path.partition("#")[0].partition("?")[2]
    key = request.headers.get(KEY_HEADER, "")
    body = b""
    if request.can_read_body:
        try:
            async with asyncio.timeout(None if request.content.is_eof() else BODY_TIMEOUT_S):
                body = await request.read()
        except TimeoutError:
            raise _TOO_SLOW from None
        except web.HTTPRequestEntityTooLarge:
            raise _TOO_LARGE from None
        except (web.RequestPayloadError, HttpProcessingError):
            raise _BROKEN from None
    return Asked(query.encode("utf-8", "surrogateescape"), body, key, request[CLIENT])
