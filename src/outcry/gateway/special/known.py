"""What an order was placed with beyond its row: its trigger, what it shows, the list it is in.

In memory for what happened since the venue started, else from the events of the command that placed
the order, as the ledger has them.
"""

from typing import NamedTuple

from typing_extensions import override

from outcry.codec import decode_events
from outcry.domain.events import Event, ListAccepted, OrderTerms, OrderTriggered
from outcry.ledger.rows import OrderView
from outcry.ports import EventBatch, EventReader, LedgerStore

KEPT = 200_000
EVENTS_OF = "SELECT records FROM events WHERE sequence = ?"
NO_LIST = -1
_LARGEST = (1 << 63) - 1


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
    expires_ns: int = 0
    peg: int = 0
    peg_offset_ticks: int = 0
    slices: int = 0
    interval_ns: int = 0
    session: int = 0

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
            expires_ns=event.expires_ns,
            peg=event.peg,
            peg_offset_ticks=event.peg_offset_ticks,
            slices=event.slices,
            interval_ns=event.interval_ns,
            session=event.session,
        )
    elif type(event) is ListAccepted:
        members = list_of(event)
        for order_id in members.order_ids:
            found[order_id] = found.get(order_id, PLAIN)._replace(members=members)


class Specials(EventReader):
    """The terms of orders. Memory has those from `complete_from` on, the ledger all before."""

    def __init__(self, store: LedgerStore | None = None) -> None:
        self._store = store
        self.known: dict[int, Special] = {}
        """The terms that are in memory, by order id."""
        self.triggered_ns: dict[int, int] = {}
        """When the triggers of orders fired, of those that did since the venue started."""
        self.complete_from = 0 if store is None else _LARGEST
        """Orders accepted from this sequence on have no terms if none are in memory."""
        self._placed: dict[int, int] = {}
        """The sequence at which each known order was placed, oldest first."""
        self._stored: dict[int, dict[int, Special]] = {}

    @override
    def consume(self, batch: EventBatch) -> None:
        self.complete_from = min(self.complete_from, batch.first_sequence)
        if _KINDS.isdisjoint(map(type, batch.events)):
            return
        for event in batch.events:
            if type(event) is OrderTriggered:
                if event.price_ticks:  # Else it is a slice's.
                    self.triggered_ns.setdefault(event.order_id, event.time_ns)
            elif type(event) in _KINDS:
                take_in(self.known, event)
                for order_id in _orders_of(event):
                    self._placed.setdefault(order_id, event.sequence)
        self._forget()

    def _forget(self) -> None:
        while len(self.known) > KEPT:
            oldest = next(iter(self._placed))
            self.complete_from = self._placed.pop(oldest) + 1
            self.known.pop(oldest, None)
        while len(self.triggered_ns) > KEPT:
            del self.triggered_ns[next(iter(self.triggered_ns))]

    def of(self, view: OrderView) -> Special:
        """Return the terms of an order."""
        found = self.known.get(view.order_id)
        if found is not None:
            return found
        if view.first_sequence >= self.complete_from:
            return PLAIN
        return self._from_ledger(view.first_sequence).get(view.order_id, PLAIN)

    def _from_ledger(self, sequence: int) -> dict[int, Special]:
        known = self._stored.get(sequence)
        if known is None:
            assert self._store is not None  # Without a store memory is complete from 0 on.
            known = {}
            for (records,) in self._store.query(EVENTS_OF, (sequence,)):
                for event in decode_events(records):
                    take_in(known, event)
            if len(self._stored) >= KEPT:
                self._stored.clear()
            self._stored[sequence] = known
        return known


_KINDS = frozenset({OrderTerms, ListAccepted, OrderTriggered})


def _orders_of(event: Event) -> tuple[int, ...]:
    if type(event) is ListAccepted:
        return event.first_order_id, event.second_order_id, event.third_order_id
    return (event.order_id,) if type(event) is OrderTerms else ()
