"""What follows events for this door; made with the venue's other readers, and among them."""

from collections.abc import Iterator

from outcry.gateway.binance.user.feed import UserFeed
from outcry.ports import EventReader


class BinanceFeeds:
    """What happens to accounts."""

    def __init__(self) -> None:
        self.users = UserFeed()

    def __iter__(self) -> Iterator[EventReader]:
        yield self.users
