"""Every table that is made from the log, compared with what was made again.

What only grows is compared while it is made, and so is an order when it is done. What changes is
written into an empty store beside, as it stands, and compared at the end. Either way both sides are
read in the order of the key.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from outcry import codec
from outcry.audit.compare import FIRST, PAGE, behind, between, differences, scan
from outcry.audit.explain import RECORDS_OF, Explainer
from outcry.audit.report import AuditReport
from outcry.audit.sums import PostingSums
from outcry.domain.events import OrderAccepted
from outcry.ledger.rows import (
    ACCOUNT,
    FIRST_DONE_STATE,
    FIRST_SEQUENCE,
    ORDER_ID,
    STATE,
    Row,
)
from outcry.ledger.tables import (
    EVENTS,
    ORDERS,
    POSTINGS,
    TABLES,
    TRADES,
    TRANSFERS,
    Table,
)
from outcry.ports import LedgerRows, LedgerStore

STREAMED = (EVENTS, POSTINGS, TRADES, TRANSFERS, ORDERS)
SETTLED = tuple(table for table in TABLES.values() if table not in STREAMED)
ORDERS_AT_ONCE = 64
_ORDERS_OF = f"""
SELECT {", ".join(ORDERS.columns)} FROM orders
WHERE account = ? AND order_id IN ({{signs}}) ORDER BY order_id"""  # noqa: S608  # our own names
_ORDER_KEY = itemgetter(ACCOUNT, ORDER_ID)

Note = Callable[[Table, list[Row], list[Row]], None]
"""Takes a table, rows as they should be and rows as they are."""


class Parted:
    """A table that only grows, by the number that ends its key, in each part: a market, an owner.

    It keeps one number a part.
    """

    def __init__(self, table: Table, ledger: LedgerStore, note: Note) -> None:
        self._table, self._ledger, self._note = table, ledger, note
        part, number = table.key
        self._part_of, self._number_of = (
            itemgetter(table.columns.index(name)) for name in table.key
        )
        self._key_of = itemgetter(*map(table.columns.index, table.key))
        self._last: dict[int, int] = {}
        rows = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {part} = ?"  # noqa: S608
        self._behind = f"{rows} AND {number} > ? ORDER BY {number} LIMIT {PAGE}"
        self._between = f"{rows} AND {number} > ? AND {number} <= ? ORDER BY {number}"
        self._next = f"SELECT {part} FROM {table.name} WHERE {part} > ? ORDER BY {part} LIMIT 1"  # noqa: S608

    def take(self, made: list[Row]) -> list[Row]:
        """Compare rows of any parts; return those that are stored, each part's in order."""
        found: list[Row] = []
        for part, rows in groupby(sorted(made, key=self._key_of), self._part_of):
            mine = list(rows)
            after, last = self._last.get(part, FIRST), self._number_of(mine[-1])
            stored = self._ledger.query(self._between, (part, after, last))
            self._last[part] = last
            self._note(self._table, mine, stored)
            found += stored
        return found

    def finish(self) -> None:
        """Look for rows behind the last one of each part, and for parts that should not be."""
        for part in self._parts():
            last = self._last.get(part, FIRST)
            self._note(self._table, [], self._ledger.query(self._behind, (part, last)))

    def _parts(self) -> Iterator[int]:
        part = FIRST
        while rows := self._ledger.query(self._next, (part,)):
            part = rows[0][0]
            yield part


