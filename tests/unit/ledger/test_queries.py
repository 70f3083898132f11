"""Pages of history: newest first, complete, and nobody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.domain import commands as c
from outcry.domain.order import SelfTrade
from outcry.ledger.ledger import Ledger
from outcry.ledger.reads import history as queries
from outcry.ledger.reads.history import ALL, BadCursor, Filter, StoredCandles
from outcry.ledger.reads.live import LiveOrders
from outcry.ledger.rows import Fill
from outcry.ports import Checkpoint, LedgerRows
from tests.support.trading import RECEIVED_MARKET, TradingVenue, limit, opening, random_batches

BUY, SELL = 0, 1


class Written:
    """A store, and a venue of which everything is written at once."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteLedger(path)
        self.venue = TradingVenue()
        self.ledger = Ledger()
        self.run(*opening())

    def run(self, *commands: c.Command) -> None:
        self.ledger.consume(self.venue.run(*commands))
        rows = self.ledger.take()
        assert rows is not None
        self.store.write(rows)
        self.ledger.written()


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    written = Written(tmp_path / "ledger.sqlite")
    yield written
    written.store.close()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteLedger, LiveOrders]]:
    """Return the history of a random day, and the live orders, which have let nothing go."""
    store = SqliteLedger(tmp_path_factory.mktemp("busy") / "ledger.sqlite")
    orders, ledger = LiveOrders(), Ledger()
    orders.stored(0)
    for _, batch in random_batches(5, 200):
        orders.consume(batch)
        ledger.consume(batch)
    rows = ledger.take()
    assert rows is not None
    store.write(rows)
    yield store, orders
    store.close()


def test_orders_come_newest_first_in_pages_without_gap(
    busy: tuple[SqliteLedger, LiveOrders],
) -> None:
    store, _ = busy
    ids: list[int] = []
    cursor: str | None = None
    while True:
        page = queries.orders(store, 1, ALL, 7, cursor)
        ids.extend(view.order_id for view in page.items)
        if (cursor := page.next_cursor) is None:
            break
    whole = [view.order_id for view in queries.orders(store, 1, ALL, 10_000).items]
    assert ids == whole == sorted(whole, reverse=True)
    assert len(ids) > 50


def test_stored_order_is_the_live_one_with_its_fills(busy: tuple[SqliteLedger, LiveOrders]) -> None:
    store, orders = busy
    views = [view for a in (1, 2, 3) for view in queries.orders(store, a, ALL, 10_000).items]
    assert sum(len(view.fills) for view in views) > 50
    assert views == [orders.view(view.order_id) for view in views]


def test_fills_come_newest_first_in_pages_without_gap(
    busy: tuple[SqliteLedger, LiveOrders],
) -> None:
    store, orders = busy
    found: list[Fill] = []
    cursor: str | None = None
    while True:
        page = queries.fills(store, 2, ALL, 3, cursor)
        found.extend(page.items)
        if (cursor := page.next_cursor) is None:
            break
    by_order = [fill for view in queries.orders(store, 2, ALL, 10_000).items for fill in view.fills]
    assert sorted(found) == sorted(by_order)
    assert [fill.sequence for fill in found] == sorted((f.sequence for f in found), reverse=True)


def test_trade_with_oneself_is_two_fills(written: Written) -> None:
    taker = c.PlaceOrder(
        account=1, market=1, side=BUY, price_ticks=1000, lots=2, self_trade=SelfTrade.NONE
    )
    written.run(limit(1, SELL, 1000, 2), taker)
    first = queries.fills(written.store, 1, ALL, 1)
    second = queries.fills(written.store, 1, ALL, 1, first.next_cursor)
    assert [fill.is_maker for fill in (*first.items, *second.items)] == [True, False]
    assert second.next_cursor is None


def test_pages_can_be_of_one_market_and_of_a_span_of_time(written: Written) -> None:
    written.run(limit(1, BUY, 900, 1))
    written.venue.now_ns += 10
    written.run(limit(1, BUY, 900, 1), limit(1, BUY, 900, 1, market=RECEIVED_MARKET))
    now = written.venue.now_ns

    def ids(wanted: Filter) -> list[int]:
        return [view.order_id for view in queries.orders(written.store, 1, wanted, 10).items]

    assert ids(Filter(market=RECEIVED_MARKET)) == [3]
    assert ids(Filter(start_ns=now)) == [3, 2]
    assert ids(Filter(end_ns=now - 1)) == [1]


def test_order_of_another_account_is_not_found(written: Written) -> None:
    written.run(limit(1, BUY, 900, 1))
    assert queries.order(written.store, 2, 1) is None
    assert queries.orders(written.store, 2, ALL, 10).items == []


def test_trades_before_an_id_come_newest_first(written: Written) -> None:
    for _ in range(4):
        written.run(limit(1, SELL, 1000, 2), limit(2, BUY, 1000, 2))
    now = written.venue.now_ns
    assert queries.trades(written.store, 1, 2, before=4) == [
        (3, 1000, 2, BUY, now),
        (2, 1000, 2, BUY, now),
    ]


def test_candles_are_read_by_span_and_time(written: Written) -> None:
    rows = [(1, "1m", at, 5, 6, 4, 5, str(1 << 70), "7", 1) for at in (0, 60, 120)]
    position = Checkpoint(1, 1_000, bytes(32))
    written.store.write(LedgerRows(position, {"candles": rows}))
    stored = StoredCandles(written.store)
    assert [row[0] for row in stored.between(1, "1m", 60, 120)] == [60]
    assert stored.last_before(1, "1m", 60) == [(0, 5, 6, 4, 5, str(1 << 70), "7", 1)]
    assert stored.last_before(1, "1h", 60) == []
    assert [row[0] for row in stored.first(1, "1m")] == [0]
    assert stored.first(1, "1h") == stored.first(2, "1m") == []


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "o.1",
        "é",
        "A" * 200,
        queries.encode_cursor("f", 1, 2, 3, 1),
        queries.encode_cursor("o", 1, 2),
        queries.encode_cursor("o", 1 << 63),
        queries.encode_cursor("o", 10**19),
        queries.encode_cursor("o", -1),
        queries.encode_cursor("o", 7) + "=",
        queries.encode_cursor("o", 7) + "A",
    ],
)
def test_forged_cursor_is_refused(written: Written, cursor: str) -> None:
    with pytest.raises(BadCursor):
        queries.orders(written.store, 1, ALL, 10, cursor)


def test_cursor_of_another_account_shows_nothing_of_it(written: Written) -> None:
    written.run(*(limit(1, BUY, 900, 1) for _ in range(4)))
    cursor = queries.orders(written.store, 1, ALL, 2).next_cursor
    assert queries.orders(written.store, 2, ALL, 10, cursor).items == []
