"""Brisk traffic through a whole engine, with everything checked after every command.

What scripts visit in breadth this visits in number: plain orders of every kind above all, changes
of what is open, icebergs and stops, in markets of every make.
"""

from collections.abc import Iterator
from random import Random

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.market import VenueMode
from outcry.domain.order import Kind, TimeInForce, Trigger
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from tests.property.invariants import Auditor
from tests.property.opening import ACCOUNTS, START_NS, Place, funds, places

CROWDED = 60
"""Open orders above which some are cancelled."""
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK


class Traffic:
    """Commands for one venue, without end."""

    def __init__(self, seed: int, factory: CoreFactory) -> None:
        self.engine = Engine(factory())
        self.random = Random(seed)
        commands, self.places = places(self.random)
        self._opening = commands + funds(self.random, self.places)

    def records(self) -> Iterator[bytes]:
        """Yield unstamped records, the opening first; each sees what came of those before."""
        yield from map(codec.encode_command, self._opening)
        random, core = self.random, self.engine.core
        while True:
            pick = random.random()
            if pick < 0.72:
                yield self._order()
            elif core.open_order_count() > CROWDED:
                yield codec.encode_command(c.CancelAll(account=random.choice(ACCOUNTS)))
            else:
                account = random.choice(ACCOUNTS)
                rows = core.open_orders(account)
                yield self._change(account, random.choice(rows), pick) if rows else self._special()

    def _order(self) -> bytes:
        """Return a plain order."""
        random, place = self.random, random_place(self.random, self.places)
        side, pick = random.getrandbits(1), random.random()
        kind, force, price, lots, budget = Kind.LIMIT, GTC, 0, 1 + int(random.random() * 9), 0
        if pick < 0.9:
            price = max(1, place.centre_ticks + random.randrange(-3, 4))
            force = GTC if pick < 0.65 else IOC if pick < 0.8 else FOK
        elif pick < 0.95:
            kind = Kind.MARKET
        else:
            kind, lots, budget = Kind.BUDGET, 0, place.centre_ticks * 20
        return codec.place_order(
            random.choice(ACCOUNTS), place.market, "", side, kind, force, random.randrange(4), 0,
            price, lots, budget,
        )  # fmt: skip

    def _change(self, account: int, row: tuple[int, ...], pick: float) -> bytes:
        """Return a change of an open order, or a special one."""
        random, order_id = self.random, row[0]
        if pick < 0.78:
            return codec.encode_command(c.CancelOrder(account=account, order_id=order_id))
        if pick < 0.84:
            return codec.encode_command(c.ReduceOrder(account=account, order_id=order_id, lots=1))
        if pick < 0.93:
            price = max(1, row[4] + random.randrange(-2, 3))
            lots = row[5] + random.randrange(-1, 3)
            change = c.ReplaceOrder(
                account=account, order_id=order_id, price_ticks=price, lots=max(1, lots)
            )
            return codec.encode_command(change)
        return self._special()

    def _special(self) -> bytes:
        """Return an iceberg, a stop, or a deposit."""
        random, place = self.random, random_place(self.random, self.places)
        account, side, pick = random.choice(ACCOUNTS), random.getrandbits(1), random.random()
        price = max(1, place.centre_ticks + random.randrange(-2, 3))
        if pick < 0.2:
            asset = random.randrange(1, 4)
            return codec.encode_command(c.Deposit(account=account, asset=asset, amount_units=1000))
        terms = {"display_lots": 2}
        if pick < 0.6:
            away = -2 if side else 2
            terms = {"trigger": Trigger.STOP, "trigger_ticks": max(1, place.centre_ticks + away)}
        order = c.PlaceSpecial(
            account=account, market=place.market, side=side, price_ticks=price, lots=6, **terms
        )
        return codec.encode_command(order)


def random_place(random: Random, known: list[Place]) -> Place:
    """Return a market."""
    return known[int(random.random() * len(known))]


def drive(seed: int, factory: CoreFactory, commands: int) -> bytes:
    """Send so many commands, check everything after each, and return the digest at the end.

    Raises:
        Violation: something that must always hold did not.
    """
    traffic, auditor = Traffic(seed, factory), Auditor(whole=True)
    engine = traffic.engine
    records = traffic.records()
    for sequence in range(1, commands + 1):
        record = bytearray(next(records))
        codec.stamp(record, sequence, START_NS + sequence * 1_000_000)
        stood_still = engine.core.mode == VenueMode.HALTED
        events = codec.decode_events(engine.apply(bytes(record)))
        auditor.see(engine.core, events, stood_still=stood_still)
    return engine.digest()
