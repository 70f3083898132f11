"""The fixed reads of the history, newest first, in pages.

The statements are plain SQL with positional parameters; a filter that is not wanted is a range that
holds everything. A cursor is opaque to clients but holds no secret: it names the last row shown, is
checked strictly, and can only ever narrow what its own account may see.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from re import ASCII, fullmatch
from typing import Generic, NamedTuple, Protocol, TypeVar

from outcry.domain.units import MARKET_LIMIT
from outcry.ledger.rows import (
    CANDLE_COLUMNS,
    FIRST_DONE_STATE,
    ORDER_COLUMNS,
    TRADE_COLUMNS,
    Fill,
    OrderView,
    Row,
    TradeRow,
)
from outcry.ports import LedgerDamaged, LedgerStore

LARGEST = (1 << 63) - 1
CURSOR_LENGTH_MAX = 128

_ORDER = ", ".join(ORDER_COLUMNS)
_TRADE = ", ".join(TRADE_COLUMNS)
_CANDLE = ", ".join(CANDLE_COLUMNS)
_PRINT = "trade_id, price_ticks, lots, taker_side, time_ns"
_PLACE = "sequence DESC, market DESC, trade_id DESC"

# Only our own column names are ever put into a statement; values are always parameters.
ORDERS_OF_ACCOUNT = f"""
SELECT {_ORDER} FROM orders WHERE account = ? AND order_id < ?
AND market BETWEEN ? AND ? AND created_ns BETWEEN ? AND ? ORDER BY order_id DESC LIMIT ?"""  # noqa: S608
ORDERS_FROM = f"""
SELECT {_ORDER} FROM orders WHERE account = ? AND order_id >= ?
AND market BETWEEN ? AND ? AND created_ns BETWEEN ? AND ? ORDER BY order_id LIMIT ?"""  # noqa: S608
ORDER_OF_ACCOUNT = f"SELECT {_ORDER} FROM orders WHERE account = ? AND order_id = ?"  # noqa: S608
OPEN_ORDERS = f"""
SELECT {_ORDER} FROM orders WHERE state < {int(FIRST_DONE_STATE)} ORDER BY order_id"""  # noqa: S608
_FILLS_OF_SIDE = f"""
SELECT * FROM (SELECT {{is_maker}} AS is_maker, {_TRADE} FROM trades
WHERE {{side}}_account = ? AND (sequence, market, trade_id) < (?, ?, ?)
AND market BETWEEN ? AND ? AND time_ns BETWEEN ? AND ? ORDER BY {_PLACE} LIMIT ?) AS {{side}}"""  # noqa: S608
FILLS_OF_ACCOUNT = (
    _FILLS_OF_SIDE.format(side="maker", is_maker=1)
    + " UNION ALL "
    + _FILLS_OF_SIDE.format(side="taker", is_maker=0)
    + f" ORDER BY {_PLACE}, is_maker DESC LIMIT ?"
)
_FILLS_FROM_OF_SIDE = f"""
SELECT * FROM (SELECT {{is_maker}} AS is_maker, {_TRADE} FROM trades
WHERE {{side}}_account = ? AND sequence >= ? AND trade_id >= ? AND market = ?
AND time_ns BETWEEN ? AND ? ORDER BY sequence, trade_id LIMIT ?) AS {{side}}"""  # noqa: S608
FILLS_FROM = (
    _FILLS_FROM_OF_SIDE.format(side="maker", is_maker=1)
    + " UNION ALL "
    + _FILLS_FROM_OF_SIDE.format(side="taker", is_maker=0)
    + " ORDER BY sequence, trade_id, is_maker LIMIT ?"
)
SEQUENCE_OF_TRADE = """
SELECT sequence FROM trades WHERE market = ? AND trade_id >= ? ORDER BY trade_id LIMIT 1"""
_TRADES_OF_ORDER = f"""
SELECT {_TRADE} FROM trades
WHERE {{side}}_account = ? AND sequence BETWEEN ? AND ? AND {{side}}_order_id = ?"""  # noqa: S608
TRADES_OF_ORDER = (
    _TRADES_OF_ORDER.format(side="maker")
    + " UNION ALL "
    + _TRADES_OF_ORDER.format(side="taker")
    + " ORDER BY sequence, trade_id"
)
TRADES_OF_MARKET = f"""
SELECT {_PRINT} FROM trades WHERE market = ? AND trade_id < ? ORDER BY trade_id DESC LIMIT ?"""  # noqa: S608
CANDLES_BETWEEN = f"""
SELECT {_CANDLE} FROM candles
WHERE market = ? AND span = ? AND open_ns >= ? AND open_ns < ? ORDER BY open_ns"""  # noqa: S608
FIRST_CANDLE = f"""
SELECT {_CANDLE} FROM candles WHERE market = ? AND span = ? ORDER BY open_ns LIMIT 1"""  # noqa: S608
CANDLES_BEFORE = f"""
SELECT {_CANDLE} FROM candles
WHERE market = ? AND span = ? AND open_ns < ? ORDER BY open_ns DESC LIMIT ?"""  # noqa: S608


class BadCursor(ValueError):
    """The cursor is not one that this read has given out."""


def encode_cursor(kind: str, *numbers: int) -> str:
    """Return the opaque form of a place in a list."""
    text = ".".join((kind, *map(str, numbers)))
    return urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def decode_cursor(kind: str, count: int, cursor: str) -> list[int]:
    """Return the `count` numbers of a cursor of this kind.

    Raises:
        BadCursor: anything but what `encode_cursor` returns for such numbers.
    """
    if len(cursor) > CURSOR_LENGTH_MAX or not cursor.isascii():
        raise BadCursor
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (Base64Error, ValueError):
        raise BadCursor from None
    if not fullmatch(rf"{kind}(\.(0|[1-9][0-9]{{0,18}})){{{count}}}", text, ASCII):
        raise BadCursor
    numbers = [int(number) for number in text.split(".")[1:]]
    if max(numbers) > LARGEST or encode_cursor(kind, *numbers) != cursor:
        raise BadCursor
    return numbers


@dataclass(frozen=True, slots=True)
class Filter:
    """What a page is taken from: one market or (0) all, and a span of time.

    `start_ns` and `end_ns` are inclusive.
    """

    market: int = 0
    start_ns: int = 0
    end_ns: int = LARGEST

    def parameters(self) -> tuple[int, int, int, int]:
        """Return the bounds of market and time."""
        last_market = self.market or MARKET_LIMIT
        return self.market, last_market, max(self.start_ns, 0), min(self.end_ns, LARGEST)

    def holds(self, market: int, time_ns: int) -> bool:
        """Return whether a row of this market and time is wanted."""
        first, last, start_ns, end_ns = self.parameters()
        return first <= market <= last and start_ns <= time_ns <= end_ns


class Newer(Protocol):
    """What memory knows beyond the store; where both know an order, this is right."""

    def newest(
        self, account: int, below: int, bounds: tuple[int, int, int, int], limit: int
    ) -> list[OrderView]:
        """Return orders as `orders` asks for them."""

    def fills_of(self, account: int) -> Iterable[Fill]:
        """Return at least the fills that the store does not have."""


ALL = Filter()
_Item = TypeVar("_Item")


class Page(NamedTuple, Generic[_Item]):
    """Up to a limit of items, and where to go on; None at the end."""

    items: list[_Item]
    next_cursor: str | None


# Orders


def orders(  # a page, and what it is taken from
    store: LedgerStore,
    account: int,
    wanted: Filter,
    limit: int,
    cursor: str | None = None,
    newer: Newer | None = None,
) -> Page[OrderView]:
    """Return an account's orders, newest first, each with its fills.

    Raises:
        BadCursor: the cursor is not from this read.
    """
    below = decode_cursor("o", 1, cursor)[0] if cursor is not None else LARGEST
    bounds = wanted.parameters()
    rows = store.query(ORDERS_OF_ACCOUNT, (account, below, *bounds, limit + 1))
    stored = {view.order_id: view for view in (OrderView(*row) for row in rows)}
    live = newer.newest(account, below, bounds, limit + 1) if newer else []
    found = stored | {view.order_id: view for view in live}
    places = sorted(found, reverse=True)
    views = [
        _with_trades(store, found[place]) if found[place] is stored.get(place) else found[place]
        for place in places[:limit]
    ]
    return Page(views, encode_cursor("o", places[limit - 1]) if len(places) > limit else None)


def orders_from(  # a page, and what it is taken from
    store: LedgerStore, account: int, wanted: Filter, first_id: int, limit: int, newer: Newer
) -> list[OrderView]:
    """Return up to `limit` of an account's orders with ids from `first_id` on, oldest first."""
    bounds = wanted.parameters()
    rows = store.query(ORDERS_FROM, (account, min(first_id, LARGEST), *bounds, limit))
    found = {view.order_id: view for view in (OrderView(*row) for row in rows)}
    for view in newer.newest(account, LARGEST, bounds, LARGEST):
        if view.order_id >= first_id:
            found[view.order_id] = view
    return [found[order_id] for order_id in sorted(found)[:limit]]


