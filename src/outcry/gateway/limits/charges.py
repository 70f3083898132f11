"""What a call weighs, and that it is counted before anything is done for it."""

from typing import NamedTuple

from aiohttp import web

from outcry.gateway.limits.gate import Gate
from outcry.gateway.limits.origin import CLIENT


class Charge(NamedTuple):
    """What a call weighs; `cancels` says that it may use the reserve."""

    weight: int = 1
    cancels: bool = False


CHARGE = web.RequestKey("charge", Charge)
"""Under this key a request knows what it weighs, for whoever learns whom it speaks for."""
_PLAIN = Charge()


class Charges:
    """Counts the requests of the doors that do not count for themselves."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._of: dict[object, Charge] = {}

    def add(self, handler: object, charge: Charge) -> None:
        """Say what a handler's requests weigh."""
        self._of[handler] = charge

    def take(self, request: web.Request) -> None:
        """Count a request by where it comes from. A path that is not there weighs as any other.

        Raises:
            TooMuch: `RATE`, or `SHUT_OUT`.
        """
        match = request.match_info
        charge = self._of.get(match.handler)
        if charge is None and match.http_exception is not None:
            charge = _PLAIN
        if charge is not None:
            request[CHARGE] = charge
            self._gate.request(request[CLIENT], charge.weight, cancels=charge.cancels)
