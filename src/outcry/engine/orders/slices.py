"""TWAP orders: equal parts, one an interval, the first an interval after acceptance."""

from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush

from outcry.domain.commands import EndOrder, RunSlice
from outcry.domain.events import Event, MatchPrevented, OrderTerms, Trade
from outcry.domain.market import AccountStatus
from outcry.domain.order import DoneReason, Side
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.terms import Special, special, trades


class Slices:
    """When the next slice of each order is due, and which one it is.

    Slice k of n has `floor(k x L / n) - floor((k - 1) x L / n)` lots, L being what was asked for;
    the last has whatever is still open.
    """

    def __init__(self, core: Core, orders: Iterable[Sequence[int]]) -> None:
        """Take over from the core, and of the notes (due, order, slice, lots of the whole)."""
        self._core = core
        self._due: list[tuple[int, int, int, int]] = [
            (due_ns, order_id, slice_, lots) for due_ns, order_id, slice_, lots in orders
        ]
        heapify(self._due)

    def notes(self) -> list[list[int]]:
        """Return the slices to come, as the constructor takes them."""
        return sorted(list(row) for row in self._due if self._core.order(row[1]))

    def note(self, event: Event) -> None:
        """Take in an order that has just been accepted."""
        if type(event) is OrderTerms and event.slices:
            order = special(self._core, event.order_id)
            if order:
                first = (event.time_ns + event.interval_ns, event.order_id, 1, order.lots)
                heappush(self._due, first)

    def next(self) -> tuple[int, int]:
        """Return when the next slice is due, and of which order; never if none is."""
        while self._due and self._core.order(self._due[0][1]) is None:
            heappop(self._due)
        return self._due[0][:2] if self._due else (NEVER_NS, 0)

    def run(self, hand: Hand, stopped: Callable[[int], bool]) -> None:
        """Run the next slice; with the last the order ends.

        Args:
            hand: acts.
            stopped: takes note of a slice that was not filled; tells whether a band stopped it.
        """
        due_ns, order_id, slice_, whole = heappop(self._due)
        order = special(self._core, order_id)
        assert order is not None, "`next` has dropped what is done"
        last = slice_ == order.terms.slices
        lots = order.open_lots if last else _part(whole, slice_, order.terms.slices)
        reason = DoneReason.REST
        if lots and self._may_run(order):
            events = hand.do(RunSlice(order_id=order_id, lots=lots))
            taken = sum(e.lots for e in events if isinstance(e, (Trade, MatchPrevented)))
            if taken < lots and stopped(order_id):
                reason = DoneReason.PROTECTED
        if not last:
            ahead = 1
            if not lots:  # Those without lots do nothing: the due ones are passed over together.
                due = (hand.now_ns - due_ns) // order.terms.interval_ns + 1
                ahead = min(due, _next_with_lots(whole, slice_, order.terms.slices) - slice_)
            next_ns = due_ns + ahead * order.terms.interval_ns
            heappush(self._due, (next_ns, order_id, slice_ + ahead, whole))
        elif self._core.order(order_id) is not None:
            hand.do(EndOrder(order_id=order_id, reason=reason))

    def _may_run(self, order: Special) -> bool:
        """A slice is missed where the market does not trade, or the account may not buy."""
        status = self._core.account_status(order.account)
        reduces = status == AccountStatus.REDUCE_ONLY and order.side == Side.BUY
        return trades(self._core, order.market) and not reduces


def _part(lots: int, slice_: int, slices: int) -> int:
    return slice_ * lots // slices - (slice_ - 1) * lots // slices


def _next_with_lots(lots: int, slice_: int, slices: int) -> int:
    """Return the first slice behind one that has lots: up to it there are `whole` of them."""
    whole = slice_ * lots // slices + 1
    return min(-(-whole * slices // lots), slices) if lots else slices
