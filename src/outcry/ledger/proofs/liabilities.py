"""Merkle-sum trees: what a venue owes of one asset, and that a user's balance is in it.

A node is a hash and the sum below it; the hash of a parent covers both children's hashes and both
their sums, so no sum can be told differently to different users. The leaves lie in random order,
each under a salt of its own, and are padded to a power of two with leaves that say nothing. Chance
comes from the caller.

*Source:* `docs/ledger.md`, section Proofs. That both sums are hashed, and not only their total,
is what the original scheme of Maxwell got wrong; see Dagher and others, "Provisions" (2015).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from outcry.ledger.proofs.merkle import HASH_BYTES

SUM_LIMIT = 1 << 62
"""Every amount and every sum is below this."""
SALT_BYTES = 32
CHANCE_BYTES = 64
"""What a leaf needs of chance: 32 bytes for its place, 32 for its salt."""
SUM_BYTES = 8


class BadAmount(ValueError):
    """An amount or a sum is below 0, or not below 2^62."""


class Node(NamedTuple):
    """A place in the tree: its hash, and the sum of the amounts below it."""

    hash: bytes
    sum_units: int


class Leaf(NamedTuple):
    """What one account is owed."""

    account: int
    salt: bytes
    amount_units: int


class Step(NamedTuple):
    """One step of a path up: the node beside, and whether it lies on the left."""

    beside: Node
    is_left: bool


@dataclass(frozen=True, slots=True)
class SumTree:
    """The tree of one asset. `levels[0]` are its leaves, `levels[-1]` is the root alone."""

    leaves: list[Leaf]
    levels: list[list[Node]]

    @property
    def root(self) -> Node:
        """The top, with the total."""
        return self.levels[-1][0]


def _check(units: int) -> None:
    if not 0 <= units < SUM_LIMIT:
        raise BadAmount(f"{units} units are not between 0 and 2^62")


def _sum_bytes(units: int) -> bytes:
    _check(units)
    return units.to_bytes(SUM_BYTES, "big")


def account_hash(log_id: str, account: int) -> bytes:
    """Return how an account is named in a leaf."""
    return sha256(f"outcry/{log_id}/{account}".encode("ascii")).digest()


def leaf_node(salt: bytes, account: bytes, amount_units: int) -> Node:
    """Return the node of a leaf; `account` is an account's hash.

    Raises:
        BadAmount: The amount is out of bounds.
        ValueError: Salt or account hash do not have 32 bytes.
    """
    if len(salt) != SALT_BYTES or len(account) != HASH_BYTES:
        raise ValueError("salt and account hash have 32 bytes each")
    amount = _sum_bytes(amount_units)
    return Node(sha256(b"\x00" + salt + account + amount).digest(), amount_units)


def parent_node(left: Node, right: Node) -> Node:
    """Return the node above two.

    Raises:
        BadAmount: A sum is out of bounds.
    """
    total = left.sum_units + right.sum_units
    _check(total)
    content = left.hash + _sum_bytes(left.sum_units) + right.hash + _sum_bytes(right.sum_units)
    return Node(sha256(b"\x01" + content).digest(), total)


PADDING = leaf_node(bytes(SALT_BYTES), bytes(HASH_BYTES), 0)
"""The leaf that fills a tree up."""


def height_of(leaves: int) -> int:
    """Return how many steps lead from a leaf to the root of a tree of so many leaves."""
    return (leaves - 1).bit_length() if leaves > 0 else 0


def padding_nodes(height: int) -> list[Node]:
    """Return the nodes over nothing but padding, of levels 0 to `height`."""
    nodes = [PADDING]
    for _ in range(height):
        nodes.append(parent_node(nodes[-1], nodes[-1]))
    return nodes


def build_tree(log_id: str, amounts: Iterable[tuple[int, int]], chance: bytes) -> SumTree:
    """Return the tree over (account, units) with 64 bytes of chance for each.

    Levels hold no node that stands over padding alone. O(leaves).

    Raises:
        BadAmount: An amount or a sum is out of bounds.
        ValueError: There is not enough chance.
    """
    owed = list(amounts)
    if len(chance) < len(owed) * CHANCE_BYTES:
        raise ValueError(f"{len(owed)} leaves need {CHANCE_BYTES} bytes of chance each")
    placed = []
    for number, (account, units) in enumerate(owed):
        mine = chance[number * CHANCE_BYTES : (number + 1) * CHANCE_BYTES]
        placed.append((mine[:SALT_BYTES], Leaf(account, mine[SALT_BYTES:], units)))
    leaves = [leaf for _, leaf in sorted(placed)]
    level = [
        leaf_node(leaf.salt, account_hash(log_id, leaf.account), leaf.amount_units)
        for leaf in leaves
    ]
    levels = [level or [PADDING]]
    for padding in padding_nodes(height_of(len(leaves)))[:-1]:
        below = levels[-1] + [padding] * (len(levels[-1]) % 2)
        levels.append([parent_node(*pair) for pair in zip(below[::2], below[1::2], strict=True)])
    return SumTree(leaves, levels)


def prove(levels: Sequence[Sequence[Node]], place: int) -> list[Step]:
    """Return the path of the leaf at `place`, lowest step first.

    Raises:
        IndexError: There is no such leaf.
    """
    if not 0 <= place < len(levels[0]):
        raise IndexError(f"no leaf {place} of {len(levels[0])}")
    steps = []
    for level, padding in zip(levels[:-1], padding_nodes(len(levels) - 1), strict=False):
        other = place ^ 1
        steps.append(Step(level[other] if other < len(level) else padding, other < place))
        place >>= 1
    return steps


def verify_liability(
    leaf: Node, place: int, path: Sequence[Step], root: bytes, total_units: int
) -> bool:
    """Say whether the leaf is at `place` under a root with that total.

    Each sum on the way is at least 0 and below 2^62. Never raises for numbers and bytes.
    """
    if not 0 <= place < 1 << len(path):
        return False
    node = leaf
    try:
        _check(leaf.sum_units)
        for step in path:
            beside, is_left = step
            if is_left != bool(place & 1) or len(beside.hash) != HASH_BYTES:
                return False
            node = parent_node(beside, node) if is_left else parent_node(node, beside)
            place >>= 1
    except BadAmount:
        return False
    return node == (root, total_units)
