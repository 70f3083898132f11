"""What memory keeps until the store has it, and how little longer."""

import pytest

from outcry.domain import commands as c
from outcry.ledger.reads import live
from outcry.ledger.reads.history import ALL, LARGEST, Filter
from outcry.ledger.reads.live import LiveOrders
from outcry.ports import EventBatch
from tests.support.trading import RECEIVED_MARKET, TradingVenue, limit, opening

BUY, SELL = 0, 1


class Live:
    """A venue and the orders its clients see."""

    def __init__(self) -> None:
        self.venue = TradingVenue()
        self.orders = LiveOrders()
        self.orders.stored(0)
        self.run(*opening())

    def run(self, *commands: c.Command) -> EventBatch:
        batch = self.venue.run(*commands)
        self.orders.consume(batch)
        return batch

    def seen(self, *order_ids: int) -> list[bool]:
        return [self.orders.view(order_id) is not None for order_id in order_ids]

    def ids(self, wanted: Filter = ALL, below: int = LARGEST, limit: int = 10) -> list[int]:
        found = self.orders.newest(1, below, wanted.parameters(), limit)
        return [view.order_id for view in found]


@pytest.fixture
def venue() -> Live:
    return Live()


def test_ended_order_is_seen_until_the_store_has_its_end(venue: Live) -> None:
    placed = venue.run(limit(1, SELL, 1000, 5)).last_sequence
    ended = venue.run(c.CancelOrder(account=1, order_id=1)).last_sequence
    venue.orders.stored(placed)
    assert venue.seen(1) == [True]
    venue.orders.stored(ended)
    assert venue.seen(1) == [False]
    assert venue.ids() == []


def test_open_order_is_seen_however_far_the_store_is(venue: Live) -> None:
    placed = venue.run(limit(1, SELL, 1000, 5)).last_sequence
    venue.orders.stored(placed + 100)
    assert venue.seen(1) == [True]


def test_position_that_is_told_late_takes_nothing_back(venue: Live) -> None:
    venue.run(limit(1, SELL, 1000, 5), c.CancelOrder(account=1, order_id=1))
    venue.orders.stored(100)
    venue.orders.stored(3)
    assert venue.orders.stored_sequence == 100


def test_orders_are_chosen_as_the_store_would(venue: Live) -> None:
    venue.run(limit(1, BUY, 900, 1), limit(2, BUY, 901, 1))
    venue.venue.now_ns += 10
    venue.run(limit(1, BUY, 900, 1), limit(1, BUY, 900, 1, market=RECEIVED_MARKET))
    venue.run(c.CancelOrder(account=1, order_id=3))
    now = venue.venue.now_ns
    assert venue.ids() == [4, 3, 1]
    assert venue.ids(limit=2) == [4, 3]
    assert venue.ids(below=4) == [3, 1]
    assert venue.ids(Filter(market=RECEIVED_MARKET)) == [4]
    assert venue.ids(Filter(start_ns=now)) == [4, 3]
    assert venue.ids(Filter(end_ns=now - 1)) == [1]


def test_fills_are_those_above_the_stores_position(venue: Live) -> None:
    venue.run(limit(1, SELL, 1000, 5), limit(2, BUY, 1000, 2))
    middle = venue.run(limit(2, BUY, 1000, 1)).last_sequence
    venue.run(limit(2, BUY, 1000, 2))
    assert sorted(fill.lots for fill in venue.orders.fills_of(1)) == [1, 2, 2]
    venue.orders.stored(middle)
    assert [fill.lots for fill in venue.orders.fills_of(1)] == [2]
    assert [fill.is_maker for fill in venue.orders.fills_of(2)] == [False]


def test_where_nobody_writes_an_end_is_seen_once(venue: Live) -> None:
    alone = LiveOrders()
    batches = [
        venue.run(*opening()),
        venue.run(limit(1, SELL, 1000, 5), c.CancelOrder(account=1, order_id=1)),
        venue.run(limit(1, SELL, 1000, 5)),
    ]
    seen = []
    for batch in batches:
        alone.consume(batch)
        seen.append(alone.view(1) is not None)
    assert seen == [False, True, False]


def test_memory_has_an_end(venue: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEPT_DONE", 3)
    for order_id in range(1, 7):
        venue.run(limit(1, SELL, 1000, 5), c.CancelOrder(account=1, order_id=order_id))
    assert venue.seen(1, 2, 3, 4, 5, 6) == [False, False, True, True, True, True]


def test_many_that_ended_are_let_go_some_at_a_time(
    venue: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LET_GO_AT_ONCE", 2)
    monkeypatch.setattr(live, "LET_GO_PER_COMMAND", 1)
    for order_id in range(1, 7):
        last = venue.run(limit(1, SELL, 1000, 5), c.CancelOrder(account=1, order_id=order_id))
    venue.orders.stored(last.last_sequence)
    assert venue.seen(1, 2, 3, 4, 5, 6) == [False, False, True, True, True, True]
    venue.run(limit(1, SELL, 1000, 5))
    assert venue.seen(3, 4, 5, 6, 7) == [False, False, False, True, True]
    venue.orders.stored(last.last_sequence)
    assert venue.seen(6, 7) == [False, True]
