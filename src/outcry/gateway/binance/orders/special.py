"""What an order was placed with beyond its row: its trigger, what it shows, the list it is in.

In memory for what happened since the venue started, else from the events of the command that placed
the order, as the ledger has them.
"""

from typing import NamedTuple

from typing_extensions import override

from outcry.codec import decode_events
from outcry.domain.events import Event, ListAccepted, OrderTerms
from outcry.ledger.rows import OrderView
from outcry.ports import EventBatch, EventReader, LedgerStore

KEPT = 200_000
EVENTS_OF = "SELECT records FROM events WHERE sequence = ?"
NO_LIST = -1


class OrderList(NamedTuple):
    """Orders that belong together. Its id is its first order's; `kind` is an `order.ListKind`."""

    list_id: int
    kind: int
    order_ids: tuple[int, ...]
    account: int
    market: int
    time_ns: int


class Special(NamedTuple):
    """The terms of an order; 0 for what it does not have."""

    trigger: int = 0
    trigger_ticks: int = 0
    trail_ppm: int = 0
    display_lots: int = 0
    members: OrderList | None = None

    @property
    def list_id(self) -> int:
        """The list it is in, -1 for none."""
        return self.members.list_id if self.members else NO_LIST


PLAIN = Special()


def list_of(event: ListAccepted) -> OrderList:
    """Return the list that was accepted."""
    ids = (event.first_order_id, event.second_order_id, event.third_order_id)
    return OrderList(
        event.list_id,
        event.list_kind,
        tuple(order_id for order_id in ids if order_id),
        event.account,
        event.market,
        event.time_ns,
    )


def take_in(found: dict[int, Special], event: Event) -> None:
    """Note what an event says of an order's terms."""
    if type(event) is OrderTerms:
        known = found.get(event.order_id, PLAIN)
        found[event.order_id] = known._replace(
            trigger=event.trigger,
            trigger_ticks=event.trigger_ticks,
            trail_ppm=event.trail_ppm,
            display_lots=event.display_lots,
        )
    elif type(event) is ListAccepted:
        members = list_of(event)
        for order_id in members.order_ids:
            found[order_id] = found.get(order_id, PLAIN)._replace(members=members)


class Specials(EventReader):
    """The terms of orders. Memory has those from `_complete_from` on, the ledger all before."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._known: dict[int, Special] = {}
        self._placed: dict[int, int] = {}
        """The sequence at which each known order was placed, oldest first."""
        self._stored: dict[int, dict[int, Special]] = {}
        self._complete_from = 0

    @override
    def consume(self, batch: EventBatch) -> None:
        if not self._complete_from:
            self._complete_from = batch.first_sequence
        if _KINDS.isdisjoint(map(type, batch.events)):
            return
        for event in batch.events:
            if type(event) in _KINDS:
                take_in(self._known, event)
                for order_id in _orders_of(event):
                    self._placed.setdefault(order_id, event.sequence)
        while len(self._known) > KEPT:
            oldest = next(iter(self._placed))
            self._complete_from = self._placed.pop(oldest) + 1
            self._known.pop(oldest, None)

    def of(self, view: OrderView) -> Special:
        """Return the terms of an order."""
        found = self._known.get(view.order_id)
        if found is not None:
            return found
        if self._complete_from and view.first_sequence >= self._complete_from:
            return PLAIN
        return self._from_ledger(view.first_sequence).get(view.order_id, PLAIN)

    def _from_ledger(self, sequence: int) -> dict[int, Special]:
        known = self._stored.get(sequence)
        if known is None:
            known = {}
            for (records,) in self._store.query(EVENTS_OF, (sequence,)):
                for event in decode_events(records):
                    take_in(known, event)
            if len(self._stored) >= KEPT:
                self._stored.clear()
            self._stored[sequence] = known
        return known


_KINDS = frozenset({OrderTerms, ListAccepted})


def _orders_of(event: Event) -> tuple[int, ...]:
    if type(event) is ListAccepted:
        return event.first_order_id, event.second_order_id, event.third_order_id
    return (event.order_id,) if type(event) is OrderTerms else ()