class OrderRows:
    """The orders: each compared when it is done, the open ones at the end.

    It keeps the open ones, as an engine does.
    """

    def __init__(self, report: AuditReport, ledger: LedgerStore, note: Note) -> None:
        self._report, self._ledger, self._note = report, ledger, note
        self._open: dict[int, Row] = {}

    def take(self, made: list[Row]) -> None:
        """Compare those that are done, and remember those that are not."""
        done = []
        for row in made:
            if row[STATE] >= FIRST_DONE_STATE:
                self._open.pop(row[ORDER_ID], None)
                done.append(row)
            else:
                self._open[row[ORDER_ID]] = row
        self._compare(done)

    def finish(self) -> None:
        """Compare those that are open, and look for rows that are no orders."""
        self._compare(list(self._open.values()))
        found = self._report.table(ORDERS.name)
        (stored,) = self._ledger.query("SELECT count(*) FROM orders", ())[0]
        if found.wrong or stored != found.rows:
            for row in scan(self._ledger, ORDERS):
                if not self._was_accepted(row):
                    self._note(ORDERS, [], [row])

    def _compare(self, made: list[Row]) -> None:
        for account, rows in groupby(sorted(made, key=_ORDER_KEY), itemgetter(ACCOUNT)):
            mine = list(rows)
            for start in range(0, len(mine), ORDERS_AT_ONCE):
                some = mine[start : start + ORDERS_AT_ONCE]
                statement = _ORDERS_OF.format(signs=", ".join("?" * len(some)))
                ids = (row[ORDER_ID] for row in some)
                self._note(ORDERS, some, self._ledger.query(statement, (account, *ids)))

    def _was_accepted(self, row: Row) -> bool:
        """Return whether the event is there that a row of `orders` begins with."""
        try:
            rows = self._ledger.query(RECORDS_OF, (row[FIRST_SEQUENCE],))
            events = codec.decode_events(rows[0][0]) if rows else []
        except (codec.BadRecord, TypeError):  # The event was altered too.
            events = []
        mine = (row[ACCOUNT], row[ORDER_ID])
        return any(
            isinstance(event, OrderAccepted) and (event.account, event.order_id) == mine
            for event in events
        )


class Tables:
    """Compares rows as they are made."""

    def __init__(self, report: AuditReport, ledger: LedgerStore, scratch: LedgerStore) -> None:
        self._report = report
        self._ledger = ledger
        self._scratch = scratch
        self._explainer = Explainer(report, ledger)
        self.sums = PostingSums(report)
        self._last = {table.name: FIRST for table in (EVENTS, TRANSFERS)}
        self._trades, self._postings = (
            Parted(table, ledger, self._note) for table in (TRADES, POSTINGS)
        )
        self._orders = OrderRows(report, ledger, self._note)
        for table in TABLES.values():
            report.table(table.name)

    def take(self, made: LedgerRows) -> None:
        """Compare what only grows, and keep what changes."""
        rows, up_to = made.rows, made.checkpoint.sequence
        self._compare(EVENTS, "sequence", rows["events"], up_to)
        self._compare(TRANSFERS, "sequence", rows["transfers"], up_to)
        self._trades.take(rows["trades"])
        self._orders.take(rows["orders"])
        wrong = self._report.table(POSTINGS.name).wrong
        postings = self._postings.take(rows["postings"])
        self.sums.add(postings)
        if self._report.table(POSTINGS.name).wrong > wrong:
            # Rows that are as they should be were found to sum to zero when they were made.
            self.sums.check(postings)
        kept = {table.name: rows[table.name] for table in SETTLED}
        self._scratch.write(LedgerRows(made.checkpoint, kept))

    def _compare(self, table: Table, column: str, made: list[Row], last: int) -> None:
        """Compare rows up to and with `column` = last."""
        stored = between(self._ledger, table, column, self._last[table.name], last)
        self._last[table.name] = last
        self._note(table, made, stored)

    def _note(self, table: Table, made: list[Row], stored: list[Row]) -> None:
        self._report.table(table.name).rows += len(made)
        if made != stored:
            for difference in differences(table, made, stored):
                self._explainer.note(table, difference)

    def finish(self) -> None:
        """Look for what is stored behind the last row, and compare what changes."""
        for table in (EVENTS, TRANSFERS):
            last = self._last[table.name]
            self._note(table, [], behind(self._ledger, table, "sequence", last))
        self._trades.finish()
        self._postings.finish()
        self._orders.finish()
        for table in SETTLED:
            self._settle(table)

    def _settle(self, table: Table) -> None:
        made, counted = scan(self._scratch, table), self._report.table(table.name)
        (counted.rows,) = self._scratch.query(f"SELECT count(*) FROM {table.name}", ())[0]  # noqa: S608
        for difference in differences(table, made, scan(self._ledger, table)):
            self._explainer.note(table, difference)
