"""A desk that only writes down, and a market for strategies that need no venue."""

from outcry.strategy import Action, Book, Cancel, Desk, OrderUpdate, Place, Strategy, Terms

START_NS = 1_700_000_000_000_000_000
BTC_USDT = Terms(
    market="BTC_USDT",
    base="BTC",
    quote="USDT",
    tick="0.01",
    lot="0.0001",
    base_decimals=8,
    quote_decimals=6,
    maker_ppm=200,
    taker_ppm=500,
)


class PaperDesk(Desk):
    """Keeps what a strategy asks for, and tells it the time."""

    def __init__(self, strategy: Strategy, terms: Terms = BTC_USDT) -> None:
        self.time_ns = START_NS
        self.actions: list[Action] = []
        self.strategy = strategy
        strategy.begin(terms, self)

    @property
    def now_ns(self) -> int:
        return self.time_ns

    def act(self, action: Action) -> None:
        self.actions.append(action)

    def taken(self) -> list[Action]:
        """Return what was asked for since the last call."""
        found, self.actions = self.actions, []
        return found

    def confirm(self) -> list[Action]:
        """Let the venue do everything that was asked for; return it."""
        found = self.taken()
        for action in found:
            if isinstance(action, Place):
                told = (action.price_ticks or 0, action.lots, action.lots)
                self.strategy.hear(OrderUpdate(self.time_ns, action.key, "open", *told))
            elif isinstance(action, Cancel):
                self.strategy.hear(OrderUpdate(self.time_ns, action.key, "cancelled", 0, 1, 1))
        return found

    def book(self, bids: tuple[tuple[int, int], ...], asks: tuple[tuple[int, int], ...]) -> None:
        """Tell a book."""
        self.strategy.hear(Book(self.time_ns, bids, asks))
