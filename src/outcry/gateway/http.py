"""What every HTTP call goes through: who asks, what they sent, and how an answer is made."""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from email.utils import formatdate
from http import HTTPStatus
from secrets import token_hex
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

from outcry.domain.events import Event
from outcry.gateway.errors import ApiError, told
from outcry.gateway.json_input import decode_object
from outcry.gateway.native.query import check_known
from outcry.gateway.native.render import Renderer, error_json
from outcry.gateway.people.caller import Caller
from outcry.gateway.services import Services
from outcry.gateway.special.told import Told
from outcry.gateway.special.wanted import OrderParser
from outcry.ports import LedgerStore, Outcomes, Refused

JSON = "application/json"
REQUEST_ID = web.RequestKey("request_id", str)
"""Under this key a request knows its id, for the answers that begin before their call ends."""
CALLER = web.RequestKey("caller", Caller)
"""Under this key a request knows who asks, once the guard has let it through."""
LEDGER_SEQUENCE = web.RequestKey("ledger_sequence", int)
"""Under this key a request knows how far the ledger was that its answer is from."""
BODY_TIMEOUT_S = 10.0
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
_COARSE = getattr(time, "CLOCK_REALTIME_COARSE", time.CLOCK_REALTIME)
"""A clock good enough for the second in a header; reading the fine one for each answer costs."""
_PHRASES = {int(status): status.phrase for status in HTTPStatus}
_log = structlog.get_logger("gateway")


