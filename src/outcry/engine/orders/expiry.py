"""Orders that end at a time: `GTD` and `DAY`."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from outcry import codec
from outcry.domain.commands import ExpireOrder
from outcry.domain.events import Event, OrderTerms
from outcry.engine.core import Core

EXPIRES_NS = 1
"""Where `expires_ns` stands in an order's terms."""
SPARE_ENTRIES = 1_024
NEVER_NS = (1 << 63) - 1


class Expiry:
    """Which order ends when, soonest first; of one moment the lowest id first.

    An entry whose order has ended otherwise stays until its time comes or there are too many.
    """

    def __init__(self, core: Core) -> None:
        self._ends: list[tuple[int, int]] = []
        self._limit = 0
        self._gather(core)

    def _gather(self, core: Core) -> None:
        """Take the times from the orders that are open."""
        found = ((core.terms(order_id), order_id) for order_id in core.special_orders())
        self._ends = [(terms[EXPIRES_NS], order_id) for terms, order_id in found if terms]
        heapify(self._ends)
        self._limit = 2 * len(self._ends) + SPARE_ENTRIES

    def note(self, core: Core, events: Sequence[Event]) -> None:
        """Take in orders that have just been accepted and are open."""
        for event in events:
            if type(event) is OrderTerms and core.terms(event.order_id) is not None:
                heappush(self._ends, (event.expires_ns, event.order_id))
        if len(self._ends) > self._limit:
            self._gather(core)

    def next_ns(self, core: Core) -> int:
        """Return when the next order ends; never if none does."""
        while self._ends and core.terms(self._ends[0][1]) is None:
            heappop(self._ends)
        return self._ends[0][0] if self._ends else NEVER_NS

    def due(self, core: Core, now_ns: int) -> bytes:
        """Return the command that ends the next order whose time has come; nothing if none."""
        if self.next_ns(core) > now_ns:
            return b""
        _, order_id = heappop(self._ends)
        return codec.encode_command(ExpireOrder(internal=True, order_id=order_id))
