"""Stands before every call that is not for everybody, and says who asks.

Which scope a call takes stands in the table of routes: a call that nobody thought of takes a
session of a person.
"""

from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.http import CALLER, Door, Handler
from outcry.gateway.limits.charges import CHARGE
from outcry.gateway.limits.origin import CLIENT
from outcry.gateway.openapi import Route
from outcry.gateway.people.caller import Caller
from outcry.gateway.people.signed import (
    KEY,
    SIGNATURE,
    TIME,
    WINDOW,
    WINDOW_DEFAULT,
    Signed,
    SignedRequests,
)
from outcry.identity.records.trail import Origin


class Guard:
    """Finds the caller of a request and lets it through to calls of its scopes."""

    def __init__(self, door: Door) -> None:
        self._door = door
        services = door.services
        self._gate = services.gate
        self.signed = SignedRequests(services.identity, services.clock)

    def guarded(self, handler: Handler, route: Route) -> Handler:
        """Return the handler of a route behind the guard."""
        if not route.token:
            return handler

        async def admitted(request: web.Request) -> str | tuple[int, str] | web.StreamResponse:
            caller = await self.caller(request)
            charge, key = request[CHARGE], caller.key.key if caller.key else ""
            self._gate.caller(caller.account, charge.weight, key=key, cancels=charge.cancels)
            caller.check(route.scope)
            request[CALLER] = caller
            return await handler(request)

        return admitted

    async def caller(self, request: web.Request) -> Caller:
        """Return who asks.

        Raises:
            ApiError: `UNAUTHORIZED`, and what `SignedRequests.key_of` raises.
        """
        headers = request.headers
        if KEY not in headers:
            return self._door.session_caller(request)
        if "Authorization" in headers:
            raise ApiError("UNAUTHORIZED", "send a token or sign with a key, not both")
        signed = Signed(
            key=headers[KEY],
            time_ms=headers.get(TIME, ""),
            window_ms=headers.get(WINDOW, WINDOW_DEFAULT),
            signature=headers.get(SIGNATURE, ""),
            method=request.method,
            host=request.host,
            target=request.raw_path,
            body=await self._door.raw(request),
        )
        key = self.signed.key_of(signed, request[CLIENT], once=request.method != "GET")
        return Caller(key.account, key=key)


def origin_of(request: web.Request) -> Origin:
    """Return from where a request comes."""
    return Origin(request[CLIENT], request.headers.get("User-Agent", ""))
