"""Orders that wait for a print: stops, take-profits and trailing ones, and their queue.

A trigger fires on the first print of a command that satisfies it; the queue is by that print, then
by acceptance. What is queued runs in turn, at most `FIRES` under one sequence; the rest is state.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from outcry.domain.commands import FireOrder, QueueOrder
from outcry.domain.events import ChildPlaced, Event, OrderTerms, Trade
from outcry.domain.order import Side, Trigger
from outcry.domain.units import PPM
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.terms import (
    PENDING,
    QUEUED,
    WAITING,
    Special,
    market_of,
    special,
    trades,
)

FIRES = 100
ALL_PRINTS = (1 << 63) - 1
NO_PRINT = 0


@dataclass(slots=True)
class Trail:
    """How far a trailing order has come: `best_ticks` is the extreme so far, 0 before it began."""

    side: int
    trail_ppm: int
    start_ticks: int
    best_ticks: int = 0

    def follow(self, price_ticks: int) -> bool:
        """Take in a print; return whether it fires the order."""
        sells = self.side == Side.SELL
        if not self.best_ticks:
            reached = price_ticks >= self.start_ticks if sells else price_ticks <= self.start_ticks
            if self.start_ticks and not reached:
                return False
            self.best_ticks = price_ticks
        elif sells:
            self.best_ticks = max(self.best_ticks, price_ticks)
        else:
            self.best_ticks = min(self.best_ticks, price_ticks)
        if sells:
            return price_ticks * PPM <= self.best_ticks * (PPM - self.trail_ppm)
        return price_ticks * PPM >= self.best_ticks * (PPM + self.trail_ppm)


class Waiting:
    """The orders of one market that wait for a print.

    `rising` fire at their trigger or above, `falling` at theirs or below. An entry whose order
    waits no more stays until it comes to the top.
    """

    def __init__(self) -> None:
        self.rising: list[tuple[int, int]] = []
        self.falling: list[tuple[int, int]] = []
        self.trails: dict[int, Trail] = {}

    def add(self, order_id: int, side: int, trigger: int, trigger_ticks: int) -> None:
        """Let an order wait for a price."""
        if (trigger == Trigger.STOP) == (side == Side.BUY):
            heappush(self.rising, (trigger_ticks, order_id))
        else:
            heappush(self.falling, (-trigger_ticks, order_id))

    def fired_by(self, price_ticks: int) -> list[int]:
        """Take out what a print fires; return it by acceptance."""
        fired = [order_id for order_id, t in self.trails.items() if t.follow(price_ticks)]
        for order_id in fired:
            del self.trails[order_id]
        while self.rising and self.rising[0][0] <= price_ticks:
            fired.append(heappop(self.rising)[1])
        while self.falling and -self.falling[0][0] >= price_ticks:
            fired.append(heappop(self.falling)[1])
        return sorted(fired)


class Triggers:
    """Everything in the venue that waits for a print, and what a print has fired already."""

    def __init__(self, core: Core, trails: Sequence[Sequence[int]], queue: Iterable[Sequence[int]]):
        """Take over from the core, and of the notes (order, extreme) and (order, print)."""
        self._core = core
        self._markets: dict[int, Waiting] = {}
        self.queue: deque[tuple[int, int]] = deque((order, ticks) for order, ticks in queue)
        self._queued = {order_id for order_id, _ in self.queue}
        self._unmarked: list[int] = []
        self._last_fired = (0, 0)
        for order_id in core.special_orders():
            order = special(core, order_id)
            if order and order_id not in self._queued:
                self._wait(order)
        for order_id, best_ticks in trails:
            found = core.order(order_id)
            if found:
                self._markets[found[2]].trails[order_id].best_ticks = best_ticks

    def notes(self) -> tuple[list[list[int]], list[list[int]]]:
        """Return what the core does not know: extremes of trailing orders, and the queue."""
        trails = [
            [order_id, trail.best_ticks]
            for waiting in self._markets.values()
            for order_id, trail in waiting.trails.items()
            if trail.best_ticks and self._core.order(order_id)
        ]
        return sorted(trails), [list(entry) for entry in self.queue if self._core.order(entry[0])]

    def note(self, event: Event) -> None:
        """Take in an order that began to wait."""
        if type(event) is OrderTerms or type(event) is ChildPlaced:
            order = special(self._core, event.order_id)
            if order:
                self._wait(order)

    def _wait(self, order: Special) -> None:
        terms = order.terms
        if not terms.trigger or not order.flags & WAITING or order.flags & (PENDING | QUEUED):
            return
        waiting = self._markets.setdefault(order.market, Waiting())
        if terms.trigger == Trigger.TRAIL:
            trail = Trail(order.side, terms.trail_ppm, terms.trigger_ticks)
            waiting.trails[order.order_id] = trail
        else:
            waiting.add(order.order_id, order.side, terms.trigger, terms.trigger_ticks)

    def see(self, event: Event) -> list[int]:
        """Queue what an event fires, if it is a print; return it by acceptance."""
        waiting = self._markets.get(event.market) if type(event) is Trade else None
        if waiting is None or type(event) is not Trade:
            return []
        fired = [order for order in waiting.fired_by(event.price_ticks) if self._waits(order)]
        for order_id in fired:
            self._queue(order_id, event.price_ticks)
        return fired

    def _queue(self, order_id: int, price_ticks: int) -> None:
        self.queue.append((order_id, price_ticks))
        self._queued.add(order_id)
        self._unmarked.append(order_id)

    def at_once(self, order_id: int) -> bool:
        """Queue a child that has just been placed where the last price fires it already."""
        order = special(self._core, order_id)
        market = market_of(self._core, order.market) if order else None
        if not order or not market or order.terms.trigger not in {Trigger.STOP, Trigger.TAKE}:
            return False
        if not self._waits(order_id):
            return False
        rising = (order.terms.trigger == Trigger.STOP) == (order.side == Side.BUY)
        last, trigger = market.last_ticks, order.terms.trigger_ticks
        if not last or (last < trigger if rising else last > trigger):
            return False
        self._queue(order_id, last)
        return True

    def _waits(self, order_id: int) -> bool:
        """Return whether an order waits for a print that has not come."""
        order = self._core.order(order_id)
        return order is not None and bool(order[10] & WAITING) and order_id not in self._queued

    def step(self, hand: Hand) -> bool:
        """Run the first order of the queue whose market trades; return whether one ran."""
        for place, (order_id, price_ticks) in enumerate(self.queue):
            order = self._core.order(order_id)
            if order is None:
                del self.queue[place]
                self._queued.discard(order_id)
                return True
            if trades(self._core, order[2]):
                if not self._may_fire(hand.sequence):
                    return False
                del self.queue[place]
                self._queued.discard(order_id)
                hand.do(FireOrder(order_id=order_id, price_ticks=price_ticks))
                return True
        return False

    def _may_fire(self, sequence: int) -> bool:
        """Count an order that is to run under a sequence, if one more may."""
        count = self._last_fired[1] if self._last_fired[0] == sequence else 0
        if count >= FIRES:
            return False
        self._last_fired = (sequence, count + 1)
        return True

    def settle(self, hand: Hand) -> None:
        """Mark what is still queued when its command ends, so that it is not replaced any more."""
        for order_id in self._unmarked:
            if order_id in self._queued and self._core.order(order_id) is not None:
                hand.do(QueueOrder(order_id=order_id))
        self._unmarked.clear()

    def ready(self) -> bool:
        """Return whether something queued can run."""
        return any(
            order is None or trades(self._core, order[2])
            for order in (self._core.order(order_id) for order_id, _ in self.queue)
        )

    def range(self, market: int) -> tuple[int, int]:
        """Return the highest price that a falling and the lowest that a rising print must reach."""
        waiting = self._markets.get(market)
        if waiting is None:
            return 0, ALL_PRINTS
        if waiting.trails:
            for order_id in [o for o in waiting.trails if not self._waits(o)]:
                del waiting.trails[order_id]
            if waiting.trails:
                return ALL_PRINTS, 0
        for heap in (waiting.rising, waiting.falling):
            while heap and not self._waits(heap[0][1]):
                heappop(heap)
        if not (waiting.rising or waiting.falling):
            del self._markets[market]
        low = -waiting.falling[0][0] if waiting.falling else 0
        return low, waiting.rising[0][0] if waiting.rising else ALL_PRINTS

    def markets(self) -> list[int]:
        """Return the markets in which something may wait."""
        return sorted(self._markets)