def order(store: LedgerStore, account: int, order_id: int) -> OrderView | None:
    """Return one order of an account with its fills."""
    rows = store.query(ORDER_OF_ACCOUNT, (account, min(order_id, LARGEST)))
    return _with_trades(store, OrderView(*rows[0])) if rows else None


def _with_trades(store: LedgerStore, view: OrderView) -> OrderView:
    if not view.filled_lots:
        return view
    side = (view.account, view.first_sequence, view.sequence, view.order_id)
    rows = store.query(TRADES_OF_ORDER, side + side)
    return view._replace(trades=tuple(TradeRow(*row) for row in rows))


# Trades


def fills(  # a page, and what it is taken from
    store: LedgerStore,
    account: int,
    wanted: Filter,
    limit: int,
    cursor: str | None = None,
    newer: Newer | None = None,
) -> Page[Fill]:
    """Return an account's fills, newest first. A trade with oneself is two fills, maker's first.

    Raises:
        BadCursor: the cursor is not from this read.
        LedgerDamaged: what was found is not the account's.
    """
    place = decode_cursor("f", 4, cursor) if cursor is not None else [LARGEST, 0, 0, 0]
    sequence, market, trade_id, was_maker = place
    bounds = wanted.parameters()
    # After the maker's side of a trade comes its taker's side, if that is the account's too.
    makers = (account, sequence, market, trade_id, *bounds, limit + 1)
    takers = (account, sequence, market, min(trade_id + was_maker, LARGEST), *bounds, limit + 1)
    rows = store.query(FILLS_OF_ACCOUNT, (*makers, *takers, limit + 1))
    stored = (_own_fill(account, is_maker, TradeRow(*row)) for is_maker, *row in rows)
    found = {_place(fill): fill for fill in stored}
    for fill in newer.fills_of(account) if newer else ():
        if wanted.holds(fill.market, fill.time_ns) and _place(fill) < tuple(place):
            found[_place(fill)] = fill
    places = sorted(found, reverse=True)
    page = [found[place] for place in places[:limit]]
    return Page(page, encode_cursor("f", *places[limit - 1]) if len(places) > limit else None)


