"""The examples of docs/proofs.md are what the code computes."""

from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outcry.ledger.proofs.facts import TradeFacts
from outcry.ledger.proofs.liabilities import PADDING, account_hash, leaf_node, parent_node
from outcry.ledger.proofs.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    subtree_of,
)
from outcry.ledger.proofs.note import Head, NoteKey, origin_of, sign_note

PAGE = (Path(__file__).parents[4] / "docs" / "proofs.md").read_text()
LOG_ID = "00112233445566778899aabbccddeeff"
NEW_YEAR_NS = 1_767_225_600_000_000_000
TRADES = [
    TradeFacts(1, n, 10 + n, NEW_YEAR_NS + n * 1_000_000, 10_000 + n, 3 * n, n % 2)
    for n in (1, 2, 3)
]
LEAVES = [facts.leaf() for facts in TRADES]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def test_leaves_and_roots_are_as_shown() -> None:
    for leaf, hashed in zip(LEAVES, HASHES, strict=True):
        assert leaf.hex() in PAGE
        assert hashed.hex() in PAGE
    assert f"2 leaves {root_of(LEAVES[:2]).hex()}" in PAGE
    assert f"3 leaves {root_of(LEAVES).hex()}" in PAGE


def test_proofs_are_as_shown() -> None:
    subtree = subtree_of(HASHES)
    assert inclusion_proof(1, 3, subtree) == [HASHES[0], HASHES[2]]
    assert consistency_proof(2, 3, subtree) == [HASHES[2]]
    assert consistency_proof(1, 3, subtree) == [HASHES[1], HASHES[2]]


def test_head_and_key_are_as_shown() -> None:
    secret = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = NoteKey(origin_of(LOG_ID, "trades"), secret.public_key().public_bytes_raw())
    head = Head(key.name, 3, root_of(LEAVES), 13, NEW_YEAR_NS + 4_000_000)
    assert str(key) in PAGE
    assert sign_note(head.text(), key, secret.sign) in PAGE


def test_liabilities_are_as_shown() -> None:
    owed = ((8, 1, 500), (7, 2, 1250), (9, 3, 40))
    nodes = [
        leaf_node(bytes([salt]) * 32, account_hash(LOG_ID, account), amount)
        for account, salt, amount in owed
    ]
    nodes.append(PADDING)
    above = [parent_node(*pair) for pair in list(pairwise(nodes))[::2]]
    root = parent_node(*above)
    for node in (*nodes, *above, root):
        assert node.hash.hex() in PAGE
    assert f"root, {root.sum_units} " in PAGE
