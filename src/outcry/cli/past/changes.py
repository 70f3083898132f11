"""What happened between two points: counted from the events, and compared state with state."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from outcry.cli.past.describe import TOTALS, Facts, state_facts
from outcry.cli.past.point import time_text
from outcry.domain import events as e
from outcry.marketdata.registry import Registry
from outcry.ports import EventBatch
from outcry.venue import Venue, event_words
from outcry.venue.amounts import Scale, scale_of

ORDINARY = (
    e.OrderAccepted,
    e.OrderBooked,
    e.OrderReplaced,
    e.OrderTerms,
    e.OrderTriggered,
    e.OrderShown,
    e.OrderParked,
    e.ListAccepted,
    e.ChildPlaced,
    e.IndicativeChanged,
    e.OrderDone,
    e.Trade,
    e.MatchPrevented,
    e.CommandRejected,
    e.CommandReplayed,
    e.BalanceChanged,
    e.MassCancelled,
    e.AccountOpened,
)
"""What trading is made of; every other event is a change of the venue itself, and is listed."""


@dataclass(slots=True)
class Tape:
    """The trades of one market."""

    trades: int = 0
    lots: int = 0
    notional_units: int = 0
    first_ticks: int = 0
    low_ticks: int = 0
    high_ticks: int = 0
    last_ticks: int = 0

    def add(self, trade: e.Trade) -> None:
        """Count one trade in."""
        price = trade.price_ticks
        if not self.trades:
            self.first_ticks = self.low_ticks = self.high_ticks = price
        self.trades += 1
        self.lots += trade.lots
        self.notional_units += trade.notional_units
        self.low_ticks, self.high_ticks = min(self.low_ticks, price), max(self.high_ticks, price)
        self.last_ticks = price


class Changes:
    """What the events between two points tell. `limit` rows of orders are kept, 0: all.

    Prices and sizes are written as their market counted at that moment: ticks and lots can change.
    """

    def __init__(self, before: Venue, limit: int) -> None:
        self.events: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.tapes: dict[tuple[int, Scale], Tape] = {}
        self.opened_rows: list[Facts] = []
        self.done_rows: list[Facts] = []
        self.changed: list[Facts] = []
        self.accounts: set[int] = set()
        self._limit = limit
        self._registry = Registry(before.assets(), before.markets())

    def take(self, events: Iterable[e.Event]) -> None:
        """Count events in."""
        for event in events:
            self.events[type(event).__name__] += 1
            for name in _account_fields(type(event)):
                self.accounts.add(getattr(event, name))
            self._take(event)

    def _take(self, event: e.Event) -> None:
        if isinstance(event, e.Trade):
            place = event.market, self._scale(event.market)
            self.tapes.setdefault(place, Tape()).add(event)
        elif isinstance(event, e.OrderAccepted):
            self._keep(self.opened_rows, event, "price_ticks", "lots")
        elif isinstance(event, e.OrderDone):
            self.done[str(event_words(event)["reason"])] += 1
            self._keep(self.done_rows, event, "reason", "filled_lots")
        elif isinstance(event, e.CommandRejected):
            self.rejected[str(event_words(event)["reason"])] += 1
        elif not isinstance(event, ORDINARY):
            at = EventBatch(event.sequence, event.sequence, event.time_ns, b"", [event])
            self._registry.consume(at)
            self.changed.append(event_words(event) | {"time": time_text(event.time_ns)})

    def _keep(self, rows: list[Facts], event: e.Event, *more: str) -> None:
        """Add a row: which order, and these fields of the event."""
        if self._limit and len(rows) >= self._limit:
            return
        words, scale = event_words(event), self._scale(event.market)
        facts = {"sequence": event.sequence, "time": time_text(event.time_ns)}
        facts |= {"account": event.account, "market": self._registry.market(event.market).symbol}
        facts |= {"order_id": words["order_id"], "side": words["side"]}
        for name in more:
            label, shown = {
                "price_ticks": ("price", scale.price),
                "lots": ("quantity", scale.quantity),
                "filled_lots": ("filled", scale.quantity),
            }.get(name, (name, str))
            facts[label] = shown(words[name])
        rows.append(facts)

    def _scale(self, market: int) -> Scale:
        rules, asset = self._registry.market(market), self._registry.asset
        return scale_of(rules, asset(rules.base), asset(rules.quote))


_FIELDS: dict[type, tuple[str, ...]] = {}


def _account_fields(kind: Any) -> tuple[str, ...]:  # noqa: ANN401  # a NamedTuple's class
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(name for name in kind._fields if name.endswith("account"))
    return _FIELDS[kind]


def difference(before: Venue, after: Venue, changes: Changes) -> Facts:
    """Return what changed from one state to the other."""
    return {
        "from": state_facts(before),
        "to": state_facts(after),
        "commands": after.sequence - before.sequence,
        "events": dict(sorted(changes.events.items())),
        "assets": _assets(before, after),
        "balances": _balances(before, after, changes.accounts),
        "trades": [_tape(after, *place, tape) for place, tape in changes.tapes.items()],
        "orders_opened": changes.events["OrderAccepted"],
        "orders_done": dict(sorted(changes.done.items())),
        "opened": changes.opened_rows,
        "done": changes.done_rows,
        "rejected": dict(sorted(changes.rejected.items())),
        "changes": changes.changed,
    }


def _assets(before: Venue, after: Venue) -> list[Facts]:
    """Return by how many units the totals of each asset changed, where they did."""
    old, rows = before.conservation(), []
    for symbol, now in after.conservation().items():
        then = old.get(symbol)
        moved = {name: getattr(now, name) - (getattr(then, name) if then else 0) for name in TOTALS}
        if any(moved.values()):
            rows.append({"symbol": symbol} | moved)
    return rows


def _balances(before: Venue, after: Venue, accounts: Iterable[int]) -> list[Facts]:
    """Return the balances that differ, of the accounts that any event named."""
    rows = []
    for account in sorted(accounts):
        old, new = before.balances(account), after.balances(account)
        for symbol in sorted(old.keys() | new.keys()):
            then, now = old.get(symbol, (0, 0)), new.get(symbol, (0, 0))
            if then != now:
                available, held = (
                    [after.amount(symbol, units) for units in pair]
                    for pair in zip(then, now, strict=True)
                )
                rows.append({"account": account, "asset": symbol} | _pairs(available, held))
    return rows


def _pairs(available: list[str], held: list[str]) -> Facts:
    return {
        "available_before": available[0],
        "available_after": available[1],
        "held_before": held[0],
        "held_after": held[1],
    }


def _symbol(venue: Venue, market: int) -> str:
    return next((m.symbol for m in venue.markets() if m.market == market), str(market))


def _tape(venue: Venue, market: int, scale: Scale, tape: Tape) -> Facts:
    return {
        "market": _symbol(venue, market),
        "trades": tape.trades,
        "quantity": scale.quantity(tape.lots),
        "notional": venue.amount(scale.quote.asset, tape.notional_units),
        "first": scale.price(tape.first_ticks),
        "low": scale.price(tape.low_ticks),
        "high": scale.price(tape.high_ticks),
        "last": scale.price(tape.last_ticks),
    }
