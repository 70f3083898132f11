"""Takers that make a demo market move: small orders at the best price, now and then, by chance."""

from random import Random

from typing_extensions import override

from outcry.maker.model import NS_PER_S
from outcry.strategy import OrderUpdate, Side, Strategy

LOOK_NS = NS_PER_S // 10
PAUSE_NS = 60 * NS_PER_S
"""After a refusal: there is no hurry."""


class NoiseTaker(Strategy):
    """Buys and sells by chance, and rather what brings its position back.

    The same seed and events give the same orders.
    """

    timer_ns = LOOK_NS
    book_levels = 1

    def __init__(self, *, quantity: str, every_s: float = 1.0, seed: int = 0) -> None:
        """Take up to `quantity` of the base asset, on average every `every_s` seconds."""
        self._quantity, self._every_ns = quantity, int(every_s * NS_PER_S)
        self._random = Random(seed)  # noqa: S311  # play money
        self._due_ns = 0

    @override
    def on_start(self) -> None:
        self._most_lots = max(1, self.terms.lots(self._quantity))

    @override
    def on_timer(self) -> None:
        if self.now_ns < self._due_ns:
            return
        self._due_ns = self.now_ns + int(self._random.expovariate(1.0) * self._every_ns)
        side = self._side()
        best = self.book.best_ask if side == "buy" else self.book.best_bid
        if best is not None and not self.orders:
            lots = self._random.randint(1, self._most_lots)
            self.place(side, best, max(lots, self.terms.min_lots), time_in_force="ioc")

    def _side(self) -> Side:
        """Return a side by chance; the further from nothing, the more likely back."""
        pull = self.position.lots / (20 * self._most_lots)
        chance = min(0.95, max(0.05, 0.5 - pull / 2))
        return "buy" if self._random.random() < chance else "sell"

    @override
    def on_order(self, order: OrderUpdate) -> None:
        if order.status == "rejected":
            self._due_ns = self.now_ns + PAUSE_NS