def fills_from(  # a page, and what it is taken from
    store: LedgerStore, account: int, wanted: Filter, first_id: int, limit: int, newer: Newer
) -> list[Fill]:
    """Return up to `limit` of an account's fills in one market, oldest first.

    They are those of trades with ids from `first_id` on.

    Raises:
        LedgerDamaged: what was found is not the account's.
    """
    market, _, start_ns, end_ns = wanted.parameters()
    at = store.query(SEQUENCE_OF_TRADE, (market, min(first_id, LARGEST)))
    found: dict[tuple[int, int, int, int], Fill] = {}
    if at:
        side = (account, at[0][0], first_id, market, start_ns, end_ns, limit)
        rows = store.query(FILLS_FROM, (*side, *side, limit))
        stored = (_own_fill(account, is_maker, TradeRow(*row)) for is_maker, *row in rows)
        found = {_place(fill): fill for fill in stored}
    for fill in newer.fills_of(account):
        if wanted.holds(fill.market, fill.time_ns) and fill.trade_id >= first_id:
            found[_place(fill)] = fill
    return [found[place] for place in sorted(found)[:limit]]


def _own_fill(account: int, is_maker: int, trade: TradeRow) -> Fill:
    """Return a side of a trade, which an index says is the account's."""
    whose = trade.maker_account if is_maker else trade.taker_account
    if whose != account:
        raise LedgerDamaged(f"trades: the index leads to {trade.trade_id} of another account")
    return trade.fill(is_maker=bool(is_maker))


