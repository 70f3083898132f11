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
from outcry.ledger.proofs.heads import LOGS
from outcry.ledger.proofs.liabilities import (
    SALT_BYTES,
    SUM_BYTES,
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

_LEAVES = """
SELECT place, account, salt, amount_units FROM liability_leaves
WHERE asset = ? AND sequence = ? ORDER BY place"""
_NODES = """
SELECT level, tile, nodes FROM liability_nodes
WHERE asset = ? AND sequence = ? ORDER BY level, tile"""
_LEFT_OVER = """
SELECT DISTINCT asset, sequence FROM {table} AS t WHERE NOT EXISTS (
SELECT 1 FROM liabilities AS l WHERE l.asset = t.asset AND l.sequence = t.sequence)"""


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

    # Signed heads

    def check_heads(self) -> None:
        """Check every signed head against the logs that were made again."""
        counted = self._report.table(HEADS.name)
        sizes = {log: reads.log_size(self._ledger, log) for log in LOGS}
        for row in scan(self._proofs, HEADS):
            counted.rows += 1
            found = HeadRow(*row)
            fault = self._head_fault(found, sizes.get(found.log, 0))
            if fault:
                key = {"log": found.log, "size": found.size}
                self._report.find(HEADS.name, key, fault, found.sequence)

    def _head_fault(self, row: HeadRow, size: int) -> str:
        """Return what is wrong with a head; nothing for a sound one."""
        try:
            head = read_head(self._opened(row.note, row.log))
        except BadNote as error:
            return str(error)
        told = (row.size, row.sequence, row.time_ns)
        if told != (head.size, head.sequence, head.time_ns):
            return f"size, sequence and time are {told}, not as they were signed"
        if head.size > size:
            return f"the log leads to {size} leaves only"
        try:
            root = stored_root(reads.tile_reader(self._ledger, row.log), head.size)
        except TileMissing as error:
            return str(error)
        if root != head.root:
            return f"the signed root is {shown(head.root)}, the log leads to {shown(root)}"
        return ""

    def _opened(self, note: str, name: str) -> str:
        """Return the text of a note of ours.

        Raises:
            BadNote: it is none.
        """
        if not isinstance(note, str):
            raise BadNote("the note is not a text")
        origin = origin_of(self._proofs.log_id, name)
        text = open_note(note, NoteKey(origin, self._proofs.public_key), self._check)
        if text.partition("\n")[0] != origin:
            raise BadNote("it was signed for something else")
        return text

    # Liabilities

    def check_sets(self, sequence: int, ledger: Ledger, core: Core) -> None:
        """Check what was published at a sequence; ledger and engine stand there."""
        for found in self.waiting.pop(sequence, []):
            self._report.table(LIABILITIES.name).rows += 1
            fault = self._set_fault(found, core)
            if fault:
                self._find(LIABILITIES.name, found, {}, fault)
            else:
                self._check_tree(found, ledger)

    def _find(self, table: str, found: PublishedSet, key: Key, what: str) -> None:
        at = {"asset": found.asset, "sequence": found.sequence}
        self._report.find(table, at | key, what, found.sequence)

    def _set_fault(self, found: PublishedSet, core: Core) -> str:
        try:
            signed = read_statement(self._opened(found.note, NAME))
        except BadNote as error:
            return str(error)
        told = Statement(signed.origin, found.asset, found.symbol, found.decimals, found.sequence,
                         found.time_ns, found.total_units, found.leaves, found.root)  # fmt: skip
        if told != signed:
            return "a column is not as it was signed"
        available, held, _, in_flight, *_ = core.totals(found.asset)
        if found.total_units != available + held + in_flight:
            owed = available + held + in_flight
            return f"total_units is {found.total_units}, the engine owes {owed}"
        return ""

    def _check_tree(self, found: PublishedSet, ledger: Ledger) -> None:
        """Check leaves and nodes; what was signed is sound."""
        rows = self._proofs.query(_LEAVES, (found.asset, found.sequence))
        self._report.table("liability_leaves").rows += len(rows)
        if not self._check_leaves(found, rows, ledger):
            return
        try:
            tree = _tree_of(self._proofs.log_id, rows)
        except BadAmount as error:
            self._find("liability_leaves", found, {}, str(error))
            return
        if tree.root != (found.root, found.total_units):
            what = "the leaves do not lead to the signed root"
            self._find("liability_leaves", found, {"place": self._odd_leaf(found, tree)}, what)
            return
        self._check_nodes(found, tree)

    def _check_leaves(
        self, found: PublishedSet, rows: list[tuple[Any, ...]], ledger: Ledger
    ) -> bool:
        """Check that the leaves are what each account was owed; return whether they make a tree."""
        sound, seen = True, set()
        for number, (place, account, salt, amount) in enumerate(rows):
            owed = sum(ledger.balance(account, found.asset))
            if place != number or not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
                self._find("liability_leaves", found, {"place": place}, "this is no leaf")
                sound = False
            elif amount != owed or account in seen:
                what = f"account {account} has {amount}, it was owed {owed}"
                self._find("liability_leaves", found, {"place": place}, what)
                sound = sound and isinstance(amount, int)
            seen.add(account)
        if len(rows) != found.leaves:
            what = f"there are {len(rows)} leaves, {found.leaves} were signed"
            self._find("liability_leaves", found, {}, what)
            sound = False
        return sound

    def _odd_leaf(self, found: PublishedSet, tree: SumTree) -> int | None:
        """Return the first place whose stored node is not that of its leaf."""
        for place, node in enumerate(tree.levels[0]):
            if reads.node_at(self._proofs, found.asset, found.sequence, 0, place) != node:
                return place
        return None

    def _check_nodes(self, found: PublishedSet, tree: SumTree) -> None:
        stored = {
            (level, tile): nodes
            for level, tile, nodes in self._proofs.query(_NODES, (found.asset, found.sequence))
        }
        made = dict(_tiles(tree))
        self._report.table("liability_nodes").rows += len(made)
        for place in made.keys() | stored.keys():
            if made.get(place) != stored.get(place):
                key = {"level": place[0], "tile": place[1]}
                what = "the nodes are not those over the leaves"
                self._find("liability_nodes", found, key, what)

    def finish(self) -> None:
        """Note what belongs to no sequence of the ledger, and rows that belong to no set."""
        for sets in self.waiting.values():
            for found in sets:
                what = "the ledger was never at this sequence"
                self._find(LIABILITIES.name, found, {}, what)
        for table in ("liability_leaves", "liability_nodes"):
            for asset, sequence in self._proofs.query(_LEFT_OVER.format(table=table), ()):
                key = {"asset": asset, "sequence": sequence}
                self._report.find(table, key, "nothing was published of this")


def _tree_of(log_id: str, rows: list[tuple[Any, ...]]) -> SumTree:
    """Return the tree over leaves that lie in their order."""
    amounts = [(account, amount) for _, account, _, amount in rows]
    # Leaves are placed by chance, here by what says where they were.
    chance = b"".join(place.to_bytes(SALT_BYTES, "big") + salt for place, _, salt, _ in rows)
    return build_tree(log_id, amounts, chance)


def _tiles(tree: SumTree) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield (level, tile) and the nodes in it, the root left out."""
    for level, nodes in enumerate(tree.levels[:-1]):
        for tile, at in enumerate(range(0, len(nodes), TILE_HASHES)):
            yield (level, tile), b"".join(map(_bytes_of, nodes[at : at + TILE_HASHES]))


def _bytes_of(node: Node) -> bytes:
    return node.hash + node.sum_units.to_bytes(SUM_BYTES, "big")
