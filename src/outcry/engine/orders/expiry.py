"""Orders that end at a time: `GTD` and `DAY`."""

from heapq import heapify, heappop, heappush

from outcry.domain.commands import EndOrder
from outcry.domain.events import Event, OrderTerms
from outcry.domain.order import DoneReason
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.terms import EXPIRES_NS

SPARE_ENTRIES = 1_024
NEVER_NS = (1 << 63) - 1


class Expiry:
    """Which order ends when, soonest first; of one moment the lowest id first.

    An entry whose order has ended otherwise stays until its time comes or there are too many.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._ends: list[tuple[int, int]] = []
        self._limit = 0
        self._gather()

    def _gather(self) -> None:
        """Take the times from the orders that are open."""
        found = ((self._core.terms(order_id), order_id) for order_id in self._core.special_orders())
        self._ends = [(t[EXPIRES_NS], order_id) for t, order_id in found if t and t[EXPIRES_NS]]
        heapify(self._ends)
        self._limit = 2 * len(self._ends) + SPARE_ENTRIES

    def note(self, event: Event) -> None:
        """Take in an order that has just been accepted."""
        if type(event) is OrderTerms and event.expires_ns:
            heappush(self._ends, (event.expires_ns, event.order_id))
            if len(self._ends) > self._limit:
                self._gather()

    def next(self) -> tuple[int, int]:
        """Return when the next order ends, and which; never if none does."""
        while self._ends and self._core.terms(self._ends[0][1]) is None:
            heappop(self._ends)
        return self._ends[0] if self._ends else (NEVER_NS, 0)

    def run(self, hand: Hand) -> None:
        """End the next order."""
        _, order_id = heappop(self._ends)
        hand.do(EndOrder(order_id=order_id, reason=DoneReason.EXPIRED))
