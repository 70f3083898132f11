"""From a difference to words: which key, which event, which column, is and should be."""

from collections.abc import Callable
from typing import Any

from outcry import codec
from outcry.audit.compare import Difference
from outcry.audit.report import LISTED_MAX, AuditReport, named, shown
from outcry.domain.events import Event, Trade
from outcry.ledger.proofs import reads as proof_reads
from outcry.ledger.proofs.merkle import HASH_BYTES
from outcry.ledger.proofs.tree import TILE_BITS, TILE_HASHES
from outcry.ledger.reads.spans import postings_between
from outcry.ledger.rows import Row
from outcry.ledger.tables import Table
from outcry.ports import LedgerStore

RECORDS_OF = "SELECT records FROM events WHERE sequence = ?"
_POSTING = """
SELECT event_index FROM postings WHERE owner = ? AND posting BETWEEN ? AND ?
AND asset = ? AND purpose = ? ORDER BY posting DESC LIMIT 1"""
_SEQUENCE_COLUMNS = ("sequence", "opened_sequence")

Place = tuple[int | None, int | None]
"""(sequence, event index), None where it is not known."""


class Explainer:
    """Notes differences in a report; looks up in the ledger which event a row belongs to."""

    def __init__(self, report: AuditReport, ledger: LedgerStore) -> None:
        self._report = report
        self._ledger = ledger
        self._finders: dict[str, Callable[[Difference, int], int | None]] = {
            "events": _event_record,
            "trades": self._trade,
            "orders": self._order,
            "balances": self._posting,
            "accounts": self._posting,
        }

    def note(self, table: Table, difference: Difference) -> None:
        """Add a difference to the report. Those that are only counted are not looked into."""
        if self._report.table(table.name).wrong >= LISTED_MAX:
            self._report.table(table.name).wrong += 1
            return
        row = dict(zip(table.columns, difference.row, strict=True))
        key = named(table.key, [row[name] for name in table.key])
        try:
            place = self._place(table, difference, row)
        except Exception:  # What leads to the event was altered too, and may be anything.
            place = (None, None)
        self._report.find(table.name, key, _what(table, difference), *place)

    def _place(self, table: Table, difference: Difference, row: dict[str, Any]) -> Place:
        if table.name == "tiles":
            return self._leaf(difference, row)
        sequence = next((row[name] for name in _SEQUENCE_COLUMNS if name in row), None)
        if not isinstance(sequence, int):
            return None, None
        if "event_index" in row:
            return sequence, row["event_index"]
        finder = self._finders.get(table.name)
        return sequence, finder(difference, sequence) if finder is not None else None

    def _events(self, sequence: int) -> list[Event]:
        rows = self._ledger.query(RECORDS_OF, (sequence,))
        return codec.decode_events(rows[0][0]) if rows else []

    def _trade(self, difference: Difference, sequence: int) -> int | None:
        market, trade_id = difference.row[3], difference.row[4]
        for event in self._events(sequence):
            if isinstance(event, Trade) and (event.market, event.trade_id) == (market, trade_id):
                return event.event_index
        return None

    def _order(self, difference: Difference, sequence: int) -> int | None:
        order_id, found = difference.row[4], None
        for event in self._events(sequence):
            names = ("order_id", "taker_order_id", "maker_order_id")
            if order_id in [getattr(event, name, None) for name in names]:
                found = event.event_index
        return found

    def _posting(self, difference: Difference, sequence: int) -> int | None:
        owner, asset, purpose = difference.row[:3]
        span = postings_between(self._ledger, owner, sequence, sequence)
        rows = self._ledger.query(_POSTING, (owner, *span, asset, purpose))
        return int(rows[0][0]) if rows else None

    def _leaf(self, difference: Difference, row: dict[str, Any]) -> Place:
        """Return the event of the first leaf under the first hash that differs."""
        if difference.made is None or not isinstance(row["level"], int):
            return None, None
        hashes = difference.stored[3] if difference.stored is not None else b""
        at = _first_difference(difference.made[3], hashes) // HASH_BYTES
        leaf = (row["tile"] * TILE_HASHES + at) << (TILE_BITS * row["level"])
        if row["log"] == "trades":
            facts = proof_reads.trade_facts(self._ledger, leaf, 1)
            return (facts[0].sequence, None) if facts else (None, None)
        found = proof_reads.event_at(self._ledger, leaf)
        return (found[1].sequence, found[1].event_index) if found else (None, None)


def _event_record(difference: Difference, _: int) -> int | None:
    """Return the index of the first event record that is not as it should be."""
    made, stored = difference.made, difference.stored
    if made is None or stored is None or made[5] == stored[5]:
        return None
    at = _first_difference(made[5], stored[5])
    ends = 0
    for event, record in enumerate(codec.split(made[5])):
        ends += len(record)
        if at < ends:
            return event
    return None


def _first_difference(one: bytes, other: object) -> int:
    """Return the first place at which two byte strings differ."""
    if not isinstance(other, bytes):
        return 0
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _what(table: Table, difference: Difference) -> str:
    made, stored = difference.made, difference.stored
    if stored is None:
        return "the row is missing"
    if made is None:
        return "the log does not lead to this row"
    return "; ".join(
        f"{name} is {shown(is_now)}, should be {shown(should_be)}"
        for name, is_now, should_be in _pairs(table, stored, made)
        if is_now != should_be
    )


def _pairs(table: Table, stored: Row, made: Row) -> list[tuple[str, Any, Any]]:
    return list(zip(table.columns, stored, made, strict=True))
