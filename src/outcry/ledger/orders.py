"""Live orders as clients see them, from events alone.

An order is one list in the order of `rows.ORDER_COLUMNS`, changed in place: what a client reads and
what the store is given are copies of it. Every change also names the order as touched; whoever
keeps the history takes the touched orders away from time to time, at the end of a batch. Until they
are taken a second time orders that are done can still be seen here, so an order is always found
either here or in the store.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from typing_extensions import override

from outcry.domain.events import (
    ChildPlaced,
    Event,
    MarketSet,
    MatchPrevented,
    OrderAccepted,
    OrderBooked,
    OrderDone,
    OrderReplaced,
    Trade,
)
from outcry.domain.market import FeeAsset, Market
from outcry.domain.order import Side
from outcry.ledger.rows import (
    ACCOUNT,
    DONE_REASON,
    FEE_ASSET,
    FEE_UNITS,
    FILLED_LOTS,
    LOTS,
    MARKET,
    OPEN_LOTS,
    PRICE_TICKS,
    QUOTE_FILLED_UNITS,
    SEQUENCE,
    STATE,
    TRADE_COLUMNS,
    TRADES,
    UPDATED_NS,
    OrderState,
    OrderView,
    Row,
    TradeRow,
    end_state,
)
from outcry.ports import EventBatch, EventReader

_OPEN = int(OrderState.OPEN)
_PARTIALLY_FILLED = int(OrderState.PARTIALLY_FILLED)
_ROW_TIME, _ROW_LOTS, _ROW_NOTIONAL = map(
    TRADE_COLUMNS.index, ("time_ns", "lots", "notional_units")
)
_new: Any = tuple.__new__

Record = list[Any]
"""A live order: the columns, then None or the list of its trade rows."""


class Orders(EventReader):
    """Open orders, and those that ended since the history was last taken but one.

    Invariant: after a batch, the open orders are those of the core, with the same open lots.
    """

    def __init__(self, markets: Iterable[Market] = ()) -> None:
        self._open: dict[int, Record] = {}
        self._by_account: dict[int, dict[int, Record]] = {}
        self._touched: dict[int, Record] = {}
        self._taken: dict[int, Record] = {}
        self._traded: list[TradeRow] = []
        self._fee_assets: dict[int, tuple[int, int]] = {}
        for market in markets:
            self._set_fee_assets(market.market, market)
        self._handlers: dict[type, Callable[[Any], None]] = {
            OrderAccepted: self._accepted,
            OrderBooked: self._booked,
            OrderReplaced: self._replaced,
            OrderDone: self._done,
            Trade: self._trade,
            MatchPrevented: self._prevented,
            ChildPlaced: self._placed,
            MarketSet: self._market_set,
        }

    @override
    def consume(self, batch: EventBatch) -> None:
        take_in(self, batch.events)

    # What clients read

    def view(self, order_id: int) -> OrderView | None:
        """Return an order that is open or ended lately; None means: ask the store."""
        record = (
            self._open.get(order_id) or self._touched.get(order_id) or self._taken.get(order_id)
        )
        return None if record is None else view_of(record)

    def open_of(self, account: int, market: int = 0) -> list[OrderView]:
        """Return an account's open orders by id, of one market or (0) all."""
        records = self._by_account.get(account, {})
        return [
            view_of(record)
            for _, record in sorted(records.items())
            if not market or record[MARKET] == market
        ]

    @property
    def open_count(self) -> int:
        """How many orders are open."""
        return len(self._open)

    # What the history takes

    @property
    def waiting_rows(self) -> int:
        """How many rows the next `take` will bring."""
        return len(self._touched) + len(self._traded)

    def take(self) -> tuple[list[Row], list[Row]]:
        """Return the order rows and the trade rows that changed since the last call."""
        touched, traded = self._touched, self._traded
        self._taken, self._touched, self._traded = touched, {}, []
        return [tuple(record[:TRADES]) for record in touched.values()], list(traded)

    def restore(self, orders: Iterable[Sequence[Any]], trades: Iterable[Sequence[Any]]) -> None:
        """Fill an empty reader with the stored rows of the open orders and of their trades.

        `trades` come oldest first.
        """
        for row in orders:
            view = OrderView(*row)
            record = [*row, None]
            self._open[view.order_id] = record
            self._by_account.setdefault(view.account, {})[view.order_id] = record
        for row in trades:
            trade = TradeRow(*row)
            for order_id in (trade.taker_order_id, trade.maker_order_id):
                if order_id in self._open:
                    _note(self._open[order_id], trade)

    # Events

    def _accepted(self, event: OrderAccepted) -> None:
        # fmt: off
        (
            _, sequence, time_ns, account, market, order_id, side, kind, time_in_force, self_trade,
            flags, price_ticks, lots, budget_units, _, _, _, _, _, key,
        ) = event
        record: Record = [
            sequence, time_ns, account, market, order_id, side, kind, time_in_force, self_trade,
            flags, price_ticks, lots, budget_units, key, self._fee_assets[market][side],
            lots, 0, 0, 0, _OPEN, 0, time_ns, sequence, None,
        ]
        # fmt: on
        self._open[order_id] = self._touched[order_id] = record
        try:
            self._by_account[account][order_id] = record
        except KeyError:
            self._by_account[account] = {order_id: record}

    def _booked(self, event: OrderBooked) -> None:
        # A budget that is no limit never rests, so nothing but the open lots can differ.
        self._open[event.order_id][OPEN_LOTS] = event.open_lots

    def _replaced(self, event: OrderReplaced) -> None:
        record = self._open[event.order_id]
        record[PRICE_TICKS] = event.price_ticks
        record[LOTS] = event.lots
        record[OPEN_LOTS] = event.open_lots
        self._changed(event.order_id, record, event)

    def _placed(self, event: ChildPlaced) -> None:
        record = self._open[event.order_id]
        record[LOTS] = record[OPEN_LOTS] = event.lots
        self._changed(event.order_id, record, event)

    def _done(self, event: OrderDone) -> None:
        _, sequence, time_ns, _, _, order_id, reason, *_ = event
        record = self._open.pop(order_id)
        del self._by_account[record[ACCOUNT]][order_id]
        record[OPEN_LOTS] = 0
        record[STATE] = end_state(reason, record[FILLED_LOTS])
        record[DONE_REASON] = reason
        record[UPDATED_NS] = time_ns
        record[SEQUENCE] = sequence
        self._touched[order_id] = record

    def _trade(self, event: Trade) -> None:
        # fmt: off
        (
            _, sequence, time_ns, account, market, trade_id, taker_id, maker_id, maker_account,
            taker_side, flags, price_ticks, lots, notional_units, taker_fee_units, maker_fee_units,
            _, _, taker_open_lots, maker_open_lots, _, _,
        ) = event
        taker, maker = self._open[taker_id], self._open[maker_id]
        row: TradeRow = _new(TradeRow, (
            sequence, time_ns, account, market, trade_id, taker_id, maker_id, maker_account,
            taker_side, flags, price_ticks, lots, notional_units, taker_fee_units, maker_fee_units,
            taker[FEE_ASSET], maker[FEE_ASSET],
        ))
        # fmt: on
        self._traded.append(row)
        self._traded_one(taker_id, taker, row, taker_open_lots, taker_fee_units)
        self._traded_one(maker_id, maker, row, maker_open_lots, maker_fee_units)

    def _traded_one(
        self, order_id: int, record: Record, row: TradeRow, open_lots: int, fee_units: int
    ) -> None:
        record[OPEN_LOTS] = open_lots
        record[FILLED_LOTS] += row[_ROW_LOTS]
        record[QUOTE_FILLED_UNITS] += row[_ROW_NOTIONAL]
        record[FEE_UNITS] += fee_units
        record[STATE] = _PARTIALLY_FILLED
        record[UPDATED_NS] = row[_ROW_TIME]
        record[SEQUENCE] = row[0]
        self._touched[order_id] = record
        _note(record, row)

    def _prevented(self, event: MatchPrevented) -> None:
        taker = self._open[event.taker_order_id]
        maker = self._open[event.maker_order_id]
        taker[OPEN_LOTS] = event.taker_open_lots
        maker[OPEN_LOTS] = event.maker_open_lots
        self._changed(event.taker_order_id, taker, event)
        self._changed(event.maker_order_id, maker, event)

    def _changed(
        self, order_id: int, record: Record, event: OrderReplaced | MatchPrevented | ChildPlaced
    ) -> None:
        record[UPDATED_NS] = event.time_ns
        record[SEQUENCE] = event.sequence
        self._touched[order_id] = record

    def _market_set(self, event: MarketSet) -> None:
        self._set_fee_assets(event.market, event)

    def _set_fee_assets(self, market: int, rules: Market | MarketSet) -> None:
        bought = rules.base if rules.fee_asset == FeeAsset.RECEIVED else rules.quote
        assets = [rules.quote, rules.quote]
        assets[Side.BUY] = bought
        self._fee_assets[market] = (assets[0], assets[1])


def _note(record: Record, row: TradeRow) -> None:
    if record[TRADES] is None:
        record[TRADES] = [row]
    else:
        record[TRADES].append(row)


def view_of(record: Record) -> OrderView:
    """Return a copy of an order for a client."""
    trades = record[TRADES]
    view: OrderView = _new(OrderView, (*record[:TRADES], tuple(trades) if trades else ()))
    return view


def plain_take_in(orders: Orders, events: Iterable[Event]) -> None:
    """Bring live orders behind events. `compiled` has a twin of this."""
    handler_of = orders._handlers.get
    for event in events:
        handler = handler_of(type(event))
        if handler is not None:
            handler(event)


try:
    from outcry.ledger.compiled.orders import take_in
except ImportError:
    take_in = plain_take_in
