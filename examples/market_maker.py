"""A simple market maker: one order at the best bid and one at the best ask, within a limit.

    outcry backtest examples/market_maker.py --data AAPL_message.csv.xz
    outcry trade examples/market_maker.py --market BTC_USDT --key KEY --secret-file FILE

It joins the best bid and the best ask and stays while they are the best, because a place in the
queue is worth more than a better price. Where the book is wider than `wide_ticks` it waits: a book
that is just opening has no price worth quoting. It stops buying when it would be more than `most`
lots long, and selling when it would be more than `most` lots short.

On the AAPL hour it loses money, and the report shows why: it is filled mostly when the price is
about to go through it. That is what a backtest with a real queue is for.
"""

from outcry.strategy import Book, Side, Strategy


class MarketMaker(Strategy):
    """Joins both sides of the book."""

    book_levels = 1

    def __init__(
        self, lots: int | str = 100, most: int | str = 500, wide_ticks: int | str = 50
    ) -> None:
        """Quote `lots` a side, to be at most `most` lots long or short."""
        self.lots, self.most, self.wide_ticks = int(lots), int(most), int(wide_ticks)

    def on_book(self, book: Book) -> None:
        """Follow the best prices."""
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None or ask - bid > self.wide_ticks:
            self.withdraw("buy")
            self.withdraw("sell")
            return
        held = self.position.lots
        self.quote("buy", bid, wanted=held + self.lots <= self.most)
        self.quote("sell", ask, wanted=held - self.lots >= -self.most)

    def quote(self, side: Side, price_ticks: int, *, wanted: bool) -> None:
        """Have one order at this price; none where it is not wanted."""
        mine = [order for order in self.orders.values() if order.side == side]
        if wanted and any(order.price_ticks == price_ticks for order in mine):
            return
        self.withdraw(side)
        if wanted and not mine:
            self.place(side, price_ticks, self.lots, post_only=True)

    def withdraw(self, side: Side) -> None:
        """Cancel what this side has."""
        for order in list(self.orders.values()):
            if order.side == side:
                self.cancel(order.key)
