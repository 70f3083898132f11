"""Orders of all times: those that are open as the core tells them, the others from their events."""

from dataclasses import dataclass, field
from typing import Any

from outcry import codec
from outcry.codec.layouts import TERMS
from outcry.domain import events as e
from outcry.domain.order import Kind, OrderFlag
from outcry.engine.core import Core, OrderTuple
from outcry.venue.history import History
from outcry.venue.views import Fill, Order, Terms, fill_of
from outcry.venue.words.fields import ENUMERATIONS, ENUMERATIONS_OF


@dataclass(slots=True)
class _Life:
    """The events that tell an order's life."""

    accepted: e.OrderAccepted | None = None
    terms: e.OrderTerms | None = None
    price_ticks: int = 0
    done: e.OrderDone | None = None
    trades: list[e.Trade] = field(default_factory=list)


class Orders:
    """Orders of all times, looked up in the history; it reads only what it has not read yet."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read = 0
        self._lives: dict[int, _Life] = {}

    def view(self, order_id: int, core: Core) -> Order | None:
        """Return an order, None where nobody ever heard of it."""
        self._catch_up()
        life = self._lives.get(order_id) or _Life()
        row = core.order(order_id)
        if row is not None:
            return _open(life, row, core.terms(order_id))
        return _ended(life, life.done) if life.done else None

    def _catch_up(self) -> None:
        for records in self._history.events[self._read :]:
            for event in codec.decode_events(records):
                self._consume(event)
        self._read = len(self._history.events)

    def _consume(self, event: e.Event) -> None:
        if isinstance(event, e.OrderAccepted):
            self._lives[event.order_id] = _Life(accepted=event, price_ticks=event.price_ticks)
        elif isinstance(event, e.OrderTerms):
            self._life(event.order_id).terms = event
        elif isinstance(event, e.OrderReplaced | e.OrderBooked):
            self._life(event.order_id).price_ticks = event.price_ticks
        elif isinstance(event, e.OrderDone):
            self._life(event.order_id).done = event
        elif isinstance(event, e.Trade):
            self._life(event.taker_order_id).trades.append(event)
            self._life(event.maker_order_id).trades.append(event)

    def _life(self, order_id: int) -> _Life:
        return self._lives.setdefault(order_id, _Life())


def _named(words: dict[str, int]) -> dict[int, str]:
    return {number: name for name, number in words.items()}


_WORDS = {
    name: _named(dict(ENUMERATIONS[name]))
    for name in ("side", "kind", "time_in_force", "trigger", "peg")
}
_DONE = _named(dict(ENUMERATIONS_OF["OrderDone", "reason"]))
_NAMED_TERMS = (*TERMS.split(), "time_in_force", "kind", "shown_lots", "limit_ticks", "partner")
"""The sixteen words of `Core.terms`."""


def _open(life: _Life, row: OrderTuple, row_of_terms: tuple[int, ...] | None) -> Order:
    order_id, account, market, side, price_ticks, lots, open_lots, prevented_lots = row[:8]
    flags = row[10]
    waits = bool(flags & OrderFlag.WAITING)
    named = dict(zip(_NAMED_TERMS, row_of_terms, strict=True)) if row_of_terms else {}
    shown_lots = named["shown_lots"] if named.get("display_lots") else open_lots
    return Order(
        order_id=order_id,
        account=account,
        market=market,
        side=_WORDS["side"][side],
        price_ticks=price_ticks,
        lots=lots,
        open_lots=open_lots,
        filled_lots=lots - open_lots - prevented_lots,
        prevented_lots=prevented_lots,
        shown_lots=0 if waits else shown_lots,
        status="waiting" if waits else "open",
        reason="",
        fills=_fills(life, order_id),
        terms=_terms(named) if named else None,
        **_flags(flags),
        **(_placing(life) | _kept(named)),
    )


def _ended(life: _Life, done: e.OrderDone) -> Order:
    born, terms = life.accepted, life.terms
    whole = done.filled_lots + done.prevented_lots + done.open_lots
    return Order(
        order_id=done.order_id,
        account=done.account,
        market=done.market,
        side=_WORDS["side"][done.side],
        price_ticks=life.price_ticks,
        lots=0 if born and born.kind == Kind.BUDGET else whole,
        open_lots=0,
        filled_lots=done.filled_lots,
        prevented_lots=done.prevented_lots,
        status="done",
        reason=_DONE.get(done.reason, ""),
        fills=_fills(life, done.order_id),
        terms=_terms(terms._asdict()) if terms else None,
        **_flags(born.flags if born else 0),
        **_placing(life),
    )


def _terms(named: dict[str, Any]) -> Terms:
    words = {name: _WORDS[name][named[name]] for name in ("trigger", "peg")}
    names = (name for name in Terms.__dataclass_fields__ if name in named)
    return Terms(**{name: named[name] for name in names} | words)


def _kept(named: dict[str, int]) -> dict[str, str]:
    """Return the words of its placing that the core keeps of a special order."""
    return {name: _WORDS[name][named[name]] for name in ("kind", "time_in_force") if named}


def _placing(life: _Life) -> dict[str, Any]:
    born = life.accepted
    return {
        "kind": _WORDS["kind"].get(born.kind, "") if born else "",
        "time_in_force": _WORDS["time_in_force"].get(born.time_in_force, "") if born else "",
        "key": born.key if born else "",
        "budget_units": born.budget_units if born else 0,
    }


def _flags(flags: int) -> dict[str, Any]:
    names = ("post_only", "slide", "pending", "queued", "linked")
    return {name: bool(flags & OrderFlag[name.upper()]) for name in names}


def _fills(life: _Life, order_id: int) -> tuple[Fill, ...]:
    return tuple(fill_of(trade, order_id) for trade in life.trades)
