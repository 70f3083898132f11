"""The HTTP server's side of a connection. What it refuses itself has the venue's form too."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, InvalidURLError, LineTooLong
from typing_extensions import override

from outcry.gateway.errors import ApiError, showable, untie
from outcry.gateway.express.lane import LINGER_S
from outcry.gateway.http import Wrapper

NEVER_S = 1e9
WHY_LENGTH_MAX = 100
_log = structlog.get_logger("gateway")


class Behind(web.RequestHandler):
    """See `lane.Server`."""

    __slots__ = ("wrapper",)

    def __init__(self, server: web.Server, wrapper: Wrapper) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as runners hand it down
            # Bodies are unpacked behind the doors, where an unknown encoding gets an answer of
            # ours, and what is idle is closed by the lanes, which see every request.
            auto_decompress=False,
            keepalive_timeout=NEVER_S,
            lingering_time=LINGER_S,
            tcp_keepalive=False,  # Inherited from the listener.
        )
        self.wrapper = wrapper

    def has_request(self) -> bool:
        """See `lane.Server`."""
        return bool(self._messages)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")  # The server then ends the connection.
        if isinstance(exc, ConnectionError) and self.transport is None:
            raise exc  # The client has gone in the middle of its request.
        request_id = self.wrapper.next_id()
        error = _refusal(exc)
        if error.kind.code == "INTERNAL":
            _log.error("internal error", request_id=request_id, exc_info=exc)
        else:
            untie(exc)
            _log.debug("broken request", request_id=request_id, why=error.body.message)
        return self._last(error, request_id)

    @override
    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        if isinstance(resp, web.HTTPException):  # Such as an `Expect` that nobody can meet.
            resp = self._last(ApiError("BAD_REQUEST", resp.text or ""), self.wrapper.next_id())
        return super().finish_response(request, resp, start_time)

    def _last(self, error: ApiError, request_id: str) -> web.StreamResponse:
        """Return a refusal that ends the connection: where the next request begins is not known."""
        response = self.wrapper.error(error, request_id)
        response.force_close()
        return response


def _refusal(exc: BaseException | None) -> ApiError:
    if isinstance(exc, LineTooLong):
        return ApiError("TOO_LARGE", "the request line or a header is too long")
    if isinstance(exc, InvalidURLError):
        return ApiError("BAD_REQUEST", "this is no HTTP request: Bad URL")
    if isinstance(exc, HttpProcessingError):
        # What follows on further lines repeats what was sent.
        why = exc.message.partition("\n")[0].rstrip(": ")[:WHY_LENGTH_MAX]
        return ApiError("BAD_REQUEST", showable(f"this is no HTTP request: {why}"))
    return ApiError("INTERNAL")
