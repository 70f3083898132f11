"""REST: from the bytes of a request to the text of its answer, whichever listener read them."""

from typing import NamedTuple

import structlog

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.routes import Needs, Route
from outcry.gateway.binance.wire.errors import (
    BinanceError,
    internal,
    of_api,
    unavailable,
)
from outcry.gateway.binance.wire.limits import of_limit
from outcry.gateway.binance.wire.parameters import Parameters, parsed, without_signature
from outcry.gateway.binance.wire.signing import Call, Key
from outcry.gateway.errors import ApiError
from outcry.ports import Unavailable

_log = structlog.get_logger("gateway")


class Asked(NamedTuple):
    """A request as it was sent: its query and its body are the bytes that were signed."""

    query: bytes
    body: bytes
    key: str
    """What `X-MBX-APIKEY` said; empty for nothing."""
    address: str


class Reply(NamedTuple):
    """An answer."""

    status: int
    text: str
    headers: dict[str, str]


class Rest:
    """Lets requests in, makes the calls, and puts refusals into words."""

    def __init__(self, door: BinanceDoor) -> None:
        self.door = door
        self._gate = door.services.gate
        self._guard = door.guard

    async def serve(self, route: Route, asked: Asked) -> Reply:
        """Answer a request."""
        account = 0
        try:
            call = self.let_in(route, asked)
            account = call.account
            text = await route.act(call)
        except Exception as error:
            return self.refused(error, route, asked, account)
        return Reply(200, text, self.headers(route, asked, account))

    def let_in(self, route: Route, asked: Asked) -> Call:
        """Count a request, and return its call once its caller is known.

        Raises:
            BinanceError: who asks is not who they say they are.
            TooMuch: too much was asked.
        """
        self._gate.request(asked.address, route.weight, cancels=route.cancels)
        call = self._call(route, asked)
        if route.orders:
            self._gate.orders(call.account, route.orders)
        return call

    def _call(self, route: Route, asked: Asked) -> Call:
        """Return a call whose caller is known, where it needs one."""
        params = parsed((asked.query, asked.body))
        call = Call(params, address=asked.address)
        if route.needs is Needs.NOTHING:
            return call
        if route.needs is Needs.KEY:
            key = self._guard.known(asked.key, asked.address, route.scope)
        else:
            key = self._signer(route, asked, params)
        self._gate.caller(key.account, route.weight, key=asked.key, cancels=route.cancels)
        call.account, call.key, call.scopes = key.account, asked.key, key.scopes
        return call

    def _signer(self, route: Route, asked: Asked, params: Parameters) -> Key:
        payload = without_signature(asked.query) + without_signature(asked.body)
        return self._guard.signed(asked.key, params, payload, asked.address, route.scope)

    def headers(self, route: Route, asked: Asked, account: int) -> dict[str, str]:
        """Return what every answer says of limits."""
        headers = self._gate.weight_headers(asked.address)
        if route.orders and account:
            headers |= self._gate.order_headers(account)
        return headers

    def refused(self, error: Exception, route: Route, asked: Asked, account: int) -> Reply:
        """Return the answer to a request that went wrong; what is our mistake is logged."""
        told = worded(error, route.path)
        headers = self.headers(route, asked, account)
        if told.retry_after_s:
            headers["Retry-After"] = str(told.retry_after_s)
        return Reply(told.status, told.body, headers)


def worded(error: Exception, where: str) -> BinanceError:
    """Return what a client is told of an error; what is our mistake is logged."""
    if isinstance(error, BinanceError):
        return error
    if isinstance(error, ApiError):
        return of_limit(error) or of_api(error)
    if isinstance(error, Unavailable):
        return unavailable(error.retry_after_s)
    _log.error("internal error", where=where, exc_info=error)
    return internal()
