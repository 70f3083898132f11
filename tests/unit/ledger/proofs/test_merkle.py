"""Merkle trees against the text of RFC 6962, spelled out again here, and published vectors."""

import json
import tarfile
from base64 import b64decode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from outcry.ledger.proofs.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    root_of_hashes,
    subtree_of,
    verify_consistency,
    verify_inclusion,
)
from tests.support.shared import shared

SIZES_MAX = 130
LEAVES = [b"leaf %d" % number for number in range(SIZES_MAX)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
SUBTREE = subtree_of(HASHES)
SAMPLED = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 100, 129)

Labelled = tuple[tuple[str, bytes], ...]
"""A proof with the side that each of its hashes stands on."""


# The definitions of section 2.1, word for word; MTH(begin, end) is MTH(D[begin:end]).


@cache
def mth(begin: int, end: int) -> bytes:
    if end - begin == 1:
        return sha256(b"\x00" + LEAVES[begin]).digest()
    k = largest_power_below(end - begin)
    return sha256(b"\x01" + mth(begin, begin + k) + mth(begin + k, end)).digest()


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, begin: int, end: int) -> Labelled:
    n = end - begin
    if n == 1:
        return ()
    k = largest_power_below(n)
    if m < k:
        return (*path(m, begin, begin + k), ("right", mth(begin + k, end)))
    return (*path(m - k, begin + k, end), ("left", mth(begin, begin + k)))


def subproof(m: int, begin: int, end: int, b: bool) -> Labelled:
    n = end - begin
    if m == n:
        return () if b else (("start", mth(begin, end)),)
    k = largest_power_below(n)
    if m <= k:
        return (*subproof(m, begin, begin + k, b), ("right", mth(begin + k, end)))
    return (*subproof(m - k, begin + k, end, False), ("left", mth(begin, begin + k)))


def bare(proof: Labelled) -> list[bytes]:
    return [node for _, node in proof]


def sides(proof: Labelled) -> list[str]:
    return [side for side, _ in proof]


# Proofs


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == root_of_hashes([]) == EMPTY_ROOT == sha256().digest()


@pytest.mark.parametrize("size", range(1, SIZES_MAX + 1))
def test_every_proof_of_every_size_is_that_of_the_definition(size: int) -> None:
    root, subtree = root_of(LEAVES[:size]), cache(subtree_of(HASHES))
    assert root == mth(0, size)
    for index in range(size):
        proof = inclusion_proof(index, size, subtree)
        assert proof == bare(path(index, 0, size))
        assert verify_inclusion(HASHES[index], index, size, proof, root)
    for first in range(1, size + 1):
        proof = consistency_proof(first, size, subtree)
        assert proof == bare(subproof(first, 0, size, True))
        assert verify_consistency(first, size, proof, mth(0, first), root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 5), (5, 5), (6, 5)])
