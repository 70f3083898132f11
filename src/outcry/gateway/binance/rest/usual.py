"""The usual new order on its short way: read, checked and answered without the steps between.

Whatever is unusual, or would be refused, is left as it was to the way that every request can take,
which defines what both do. Where nothing was compiled every order takes that one.
"""

from outcry import codec
from outcry.domain.events import Event, OrderAccepted
from outcry.gateway.binance.compiled import usual as compiled
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.orders.report import IN_MATCH, MODES, SIDES, STATES, TIMES
from outcry.gateway.binance.routes import Route
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.binance.wire.signing import AHEAD_MAX_NS
from outcry.gateway.http import Wrapper

Taken = tuple[int, bytes, compiled.Shape, str, int]
"""A usual order that has been counted and may enter the flow.

(account, record, shape of its market, its client's id, how much its answer says: a place in
`wanted.RESPONSES`)
"""


class UsualOrders:
    """Takes usual orders in, and writes their answers."""

    def __init__(self, door: BinanceDoor, route: Route, wrapper: Wrapper) -> None:
        self._wrapper = wrapper
        self._counts, self._scope = (route.weight, route.orders), route.scope
        self._form_of = door.symbols.known
        self._signer = door.guard.signer
        self._now_ns = door.clock.now_ns
        self._ids = door.ids
        self._gate = door.services.gate
        self._row = door.services.orders.row
        self._placed = compiled.Writer(
            sides=SIDES, modes=MODES, times=TIMES, states=STATES, in_match=IN_MATCH
        ).placed

    def take(self, query: bytes, body: bytes, token: str, address: str) -> Taken | None:
        """Count an order that may enter the flow; None for all else, which was not counted."""
        order = None if query and body else compiled.read(body or query, self._form_of)
        if order is None:
            return None
        market, shape, payload, signature, sent_ns, window_ns, client_id, response, fields = order
        now_ns = self._now_ns()
        if not now_ns - window_ns <= sent_ns < now_ns + AHEAD_MAX_NS:
            return None
        key = self._signer(token, address, self._scope, now_ns)
        if key is None or not key.signed_by(payload, signature):
            return None
        account = key.account
        name = self._name(account, client_id)
        if name is None or not self._gate.order(address, token, account, self._counts):
            return None
        if not client_id:
            name = client_id = self._ids.new()
        record = codec.place_order(account, market, name, *fields)
        return account, record, shape, client_id, response

    def _name(self, account: int, client_id: str) -> str | None:
        """Return the key of an order with a client's id; None where another one has the id."""
        try:
            return self._ids.key(account, client_id) if client_id else ""
        except BinanceError:
            return None

    def told(self, taken: Taken, address: str, events: list[Event]) -> bytes | None:
        """Return the whole answer to an order; None where it was refused, or is not usual now."""
        first = events[0]
        if type(first) is not OrderAccepted:
            return None
        account, _, shape, client_id, response = taken
        row = self._row(first.order_id)
        body = self._placed(shape, row, client_id, response) if row is not None else None
        if body is None:
            return None
        wrapper, used = self._wrapper, self._gate.used(address, account)
        return compiled.framed(wrapper.next_id(), wrapper.begun(200), used, body)