def _place(fill: Fill) -> tuple[int, int, int, int]:
    """Return where a fill stands in the list, newest highest."""
    return fill.sequence, fill.market, fill.trade_id, int(fill.is_maker)


def trades(store: LedgerStore, market: int, limit: int, before: int = LARGEST) -> list[Row]:
    """Return public trades of a market with ids below `before`, newest first.

    A row is (trade_id, price_ticks, lots, taker_side, time_ns).
    """
    return store.query(TRADES_OF_MARKET, (market, min(before, LARGEST), limit))


# Candles


def last_candles(store: LedgerStore, markets: Iterable[int], spans: Iterable[str]) -> list[Row]:
    """Return the last candle of each span of each market: (market, span, open_ns, ...)."""
    places = [(market, span, LARGEST, 1) for market in markets for span in spans]
    return [row for place in places for row in store.query(CANDLES_BEFORE, place)]


class StoredCandles:
    """The candles of a store; a row begins with `open_ns`, sums are decimal text."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store

    def between(self, market: int, span: str, start_ns: int, end_ns: int) -> list[Row]:
        """Return the rows of a kept span that open in [start, end), oldest first."""
        rows = self._store.query(CANDLES_BETWEEN, (market, span, start_ns, end_ns))
        return [row[2:] for row in rows]

    def first(self, market: int, span: str) -> list[Row]:
        """Return the first row of a kept span, if there is one."""
        return [row[2:] for row in self._store.query(FIRST_CANDLE, (market, span))]

    def last_before(self, market: int, span: str, time_ns: int) -> list[Row]:
        """Return the last row that opens before `time_ns`, if there is one."""
        return [row[2:] for row in self._store.query(CANDLES_BEFORE, (market, span, time_ns, 1))]


# Start


@dataclass(frozen=True, slots=True)
class Kept:
    """What the readers hold in memory at a checkpoint, as rows, each list oldest first."""

    open_orders: list[Row]
    trades_of_open_orders: list[Row]
    candles: list[Row]
    """(market, span, open_ns, ...)"""
    prints: list[Row]
    """(market, trade_id, price_ticks, lots, taker_side, time_ns)"""


def kept(
    store: LedgerStore, markets: Iterable[int], candles: Mapping[str, int], prints: int
) -> Kept:
    """Return what the readers start from.

    That is all open orders with their trades, and of each market the last `prints` trades and the
    last candles, as many of each span as `candles` says.
    """
    open_orders = store.query(OPEN_ORDERS, ())
    views = [_with_trades(store, OrderView(*row)) for row in open_orders]
    # A trade between two open orders is one trade.
    traded = {(trade.market, trade.trade_id): trade for view in views for trade in view.trades}
    candle_rows: list[Row] = []
    print_rows: list[Row] = []
    for market in markets:
        for span, count in candles.items():
            rows = store.query(CANDLES_BEFORE, (market, span, LARGEST, count))
            candle_rows.extend(reversed(rows))
        last = trades(store, market, prints)
        print_rows.extend((market, *row) for row in reversed(last))
    return Kept(
        open_orders,
        [trade for _, trade in sorted((_age(trade), trade) for trade in traded.values())],
        candle_rows,
        print_rows,
    )


def _age(trade: TradeRow) -> tuple[int, int, int]:
    return trade.sequence, trade.market, trade.trade_id
