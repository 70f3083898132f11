"""Publishing what is owed: every asset's tree at the sequence a ledger has reached, signed.

The rows are checked before anything is said: in each asset the books sum to zero, and what is owed
to accounts is what an engine at the same sequence says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from re import ASCII, fullmatch
from typing import Any, NamedTuple

from outcry.domain.market import Asset
from outcry.ledger.proofs.liabilities import SUM_BYTES, Node, Step, SumTree, build_tree, height_of
from outcry.ledger.proofs.liabilities import padding_nodes as padding_of
from outcry.ledger.proofs.note import (
    BadNote,
    NoteKey,
    Sign,
    base64_bytes,
    base64_text,
    origin_of,
    sign_note,
)
from outcry.ledger.proofs.reads import PublishedSet, node_at
from outcry.ledger.proofs.tree import TILE_HASHES
from outcry.ports import LedgerStore, ProofStore

NAME = "liabilities"
"""Under this name a venue signs what it owes."""
_TO_ACCOUNTS = (1, 2, 3)
"""Available, held, in flight."""
_POSITION_AND_BALANCES = """
SELECT 0, 0, 0, sequence FROM checkpoint
UNION ALL SELECT owner, asset, purpose, balance_units FROM balances"""
_NUMBER = "(0|[1-9][0-9]{0,18})"
_TEXT = (
    rf"([^\n]+)\nasset {_NUMBER} ([A-Z0-9]+) decimals {_NUMBER}\n"
    rf"sequence {_NUMBER} time_ns {_NUMBER}\ntotal_units {_NUMBER} leaves {_NUMBER}\n([^\n]+)\n"
)


class BooksDisagree(Exception):
    """The ledger's balances contradict themselves or the engine. Nothing is published."""


class Statement(NamedTuple):
    """What a venue signs about one asset."""

    origin: str
    asset: int
    symbol: str
    decimals: int
    sequence: int
    time_ns: int
    total_units: int
    leaves: int
    root: bytes

    def text(self) -> str:
        """Return what is signed."""
        return (
            f"{self.origin}\nasset {self.asset} {self.symbol} decimals {self.decimals}\n"
            f"sequence {self.sequence} time_ns {self.time_ns}\n"
            f"total_units {self.total_units} leaves {self.leaves}\n{base64_text(self.root)}\n"
        )


def read_statement(text: str) -> Statement:
    """Return the statement that a note's text tells.

    Raises:
        BadNote: The text is not that of such a statement.
    """
    found = fullmatch(_TEXT, text, ASCII)
    if found is None:
        raise BadNote("this is not a statement of liabilities")
    origin, asset, symbol, decimals, *numbers, root = found.groups()
    sequence, time_ns, total, leaves = map(int, numbers)
    hashed = base64_bytes(root, "the root")
    return Statement(
        origin, int(asset), symbol, int(decimals), sequence, time_ns, total, leaves, hashed
    )


class Owed(NamedTuple):
    """What a ledger owes its accounts at a sequence: asset -> [(account, units)]."""

    sequence: int
    by_asset: dict[int, list[tuple[int, int]]]


def owed_of(ledger: LedgerStore) -> Owed:
    """Return what is owed at the ledger's checkpoint, read in one go; zeros are left out.

    Raises:
        BooksDisagree: Of some asset the balances do not sum to zero, or one is negative.
    """
    (_, _, _, sequence), *balances = ledger.query(_POSITION_AND_BALANCES, ())
    sums: dict[int, int] = {}
    mine: dict[tuple[int, int], int] = {}
    for owner, asset, purpose, units in balances:
        sums[asset] = sums.get(asset, 0) + units
        if owner and purpose in _TO_ACCOUNTS:
            mine[asset, owner] = mine.get((asset, owner), 0) + units
            if units < 0:
                raise BooksDisagree(f"account {owner} has {units} units of asset {asset}")
    for asset, units in sums.items():
        if units:
            raise BooksDisagree(f"the balances of asset {asset} sum to {units}, not to zero")
    by_asset: dict[int, list[tuple[int, int]]] = {}
    for (asset, account), units in sorted(mine.items()):
        if units:
            by_asset.setdefault(asset, []).append((account, units))
    return Owed(sequence, by_asset)


