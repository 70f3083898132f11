"""Volume and fees by UTC day: an account's, and a market's statistics, newest first."""

from typing import NamedTuple

from outcry.domain.units import DAY_NS, MARKET_LIMIT
from outcry.ledger.reads.history import Filter, Page, decode_cursor, encode_cursor
from outcry.ports import LedgerStore

_DAY_SUMS = "trades, lots, quote_units, base_fee_units, quote_fee_units"
ACCOUNT_DAY = f"account, market, day, {_DAY_SUMS}"
MARKET_DAY = f"market, day, open_ticks, high_ticks, low_ticks, close_ticks, {_DAY_SUMS}"
_PLACE = "(day, market) < (?, ?) AND day >= ?"
_NEWEST = "ORDER BY day DESC, market DESC LIMIT ?"
DAYS_OF_ACCOUNT = f"""
SELECT {ACCOUNT_DAY} FROM account_days
WHERE account = ? AND {_PLACE} AND market BETWEEN ? AND ? {_NEWEST}"""  # noqa: S608  # our names
DAYS_OF_MARKETS = f"SELECT {MARKET_DAY} FROM market_days WHERE {_PLACE} {_NEWEST}"  # noqa: S608
DAYS_OF_MARKET = f"""
SELECT {MARKET_DAY} FROM market_days WHERE market = ? AND {_PLACE} {_NEWEST}"""  # noqa: S608
_LAST_DAY = 1 << 32


class AccountDay(NamedTuple):
    """What an account traded in a market on a day, days since 1970. Sums are decimal text.

    A trade with oneself counts for both sides; rebates are taken off the fees.
    """

    account: int
    market: int
    day: int
    trades: int
    lots: str
    quote_units: str
    base_fee_units: str
    quote_fee_units: str


class MarketDay(NamedTuple):
    """What a market traded on a day; the fees are what the venue kept."""

    market: int
    day: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    trades: int
    lots: str
    quote_units: str
    base_fee_units: str
    quote_fee_units: str


def _bounds(wanted: Filter) -> tuple[int, int]:
    """Return the first day wanted, and the day after the last."""
    return max(wanted.start_ns, 0) // DAY_NS, min(wanted.end_ns // DAY_NS, _LAST_DAY) + 1


def account_days(
    store: LedgerStore, account: int, wanted: Filter, limit: int, cursor: str | None = None
) -> Page[AccountDay]:
    """Return what an account traded, by day and market; a day is in if any of it is wanted.

    Raises:
        BadCursor: the cursor is not from this read.
    """
    first, end = _bounds(wanted)
    place = [end, 0]
    if cursor is not None:
        place = min(place, decode_cursor("v", 2, cursor))
    markets = (wanted.market, wanted.market or MARKET_LIMIT)
    rows = store.query(DAYS_OF_ACCOUNT, (account, *place, first, *markets, limit + 1))
    items = [AccountDay(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    return Page(items, encode_cursor("v", items[-1].day, items[-1].market))


def market_days(
    store: LedgerStore, wanted: Filter, limit: int, cursor: str | None = None
) -> Page[MarketDay]:
    """Return what markets traded, by day; a day is in if any of it is wanted.

    Raises:
        BadCursor: the cursor is not from this read.
    """
    first, end = _bounds(wanted)
    place = [end, 0]
    if cursor is not None:
        place = min(place, decode_cursor("d", 2, cursor))
    one = (wanted.market,) if wanted.market else ()
    statement = DAYS_OF_MARKET if one else DAYS_OF_MARKETS
    rows = store.query(statement, (*one, *place, first, limit + 1))
    items = [MarketDay(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    return Page(items, encode_cursor("d", items[-1].day, items[-1].market))
