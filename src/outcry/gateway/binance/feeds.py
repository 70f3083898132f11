"""What follows events for this door; made with the venue's other readers, and among them."""

from collections.abc import Iterator

from outcry.gateway.binance.orders.special import Specials
from outcry.gateway.binance.user.feed import UserFeed
from outcry.ports import EventReader, LedgerStore


class BinanceFeeds:
    """The terms of orders, and what happens to accounts."""

    def __init__(self, store: LedgerStore) -> None:
        self.specials = Specials(store)
        self.users = UserFeed()

    def __iter__(self) -> Iterator[EventReader]:
        # Whoever is told of an order may ask for its terms.
        yield self.specials
        yield self.users
