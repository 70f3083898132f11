"""A venue whose ledger lags, or that was stopped and started again, shows what any other would."""

from pathlib import Path
from random import Random

import pytest

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.ledger import Ledger
from outcry.ledger.reads import history as queries
from outcry.ledger.reads.history import ALL, Filter, StoredCandles
from outcry.ledger.reads.live import LiveOrders
from outcry.ledger.reads.start import start_of
from outcry.ledger.rows import OrderView
from outcry.ledger.tables import TABLES
from outcry.marketdata import candle, trade
from outcry.marketdata.candle import INTERVALS, KEPT_CANDLES, CandleRows
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.marketdata.trade import KEPT_TRADES
from outcry.ports import EventBatch, LedgerStore
from tests.support.trading import ACCOUNTS, QUOTE_MARKET, RECEIVED_MARKET, random_batches

MARKETS = (QUOTE_MARKET, RECEIVED_MARKET)


class Readers:
    """All readers of a venue, the store under them, and who writes it."""

    def __init__(self, store: LedgerStore, engine: Engine | None = None) -> None:
        self.store = store
        assets, markets = engine.definitions() if engine else ([], [])
        mode = engine.core.mode if engine else 0
        self.registry = Registry(assets, markets, mode)
        self.data = MarketData(self.registry)
        self.orders = LiveOrders(markets)
        self.candles = CandleRows()
        self.ledger = Ledger(markets, start_of(store), self.candles.take)
        self.now_ns = engine.core.now_ns if engine else 0
        self.written = store.checkpoint().sequence, self.now_ns
        if engine:
            kept = queries.kept(store, MARKETS, KEPT_CANDLES, KEPT_TRADES)
            self.orders.restore(kept.open_orders, kept.trades_of_open_orders)
            self.data.restore(engine.core, kept.candles, kept.prints, engine.core.now_ns)
            self.candles.restore(queries.last_candles(store, MARKETS, KEPT_CANDLES))
        self.tell()

    def consume(self, batch: EventBatch) -> None:
        for reader in (self.registry, self.data, self.orders, self.candles, self.ledger):
            reader.consume(batch)
        self.now_ns = batch.time_ns

    def flush(self) -> None:
        """Let the ledger catch up; the venue does not know of it yet."""
        rows = self.ledger.take()
        if rows is not None:
            self.store.write(rows)
            self.ledger.written()
            self.written = rows.checkpoint.sequence, self.now_ns

    def tell(self) -> None:
        """Tell the venue how far the ledger is."""
        sequence, time_ns = self.written
        self.orders.stored(sequence)
        self.data.stored(time_ns)

    def open_orders(self) -> list[list[OrderView]]:
        """Return the open orders of every account, with their fills."""
        return [self.orders.open_of(account) for account in ACCOUNTS]

    def trades(self, market: int) -> list[tuple[object, ...]]:
        """Return all trades of a market, from memory and then from the store."""
        prints = list(map(tuple, self.data.trades(market, 10_000)))
        before = prints[-1][0] if prints else queries.LARGEST
        return [*prints, *queries.trades(self.store, market, 10_000, before)]

    def shown(self, now_ns: int) -> dict[str, object]:
        """Return everything that a client could read."""
        stored, data = StoredCandles(self.store), self.data
        return {
            "markets": self.registry.markets(),
            "open": self.open_orders(),
            "depth": {market: data.depth(market, 5_000) for market in MARKETS},
            "trades": {market: self.trades(market) for market in MARKETS},
            "tickers": {market: data.ticker(market, now_ns) for market in MARKETS},
            "candles": {
                (market, name): data.candles(market, name, limit=200, now_ns=now_ns, stored=stored)
                for market in MARKETS
                for name in INTERVALS
            },
            "first candles": {
                (market, name): data.candles(
                    market, name, start_ns=0, limit=3, now_ns=now_ns, stored=stored
                )
                for market in MARKETS
                for name in INTERVALS
            },
            **self.lists(ALL, 10_000),
        }

    def lists(self, wanted: Filter, limit: int) -> dict[str, object]:
        """Return the orders and fills of every account, read to the end page by page."""
        return {
            "history": {a: self._pages(queries.orders, a, wanted, limit) for a in ACCOUNTS},
            "fills": {a: self._pages(queries.fills, a, wanted, limit) for a in ACCOUNTS},
        }

    def _pages(self, read: object, account: int, wanted: Filter, limit: int) -> list[object]:
        found: list[object] = []
        cursor: str | None = None
        while True:
            page = read(self.store, account, wanted, limit, cursor, self.orders)  # type: ignore[operator]
            found.extend(page.items)
            assert len(page.items) <= limit
            if (cursor := page.next_cursor) is None:
                return found


def dump(store: LedgerStore) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a store, in a fixed order."""
    tables = (*TABLES, "checkpoint")
    return {table: sorted(store.query(f"SELECT * FROM {table}", ())) for table in tables}


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let market data keep so little that most of it has to come from the store.

    The minutes stay: a ticker is made of memory alone.
    """
    monkeypatch.setattr(trade, "KEPT_TRADES", 5)
    short = dict.fromkeys(KEPT_CANDLES, 3) | {"1m": KEPT_CANDLES["1m"]}
    monkeypatch.setattr(candle, "KEPT_CANDLES", short)


@pytest.mark.usefixtures("short_memory")
@pytest.mark.parametrize("seed", range(6))
def test_lagging_ledger_is_not_seen_in_any_answer(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    straight = Readers(SqliteLedger(tmp_path / "straight.sqlite"))
    lagging = Readers(SqliteLedger(tmp_path / "lagging.sqlite"))
    for number, (venue, batch) in enumerate(random_batches(seed, 150)):
        for readers in (straight, lagging):
            readers.consume(batch)
        straight.flush()
        straight.tell()
        if random.random() < 0.05:
            lagging.flush()
        if random.random() < 0.1:
            lagging.tell()
        if number % 25 == 24:
            assert lagging.shown(venue.now_ns) == straight.shown(venue.now_ns)
        if number % 10 == 9:
            wanted = Filter(random.choice((0, *MARKETS)), venue.now_ns - 10**11)
            pages = random.choice((1, 3, 50))
            assert lagging.lists(wanted, pages) == straight.lists(wanted, pages)
    assert lagging.written < straight.written
    for readers in (straight, lagging):
        readers.store.close()


@pytest.mark.parametrize("seed", range(12))
def test_restarted_views_equal_those_that_never_stopped(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    stop = random.randint(40, 150)
    straight = Readers(SqliteLedger(tmp_path / "straight.sqlite"))
    crashed = Readers(SqliteLedger(tmp_path / "crashed.sqlite"))
    snapshot, since_flush = Engine(choose("reference")()).snapshot(), []
    for number, (venue, batch) in enumerate(random_batches(seed, 160)):
        straight.consume(batch)
        crashed.consume(batch)
        since_flush.append(batch)
        if random.random() < 0.1:
            crashed.flush()
            crashed.tell()
            snapshot, since_flush = venue.engine.snapshot(), []
        if number == stop:
            engine = Engine.restore(choose("reference"), snapshot)
            crashed.store.close()
            crashed = Readers(SqliteLedger(tmp_path / "crashed.sqlite"), engine)
            for again in since_flush:
                crashed.consume(again)
        if number >= stop:
            assert crashed.open_orders() == straight.open_orders()
    straight.flush()
    crashed.flush()
    now_ns = venue.now_ns + 1
    assert crashed.shown(now_ns) == straight.shown(now_ns)
    assert dump(crashed.store) == dump(straight.store)
    for readers in (straight, crashed):
        readers.store.close()
