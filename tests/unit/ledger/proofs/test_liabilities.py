"""Merkle-sum trees: built, proven, and never believed with a bit changed."""

from collections.abc import Iterator
from hashlib import sha256
from random import Random

import pytest

from outcry.ledger.proofs.liabilities import (
    CHANCE_BYTES,
    PADDING,
    SUM_LIMIT,
    BadAmount,
    Node,
    Step,
    SumTree,
    account_hash,
    build_tree,
    height_of,
    leaf_node,
    padding_nodes,
    parent_node,
    prove,
    verify_liability,
)

LOG_ID = "ab" * 16
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 20)


def tree_of(amounts: list[int], seed: int = 0) -> SumTree:
    chance = Random(seed).randbytes(CHANCE_BYTES * len(amounts))
    return build_tree(LOG_ID, enumerate(amounts, 1), chance)


def some_tree(size: int) -> SumTree:
    return tree_of([1_000 + number**5 for number in range(size)])


def leaf_at(tree: SumTree, place: int) -> Node:
    leaf = tree.leaves[place]
    return leaf_node(leaf.salt, account_hash(LOG_ID, leaf.account), leaf.amount_units)


def flips(value: bytes) -> Iterator[bytes]:
    number = int.from_bytes(value, "big")
    for bit in range(len(value) * 8):
        yield (number ^ (1 << bit)).to_bytes(len(value), "big")


def test_hashes_are_those_of_the_page() -> None:
    salt, account, amount = bytes(range(32)), account_hash(LOG_ID, 7), 5
    assert account == sha256(f"outcry/{LOG_ID}/7".encode()).digest()
    eight = amount.to_bytes(8, "big")
    assert leaf_node(salt, account, amount) == (sha256(b"\0" + salt + account + eight).digest(), 5)
    left, right = Node(b"l" * 32, 3), Node(b"r" * 32, 4)
    sums = [units.to_bytes(8, "big") for units in (3, 4)]
    content = b"\1" + left.hash + sums[0] + right.hash + sums[1]
    assert parent_node(left, right) == (sha256(content).digest(), 7)
    assert (sha256(bytes(73)).digest(), 0) == PADDING


def test_tree_is_padded_to_a_power_of_two() -> None:
    tree = some_tree(5)
    nodes = [leaf_at(tree, place) for place in range(5)] + [PADDING] * 3
    while len(nodes) > 1:
        nodes = [parent_node(*nodes[at : at + 2]) for at in range(0, len(nodes), 2)]
    assert tree.root == nodes[0]
    assert [height_of(size) for size in (0, 1, 2, 3, 4, 5, 8, 9)] == [0, 0, 1, 2, 2, 3, 3, 4]
    assert [len(level) for level in tree.levels] == [5, 3, 2, 1]


def test_tree_of_nothing_owes_nothing() -> None:
    tree = tree_of([])
    assert (tree.leaves, tree.root) == ([], PADDING)


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proven_under_the_total(size: int) -> None:
    tree = some_tree(size)
    root = tree.root
    assert root.sum_units == sum(leaf.amount_units for leaf in tree.leaves)
    for place in range(size):
        path = prove(tree.levels, place)
        assert len(path) == height_of(size)
        assert verify_liability(leaf_at(tree, place), place, path, root.hash, root.sum_units)


def test_order_and_salts_are_those_of_chance_alone() -> None:
    amounts = list(range(1, 50))
    first, same, other = tree_of(amounts, 1), tree_of(amounts, 1), tree_of(amounts, 2)
    assert first.leaves == same.leaves
    assert [leaf.account for leaf in first.leaves] != [leaf.account for leaf in other.leaves]
    assert len({leaf.salt for tree in (first, other) for leaf in tree.leaves}) == 98
    assert sorted(leaf.account for leaf in other.leaves) == list(range(1, 50))


def test_too_little_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="64 bytes of chance each"):
        build_tree(LOG_ID, [(1, 5), (2, 5)], bytes(127))


@pytest.mark.parametrize("amount", [-1, SUM_LIMIT, 1 << 63, 1 << 64, -(1 << 80)])
def test_amount_out_of_bounds_is_neither_built_nor_believed(amount: int) -> None:
    with pytest.raises(BadAmount):
        tree_of([amount])
    assert not verify_liability(Node(bytes(32), amount), 0, [], bytes(32), amount)
    beside = Step(Node(bytes(32), amount), is_left=False)
    leaf = leaf_node(bytes(32), bytes(32), 5)
    assert not verify_liability(leaf, 0, [beside], bytes(32), 5 + amount)


