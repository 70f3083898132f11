"""Every table that is made from the log, compared with what was made again.

What only grows is compared while it is made. What changes is written into an empty store beside,
as it stands, and compared at the end. Either way both sides are read in the order of the key.
"""

from itertools import groupby
from operator import itemgetter

from outcry.audit.compare import FIRST, behind, between, differences, scan
from outcry.audit.explain import Explainer
from outcry.audit.report import AuditReport
from outcry.audit.sums import PostingSums
from outcry.ledger.rows import Row
from outcry.ledger.tables import EVENTS, POSTINGS, TABLES, TRADES, TRANSFERS, Table
from outcry.ports import LedgerRows, LedgerStore

STREAMED = (EVENTS, POSTINGS, TRADES, TRANSFERS)
SETTLED = tuple(table for table in TABLES.values() if table not in STREAMED)
_TRADE_KEY = itemgetter(*map(TRADES.columns.index, TRADES.key))
_BY_MARKET = itemgetter(TRADES.columns.index("market"))
_OF_MARKET = f"""
SELECT {", ".join(TRADES.columns)} FROM trades
WHERE market = ? AND trade_id > ? AND trade_id <= ? ORDER BY trade_id"""  # noqa: S608  # our own names
_BEHIND_MARKET = f"""
SELECT {", ".join(TRADES.columns)} FROM trades
WHERE market = ? AND trade_id > ? ORDER BY trade_id LIMIT 1000"""  # noqa: S608
_NEXT_MARKET = "SELECT market FROM trades WHERE market > ? ORDER BY market LIMIT 1"


class Tables:
    """Compares rows as they are made."""

    def __init__(self, report: AuditReport, ledger: LedgerStore, scratch: LedgerStore) -> None:
        self._report = report
        self._ledger = ledger
        self._scratch = scratch
        self._explainer = Explainer(report, ledger)
        self.sums = PostingSums(report)
        self._last = {table.name: FIRST for table in STREAMED}
        self._last_trade: dict[int, int] = {}
        for table in TABLES.values():
            report.table(table.name)

    def take(self, made: LedgerRows) -> None:
        """Compare what only grows, and keep what changes."""
        rows, up_to = made.rows, made.checkpoint.sequence
        self._compare(EVENTS, "sequence", rows["events"], up_to)
        self._compare(TRANSFERS, "sequence", rows["transfers"], up_to)
        postings = rows["postings"]
        last = postings[-1][0] if postings else self._last["postings"]
        self.sums.add(self._compare(POSTINGS, "posting", postings, last))
        for market, trades in groupby(sorted(rows["trades"], key=_TRADE_KEY), _BY_MARKET):
            self._compare_trades(market, list(trades))
        kept = {table.name: rows[table.name] for table in SETTLED}
        self._scratch.write(LedgerRows(made.checkpoint, kept))

    def _compare(self, table: Table, column: str, made: list[Row], last: int) -> list[Row]:
        """Compare rows up to and with `column` = last; return those that are stored."""
        stored = between(self._ledger, table, column, self._last[table.name], last)
        self._last[table.name] = last
        self._note(table, made, stored)
        return stored

    def _compare_trades(self, market: int, made: list[Row]) -> None:
        after, last = self._last_trade.get(market, FIRST), made[-1][4]
        stored = self._ledger.query(_OF_MARKET, (market, after, last))
        self._last_trade[market] = last
        self._note(TRADES, made, stored)

    def _note(self, table: Table, made: list[Row], stored: list[Row]) -> None:
        self._report.table(table.name).rows += len(made)
        if made != stored:
            for difference in differences(table, made, stored):
                self._explainer.note(table, difference)

    def finish(self) -> None:
        """Look for what is stored behind the last row, and compare what changes."""
        for table, column in ((EVENTS, "sequence"), (TRANSFERS, "sequence"), (POSTINGS, "posting")):
            self._extra(table, behind(self._ledger, table, column, self._last[table.name]))
        for market in self._markets():
            last = self._last_trade.get(market, FIRST)
            self._extra(TRADES, self._ledger.query(_BEHIND_MARKET, (market, last)))
        for table in SETTLED:
            self._settle(table)

    def _extra(self, table: Table, rows: list[Row]) -> None:
        self._note(table, [], rows)

    def _markets(self) -> list[int]:
        """Return the markets that have trades in the ledger, and those that should."""
        found = dict.fromkeys(self._last_trade)
        market = FIRST
        while rows := self._ledger.query(_NEXT_MARKET, (market,)):
            market = rows[0][0]
            found[market] = None
        return list(found)

    def _settle(self, table: Table) -> None:
        made, counted = scan(self._scratch, table), self._report.table(table.name)
        (counted.rows,) = self._scratch.query(f"SELECT count(*) FROM {table.name}", ())[0]  # noqa: S608
        for difference in differences(table, made, scan(self._ledger, table)):
            self._explainer.note(table, difference)
