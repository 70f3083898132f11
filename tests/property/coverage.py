"""What a run of scripts has reached, and whether that is enough to believe it."""

from collections import Counter
from dataclasses import dataclass, field

from outcry import codec
from outcry.domain import events as e
from outcry.domain.order import DoneReason, Kind, OrderFlag, SelfTrade, TimeInForce
from outcry.domain.rejects import Reject
from tests.property.fates import Fates
from tests.property.generator import INSIDE, Script

TRADING_PERCENT_MIN = 10
HITS_MIN = 10
UNREACHABLE = {
    Reject.TICK: "the edge refuses it: the core counts in ticks",
    Reject.LOT: "the edge refuses it: the core counts in lots",
    Reject.RATE: "the edge refuses it: the core has no clock",
}
"""Reasons that no command can meet, and why."""
TOLD_ABOVE = {
    e.RulesSet, e.SwitchSet, e.SwitchFired, e.BandReached, e.IndicativeChanged, e.AuctionEnded,
    e.AuctionExtended,
}  # fmt: skip
"""Events that a bare core does not tell: they are those of what stands above it."""
Pair = tuple[str, str]


def pairs() -> list[Pair]:
    """Return every (how an order lives, self-trade mode) that the shape allows."""
    lives = [*(f.name for f in TimeInForce), Kind.MARKET.name, Kind.BUDGET.name]
    return [(life, mode.name) for life in lives for mode in SelfTrade]


@dataclass(slots=True)
class Coverage:
    """Counts over the commands after each script's opening; of scripts for engines if `whole`."""

    whole: bool = False
    commands: int = 0
    trading: int = 0
    audited: int = 0
    """Commands after which everything was checked."""
    done_by: Counter[str] = field(default_factory=Counter)
    rejects: Counter[Reject] = field(default_factory=Counter)
    done: Counter[DoneReason] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    own_met: Counter[Pair] = field(default_factory=Counter)
    fates: Fates = field(default_factory=Fates)
    _booked: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)

    def see(self, script: Script) -> None:
        """Count one script."""
        self._booked.clear()
        self.fates.begin()
        for record, events in zip(
            script.records[script.opening :], script.events[script.opening :], strict=True
        ):
            self.see_command(record, codec.decode_events(events))

    def see_command(self, record: bytes, events: list[e.Event]) -> None:
        """Count what one command caused."""
        self.commands += 1
        self.trading += any(isinstance(event, e.Trade) for event in events)
        layout = codec.COMMAND_BY_NUMBER.get(record[2])
        refused = any(
            isinstance(event, e.CommandRejected) and event.command == record[2] for event in events
        )
        if layout is not None and not refused:
            self.done_by[layout.cls.__name__] += 1
        self.fates.see(record[2], events)
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
        elif isinstance(event, e.OrderDone | e.OrderParked):
            self._booked.pop(event.order_id, None)

    def wanted(self) -> list[tuple[str, int]]:
        """Return everything that should have been reached, and how often it was."""
        kinds = [layout for layout in codec.COMMANDS if not self.whole or layout.cls not in INSIDE]
        told = [layout.cls for layout in codec.EVENTS if self.whole or layout.cls not in TOLD_ABOVE]
        rows = [(f"done: {k.cls.__name__}", self.done_by[k.cls.__name__]) for k in kinds]
        rows += [(f"refused: {r.name}", self.rejects[r]) for r in Reject if r not in UNREACHABLE]
        rows += [(f"ended: {reason.name}", self.done[reason]) for reason in DoneReason]
        rows += [(f"own met: {' x '.join(p)}", self.own_met[p]) for p in pairs()]
        rows += [(f"told: {cls.__name__}", self.events[cls.__name__]) for cls in told]
        return rows + self.fates.wanted()

    def lacking(self) -> list[str]:
        """Return what was reached too seldom."""
        found = []
        if self.trading * 100 < self.commands * TRADING_PERCENT_MIN:
            found.append(f"{self.trading} of {self.commands} commands trade")
        found += [f"{name}: {hits}" for name, hits in self.wanted() if hits < HITS_MIN]
        met = [reason for reason in UNREACHABLE if self.rejects[reason]]
        return found + [f"{r.name} is said to be out of reach and was met" for r in met]

    def report(self) -> str:
        """Return the counts as text."""
        share = 100 * self.trading / max(1, self.commands)
        lines = [f"{self.commands} commands after the openings, {share:.1f} % of them trade"]
        lines += [f"  {hits:>9,}  {name}" for name, hits in self.wanted()]
        lines.append("out of reach:")
        lines += [f"  {reason.name}: {why}" for reason, why in UNREACHABLE.items()]
        return "\n".join(lines)


def _pair(event: e.OrderAccepted) -> Pair:
    kind = Kind(event.kind)
    life = TimeInForce(event.time_in_force).name if kind is Kind.LIMIT else kind.name
    return life, SelfTrade(event.self_trade).name
