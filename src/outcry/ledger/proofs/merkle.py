"""Merkle trees by RFC 6962 section 2.1, over SHA-256: roots, proofs, and what a client checks.

A tree of n leaves is split at the largest power of two below n; a leaf is hashed with 0x00 in
front, a node with 0x01, so neither can pass for the other. A proof is made from `Subtree`, which
tells the hash of any run of leaves the split can lead to: from a list of hashes here, from stored
tiles in `tree`. Verification never raises: whatever comes in is true or it is not.

*Source:* RFC 6962 section 2.1; the loops of verification are RFC 9162 sections 2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""

Subtree = Callable[[int, int], bytes]
"""The hash of the leaves from `begin` up to but not including `end`: MTH(D[begin:end])."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def split_of(leaves: int) -> int:
    """Return how many of at least two leaves are in the left subtree: a power of two below."""
    return 1 << ((leaves - 1).bit_length() - 1)


def subtree_of(hashes: Sequence[bytes]) -> Subtree:
    """Return the subtrees over a list of leaf hashes. O(leaves asked for)."""

    def subtree(begin: int, end: int) -> bytes:
        if end - begin == 1:
            return hashes[begin]
        middle = begin + split_of(end - begin)
        return node_hash(subtree(begin, middle), subtree(middle, end))

    return subtree


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    return subtree_of(hashes)(0, len(hashes)) if hashes else EMPTY_ROOT


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the bytes of leaves: MTH(D[n])."""
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return PATH(index, D[size]): what is beside the way from the leaf up, lowest first.

    Raises:
        ValueError: The leaf is not in a tree of that size.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split_of(end - begin)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin = middle
    path.reverse()
    return path


def consistency_proof(size1: int, size2: int, subtree: Subtree) -> list[bytes]:
    """Return PROOF(size1, D[size2]): that the first `size1` leaves are still the same.

    Raises:
        ValueError: Not 0 < size1 <= size2; from no leaves everything follows, so there is no proof.
    """
    if not 0 < size1 <= size2:
        raise ValueError(f"no consistency proof from {size1} to {size2}")
    path: list[bytes] = []
    begin, end = 0, size2
    # What is left of `size1` ends at a subtree that both trees have whole.
    while end != size1:
        middle = begin + split_of(end - begin)
        if size1 <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin = middle
    if begin > 0:
        path.append(subtree(begin, end))
    path.reverse()
    return path


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether the leaf is at `index` of the tree with that size and root."""
    if not 0 <= index < size or not _all_hashes(leaf_hash, root, *proof):
        return False
    node, last, found = index, size - 1, leaf_hash
    for beside in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(beside, found)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> bool:
    """Say whether the tree of `size2` leaves begins with that of `size1`.

    Two trees of one size are the same tree: their roots are equal and the proof is empty. A tree
    without leaves is consistent with everything, which proves nothing, and so does not verify.
    """
    if not 0 < size1 <= size2:
        return False
    if size1 == size2:
        return len(proof) == 0 and root1 == root2
    if len(proof) == 0 or not _all_hashes(root1, root2, *proof):
        return False
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        node, last = node >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
