"""The hashes in use, by whatever makes them on this machine, are those of the standard library."""

from hashlib import sha256
from random import Random

from outcry.ledger.proofs import tree


def test_leaves_of_any_length_are_hashed_as_by_the_standard_library() -> None:
    leaves = [Random(size).randbytes(size) for size in (*range(260), 4_096, 100_001)]
    expected = [sha256(b"\0" + leaf).digest() for leaf in leaves]
    for hashes in (tree.hashes_of_leaves, tree.leaf_hashes):
        assert hashes(leaves) == b"".join(expected)
        assert hashes([]) == b""


def test_nodes_over_pairs_are_hashed_as_by_the_standard_library() -> None:
    below = Random(3).randbytes(256 * 32)
    pairs = [below[at : at + 64] for at in range(0, len(below), 64)]
    expected = b"".join(sha256(b"\1" + pair).digest() for pair in pairs)
    for parents in (tree.hashes_of_parents, tree.parent_hashes):
        assert parents(below) == expected
