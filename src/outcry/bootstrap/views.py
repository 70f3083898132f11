"""The readers of events: filled at the ledger's checkpoint, current from then on."""

from collections.abc import Callable

from outcry.adapters.ledger_run import LedgerRun, RunHooks, Start
from outcry.adapters.sqlite_ledger_view import SqliteLedgerView
from outcry.engine.engine import Engine
from outcry.engine.snapshot import own_limits
from outcry.gateway.binance.feeds import BinanceFeeds
from outcry.gateway.live.private import PrivateFeed
from outcry.gateway.special.known import Specials
from outcry.gateway.staff.known import KnownLimits
from outcry.ledger.reads import history as queries
from outcry.ledger.reads.live import LiveOrders
from outcry.ledger.reads.start import start_of
from outcry.marketdata.candle import KEPT_CANDLES
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.marketdata.trade import KEPT_TRADES
from outcry.ports import EventReader
from outcry.start_check import check_books, check_kept


class Views:
    """What the venue knows in memory. What the ledger has is let go; see `LiveOrders`."""

    def __init__(
        self,
        store: SqliteLedgerView,
        start: Start | None,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare; `start` starts the ledger's followers, None where none is wanted."""
        self.readers: list[EventReader] = []
        self.store = store
        self._start = start
        self._reached = reached

    def fill(self, engine: Engine) -> None:
        """Build every reader as it was at the ledger's checkpoint.

        Raises:
            LedgerDamaged: what the ledger has is not what was written.
        """
        assets, markets = engine.definitions()
        numbers = [market.market for market in markets]
        kept = queries.kept(self.store, numbers, KEPT_CANDLES, KEPT_TRADES)
        start = start_of(self.store)
        check_books(start, engine.core, (asset.asset for asset in assets))
        check_kept(start, kept, engine.core, numbers, KEPT_CANDLES)
        checkpoint = start.checkpoint
        self.registry = Registry(assets, markets, engine.core.mode)
        self.market_data = MarketData(self.registry)
        self.market_data.restore(engine.core, kept.candles, kept.prints, engine.core.now_ns)
        self.orders = LiveOrders(markets)
        self.orders.restore(kept.open_orders, kept.trades_of_open_orders)
        self.ledger = LedgerRun(self._start, checkpoint, RunHooks(stored=self._stored))
        self.specials = Specials(self.store)
        self.limits = KnownLimits()
        self.limits.restore(own_limits(engine.snapshot()))
        self.private = PrivateFeed()
        self.binance = BinanceFeeds()
        if self._start is not None:
            self._stored(checkpoint.sequence, engine.core.now_ns)
        # The private feeds come after the orders and their terms.
        self.readers += [
            self.registry,
            self.market_data,
            self.orders,
            self.specials,
            self.limits,
            self.private,
            *self.binance,
            self.ledger,
        ]
        self._reached("mid_recovery")

    def _stored(self, sequence: int, time_ns: int) -> None:
        """Let go what the ledger has."""
        self.orders.stored(sequence)
        self.market_data.stored(time_ns)
