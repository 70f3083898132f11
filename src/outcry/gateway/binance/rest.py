"""REST: from the bytes of a request to the text of its answer, whichever listener read them."""

from typing import NamedTuple

import structlog

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.routes import Needs, Route
from outcry.gateway.binance.wire.errors import BinanceError, internal, of_api
from outcry.gateway.binance.wire.limits import of_limit
from outcry.gateway.binance.wire.parameters import Parameters, parsed, without_signature
from outcry.gateway.binance.wire.signing import Call, Key
from outcry.gateway.errors import ApiError

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
            self._gate.request(asked.address, route.weight, cancels=route.cancels)
            call = self._call(route, asked)
            account = call.account
            if route.orders:
                self._gate.orders(account, route.orders)
            text, status, headers = await route.act(call), 200, self._headers(asked, route, account)
        except BinanceError as error:
            return self._refused(error, asked, route, account)
        except ApiError as error:
            refusal = of_limit(error) or of_api(error)
            return self._refused(refusal, asked, route, account)
        except Exception:
            _log.exception("internal error", path=route.path)
            return self._refused(internal(), asked, route, account)
        return Reply(status, text, headers)

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

    def _headers(self, asked: Asked, route: Route, account: int) -> dict[str, str]:
        headers = self._gate.weight_headers(asked.address)
        if route.orders and account:
            headers |= self._gate.order_headers(account)
        return headers

    def _refused(self, error: BinanceError, asked: Asked, route: Route, account: int) -> Reply:
        headers = self._headers(asked, route, account)
        if error.retry_after_s:
            headers["Retry-After"] = str(error.retry_after_s)
        return Reply(error.status, error.body, headers)
