"""Buy (or sell) much without moving the price: equal parts, one after the other (TWAP).

    outcry backtest examples/twap.py --data AAPL_message.csv.xz --set lots=6000 --set minutes=30
    outcry trade examples/twap.py --market BTC_USDT --set lots=100 --key KEY --secret-file FILE

The time is cut into equal slices and the lots into as many parts. Each part first waits at the best
price of its own side, moving with it, to be paid for patience and not to pay for haste. What is
left when its slice ends takes from the other side.
"""

from outcry.strategy import Book, OrderUpdate, Side, Strategy

NS_PER_S = 1_000_000_000


class Twap(Strategy):
    """Trades `lots` in `slices` parts over `minutes`."""

    book_levels = 1
    timer_ns = NS_PER_S

    def __init__(
        self,
        lots: int | str = 6_000,
        minutes: int | str = 30,
        slices: int | str = 60,
        side: str = "buy",
    ) -> None:
        """Prepare to buy, or to sell."""
        if side not in {"buy", "sell"}:
            raise ValueError(f"side is buy or sell, not {side}")
        self.side: Side = "buy" if side == "buy" else "sell"
        self.lots, self.slices = int(lots), int(slices)
        self.slice_ns = int(minutes) * 60 * NS_PER_S // self.slices
        self.began_ns: int | None = None
        self.done_lots = 0

    def on_start(self) -> None:
        """Begin with nothing done."""
        self.done_lots = 0

    def due_lots(self) -> int:
        """Return how much should be done by the end of the slice of now."""
        if self.began_ns is None:
            return 0
        number = min(self.slices, (self.now_ns - self.began_ns) // self.slice_ns + 1)
        return self.lots * number // self.slices

    def overdue_lots(self) -> int:
        """Return how much should have been done by the end of the slice before."""
        if self.began_ns is None:
            return 0
        number = min(self.slices, (self.now_ns - self.began_ns) // self.slice_ns)
        return self.lots * number // self.slices

    def on_book(self, book: Book) -> None:
        """Wait at the best price, and move with it."""
        best = book.best_bid if self.side == "buy" else book.best_ask
        if best is None:
            return
        if self.began_ns is None:
            self.began_ns = self.now_ns
        for order in list(self.orders.values()):
            if order.price_ticks != best and order.post_only:
                self.cancel(order.key)
        missing = self.due_lots() - self.done_lots - self.open_lots(self.side)
        if missing > 0 and not self.orders:
            self.place(self.side, best, missing, post_only=True)

    def on_timer(self) -> None:
        """Take what the slice before has left, once nothing of it waits any more."""
        late = self.overdue_lots() - self.done_lots
        book = self.book
        price = book.best_ask if self.side == "buy" else book.best_bid
        if late <= 0 or price is None:
            return
        if self.orders:
            for key in list(self.orders):
                self.cancel(key)
            return
        self.place(self.side, price, late, time_in_force="ioc")

    def on_order(self, order: OrderUpdate) -> None:
        """Count what is done."""
        sign = 1 if self.side == "buy" else -1
        self.done_lots = sign * self.position.lots
