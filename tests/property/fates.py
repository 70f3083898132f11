"""What has become of every kind of order: filled, changed, ended in each of the usual ways."""

from collections import Counter
from dataclasses import dataclass, field

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.order import DoneReason, Kind, ListKind, OrderFlag, TimeInForce, Trigger

CANCELS = {codec.NUMBER_OF[kind] for kind in (c.CancelOrder, c.CancelAll)}
REPLACE = codec.NUMBER_OF[c.ReplaceOrder]
RESTING = ("limit", "gtd", "day", "iceberg", "slide", "tied", "peg")
TRIGGERED = ("stop limit", "stop market", "take limit", "take market", "trail")
MEMBERS = ("oco", "oto parent", "otoco parent", "oto child", "otoco child")
KINDS = (*RESTING, *TRIGGERED, *MEMBERS, "sliced", "ioc", "fok", "market", "budget")
FATES = ("filled", "partly", "cancelled", "reduced", "replaced", "expired", "rejected_on_trigger")


def possible(kind: str, fate: str) -> bool:
    """Return whether an order of a kind can come to that."""
    if kind in {"ioc", "market", "budget", "fok"}:
        return fate == "filled" or (fate == "partly" and kind in {"ioc", "market"})
    if fate == "rejected_on_trigger":
        return kind in TRIGGERED or kind in {"oto child", "otoco child"}
    if fate == "expired":
        return kind in {"gtd", "day", "tied", "peg", "iceberg", "slide", *TRIGGERED, *MEMBERS}
    if kind == "sliced":
        return fate != "replaced"
    return True


@dataclass(slots=True)
class Fates:
    """How often an order of each kind came to what."""

    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    _kinds: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _members: dict[int, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin another venue."""
        self._kinds.clear()
        self._members.clear()

    def see(self, command: int, events: list[e.Event]) -> None:
        """Count what the events of a command tell."""
        terms = {t.order_id: t for t in events if isinstance(t, e.OrderTerms)}
        for event in events:
            if isinstance(event, e.ListAccepted):
                self._learn_list(event)
            elif isinstance(event, e.OrderAccepted):
                self._kinds[event.order_id] = self._kinds_of(event, terms.get(event.order_id))
            elif isinstance(event, e.Trade):
                self._fill(event.taker_order_id, event.taker_open_lots)
                self._fill(event.maker_order_id, event.maker_open_lots)
            elif isinstance(event, e.OrderReplaced) and command == REPLACE:
                self._count(event.order_id, "replaced")
            elif isinstance(event, e.OrderReplaced | e.OrderDone):
                self._end(event, command)

    def wanted(self) -> list[tuple[str, int]]:
        """Return every kind and fate that can meet, and how often they did."""
        rows = [(kind, fate) for kind in KINDS for fate in FATES if possible(kind, fate)]
        return [(f"{kind}: {fate}", self.hits[kind, fate]) for kind, fate in rows]

    def _end(self, event: e.OrderReplaced | e.OrderDone, command: int) -> None:
        if isinstance(event, e.OrderReplaced):
            if command == codec.NUMBER_OF[c.ReduceOrder]:
                self._count(event.order_id, "reduced")
        elif event.reason == DoneReason.CANCELLED and command in CANCELS:
            self._count(event.order_id, "cancelled")
        elif event.reason in {DoneReason.EXPIRED, DoneReason.REJECTED_ON_TRIGGER}:
            self._count(event.order_id, DoneReason(event.reason).name.lower())

    def _fill(self, order_id: int, open_lots: int) -> None:
        self._count(order_id, "partly" if open_lots else "filled")

    def _count(self, order_id: int, fate: str) -> None:
        for kind in self._kinds.get(order_id, ()):
            self.hits[kind, fate] += 1

    def _learn_list(self, event: e.ListAccepted) -> None:
        first, *others = event.first_order_id, event.second_order_id, event.third_order_id
        name = ListKind(event.list_kind).name.lower()
        own = "oco" if event.list_kind == ListKind.OCO else f"{name} parent"
        self._members[first] = own
        child = "oco" if event.list_kind == ListKind.OCO else f"{name} child"
        self._members |= {order_id: child for order_id in others if order_id}

    def _kinds_of(self, born: e.OrderAccepted, terms: e.OrderTerms | None) -> tuple[str, ...]:
        """Return everything that an order is."""
        kinds = [self._members[born.order_id]] if born.order_id in self._members else []
        if terms is None:
            return (*kinds, _plain(born))
        if terms.trigger:
            name = Trigger(terms.trigger).name.lower()
            kind = " market" if born.kind == Kind.MARKET else " limit"
            kinds.append(name if terms.trigger == Trigger.TRAIL else name + kind)
        for name, term in (("peg", terms.peg), ("sliced", terms.slices)):
            kinds += [name] if term else []
        kinds += ["iceberg"] if terms.display_lots else []
        kinds += ["slide"] if born.flags & OrderFlag.SLIDE else []
        kinds += ["tied"] if terms.session or terms.api_key else []
        return (*kinds, _plain(born)) if not (terms.trigger or terms.slices) else tuple(kinds)


def _plain(born: e.OrderAccepted) -> str:
    if born.kind != Kind.LIMIT:
        return Kind(born.kind).name.lower()
    force = TimeInForce(born.time_in_force)
    return "limit" if force is TimeInForce.GTC else force.name.lower()
