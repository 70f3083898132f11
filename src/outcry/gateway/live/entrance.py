"""Who speaks on a connection, by a token or an API key, and whether they may go on."""

from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.limits.origin import CLIENT
from outcry.gateway.people.caller import Caller
from outcry.gateway.people.signed import WINDOW_DEFAULT, Signed, SignedRequests
from outcry.identity.identity import Identity


class Entrance:
    """The way in of one connection."""

    def __init__(self, signed: SignedRequests, request: web.Request) -> None:
        self._signed = signed
        self._host, self._target = request.host, request.raw_path
        self.address = request[CLIENT]
        """Where the client is."""

    def by_key(self, key: str, time_ms: str, window_ms: str | None, signature: str) -> Caller:
        """Return the caller that has signed the opening of this connection, as a GET without body.

        Raises:
            ApiError: see `SignedRequests.key_of`.
        """
        window_ms = WINDOW_DEFAULT if window_ms is None else window_ms
        asked = (key, time_ms, window_ms, signature, "GET", self._host, self._target, b"")
        found = self._signed.key_of(Signed(*asked), self.address, once=True)
        return Caller(found.account, key=found)

    def still(self, caller: Caller, identity: Identity, token: str) -> bool:
        """Return whether a caller may go on."""
        if caller.key is not None:
            return self._signed.still(caller.key)
        return identity.caller_of(token) is not None


def by_token(identity: Identity, token: str) -> Caller:
    """Return the caller a token speaks for.

    Raises:
        ApiError: `UNAUTHORIZED`.
    """
    facts = identity.caller_of(token)
    if facts is None:
        raise ApiError("UNAUTHORIZED")
    return Caller(facts.account, facts)
