"""A venue stopped at any moment and started again shows exactly what it showed before."""

from pathlib import Path
from random import Random

import pytest

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.history import History
from outcry.ledger.orders import Orders
from outcry.ledger.reads import history as queries
from outcry.ledger.reads.history import ALL, StoredCandles
from outcry.ledger.rows import OrderView
from outcry.marketdata.candle import INTERVALS, KEPT_CANDLES
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.marketdata.trade import KEPT_TRADES
from outcry.ports import EventBatch, LedgerStore
from tests.support.trading import ACCOUNTS, QUOTE_MARKET, RECEIVED_MARKET, random_batches

MARKETS = (QUOTE_MARKET, RECEIVED_MARKET)
TABLES = ("orders", "trades", "candles", "checkpoint")


class Readers:
    """All readers of a venue, and the store under them."""

    def __init__(self, store: LedgerStore, engine: Engine | None = None) -> None:
        self.store = store
        assets, markets = engine.definitions() if engine else ([], [])
        mode = engine.core.mode if engine else 0
        self.registry = Registry(assets, markets, mode)
        self.data = MarketData(self.registry)
        self.orders = Orders(markets)
        if engine:
            kept = queries.kept(store, MARKETS, KEPT_CANDLES, KEPT_TRADES)
            self.orders.restore(kept.open_orders, kept.trades_of_open_orders)
            self.data.restore(engine.core, kept.candles, kept.prints, engine.core.now_ns)
        self.history = History(self.orders, store.checkpoint(), self.data.take_candles)

    def consume(self, batch: EventBatch) -> None:
        for reader in (self.registry, self.data, self.orders, self.history):
            reader.consume(batch)

    def flush(self) -> None:
        rows = self.history.take()
        if rows is not None:
            self.store.write(rows)
            self.history.written()

    def open_orders(self) -> list[list[OrderView]]:
        """Return the open orders of every account, with their fills."""
        return [self.orders.open_of(account) for account in ACCOUNTS]

    def shown(self, now_ns: int) -> dict[str, object]:
        """Return everything that a client could read."""
        stored, data = StoredCandles(self.store), self.data
        return {
            "markets": self.registry.markets(),
            "open": self.open_orders(),
            "depth": {market: data.depth(market, 5_000) for market in MARKETS},
            "trades": {market: data.trades(market, 1_000) for market in MARKETS},
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
            "history": {a: queries.orders(self.store, a, ALL, 10_000) for a in ACCOUNTS},
            "fills": {a: queries.fills(self.store, a, ALL, 10_000) for a in ACCOUNTS},
        }


def dump(store: LedgerStore) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a store, in a fixed order."""
    return {table: sorted(store.query(f"SELECT * FROM {table}", ())) for table in TABLES}


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
