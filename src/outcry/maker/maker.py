"""The market maker: a strategy that keeps quotes on both sides of a price, and its inventory small.

It cancels and places only what has to change, quotes post-only, and knows each refusal of the API
by name: what to do about it, and whether it had to be expected.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from typing_extensions import override

from outcry.maker.model import NS_PER_S, Inventory, Volatility
from outcry.maker.quotes import (
    Around,
    Quote,
    QuoteSettings,
    Room,
    changes,
    of_others,
    ticks_of,
    wanted,
)
from outcry.maker.reference import Reference
from outcry.strategy import OrderUpdate, Side, Strategy

MOVED = frozenset({"POST_ONLY"})
"""The market was faster: quote again."""
CLOSED = frozenset(
    {"HALTED", "CANCEL_ONLY", "MARKET_CLOSED", "CALL_PHASE", "VENUE_HALTED", "VENUE_READ_ONLY",
     "VENUE_CANCEL_ONLY"}
)  # fmt: skip
"""Nobody can quote now: look again at the next refresh."""
TROUBLE = frozenset(
    {"BUSY", "DRAINING", "RATE", "UNAVAILABLE", "UNKNOWN_OUTCOME", "UNREACHABLE", "INTERNAL"}
)
"""The way to the venue: look again at the next refresh."""
SHORT = frozenset(
    {"INSUFFICIENT_FUNDS", "POSITION", "REDUCE_ONLY", "OPEN_ORDERS", "OPEN_ORDERS_TOTAL",
     "ORDER_NOTIONAL", "DAILY_NOTIONAL", "PRICE_BAND", "ACCOUNT_FROZEN"}
)  # fmt: skip
"""This side cannot be quoted for a while; the other one can."""
EXPECTED = MOVED | CLOSED | TROUBLE
REST_NS = 30 * NS_PER_S
"""How long a side rests after a refusal of `SHORT`, or of a kind that nobody expected."""
LOOK_NS = NS_PER_S // 4
"""How often it looks whether something has to be done."""


@dataclass(slots=True)
class MakerFacts:
    """What a maker has done, for whoever watches it."""

    refreshes: int = 0
    placed: int = 0
    cancelled: int = 0
    kept: int = 0
    """Quotes that needed no change at a refresh."""
    reference_ticks: float = 0.0
    lean_bps: float = 0.0
    spread_bps: float = 0.0


class Maker(Strategy):
    """Quotes one market. `refused` counts refusals by code."""

    timer_ns = LOOK_NS
    book_levels = 20

    def __init__(
        self,
        reference: Reference,
        settings: QuoteSettings | None = None,
        model: Inventory | None = None,
        volatility: Volatility | None = None,
    ) -> None:
        """Prepare. Without a model the quotes do not lean and are as wide as `spread_bps` says."""
        self.reference = reference
        self.settings = settings or QuoteSettings()
        self.model = model
        self.volatility = volatility or Volatility()
        self.facts = MakerFacts()
        self.refused: Counter[str] = Counter()
        self._due_ns = 0
        self._sides: dict[str, Side] = {}
        self._resting_until: dict[Side, int] = {"buy": 0, "sell": 0}

    @property
    def unexpected(self) -> int:
        """How many refusals nobody had to expect."""
        return sum(count for code, count in self.refused.items() if code not in EXPECTED)

    @override
    def on_start(self) -> None:
        self._level_lots = self.terms.lots(self.settings.quantity)
        self._max_units = self.terms.lots(self.settings.position_max) * self.terms.lot_units
        self._due_ns = 0

    @override
    def on_timer(self) -> None:
        if self.now_ns >= self._due_ns:
            self._refresh()

    @override
    def on_order(self, order: OrderUpdate) -> None:
        if order.status == "filled":
            self._due_ns = min(self._due_ns, self.now_ns + LOOK_NS)
        if not order.reason or order.status not in {"rejected", "open"}:
            return
        self.refused[order.reason] += 1
        if order.reason in MOVED:
            self._due_ns = min(self._due_ns, self.now_ns + LOOK_NS)
        elif order.reason not in EXPECTED:
            side = self._sides.get(order.key)
            for name in (side,) if side else ("buy", "sell"):
                self._resting_until[name] = self.now_ns + REST_NS

    def _refresh(self) -> None:
        """Bring the quotes to where they should be."""
        self._due_ns = self.now_ns + int(self.settings.refresh_s * NS_PER_S)
        self.facts.refreshes += 1
        price = self.reference.price(self.now_ns)
        if price is None:
            self.cancel_all()
            return
        quotes = wanted(self.settings, self._around(price), self._room())
        keep_ticks = int(self.facts.reference_ticks * self.settings.keep_bps / 10_000)
        change = changes(self.orders.values(), quotes, keep_ticks)
        for key in change.cancel:
            self.cancel(key)
        self._sides = {key: order.side for key, order in self.orders.items()}
        for quote in change.place:
            self._sides[self._quote(quote)] = quote.side
        self.facts.kept += len(quotes) - len(change.place)
        self.facts.placed += len(change.place)
        self.facts.cancelled += len(change.cancel)

    def _quote(self, quote: Quote) -> str:
        return self.place(quote.side, quote.price_ticks, quote.lots, post_only=True)

    def _around(self, price: Decimal) -> Around:
        ticks = ticks_of(price, self.terms.tick)
        self.volatility.take(ticks, self.now_ns)
        facts, settings = self.facts, self.settings
        facts.reference_ticks, facts.lean_bps, facts.spread_bps = ticks, 0.0, settings.spread_bps
        if self.model is not None:
            clips = self.position.base_units / (self._level_lots * self.terms.lot_units)
            bps = self.volatility.bps
            most = settings.spread_max_bps
            facts.spread_bps = min(most, max(settings.spread_bps, self.model.spread_bps(bps)))
            facts.lean_bps = max(-most, min(most, self.model.lean_bps(clips, bps)))
        own = self.orders.values()
        return Around(ticks, facts.lean_bps, facts.spread_bps, *of_others(self.book, own))

    def _room(self) -> Room:
        lot_units = self.terms.lot_units
        buy = max(0, self._max_units - self.position.base_units) // lot_units
        sell = max(0, self._max_units + self.position.base_units) // lot_units
        if self.now_ns < self._resting_until["buy"]:
            buy = 0
        if self.now_ns < self._resting_until["sell"]:
            sell = 0
        return Room(self._level_lots, buy, sell, self.terms.min_lots)