def check_owed(owed: Owed, totals: Mapping[int, Sequence[int]]) -> None:
    """Hold what is owed against an engine's totals: asset -> (available, held, fees, in flight).

    Raises:
        BooksDisagree: They differ.
    """
    for asset in owed.by_asset.keys() | totals.keys():
        mine = sum(units for _, units in owed.by_asset.get(asset, ()))
        available, held, _, in_flight, *_ = totals.get(asset, (0, 0, 0, 0))
        if mine != available + held + in_flight:
            raise BooksDisagree(
                f"the ledger owes {mine} units of asset {asset},"
                f" the engine {available + held + in_flight}"
            )


class Publisher:
    """Makes the rows of a publication."""

    def __init__(self, proofs: ProofStore, sign: Sign) -> None:
        self._proofs = proofs
        self._sign = sign

    def rows(
        self, owed: Owed, assets: Iterable[Asset], chance: Mapping[int, bytes], now_ns: int
    ) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of all assets. `chance` holds 64 bytes for each leaf of an asset.

        Raises:
            BadAmount: An amount or a sum is out of bounds.
        """
        rows: dict[str, list[tuple[Any, ...]]] = {
            "liabilities": [], "liability_leaves": [], "liability_nodes": [],
        }  # fmt: skip
        for asset in assets:
            amounts = owed.by_asset.get(asset.asset, [])
            tree = build_tree(self._proofs.log_id, amounts, chance.get(asset.asset, b""))
            at = (asset.asset, owed.sequence)
            rows["liabilities"].append(self._set(asset, owed.sequence, tree, now_ns))
            rows["liability_leaves"].extend(
                (*at, place, leaf.account, leaf.salt, leaf.amount_units)
                for place, leaf in enumerate(tree.leaves)
            )
            rows["liability_nodes"].extend((*at, *tile) for tile in _tiles(tree))
        return rows

    def _set(self, asset: Asset, sequence: int, tree: SumTree, now_ns: int) -> PublishedSet:
        origin = origin_of(self._proofs.log_id, NAME)
        statement = Statement(
            origin,
            asset.asset,
            asset.symbol,
            asset.unit_decimals,
            sequence,
            now_ns,
            tree.root.sum_units,
            len(tree.leaves),
            tree.root.hash,
        )
        note = sign_note(statement.text(), NoteKey(origin, self._proofs.public_key), self._sign)
        return PublishedSet(
            asset.asset,
            sequence,
            now_ns,
            asset.symbol,
            asset.unit_decimals,
            tree.root.sum_units,
            len(tree.leaves),
            tree.root.hash,
            note,
        )


def _tiles(tree: SumTree) -> Iterator[tuple[int, int, bytes]]:
    """Yield (level, tile, nodes) of a tree, the root left out."""
    for level, nodes in enumerate(tree.levels[:-1]):
        for tile, at in enumerate(range(0, len(nodes), TILE_HASHES)):
            some = nodes[at : at + TILE_HASHES]
            yield (
                level,
                tile,
                b"".join(n.hash + n.sum_units.to_bytes(SUM_BYTES, "big") for n in some),
            )


def stored_path(proofs: ProofStore, found: PublishedSet, place: int) -> list[Step]:
    """Return the path of a leaf of a published tree, lowest step first."""
    height = height_of(found.leaves)
    steps = []
    for level, padding in enumerate(padding_of(height)[:height]):
        other = (place >> level) ^ 1
        node: Node = node_at(proofs, found.asset, found.sequence, level, other) or padding
        steps.append(Step(node, other < place >> level))
    return steps