def test_sum_that_would_reach_the_limit_is_neither_built_nor_believed() -> None:
    assert tree_of([SUM_LIMIT - 2, 1]).root.sum_units == SUM_LIMIT - 1
    with pytest.raises(BadAmount):
        tree_of([SUM_LIMIT - 1, 1])
    left, right = leaf_node(bytes(32), bytes(32), SUM_LIMIT - 1), leaf_node(bytes(32), b"a" * 32, 1)
    sums = [node.sum_units.to_bytes(8, "big") for node in (left, right)]
    root = sha256(b"\1" + left.hash + sums[0] + right.hash + sums[1]).digest()
    assert not verify_liability(left, 0, [Step(right, is_left=False)], root, SUM_LIMIT)


def test_negative_balance_cannot_hide_in_a_total() -> None:
    """The known attack on sum trees: a sibling of minus a million makes the total look small."""
    mine = leaf_node(bytes(32), account_hash(LOG_ID, 1), 1_000_000)
    beside = Node(b"x" * 32, -999_999)
    sums = [node.sum_units.to_bytes(8, "big", signed=True) for node in (mine, beside)]
    root = sha256(b"\1" + mine.hash + sums[0] + beside.hash + sums[1]).digest()
    assert not verify_liability(mine, 0, [Step(beside, is_left=False)], root, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_proof_with_one_bit_flipped_never_verifies(size: int) -> None:
    tree = some_tree(size)
    root, total = tree.root
    for place in range(size):
        leaf, salt = tree.leaves[place], tree.leaves[place].salt
        account, path = account_hash(LOG_ID, leaf.account), prove(tree.levels, place)
        node = leaf_at(tree, place)

        def holds(
            node: Node = node, place: int = place, path: list[Step] = path,
            root: bytes = root, total: int = total,
        ) -> bool:  # fmt: skip
            return verify_liability(node, place, path, root, total)

        assert holds()
        for other in flips(salt):
            assert not holds(leaf_node(other, account, leaf.amount_units))
        for other in flips(account):
            assert not holds(leaf_node(salt, other, leaf.amount_units))
        for other in flips(root):
            assert not holds(root=other)
        for bit in range(62):
            assert not holds(leaf_node(salt, account, leaf.amount_units ^ (1 << bit)))
            assert not holds(node._replace(sum_units=node.sum_units ^ (1 << bit)))
            assert not holds(place=place ^ (1 << bit))
            assert not holds(total=total ^ (1 << bit))
        for other_path in changed(path):
            assert not holds(path=other_path)


def changed(path: list[Step]) -> Iterator[list[Step]]:
    """Yield a path with each bit of it flipped, and with a step more or less."""
    for number, (beside, is_left) in enumerate(path):
        steps = [Step(Node(other, beside.sum_units), is_left) for other in flips(beside.hash)]
        steps += [
            Step(beside._replace(sum_units=beside.sum_units ^ (1 << bit)), is_left)
            for bit in range(64)
        ]
        steps.append(Step(beside, not is_left))
        for step in steps:
            yield [*path[:number], step, *path[number + 1 :]]
    yield path[1:] if path else [Step(PADDING, is_left=False)]
    yield [*path, Step(PADDING, is_left=False)]


def test_levels_of_padding_are_what_padding_makes() -> None:
    nodes = padding_nodes(3)
    assert nodes[0] == PADDING
    assert nodes[3] == parent_node(nodes[2], nodes[2])
    assert all(node.sum_units == 0 for node in nodes)


@pytest.mark.parametrize("place", [-1, 5])
def test_leaf_that_is_not_there_has_no_path(place: int) -> None:
    with pytest.raises(IndexError):
        prove(some_tree(5).levels, place)


def test_hash_over_the_total_alone_would_be_fooled() -> None:
    """The negative control: a build whose nodes hash only the total of both sums, as Maxwell's did.

    The venue claims less than it owes to both: each is shown a sibling's sum that suits it.
    """

    def broken(left: Node, right: Node) -> Node:
        total = left.sum_units + right.sum_units
        content = b"\1" + left.hash + right.hash + total.to_bytes(8, "big")
        return Node(sha256(content).digest(), total)

    ann, bob = (leaf_node(bytes(32), account_hash(LOG_ID, n), 10) for n in (1, 2))
    claimed = 10
    root = broken(ann._replace(sum_units=claimed), bob._replace(sum_units=0))
    assert broken(ann, bob._replace(sum_units=0)) == root
    assert broken(ann._replace(sum_units=0), bob) == root
    for mine, beside in ((ann, bob), (bob, ann)):
        lied = Step(beside._replace(sum_units=0), is_left=mine is bob)
        place = int(mine is bob)
        assert not verify_liability(mine, place, [lied], parent_node(ann, bob).hash, claimed)
