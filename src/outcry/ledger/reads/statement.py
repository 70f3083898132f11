"""An account's statement: every posting to it, with the event that caused it, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from outcry.codec import decode_events
from outcry.domain.events import BalanceChanged, Cause, Event, MatchPrevented, Trade
from outcry.domain.units import ASSET_LIMIT
from outcry.ledger.posting import Purpose
from outcry.ledger.reads.history import LARGEST, Page, decode_cursor, encode_cursor
from outcry.ledger.reads.spans import postings_between, sequences_between
from outcry.ports import LedgerDamaged, LedgerStore

LOOKED_AT_MAX = 10_000
"""Postings that one page may look at: a filter that few of them pass must not cost more."""

POSTING = "posting, sequence, event_index, owner, asset, purpose, change_units, balance_units"
POSTINGS_OF_OWNER = f"""
SELECT {POSTING} FROM postings WHERE owner = ? AND posting BETWEEN ? AND ?
AND asset BETWEEN ? AND ? AND purpose BETWEEN ? AND ? ORDER BY posting DESC LIMIT ?"""  # noqa: S608
FLOOR_OF_OWNER = """
SELECT posting FROM postings WHERE owner = ? AND posting BETWEEN ? AND ?
ORDER BY posting DESC LIMIT 1 OFFSET ?"""
EVENTS_OF = "SELECT time_ns, records FROM events WHERE sequence = ?"

_CAUSES = {
    "OrderAccepted": "order_placed",
    "OrderReplaced": "order_replaced",
    "ChildPlaced": "order_placed",
    "OrderDone": "order_done",
    "Trade": "trade",
    "MatchPrevented": "match_prevented",
}
PURPOSES = {int(purpose): purpose.name.lower() for purpose in Purpose}


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """What a statement is of: one asset or (0) all, one purpose or (0) all, a span of time."""

    asset: int = 0
    purpose: int = 0
    start_ns: int = 0
    end_ns: int = LARGEST


class Line(NamedTuple):
    """One posting and why it is there. Ids are 0 where there are none."""

    posting: int
    sequence: int
    event_index: int
    owner: int
    asset: int
    purpose: int
    change_units: int
    balance_units: int
    """The balance of its ledger account after it."""
    time_ns: int
    cause: str
    market: int
    order_id: int
    """The account's own order; of a trade with oneself the taker's."""
    trade_id: int
    withdrawal_id: int
    counter_account: int


def lines_of(store: LedgerStore, rows: Iterable[Sequence[Any]]) -> list[Line]:
    """Return the lines of postings, rows of the columns `POSTING`.

    Raises:
        LedgerDamaged: a posting has no event.
    """
    lines: list[Line] = []
    known, time_ns, events = 0, 0, list[Event]()
    for row in rows:
        try:
            if row[1] != known:
                known = row[1]
                time_ns, records = store.query(EVENTS_OF, (known,))[0]
                events = decode_events(bytes(records))
            lines.append(Line._make((*row, time_ns, *_why(events[row[2]], row[3]))))
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise LedgerDamaged(f"postings: {row[0]} has no event at {row[1:3]}") from error
    return lines


def _check_balances(rows: Iterable[Sequence[Any]]) -> None:
    """Check that of newest first each balance is the one before and the change."""
    before: dict[tuple[int, int], int] = {}
    for posting, _, _, _, asset, purpose, change, balance in rows:
        key = asset, purpose
        if before.get(key, balance) != balance:
            raise LedgerDamaged(f"postings: {posting} and the next of its kind do not fit")
        before[key] = balance - change


def _why(event: Event, owner: int) -> tuple[str, int, int, int, int, int]:
    """Return cause, market, order, trade, withdrawal and counter account as `owner` sees them."""
    if isinstance(event, BalanceChanged):
        other = 0
        if event.cause == Cause.TRANSFER:
            other = event.counter_account if event.account == owner else event.account
        return Cause(event.cause).name.lower(), 0, 0, 0, event.reference, other
    order_id, trade_id = 0, 0
    if isinstance(event, Trade | MatchPrevented):
        is_taker = event.account == owner
        order_id = event.taker_order_id if is_taker else event.maker_order_id
        trade_id = event.trade_id if isinstance(event, Trade) else 0
    else:
        order_id = getattr(event, "order_id", 0)
    return _CAUSES[type(event).__name__], event.market, order_id if owner else 0, trade_id, 0, 0


def statement(
    store: LedgerStore,
    account: int,
    wanted: StatementFilter,
    limit: int,
    cursor: str | None = None,
) -> Page[Line]:
    """Return the postings to an account, newest first.

    A page looks at a bounded number of postings, so with a filter it may hold fewer than `limit`
    (none, even) and still name a next one.

    Raises:
        BadCursor: the cursor is not from this read.
        LedgerDamaged: the postings do not fit each other, or their events.
    """
    below = decode_cursor("s", 1, cursor)[0] if cursor is not None else LARGEST
    span = sequences_between(store, wanted.start_ns, wanted.end_ns)
    low, high = postings_between(store, account, *span)
    high = min(high, below - 1)
    more = False
    if wanted.asset or wanted.purpose:
        floor = store.query(FLOOR_OF_OWNER, (account, low, high, LOOKED_AT_MAX))
        if floor:
            low, more = floor[0][0] + 1, True
    assets = (wanted.asset, wanted.asset or ASSET_LIMIT)
    purposes = (wanted.purpose, wanted.purpose or int(max(Purpose)))
    parameters = (account, low, high, *assets, *purposes, limit + 1)
    rows = store.query(POSTINGS_OF_OWNER, parameters)
    _check_balances(rows)
    lines = lines_of(store, rows[:limit])
    if len(rows) > limit:
        return Page(lines, encode_cursor("s", lines[-1].posting))
    return Page(lines, encode_cursor("s", low) if more else None)
