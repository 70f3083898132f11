"""Matching against an oracle so plain that it can be believed: one list, sorted every time."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcry.domain import commands as c
from outcry.domain.events import OrderDone, Trade
from outcry.domain.order import DoneReason, Kind, TimeInForce
from outcry.engine.core import CoreFactory
from tests.support.cores import CORES, core_factory
from tests.support.desk import BASE, MARKET, QUOTE, Desk

FUNDS = 1 << 60
KINDS = (
    (Kind.LIMIT, TimeInForce.GTC),
    (Kind.LIMIT, TimeInForce.IOC),
    (Kind.LIMIT, TimeInForce.FOK),
    (Kind.MARKET, TimeInForce.GTC),
)
Fill = tuple[int, int, int]
"""Maker's order id, price, lots."""


@dataclass
class Standing:
    """An order in the oracle's list."""

    order_id: int
    side: int
    price: int
    lots: int


class Oracle:
    """Knows price, time and size, and nothing of money."""

    def __init__(self) -> None:
        self.orders: list[Standing] = []
        self.count = 0

    def place(
        self, side: int, kind: int, force: int, price: int, lots: int
    ) -> tuple[list[Fill], int]:
        """Return the fills of an order and why it ended; 0 where it rests."""
        self.count += 1
        makers = [o for o in self.orders if o.side != side]
        if kind == Kind.LIMIT:
            makers = [o for o in makers if (o.price >= price if side else o.price <= price)]
        makers.sort(key=lambda o: (-o.price if side else o.price, self.orders.index(o)))
        if force == TimeInForce.FOK and sum(o.lots for o in makers) < lots:
            return [], DoneReason.FOK_KILLED
        fills = []
        for maker in makers:
            taken = min(lots, maker.lots)
            if taken:
                maker.lots -= taken
                lots -= taken
                fills.append((maker.order_id, maker.price, taken))
        self.orders = [o for o in self.orders if o.lots]
        if lots == 0:
            return fills, DoneReason.FILLED
        if kind == Kind.MARKET:
            return fills, DoneReason.NO_LIQUIDITY
        if force == TimeInForce.IOC:
            return fills, DoneReason.REST
        self.orders.append(Standing(self.count, side, price, lots))
        return fills, 0

    def cancel(self, order_id: int) -> None:
        """Take an order off the list."""
        self.orders = [o for o in self.orders if o.order_id != order_id]

    def depth(self, side: int) -> list[tuple[int, int]]:
        """Return (price, lots), best first."""
        prices = sorted({o.price for o in self.orders if o.side == side}, reverse=not side)
        own = [o for o in self.orders if o.side == side]
        return [(price, sum(o.lots for o in own if o.price == price)) for price in prices]


orders = st.tuples(st.integers(0, 1), st.sampled_from(KINDS), st.integers(1, 6), st.integers(1, 9))
steps = st.lists(st.one_of(orders, st.integers(1, 20)), max_size=40)


def desk(factory: CoreFactory) -> Desk:
    made = Desk(factory)
    for account in (1, 2):
        made.open(account, [(BASE, FUNDS), (QUOTE, FUNDS)])
    return made


@pytest.mark.parametrize("core", CORES)
@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(script=steps)
def test_orders_match_as_the_sorted_list_says(core: str, script: list[object]) -> None:
    venue, oracle = desk(core_factory(core)), Oracle()
    for step in script:
        if isinstance(step, int):
            oracle.cancel(step)
            found = venue.engine.core.order(step)
            venue.send(c.CancelOrder(account=found[1] if found else 1, order_id=step))
            continue
        side, (kind, force), price, lots = step  # type: ignore[misc]
        price = price if kind == Kind.LIMIT else 0
        fills, reason = oracle.place(side, kind, force, price, lots)
        events = venue.send(
            c.PlaceOrder(
                account=1 + side, market=MARKET, side=side, kind=kind, time_in_force=force,
                price_ticks=price, lots=lots,
            )
        )  # fmt: skip
        trades = [e for e in events if isinstance(e, Trade)]
        done = [e.reason for e in events if isinstance(e, OrderDone) and e.order_id == oracle.count]
        assert [(t.maker_order_id, t.price_ticks, t.lots) for t in trades] == fills
        assert done == ([reason] if reason else [])
        assert venue.book() == (oracle.depth(0), oracle.depth(1))


def test_the_oracle_itself_takes_the_oldest_of_the_best() -> None:
    oracle = Oracle()
    for price, lots in ((5, 1), (4, 2), (4, 3)):
        oracle.place(1, Kind.LIMIT, TimeInForce.GTC, price, lots)
    fills, reason = oracle.place(0, Kind.MARKET, TimeInForce.GTC, 0, 4)
    assert fills == [(2, 4, 2), (3, 4, 2)]
    assert reason == DoneReason.FILLED
    assert oracle.depth(1) == [(4, 1), (5, 1)]
