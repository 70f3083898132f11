"""`Strategy`: one market, what happens there, and what to do about it.

The same object runs live (`outcry trade`) and against recorded flow (`outcry backtest`). Whoever
runs it calls `begin` once, then `hear` for every event in the order of time, then `end`.
"""

from typing import Literal

from outcry.strategy.position import Position
from outcry.strategy.terms import Terms
from outcry.strategy.words import (
    ENDED,
    Action,
    Book,
    Cancel,
    CancelAll,
    Desk,
    Event,
    Fill,
    OrderUpdate,
    OwnOrder,
    Place,
    Replace,
    Side,
    Timer,
    Trade,
)

NO_BOOK = Book(0, (), ())


class Strategy:
    """Subclass it, say what to do when something happens, and do it with `place` and `cancel`.

    Everything is in whole ticks, lots and units; `self.terms` turns them into amounts and back.
    An action is under way when its method returns; what became of it is told by `on_order` and
    `on_fill`. `self.orders` has the own orders that have not ended, `self.position` what the fills
    came to.
    """

    timer_ns: int = 0
    """How often `on_timer` is called; 0: never."""
    book_levels: int = 5
    """How many levels a side `self.book` has."""

    terms: Terms
    book: Book = NO_BOOK
    """The book as it was last told."""

    # What to do: override what is needed

    def on_start(self) -> None:
        """Begin: `self.terms` is known, nothing else has happened."""

    def on_book(self, book: Book) -> None:
        """Hear that the book has changed."""

    def on_trade(self, trade: Trade) -> None:
        """Hear of a trade of anybody."""

    def on_fill(self, fill: Fill) -> None:
        """Hear of an own trade. `self.position` has it already."""

    def on_order(self, order: OrderUpdate) -> None:
        """Hear how an own order stands. `self.orders` has it already."""

    def on_timer(self) -> None:
        """Act on time, every `timer_ns`."""

    def on_stop(self) -> None:
        """Hear that it ends. What still rests is cancelled afterwards."""

    # What can be done

    @property
    def now_ns(self) -> int:
        """The time, in nanoseconds since 1970-01-01 UTC."""
        return self._desk.now_ns

    def place(
        self,
        side: Side,
        price_ticks: int | None,
        lots: int,
        *,
        time_in_force: Literal["gtc", "ioc", "fok"] = "gtc",
        post_only: bool = False,
    ) -> str:
        """Place an order and return its key; without a price it is a market order.

        Raises:
            ValueError: price or lots are below 1.
        """
        if lots < 1 or (price_ticks is not None and price_ticks < 1):
            raise ValueError(f"{lots} lots at {price_ticks} ticks are no order")
        self._placed += 1
        key = f"{self._placed}"
        self.orders[key] = OwnOrder(key, side, price_ticks, lots, lots, post_only)
        self._act(Place(key, side, lots, price_ticks, time_in_force, post_only))
        return key

    def cancel(self, key: str) -> None:
        """Cancel an own order. One that has ended, or is being cancelled, is left alone."""
        order = self.orders.get(key)
        if order is not None and not order.is_leaving:
            order.is_leaving = True
            self._act(Cancel(key))

    def replace(self, key: str, price_ticks: int, lots: int) -> None:
        """Give an own order a new price and a new total of lots.

        Fewer lots at the same price keep its place in the queue; anything else loses it.
        """
        order = self.orders.get(key)
        if order is not None and not order.is_leaving:
            self._act(Replace(key, price_ticks, lots))

    def cancel_all(self) -> None:
        """Cancel every own order."""
        for order in self.orders.values():
            order.is_leaving = True
        self._act(CancelAll())

    def open_lots(self, side: Side) -> int:
        """Return how many lots of the own orders of a side may still trade."""
        return sum(order.open_lots for order in self.orders.values() if order.side == side)

    # Whoever runs it

    def begin(self, terms: Terms, desk: Desk) -> None:
        """Start in a market. Whoever begins again goes on with the position and the keys so far."""
        self.terms, self._desk = terms, desk
        self.position: Position = getattr(self, "position", None) or Position(terms)
        self.orders: dict[str, OwnOrder] = {}
        self.book = NO_BOOK
        self._placed: int = getattr(self, "_placed", 0)
        self.on_start()

    def hear(self, event: Event) -> None:
        """Take in what has happened, and act."""
        match event:
            case Book():
                self.book = event
                self.on_book(event)
            case Trade():
                self.on_trade(event)
            case Fill():
                self.position.take(event)
                self._take_fill(event)
                self.on_fill(event)
            case OrderUpdate():
                self._take_order(event)
                self.on_order(event)
            case Timer():
                self.on_timer()

    def end(self) -> None:
        """End: nothing may rest afterwards."""
        self.on_stop()
        self.cancel_all()

    def _act(self, action: Action) -> None:
        self._desk.act(action)

    def _take_fill(self, fill: Fill) -> None:
        order = self.orders.get(fill.key)
        if order is not None:
            order.open_lots = max(0, order.open_lots - fill.lots)

    def _take_order(self, told: OrderUpdate) -> None:
        order = self.orders.get(told.key)
        if order is None:
            return
        if told.status in ENDED:
            del self.orders[told.key]
            return
        order.is_confirmed = True
        order.is_leaving = order.is_leaving and not told.reason
        order.lots, order.open_lots = told.lots, told.open_lots
        if order.price_ticks is not None:
            order.price_ticks = told.price_ticks
