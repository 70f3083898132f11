"""A core with nothing above it: the host's part is the test's, command by command."""

from collections import Counter
from dataclasses import replace

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.events import Event
from outcry.domain.market import MarketState
from outcry.engine.core import ASK, Core, CoreFactory

BASE, QUOTE, MARKET = 1, 2, 1
ALICE, BOB, CAROL = 1, 2, 3
ACCOUNTS = (ALICE, BOB, CAROL)
WEALTH = 100_000
NOW_NS = 1_700_000_000_000_000_000
WAITING, PENDING, QUEUED, LINKED = 4, 8, 16, 32
FLAGS, OPEN_LOTS, HOLD = 10, 6, 11


class Bare:
    """A market without fees where a lot at a tick costs a unit, and three wealthy accounts.

    After every command what must always hold is checked, and that a restored core goes on alike.
    """

    def __init__(self, factory: CoreFactory, **market: int) -> None:
        self.factory = factory
        self.core: Core = factory()
        self.now_ns = NOW_NS
        self.asks = False
        self.send(c.SetAsset(asset=BASE, symbol="BASE", unit_decimals=0, chain_decimals=0))
        self.send(c.SetAsset(asset=QUOTE, symbol="QUOTE", unit_decimals=0, chain_decimals=0))
        self.set_market(**market)
        self.send(c.SetState(market=MARKET, state=MarketState.TRADING))
        for account in ACCOUNTS:
            self.send(c.OpenAccount(account=account))
            for asset in (BASE, QUOTE):
                self.send(c.Deposit(account=account, asset=asset, amount_units=WEALTH))

    def set_market(self, **changes: int) -> list[Event]:
        """Define the market, or change it."""
        scale = {"tick_mantissa": 1, "tick_decimals": 0, "lot_units": 1}
        return self.send(
            c.SetMarket(
                market=MARKET, symbol="BASE_QUOTE", base=BASE, quote=QUOTE, **scale | changes
            )
        )

    def send(self, command: c.Command) -> list[Event]:
        """Apply a command of the log."""
        return self._apply(command, self.core.sequence + 1)

    def do(self, command: c.Command) -> list[Event]:
        """Apply a command of the host's own."""
        return self._apply(replace(command, internal=True), self.core.sequence)

    def _apply(self, command: c.Command, sequence: int) -> list[Event]:
        record = bytearray(codec.encode_command(command))
        codec.stamp(record, sequence, self.now_ns)
        records, end, stop = self.core.apply(bytes(record))
        assert end == len(record)
        self.asks = self.asks or stop == ASK
        if not self.asks:
            self.check()
        return codec.decode_events(records)

    def limit(self, account: int, side: int, price: int, lots: int, **more: int) -> list[Event]:
        """Place a limit order; with terms where there are any."""
        plain = set(more) <= {"time_in_force", "self_trade", "flags"} and more.get("flags", 0) < 2
        cls = c.PlaceOrder if plain else c.PlaceSpecial
        return self.send(
            cls(account=account, market=MARKET, side=side, price_ticks=price, lots=lots, **more)
        )

    def auction(self, price: int) -> list[Event]:
        """Open the market out of a call phase, at a price."""
        assert self.send(c.SetState(market=MARKET, state=MarketState.TRADING)) == []
        events = self.do(c.Uncross(market=MARKET, price_ticks=price)) if price else []
        events += self.do(c.PutState(market=MARKET, state=MarketState.TRADING))
        assert self.answer() == []
        return events

    def answer(self, reason: int = 0, given: int = 0, bound: int = 0) -> list[Event]:
        """Answer the command that waits for it."""
        records, self.asks = self.core.answer(reason, given, bound), False
        self.check()
        return codec.decode_events(records)

    def print_at(self, price: int) -> None:
        """Let a trade happen at a price."""
        self.limit(CAROL, 1, price, 1)
        self.limit(BOB, 0, price, 1)

    def flags(self, order_id: int) -> int:
        """Return the flags of an open order."""
        order = self.core.order(order_id)
        assert order is not None
        return order[FLAGS]

    def open_lots(self, order_id: int) -> int:
        """Return what is open of an order."""
        order = self.core.order(order_id)
        assert order is not None
        return order[OPEN_LOTS]

    def book(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return (bids, asks) as (price, lots)."""
        _, bids, asks = self.core.depth(MARKET, 100)
        return bids, asks

    def check(self) -> None:
        """Check what holds after every command."""
        core = self.core
        assert core.conservation_failure() == 0
        held: Counter[tuple[int, int]] = Counter()
        for account in ACCOUNTS:
            for order in core.open_orders(account):
                assert order[5] - order[OPEN_LOTS] - order[7] >= 0
                held[account, BASE if order[3] else QUOTE] += order[HOLD]
            for asset in (BASE, QUOTE):
                available, units = core.balance(account, asset)
                assert available >= 0
                assert units == held[account, asset]
        market = core.market(MARKET)
        if market is not None and market[0] == MarketState.TRADING:
            assert not market[3]
        assert self.factory.restore(core.snapshot()).digest() == core.digest()


def told(events: list[Event]) -> list[str]:
    """Return the names of events."""
    return [type(event).__name__ for event in events]