def test_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, SUBTREE)
    assert not verify_inclusion(HASHES[0], index, size, [], HASHES[0])


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 1), (2, 1), (-1, 1)])
def test_sizes_in_the_wrong_order_have_no_proof(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(first, second, SUBTREE)
    for proof in ([], [HASHES[0]]):
        assert not verify_consistency(first, second, proof, EMPTY_ROOT, EMPTY_ROOT)


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_tree_is_consistent_with_itself_without_a_proof(size: int) -> None:
    root = mth(0, size)
    assert verify_consistency(size, size, [], root, root)
    assert not verify_consistency(size, size, [root], root, root)
    assert not verify_consistency(size, size, [], root, EMPTY_ROOT)


@pytest.mark.parametrize("size", [2, 3, 8, 13])
def test_proof_of_another_length_does_not_verify(size: int) -> None:
    root = mth(0, size)
    for index in range(size):
        proof = inclusion_proof(index, size, SUBTREE)
        for wrong in (proof[:-1], proof[1:], [*proof, root], [root, *proof], []):
            assert not verify_inclusion(HASHES[index], index, size, wrong, root)
    for first in range(1, size):
        proof = consistency_proof(first, size, SUBTREE)
        for wrong in (proof[:-1], [*proof, root], [root, *proof], []):
            assert not verify_consistency(first, size, wrong, mth(0, first), root)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hash_of_another_length_does_not_verify(length: int) -> None:
    odd = bytes(length)
    assert not verify_inclusion(odd, 0, 1, [], odd)
    assert not verify_inclusion(HASHES[0], 0, 2, [odd], mth(0, 2))
    assert not verify_consistency(1, 2, [odd], HASHES[0], mth(0, 2))
    assert not verify_consistency(1, 2, [HASHES[1]], odd, mth(0, 2))
    assert not verify_consistency(1, 2, [HASHES[1]], HASHES[0], odd)


def test_node_cannot_pass_for_a_leaf() -> None:
    """Without the prefixes the two children of a node would be a leaf with that node's hash."""
    children = HASHES[0] + HASHES[1]
    assert leaf_hash(children) != node_hash(HASHES[0], HASHES[1]) == mth(0, 2)


# One bit


def flips(value: bytes) -> Iterator[bytes]:
    number = int.from_bytes(value, "big")
    for bit in range(len(value) * 8):
        yield (number ^ (1 << bit)).to_bytes(len(value), "big")


def flipped_elements(proof: list[bytes]) -> Iterator[list[bytes]]:
    for place, node in enumerate(proof):
        for other in flips(node):
            yield [*proof[:place], other, *proof[place + 1 :]]


@pytest.mark.parametrize("size", SAMPLED)
def test_inclusion_with_one_bit_flipped_never_verifies(size: int) -> None:
    root = mth(0, size)
    for index in {0, size // 2, size - 1}:
        proof, leaf = bare(path(index, 0, size)), HASHES[index]
        assert not any(verify_inclusion(other, index, size, proof, root) for other in flips(leaf))
        assert not any(verify_inclusion(leaf, index, size, proof, other) for other in flips(root))
        for other_proof in flipped_elements(proof):
            assert not verify_inclusion(leaf, index, size, other_proof, root)
        for bit in range(64):
            assert not verify_inclusion(leaf, index ^ (1 << bit), size, proof, root)


@pytest.mark.parametrize("size", SAMPLED)
def test_consistency_with_one_bit_flipped_never_verifies(size: int) -> None:
    root = mth(0, size)
    for first in {1, size // 2 or 1, max(size - 1, 1)} - {size}:
        proof, old = bare(subproof(first, 0, size, True)), mth(0, first)
        assert not any(verify_consistency(first, size, proof, old, other) for other in flips(root))
        assert not any(verify_consistency(first, size, proof, other, root) for other in flips(old))
        for other_proof in flipped_elements(proof):
            assert not verify_consistency(first, size, other_proof, old, root)


def test_other_size_verifies_only_where_the_way_up_is_the_same() -> None:
    """A root does not say its size: two sizes may share a leaf's way up. A signed head says it."""
    shared_ways = 0
    for size in range(1, 35):
        for index in range(size):
            way = path(index, 0, size)
            for bit in range(7):
                other = size ^ (1 << bit)
                same = index < other <= SIZES_MAX and sides(path(index, 0, other)) == sides(way)
                found = verify_inclusion(HASHES[index], index, other, bare(way), mth(0, size))
                assert found == same, (index, size, other)
                shared_ways += same
    assert shared_ways > 0


def test_other_sizes_are_consistent_only_where_the_way_up_is_the_same() -> None:
    for second in range(2, 31):
        for first in range(1, second):
            way = subproof(first, 0, second, True)
            roots = mth(0, first), mth(0, second)
            for bit in range(7):
                for m, n in ((first ^ (1 << bit), second), (first, second ^ (1 << bit))):
                    same = 0 < m < n <= SIZES_MAX and sides(subproof(m, 0, n, True)) == sides(way)
                    found = verify_consistency(m, n, bare(way), *roots)
                    assert found == same, (first, second, m, n)


def test_verification_that_forgets_the_border_is_caught() -> None:
    """The negative control: a build that takes the index alone for the way up."""

    def broken(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
        for beside in proof:
            leaf = node_hash(beside, leaf) if index & 1 else node_hash(leaf, beside)
            index >>= 1
        return leaf == root

    wrong = [
        (index, size)
        for size in range(1, 20)
        for index in range(size)
        if not broken(HASHES[index], index, size, bare(path(index, 0, size)), mth(0, size))
    ]
    assert wrong


# Published vectors


def vectors(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with tarfile.open(shared(f"data/vectors/{name}.tar.xz")) as archive:
        for member in archive.getmembers():
            if member.isfile():
                content = archive.extractfile(member)
                assert content is not None
                yield member.name, json.load(content)


def data(text: str | None) -> bytes:
    return b64decode(text) if text else b""


def test_inclusion_vectors_are_judged_as_published() -> None:
    judged = {True: 0, False: 0}
    for name, vector in vectors("rfc6962_inclusion"):
        proof = [data(node) for node in vector["proof"] or []]
        leaf, root = data(vector["leafHash"]), data(vector["root"])
        found = verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof, root)
        assert found != vector["wantErr"], (name, vector["desc"])
        judged[found] += 1
    assert judged[True] >= 5
    assert judged[False] >= 80
