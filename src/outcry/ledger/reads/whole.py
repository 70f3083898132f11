"""Whole tables in chunks, oldest first: what exports are made of.

Each function yields chunks of one account's rows, or (None) of everybody's in the order of their
keys. What is written after it began is left out, so an export ends however busy the venue is. No
statement reads more than `CHUNK` rows: what is not wanted is passed over behind it.
"""

from collections.abc import Callable, Iterator

from outcry.domain.events import Cause
from outcry.domain.units import DAY_NS
from outcry.ledger.reads.days import ACCOUNT_DAY, MARKET_DAY, AccountDay, MarketDay
from outcry.ledger.reads.history import ALL, Filter
from outcry.ledger.reads.spans import postings_between, sequences_between
from outcry.ledger.reads.statement import POSTING, Line, lines_of
from outcry.ledger.reads.transfers import TRANSFER, Transfer
from outcry.ledger.rows import ORDER_COLUMNS, TRADE_COLUMNS, Fill, OrderView, Row, TradeRow
from outcry.ports import LedgerStore

CHUNK = 500

_ORDER, _TRADE = ", ".join(ORDER_COLUMNS), ", ".join(TRADE_COLUMNS)
_FILLS_OF_SIDE = f"""
SELECT * FROM (SELECT {{is_maker}} AS is_maker, {_TRADE} FROM trades WHERE {{side}}_account = ?
AND (sequence, market, trade_id) > (?, ?, ?) AND sequence <= ?
ORDER BY sequence, market, trade_id LIMIT ?) AS by_{{side}}"""  # noqa: S608  # our own names
_TRANSFERS_OF_SIDE = f"""
SELECT * FROM (SELECT {TRANSFER} FROM transfers WHERE {{side}} = ?{{more}}
AND (sequence, event_index) > (?, ?) AND sequence <= ?
ORDER BY sequence, event_index LIMIT ?) AS by_{{side}}"""  # noqa: S608  # our own names

# Only our own column names are ever put into a statement; values are always parameters.
ORDERS = f"""
SELECT {_ORDER} FROM orders WHERE (account, order_id) > (?, ?)
ORDER BY account, order_id LIMIT ?"""  # noqa: S608
ORDERS_OF = f"""
SELECT {_ORDER} FROM orders WHERE account = ? AND order_id > ? ORDER BY order_id LIMIT ?"""  # noqa: S608
TRADES = f"""
SELECT {_TRADE} FROM trades WHERE (market, trade_id) > (?, ?)
ORDER BY market, trade_id LIMIT ?"""  # noqa: S608
FILLS_OF = (
    _FILLS_OF_SIDE.format(side="maker", is_maker=1)
    + " UNION ALL "
    + _FILLS_OF_SIDE.format(side="taker", is_maker=0)
    + " ORDER BY sequence, market, trade_id, is_maker LIMIT ?"
)
TRANSFERS = f"""
SELECT {TRANSFER} FROM transfers WHERE (sequence, event_index) > (?, ?) AND sequence <= ?
ORDER BY sequence, event_index LIMIT ?"""  # noqa: S608
TRANSFERS_OF = (
    _TRANSFERS_OF_SIDE.format(side="account", more="")
    + " UNION ALL "
    + _TRANSFERS_OF_SIDE.format(side="counter_account", more=" AND counter_account > 0")
    + " ORDER BY sequence, event_index LIMIT ?"
)
LINES = f"""
SELECT {POSTING} FROM postings WHERE (owner, posting) > (?, ?)
ORDER BY owner, posting LIMIT ?"""  # noqa: S608
LINES_OF = f"""
SELECT {POSTING} FROM postings WHERE owner = ? AND posting > ? AND posting <= ?
ORDER BY posting LIMIT ?"""  # noqa: S608
ACCOUNT_DAYS = f"""
SELECT {ACCOUNT_DAY} FROM account_days WHERE (account, market, day) > (?, ?, ?)
ORDER BY account, market, day LIMIT ?"""  # noqa: S608
ACCOUNT_DAYS_OF = f"""
SELECT {ACCOUNT_DAY} FROM account_days WHERE account = ? AND (day, market) > (?, ?)
ORDER BY day, market LIMIT ?"""  # noqa: S608
MARKET_DAYS = f"""
SELECT {MARKET_DAY} FROM market_days WHERE (day, market) > (?, ?)
ORDER BY day, market LIMIT ?"""  # noqa: S608

Place = tuple[int, ...]


def _chunks(
    page: Callable[[Place], list[Row]], place: Place, place_of: Callable[[Row], Place]
) -> Iterator[list[Row]]:
    """Yield pages, each behind the last row of the one before, until one is empty."""
    while rows := page(place):
        yield rows
        place = place_of(rows[-1])


def orders(
    store: LedgerStore, account: int | None, wanted: Filter = ALL
) -> Iterator[list[OrderView]]:
    """Yield orders as they stand, by when they were placed, without their trades."""
    _, last = sequences_between(store, 0, wanted.end_ns)

    def page(place: Place) -> list[Row]:
        return store.query(ORDERS if account is None else ORDERS_OF, (*place, CHUNK))

    def place_of(row: Row) -> Place:
        return row[2], row[4]

    for rows in _chunks(page, (account or 0, 0), place_of):
        views = [OrderView(*row) for row in rows]
        yield [
            view
            for view in views
            if view.first_sequence <= last and _wanted(wanted, view.market, view.created_ns)
        ]
        if account is not None and views[-1].first_sequence > last:
            return


