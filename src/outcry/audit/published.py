"""What was published, against what the log leads to: signed heads, and trees of liabilities.

It cannot be made again: a signature has its time and a leaf its salt. But a head has to be that of
the log at its size, and a tree has to hold what every account was owed at its sequence.
"""

from collections.abc import Iterator
from typing import Any

from outcry.audit.compare import scan
from outcry.audit.report import AuditReport, Key, shown
from outcry.engine.core import Core
from outcry.ledger.ledger import Ledger
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.liabilities import (
    BadAmount,
    Node,
    SumTree,
    build_tree,
)
from outcry.ledger.proofs.note import (
    BadNote,
    CheckSignature,
    NoteKey,
    open_note,
    origin_of,
    read_head,
)
from outcry.ledger.proofs.publication import NAME, Statement, read_statement
from outcry.ledger.proofs.reads import HeadRow, PublishedSet
from outcry.ledger.proofs.tree import TILE_HASHES, TileMissing, stored_root
from outcry.ledger.tables import HEADS, LIABILITIES, PUBLISHED
from outcry.ports import LedgerStore, ProofStore

_SIZE_AT = "SELECT leaf, events, trade_leaf, sequence FROM events WHERE sequence > ? LIMIT 1"
_LEAVES = """
SELECT place, account, salt, amount_units FROM liability_leaves
WHERE asset = ? AND sequence = ? ORDER BY place"""
_NODES = """
SELECT level, tile, nodes FROM liability_nodes
WHERE asset = ? AND sequence = ? ORDER BY level, tile"""
_LEFT_OVER = """
SELECT DISTINCT asset, sequence FROM {table} AS t WHERE NOT EXISTS (
SELECT 1 FROM liabilities AS l WHERE l.asset = t.asset AND l.sequence = t.sequence)"""
SALT_BYTES = 32


class Published:
    """Checks the rows of a proof store."""

    def __init__(
        self, report: AuditReport, proofs: ProofStore, ledger: LedgerStore, check: CheckSignature
    ) -> None:
        """Begin; `ledger` is what was made again."""
        self._report = report
        self._proofs = proofs
        self._ledger = ledger
        self._check = check
        self.waiting: dict[int, list[PublishedSet]] = {}
        """By sequence, the publications that the replay has not come to."""
        for table in PUBLISHED.values():
            report.table(table.name)
        for row in scan(proofs, LIABILITIES):
            found = PublishedSet(*row)
            self.waiting.setdefault(found.sequence, []).append(found)
