"""What an author of a script sees of the venue it writes for, by the reads that everybody has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from outcry import codec
from outcry.domain import commands as c
from outcry.domain import events as e
from outcry.domain.market import MarketState
from outcry.domain.order import OrderFlag
from outcry.engine.core import Core, OrderTuple
from tests.property.opening import ACCOUNTS, Place

Fields = dict[str, int]


@dataclass(slots=True)
class Scene:
    """A venue, its markets, and what has been sent to it so far.

    `keyed` are the commands that bore a key, with the time each was sent at; `keys` the key hashes
    of orders by id; `families` the kind and the orders of each list.
    """

    random: Random
    core: Core
    time_ns: int
    places: list[Place] = field(default_factory=list)
    keyed: list[tuple[c.Command, int]] = field(default_factory=list)
    keys: dict[int, bytes] = field(default_factory=dict)
    families: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    last_order_id: int = 0
    last_withdrawal_id: int = 0

    @property
    def now_ns(self) -> int:
        """The time of the next command, as the venue will take it."""
        return max(self.time_ns, self.core.now_ns)

    def learn(self, command: c.Command | None, told: Sequence[e.Event]) -> None:
        """Learn what came of a command; of what was no command, too."""
        placed = 0
        for event in told:
            if isinstance(event, e.OrderAccepted):
                placed = placed or event.order_id
                self.last_order_id = event.order_id
            elif isinstance(event, e.ListAccepted):
                ids = (event.first_order_id, event.second_order_id, event.third_order_id)
                family = tuple(order_id for order_id in ids if order_id)
                self.families.append((event.list_kind, family))
            elif isinstance(event, e.BalanceChanged) and event.reference:
                self.last_withdrawal_id = max(self.last_withdrawal_id, event.reference)
        if command and command.key and placed:
            self.keys[placed] = codec.key_hash(command.account, command.key)

    def some_account(self) -> int:
        """Return an account."""
        return self.random.choice(ACCOUNTS)

    def some_place(self) -> Place:
        """Return a market, seldom one that is closed for ever."""
        place = self.random.choice(self.places)
        if self.state(place.market) == MarketState.RETIRED and self.random.random() < 0.95:
            return self.places[0]
        return place

    def waiter(self) -> int:
        """Return the account of a special order, if there is one, else any."""
        ids = self.core.special_orders()
        order = self.core.order(self.random.choice(ids)) if ids else None
        return order[1] if order and self.random.random() < 0.6 else self.some_account()

    def state(self, market: int) -> int:
        """Return the state of a market."""
        found = self.core.market(market)
        return found[0] if found else MarketState.CLOSED

    def last_ticks(self, place: Place) -> int:
        """Return the last price, around which triggers stand; the centre where there is none."""
        found = self.core.market(place.market)
        return (found[1] if found else 0) or place.centre_ticks

    def tick_value(self, market: int) -> int:
        """Return what one tick of one lot is in quote units."""
        found = self.core.market(market)
        return found[6] if found else 1

    def best(self, market: int, side: int) -> tuple[int, int] | None:
        """Return (price, displayed lots) of the best level of a side."""
        levels = self.core.depth(market, 1)[1 + side]
        return levels[0] if levels else None

    def orders(self, market: int = 0) -> list[OrderTuple]:
        """Return all open orders by id."""
        found = (self.core.order(order_id) for order_id in self.core.market_orders(market))
        return [order for order in found if order is not None]

    def owner(self, market: int, side: int, price_ticks: int) -> int:
        """Return the account of an order in a level; 0 where there is none."""
        for order in self.orders(market):
            booked = not order[10] & OrderFlag.WAITING
            if booked and order[3] == side and order[4] == price_ticks:
                return order[1]
        return 0

    def barred(self) -> list[int]:
        """Return the accounts that may not do everything."""
        return [account for account in ACCOUNTS if self.core.account_status(account) > 0]

    def shut(self) -> list[int]:
        """Return the markets that do not trade."""
        states = ((p.market, self.state(p.market)) for p in self.places)
        return [market for market, state in states if state != MarketState.TRADING]