class Door:
    """What the calls share: the rooms behind, the parser and the renderer."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings = services.settings
        self.parser = OrderParser(services.registry)
        self.told = Told(services.specials, services.engine.core)
        self.renderer = Renderer(services.registry, self.told)

    # Who asks

    def account(self, request: web.Request) -> int:
        """Return the account of the caller, whom the guard has let through.

        Raises:
            ApiError: `UNAUTHORIZED`, of a call for everybody that is for somebody this time.
        """
        caller = request.get(CALLER) or self.session_caller(request)
        return caller.account

    def session_caller(self, request: web.Request) -> Caller:
        """Return whom the bearer token of a request speaks for.

        Raises:
            ApiError: `UNAUTHORIZED`.
        """
        header = request.headers.get("Authorization", "")
        token = header[7:] if header[:7].lower() == "bearer " else ""
        facts = self.services.identity.caller_of(token) if token else None
        if facts is None:
            raise ApiError("UNAUTHORIZED")
        return Caller(facts.account, facts)

    def account_of(self, token: str) -> int:
        """Return the account a token speaks for.

        Raises:
            ApiError: `UNAUTHORIZED`.
        """
        account = self.services.identity.account_of(token) if token else None
        if account is None:
            raise ApiError("UNAUTHORIZED")
        return account

    # What they sent

    async def body(self, request: web.Request) -> bytes:
        """Return the body of a request that says it is JSON.

        Raises:
            ApiError: `UNSUPPORTED_MEDIA_TYPE`, `TOO_LARGE`, `BAD_JSON`, and `BAD_REQUEST` if it
                takes too long.
        """
        headers = request.headers
        kind = headers.get("Content-Type", "")
        if kind != JSON and kind.partition(";")[0].strip().lower() != JSON:
            raise ApiError("UNSUPPORTED_MEDIA_TYPE", field="Content-Type", given=kind)
        encoding = headers.get("Content-Encoding", "")
        if encoding and encoding.lower() not in _ENCODINGS:
            raise ApiError("UNSUPPORTED_MEDIA_TYPE", field="Content-Encoding", given=encoding)
        body = await self.raw(request)
        if encoding and encoding.lower() != "identity":
            return unpacked(body, self.settings.body_bytes_max)
        return body

    async def raw(self, request: web.Request) -> bytes:
        """Return the bytes of a body as they were sent.

        Raises:
            ApiError: `TOO_LARGE`, `BAD_JSON` if they cannot be read, and `BAD_REQUEST` if they
                take too long.
        """
        if (request.content_length or 0) > self.settings.body_bytes_max:
            raise ApiError("TOO_LARGE")
        try:
            # The usual body has arrived with its head; only what is slow needs a clock.
            async with asyncio.timeout(None if request.content.is_eof() else BODY_TIMEOUT_S):
                return await request.read()
        except TimeoutError:
            message = f"the body did not arrive within {BODY_TIMEOUT_S:g} seconds"
            raise ApiError("BAD_REQUEST", message) from None
        except web.HTTPRequestEntityTooLarge:
            raise ApiError("TOO_LARGE") from None
        except (web.RequestPayloadError, HttpProcessingError) as error:
            raise ApiError("BAD_JSON", f"the body cannot be read: {error}"[:200]) from None

    async def object(self, request: web.Request) -> dict[str, Any]:
        """Return the JSON object in the body."""
        return decode_object(await self.body(request))

    # What is done with it

    def submit(
        self, records: bytes, count: int, *, reserve: bool, key: str | None = None
    ) -> asyncio.Future[Outcomes]:
        """Send records into the flow; the future holds what each command caused.

        `key` is the client order id by which a refusal names the order.

        Raises:
            ApiError: `BUSY`, `DRAINING`, `VENUE_HALTED`; from the future `UNKNOWN_OUTCOME`.
        """
        future: asyncio.Future[Outcomes] = asyncio.get_running_loop().create_future()

        def done(outcomes: Outcomes | None) -> None:
            if future.done():
                return
            if outcomes is None:
                future.set_exception(ApiError("UNKNOWN_OUTCOME", client_order_id=key))
            else:
                future.set_result(outcomes)

        try:
            self.services.entry.submit(records, count, done, reserve=reserve)
        except Refused as refused:
            raise refused_error(refused, key) from None
        return future

    async def events(
        self, record: bytes, *, reserve: bool = False, key: str | None = None
    ) -> list[Event]:
        """Send one record into the flow and return its events."""
        outcomes = await self.submit(record, 1, reserve=reserve, key=key)
        return outcomes[0]


def from_ledger(request: web.Request, services: Services) -> LedgerStore:
    """Return the ledger; the answer to this request will say how far it was."""
    request[LEDGER_SEQUENCE] = services.ledger.stored_sequence
    return services.history_store


def _marked(request: web.Request, answer: web.Response) -> web.Response:
    sequence = request.get(LEDGER_SEQUENCE)
    if sequence is not None:
        answer.headers["X-Outcry-Ledger-Sequence"] = str(sequence)
    return answer


def unpacked(body: bytes, size_max: int) -> bytes:
    """Return what a gzip or deflate body holds.

    Raises:
        ApiError: `TOO_LARGE` as soon as it is more than `size_max`, `BAD_JSON` if it is neither.
    """
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: either header
    try:
        plain = unpacker.decompress(body, size_max + 1)
    except zlib.error as error:
        raise ApiError("BAD_JSON", f"the body cannot be unpacked: {error}") from None
    if len(plain) > size_max:
        raise ApiError("TOO_LARGE")
    if not unpacker.eof or unpacker.unused_data:
        raise ApiError("BAD_JSON", "the packed body is cut, or something comes after it")
    return plain


def refused_error(refused: Refused, key: str | None = None) -> ApiError:
    """Return what an order entry that takes nothing in means to a client."""
    code = "VENUE_HALTED" if refused.code == "HALTED" else refused.code
    return ApiError(code, client_order_id=key)


Handler = Callable[[web.Request], Awaitable[str | tuple[int, str] | web.StreamResponse]]
"""Returns JSON text, or a status and JSON text, or a whole response."""


class Wrapper:
    """Puts a call into the frame all calls have: request id, errors, the development header."""

    def __init__(self, *, development: bool) -> None:
        self._prefix = token_hex(4)
        self._count = 0
        self._headers = {"Server": "outcry"}
        if development:
            self._headers["X-Outcry-Mode"] = "development"
        self._second, self._fixed = 0, b""
        self.answers: dict[int, int] = {}

    def __call__(
        self, handler: Handler, parameters: Collection[str] | None = None
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return the handler in its frame, which refuses a query beyond these parameters.

        Without `parameters` the query is not looked at.
        """

        async def framed(request: web.Request) -> web.StreamResponse:
            request_id = request[REQUEST_ID] = self.next_id()
            try:
                if parameters is not None:
                    check_known(request, parameters)
                answer = await handler(request)
            except Exception as error:
                # Nothing here may name the refusal: the error's trace holds this frame, and both
                # with all they have would wait for the garbage collector.
                refused = self._refused(error, request, request_id)
                if refused is None:
                    raise
                return refused
            if type(answer) is str:
                return _marked(request, self.response(200, answer, request_id))
            if isinstance(answer, tuple):
                return _marked(request, self.response(answer[0], answer[1], request_id))
            assert isinstance(answer, web.StreamResponse)
            if not answer.prepared:
                answer.headers.update(self.headers(request_id))
            return answer

        return framed

    def _refused(
        self, error: Exception, request: web.Request, request_id: str
    ) -> web.Response | None:
        """Return the answer to a request that went wrong; None where nobody is there to read it."""
        refusal = told(error)
        if refusal is None:
            if isinstance(error, ConnectionError) and request.transport is None:
                return None
            _log.exception("internal error", request_id=request_id, path=request.path)
            refusal = ApiError("INTERNAL")
        return self.error(refusal, request_id)

    def next_id(self) -> str:
        """Return the id of the next request."""
        self._count += 1
        return f"{self._prefix}-{self._count:x}"

    def headers(self, request_id: str) -> dict[str, str]:
        """Return the headers that every answer has."""
        return {"X-Request-Id": request_id, **self._headers}

    def response(self, status: int, text: str, request_id: str) -> web.Response:
        """Return an answer of JSON text."""
        self.answers[status] = self.answers.get(status, 0) + 1
        headers = {"Content-Type": JSON, **self.headers(request_id)}
        return Answer(body=text.encode(), status=status, headers=headers)

    def error(self, error: ApiError, request_id: str | None = None) -> web.Response:
        """Return a refusal."""
        request_id = request_id or self.next_id()
        response = self.response(error.kind.status, error_json(error, request_id), request_id)
        response.headers.update(_headers_of(error))
        return response

    def whole(
        self, status: int, text: str, request_id: str, more: Mapping[str, str] | None = None
    ) -> bytes:
        """Return an answer of JSON text as it goes over the wire, with its head."""
        added = "".join(f"{name}: {value}\r\n" for name, value in more.items()) if more else ""
        fixed, body = self.begun(status), text.encode()
        head = f"HTTP/1.1 {status} {_PHRASES[status]}\r\nX-Request-Id: {request_id}\r\n"
        end = f"{added}Content-Length: {len(body)}\r\n\r\n"
        return b"".join((head.encode(), fixed, end.encode(), body))

    def begun(self, status: int) -> bytes:
        """Count an answer of JSON text; return the lines of its head that all have this second."""
        self.answers[status] = self.answers.get(status, 0) + 1
        second = int(time.clock_gettime(_COARSE))
        if second != self._second:
            self._second = second
            fixed = {"Content-Type": JSON, "Date": formatdate(second, usegmt=True), **self._headers}
            self._fixed = "".join(f"{name}: {value}\r\n" for name, value in fixed.items()).encode()
        return self._fixed

    def whole_error(self, error: ApiError, request_id: str, *, last: bool = False) -> bytes:
        """Return a refusal as it goes over the wire; `last` says that the connection ends."""
        headers = _headers_of(error) | ({"Connection": "close"} if last else {})
        return self.whole(error.kind.status, error_json(error, request_id), request_id, headers)


class Answer(web.Response):
    """An answer that tells when it has been written."""

    written: Callable[[], None] | None = None

    @override
    async def write_eof(self, data: bytes = b"") -> None:
        await super().write_eof(data)
        if self.written is not None:
            self.written()


def _headers_of(error: ApiError) -> dict[str, str]:
    headers = {}
    if error.retry_after_s:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers
