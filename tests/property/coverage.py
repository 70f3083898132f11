"""What a run of scripts has reached, and whether that is enough to believe it."""

from collections import Counter
from dataclasses import dataclass, field

from outcry import codec
from outcry.domain import events as e
from outcry.domain.order import DoneReason, Kind, OrderFlag, SelfTrade, TimeInForce
from outcry.domain.rejects import Reject
from tests.property.generator import Script

TRADING_PERCENT_MIN = 30
HITS_MIN = 20
UNREACHABLE = {
    Reject.TICK: "the edge refuses it: the core counts in ticks",
    Reject.LOT: "the edge refuses it: the core counts in lots",
    Reject.WOULD_TRIGGER: "there are no stops yet",
    Reject.BAND: "there are no bands yet",
    Reject.RATE: "the edge refuses it: the core has no clock",
    Reject.STOP_ORDERS: "there are no stops yet",
    Reject.POSITION: "there is no position limit yet",
    Reject.CALL_PHASE: "no command leads to a call phase yet",
}
"""Reasons that no command can meet in this version, and why."""
DONE_REACHABLE = {
    DoneReason.FILLED,
    DoneReason.CANCELLED,
    DoneReason.REDUCED,
    DoneReason.REPLACED,
    DoneReason.EXPIRED,
    DoneReason.NO_LIQUIDITY,
    DoneReason.BUDGET_EXHAUSTED,
    DoneReason.FOK_KILLED,
    DoneReason.REST,
    DoneReason.SELF_TRADE,
    DoneReason.PREVENTED,
}
Pair = tuple[str, str]


def pairs() -> list[Pair]:
    """Return every (how an order lives, self-trade mode) that the shape allows."""
    lives = [*(f.name for f in TimeInForce), Kind.MARKET.name, Kind.BUDGET.name]
    return [(life, mode.name) for life in lives for mode in SelfTrade]


@dataclass(slots=True)
class Coverage:
    """Counts over the commands after each script's opening."""

    commands: int = 0
    trading: int = 0
    rejects: Counter[Reject] = field(default_factory=Counter)
    done: Counter[DoneReason] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    own_met: Counter[Pair] = field(default_factory=Counter)
    _booked: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)

    def see(self, script: Script) -> None:
        """Count one script."""
        self._booked.clear()
        for events in script.events[script.opening :]:
            self.see_command(codec.decode_events(events))

    def see_command(self, events: list[e.Event]) -> None:
        """Count what one command caused."""
        self.commands += 1
        self.trading += any(isinstance(event, e.Trade) for event in events)
        taker: e.OrderAccepted | None = None
        for event in events:
            self.events[type(event).__name__] += 1
            if isinstance(event, e.CommandRejected):
                self.rejects[Reject(event.reason)] += 1
            elif isinstance(event, e.OrderDone):
                self.done[DoneReason(event.reason)] += 1
            elif isinstance(event, e.OrderAccepted):
                taker = event
            if taker and self._met_own(event, taker):
                self.own_met[_pair(taker)] += 1
            self._follow(event)

    def _met_own(self, event: e.Event, taker: e.OrderAccepted) -> bool:
        """Return whether an event tells of an order that met one of its own account."""
        if isinstance(event, e.OrderDone):
            killed = event.reason == DoneReason.FOK_KILLED and self._faces_own(taker)
            return killed or event.reason == DoneReason.SELF_TRADE
        if isinstance(event, e.Trade):
            return event.account == event.maker_account
        return isinstance(event, e.MatchPrevented)

    def _faces_own(self, taker: e.OrderAccepted) -> bool:
        """Return whether an order of the taker's own account stands where it would trade."""
        facing = (taker.account, taker.market, 1 - taker.side)
        prices = [price for *whose, price in self._booked.values() if tuple(whose) == facing]
        if taker.side:
            return any(price >= taker.price_ticks for price in prices)
        return any(price <= taker.price_ticks for price in prices)

    def _follow(self, event: e.Event) -> None:
        """Remember which orders stand in the book."""
        if isinstance(event, e.OrderBooked) or (
            isinstance(event, e.OrderAccepted) and event.flags & OrderFlag.BOOKED
        ):
            standing = (event.account, event.market, event.side, event.price_ticks)
            self._booked[event.order_id] = standing
        elif isinstance(event, e.OrderDone):
            self._booked.pop(event.order_id, None)

    def lacking(self) -> list[str]:
        """Return what was reached too seldom."""
        found = []
        if self.trading * 100 < self.commands * TRADING_PERCENT_MIN:
            found.append(f"{self.trading} of {self.commands} commands trade")
        for reason in Reject:
            if reason not in UNREACHABLE and self.rejects[reason] < HITS_MIN:
                found.append(f"{reason.name}: {self.rejects[reason]}")
            if reason in UNREACHABLE and self.rejects[reason]:
                found.append(f"{reason.name} is said to be out of reach and was met")
        found += [f"{r.name}: {self.done[r]}" for r in DONE_REACHABLE if self.done[r] < HITS_MIN]
        found += [f"{p}: {self.own_met[p]}" for p in pairs() if self.own_met[p] < HITS_MIN]
        kinds = {layout.cls.__name__ for layout in codec.EVENTS}
        found += [f"{kind}: {self.events[kind]}" for kind in kinds if self.events[kind] < HITS_MIN]
        return found

    def report(self) -> str:
        """Return the counts as text."""
        share = 100 * self.trading / max(1, self.commands)
        lines = [f"{self.commands} commands after the openings, {share:.1f} % of them trade"]
        for title, counts in (
            ("events", {k: self.events[k] for k in sorted(self.events)}),
            ("rejects", {r.name: self.rejects[r] for r in Reject if r not in UNREACHABLE}),
            ("done", {r.name: self.done[r] for r in DoneReason if r in DONE_REACHABLE}),
            ("own orders met", {" x ".join(p): self.own_met[p] for p in pairs()}),
        ):
            lines.append(f"{title}:")
            lines += [f"  {count:>9,}  {name}" for name, count in counts.items()]
        lines.append("out of reach in this version:")
        lines += [f"  {reason.name}: {why}" for reason, why in UNREACHABLE.items()]
        return "\n".join(lines)


def _pair(event: e.OrderAccepted) -> Pair:
    kind = Kind(event.kind)
    life = TimeInForce(event.time_in_force).name if kind is Kind.LIMIT else kind.name
    return life, SelfTrade(event.self_trade).name