def _wanted(wanted: Filter, market: int, time_ns: int) -> bool:
    in_market = wanted.market in {0, market}
    return in_market and wanted.start_ns <= time_ns <= wanted.end_ns


def fills(
    store: LedgerStore, account: int | None, wanted: Filter = ALL
) -> Iterator[list[tuple[int, Fill]]]:
    """Yield fills with whose they are. A trade with oneself is two, the taker's first."""
    first, last = sequences_between(store, wanted.start_ns, wanted.end_ns)
    found = _all_fills(store, last) if account is None else _fills_of(store, account, first, last)
    for chunk in found:
        yield [pair for pair in chunk if _wanted(wanted, pair[1].market, pair[1].time_ns)]


def _fills_of(
    store: LedgerStore, account: int, first: int, last: int
) -> Iterator[list[tuple[int, Fill]]]:
    def page(place: Place) -> list[Row]:
        side = (account, *place, last, CHUNK)
        rows = store.query(FILLS_OF, (*side, *side, CHUNK))
        if len(rows) == CHUNK and rows[-1][1:] != rows[-2][1:]:
            trade = TradeRow(*rows[-1][1:])
            if trade.taker_account == trade.maker_account:
                rows.pop()  # Its other side did not fit: both come with the next page.
        return rows

    def place_of(row: Row) -> Place:
        trade = TradeRow(*row[1:])
        return trade.sequence, trade.market, trade.trade_id

    for rows in _chunks(page, (first - 1, 1 << 32, 0), place_of):
        yield [(account, TradeRow(*row[1:]).fill(is_maker=bool(row[0]))) for row in rows]


def _all_fills(store: LedgerStore, last: int) -> Iterator[list[tuple[int, Fill]]]:
    def page(place: Place) -> list[Row]:
        return store.query(TRADES, (*place, CHUNK))

    def place_of(row: Row) -> Place:
        return row[3], row[4]

    for rows in _chunks(page, (0, 0), place_of):
        chunk = []
        for trade in (TradeRow(*row) for row in rows):
            if trade.sequence <= last:
                chunk.append((trade.taker_account, trade.fill(is_maker=False)))
                chunk.append((trade.maker_account, trade.fill(is_maker=True)))
        yield chunk


def transfers(
    store: LedgerStore, account: int | None, wanted: Filter = ALL
) -> Iterator[list[tuple[int, Transfer]]]:
    """Yield transfers with whom they concern: one between two accounts comes for each."""
    first, last = sequences_between(store, wanted.start_ns, wanted.end_ns)

    def page(place: Place) -> list[Row]:
        if account is None:
            return store.query(TRANSFERS, (*place, last, CHUNK))
        side = (account, *place, last, CHUNK)
        return store.query(TRANSFERS_OF, (*side, *side, CHUNK))

    for rows in _chunks(page, (first - 1, 1 << 32), lambda row: (row[0], row[1])):
        found = [Transfer(*row) for row in rows]
        yield [
            (whose, transfer)
            for transfer in found
            for whose in ((account,) if account is not None else _concerned(transfer))
        ]


def _concerned(transfer: Transfer) -> tuple[int, ...]:
    if transfer.cause == Cause.TRANSFER:
        return transfer.account, transfer.counter_account
    return (transfer.account,)


def lines(store: LedgerStore, account: int | None, wanted: Filter = ALL) -> Iterator[list[Line]]:
    """Yield the lines of statements; the venue's own are those of account 0."""
    first, last = sequences_between(store, wanted.start_ns, wanted.end_ns)
    if account is None:
        for rows in _chunks(
            lambda place: store.query(LINES, (*place, CHUNK)), (-1, 0), lambda row: (row[3], row[0])
        ):
            yield lines_of(store, [row for row in rows if first <= row[1] <= last])
        return
    low, high = postings_between(store, account, first, last)
    for rows in _chunks(
        lambda place: store.query(LINES_OF, (account, *place, high, CHUNK)),
        (low - 1,),
        lambda row: (row[0],),
    ):
        yield lines_of(store, rows)


def account_days(
    store: LedgerStore, account: int | None, wanted: Filter = ALL
) -> Iterator[list[AccountDay]]:
    """Yield what accounts traded by day and market; a day is in if any of it is wanted."""
    first = wanted.start_ns // DAY_NS

    def page(place: Place) -> list[Row]:
        if account is None:
            return store.query(ACCOUNT_DAYS, (*place, CHUNK))
        return store.query(ACCOUNT_DAYS_OF, (account, *place, CHUNK))

    def place_of(row: Row) -> Place:
        return (row[0], row[1], row[2]) if account is None else (row[2], row[1])

    place = (0, 0, 0) if account is None else (first, 0)
    for rows in _chunks(page, place, place_of):
        days = [AccountDay(*row) for row in rows]
        yield [day for day in days if _day_wanted(wanted, day)]


def market_days(
    store: LedgerStore, _: int | None, wanted: Filter = ALL
) -> Iterator[list[MarketDay]]:
    """Yield what markets traded by day; a day is in if any of it is wanted."""

    def page(place: Place) -> list[Row]:
        return store.query(MARKET_DAYS, (*place, CHUNK))

    for rows in _chunks(page, (wanted.start_ns // DAY_NS, 0), lambda row: (row[1], row[0])):
        days = [MarketDay(*row) for row in rows]
        yield [day for day in days if _day_wanted(wanted, day)]


def _day_wanted(wanted: Filter, day: AccountDay | MarketDay) -> bool:
    in_market = wanted.market in {0, day.market}
    return in_market and wanted.start_ns // DAY_NS <= day.day <= wanted.end_ns // DAY_NS
