"""The reader that keeps every market's book, tape, candles and ticker from one pass of events."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from typing_extensions import override

from outcry.domain.events import (
    MarketSet,
    MatchPrevented,
    OrderAccepted,
    OrderBooked,
    OrderDone,
    OrderParked,
    OrderReplaced,
    OrderShown,
    Trade,
    TradeFlag,
)
from outcry.domain.order import OrderFlag
from outcry.marketdata.candle import (
    INTERVALS,
    KEPT_SPANS,
    Candle,
    Candles,
    aggregate,
    candle_of_row,
    filled,
    window,
)
from outcry.marketdata.depth import Book, Depth, Levels
from outcry.marketdata.registry import Registry
from outcry.marketdata.ticker import DayWindow, Ticker, ticker_of
from outcry.marketdata.trade import Tape, TradePrint
from outcry.ports import NEVER_NS, EventBatch, EventReader

_BOOKED, _AUCTION = int(OrderFlag.BOOKED), int(TradeFlag.AUCTION)
_new: Any = tuple.__new__


class DepthSource(Protocol):
    """What knows the books at the start: the core."""

    def depth(self, market: int, limit: int) -> tuple[int, Levels, Levels]:
        """Return (update_id, bids, asks)."""


class StoredCandles(Protocol):
    """Candles that are older than memory goes; rows as `Candle.row()`, oldest first."""

    def between(self, market: int, span: str, start_ns: int, end_ns: int) -> list[Any]:
        """Return the rows of a kept span that open in [start, end)."""

    def first(self, market: int, span: str) -> list[Any]:
        """Return the first row of a kept span, if there is one."""

    def last_before(self, market: int, span: str, time_ns: int) -> list[Any]:
        """Return the last row that opens before `time_ns`, if there is one."""


class MarketView:
    """All that is known in public of one market."""

    __slots__ = ("book", "candles", "day", "tape")

    def __init__(self, stored_until_ns: int) -> None:
        self.book = Book()
        self.tape = Tape()
        self.candles = Candles()
        self.day = DayWindow()
        self.stored(stored_until_ns)

    def stored(self, until_ns: int) -> None:
        """Take note that a store has everything up to a time."""
        self.tape.stored_until_ns = until_ns
        for series in self.candles.series.values():
            series.stored_until_ns = until_ns


class MarketData(EventReader):
    """The public state of all markets.

    Invariant: after a batch each book equals the core's, level for level, at the same `update_id`.
    Trades, candles and tickers are stamped by the time of the command that caused them.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.now_ns = 0
        """The time of the last batch: no reader's now is before it."""
        self._stored_until_ns = NEVER_NS
        self._views = {
            market.market: MarketView(self._stored_until_ns) for market in registry.markets()
        }
        self._handlers: dict[type, Callable[[Any], None]] = {
            OrderAccepted: self._accepted,
            OrderBooked: self._level,
            OrderReplaced: self._replaced,
            OrderDone: self._done,
            OrderParked: self._level,
            OrderShown: self._level,
            Trade: self._trade,
            MatchPrevented: self._prevented,
            MarketSet: self._market_set,
        }

    @override
    def consume(self, batch: EventBatch) -> None:
        self.now_ns = max(self.now_ns, batch.time_ns)
        handler_of = self._handlers.get
        for event in batch.events:
            handler = handler_of(type(event))
            if handler is not None:
                handler(event)

    # Start

    def restore(
        self,
        core: DepthSource,
        candle_rows: Iterable[Sequence[Any]],
        trade_rows: Iterable[Sequence[Any]],
        now_ns: int,
    ) -> None:
        """Fill an empty reader: books from the core, the rest from stored rows, all of one moment.

        `candle_rows` are (market, span, row of `Candle.row()`...) oldest first, at least the last
        `KEPT_CANDLES` of each span; `trade_rows` are (market, fields of `TradePrint`...) oldest
        first. `now_ns` is the time of the last event in them.
        """
        self.now_ns = now_ns
        candles: dict[tuple[int, str], list[Candle]] = {}
        for market, span, *row in candle_rows:
            candles.setdefault((market, span), []).append(candle_of_row(row))
        prints: dict[int, list[tuple[Any, ...]]] = {}
        for market, *row in trade_rows:
            prints.setdefault(market, []).append(tuple(row))
        for market, view in self._views.items():
            view.book.restore(*core.depth(market, 1 << 31))
            view.tape.restore(prints.get(market, []))
            for span in KEPT_SPANS:
                kept = candles.get((market, span), [])
                # Whether older ones exist is not known here, so the first row is the edge.
                view.candles.series[span].restore(kept, kept[0].open_ns if kept else 0)

    def stored(self, until_ns: int) -> None:
        """Take note that a store has what traded before `until_ns`: only that may be let go.

        Until this is called for the first time nobody is waited for.
        """
        self._stored_until_ns = until_ns
        for view in self._views.values():
            view.stored(until_ns)

    # Reads

    def view(self, market: int) -> MarketView:
        """Return the state of a market, for the feed."""
        return self._views[market]

    def depth(self, market: int, limit: int) -> Depth:
        """Return (update_id, bids, asks), both sides best first, as (price_ticks, lots)."""
        return self._views[market].book.read(limit)

    def trades(self, market: int, limit: int, before: int | None = None) -> list[TradePrint]:
        """Return up to `limit` trades with ids below `before`, newest first, as far as memory goes.

        It goes back 1,000 trades at least, and as far as no store has them.
        """
        return self._views[market].tape.last(limit, before)

    def ticker(self, market: int, now_ns: int) -> Ticker:
        """Return the ticker of the 24 hours up to `now_ns`."""
        view = self._views[market]
        now_ns = max(now_ns, self.now_ns)
        traded = view.day.traded(view.candles, now_ns)
        best = view.book.bids.best_price(), view.book.asks.best_price()
        return ticker_of(market, traded, view.candles.last_price, best, now_ns)

    def candles(  # noqa: PLR0913  # the fields of one request
        self,
        market: int,
        interval: str,
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        limit: int = 500,
        now_ns: int = 0,
        stored: StoredCandles | None = None,
    ) -> list[Candle]:
        """Return candles oldest first, empty buckets flat at the last close.

        With `start_ns` the oldest `limit` that open from there, or from the first trade if that
        was later, else the newest ones that open up to `end_ns`. What memory no longer holds comes
        from `stored`.
        """
        kind = INTERVALS[interval]
        self._views[market].candles.settle()
        if start_ns is not None:
            start_ns = max(start_ns, kind.floor(self._begin(market, kind.base, start_ns, stored)))
        first_ns, last_ns = window(kind, start_ns, end_ns, limit, max(now_ns, self.now_ns))
        if first_ns > last_ns:
            return []
        bases = self._kept(market, kind.base, first_ns, kind.next(last_ns), stored)
        last_close = self._close_before(market, kind.base, first_ns, stored)
        return list(filled(kind, aggregate(kind, bases), last_close, first_ns, last_ns))

    def _begin(self, market: int, span: str, from_ns: int, stored: StoredCandles | None) -> int:
        """Return when the first candle of all opens, if that is after `from_ns`; else anything."""
        series = self._views[market].candles.series[span]
        opens = [candle.open_ns for candle in series.candles[:1]]
        if opens and from_ns < opens[0] and series.complete_from_ns and stored is not None:
            opens = [candle_of_row(row).open_ns for row in stored.first(market, span)] or opens
        return opens[0] if opens else 0

    def _kept(
        self, market: int, span: str, start_ns: int, end_ns: int, stored: StoredCandles | None
    ) -> list[Candle]:
        series = self._views[market].candles.series[span]
        edge_ns = series.complete_from_ns
        recent = series.between(max(start_ns, edge_ns), end_ns)
        if stored is None or start_ns >= edge_ns:
            return recent
        rows = stored.between(market, span, start_ns, min(edge_ns, end_ns))
        return [*map(candle_of_row, rows), *recent]

    def _close_before(
        self, market: int, span: str, time_ns: int, stored: StoredCandles | None
    ) -> int:
        series = self._views[market].candles.series[span]
        close = series.close_before(time_ns)
        if close or stored is None or not series.complete_from_ns:
            return close
        rows = stored.last_before(market, span, time_ns)
        return candle_of_row(rows[0]).close if rows else 0

    # Events

    def _accepted(self, event: OrderAccepted) -> None:
        if event.flags & _BOOKED:
            book = self._views[event.market].book
            book.sides[event.side].put(event.price_ticks, event.level_lots)
            book.update_id = event.update_id

    def _level(self, event: OrderBooked | OrderDone | OrderParked | OrderShown) -> None:
        book = self._views[event.market].book
        book.sides[event.side].put(event.price_ticks, event.level_lots)
        book.update_id = event.update_id

    def _done(self, event: OrderDone) -> None:
        if event.booked:
            self._level(event)

    def _replaced(self, event: OrderReplaced) -> None:
        if not event.update_id:  # It is in no book.
            return
        book = self._views[event.market].book
        book.sides[event.side].put(event.old_price_ticks, event.level_lots)
        book.update_id = event.update_id

    def _prevented(self, event: MatchPrevented) -> None:
        book = self._views[event.market].book
        book.sides[1 - event.taker_side].put(event.price_ticks, event.level_lots)
        book.update_id = event.update_id

    def _trade(self, event: Trade) -> None:
        # fmt: off
        (
            _, _, time_ns, _, market, trade_id, _, _, _, taker_side, flags, price_ticks, lots,
            notional_units, _, _, _, _, _, _, level_lots, update_id,
        ) = event
        # fmt: on
        view = self._views[market]
        if not flags & _AUCTION:  # There the levels are told by `OrderShown`.
            view.book.sides[1 - taker_side].put(price_ticks, level_lots)
            view.book.update_id = update_id
        view.tape.add(_new(TradePrint, (trade_id, price_ticks, lots, taker_side, time_ns)))
        view.candles.add(time_ns, price_ticks, lots, notional_units)

    def _market_set(self, event: MarketSet) -> None:
        if event.market not in self._views:
            self._views[event.market] = MarketView(self._stored_until_ns)
