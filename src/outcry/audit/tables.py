"""Every table that is made from the log, compared with what was made again.

What only grows is compared while it is made. What changes is written into an empty store beside,
as it stands, and compared at the end. Either way both sides are read in the order of the key.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from outcry.audit.compare import FIRST, PAGE, behind, between, differences, scan
from outcry.audit.explain import Explainer
from outcry.audit.report import AuditReport
from outcry.audit.sums import PostingSums
from outcry.ledger.rows import Row
from outcry.ledger.tables import EVENTS, POSTINGS, TABLES, TRADES, TRANSFERS, Table
from outcry.ports import LedgerRows, LedgerStore

STREAMED = (EVENTS, POSTINGS, TRADES, TRANSFERS)
SETTLED = tuple(table for table in TABLES.values() if table not in STREAMED)


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
        """Compare rows of any parts, each part's in order; return those that are stored."""
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
        for table in TABLES.values():
            report.table(table.name)

    def take(self, made: LedgerRows) -> None:
        """Compare what only grows, and keep what changes."""
        rows, up_to = made.rows, made.checkpoint.sequence
        self._compare(EVENTS, "sequence", rows["events"], up_to)
        self._compare(TRANSFERS, "sequence", rows["transfers"], up_to)
        self._trades.take(rows["trades"])
        postings = self._postings.take(rows["postings"])
        self.sums.add(sorted(postings, key=itemgetter(0)))
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
        for table in SETTLED:
            self._settle(table)

    def _settle(self, table: Table) -> None:
        made, counted = scan(self._scratch, table), self._report.table(table.name)
        (counted.rows,) = self._scratch.query(f"SELECT count(*) FROM {table.name}", ())[0]  # noqa: S608
        for difference in differences(table, made, scan(self._ledger, table)):
            self._explainer.note(table, difference)
