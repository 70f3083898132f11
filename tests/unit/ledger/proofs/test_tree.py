"""Merkle logs in tiles: the same hashes as a plain tree, whenever tiles were taken."""

from random import Random

import pytest

from outcry.ledger.proofs.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    subtree_of,
)
from outcry.ledger.proofs.tree import (
    TILE_BYTES,
    MerkleLog,
    TileMissing,
    TileRow,
    open_tiles,
    prove_consistency,
    prove_inclusion,
    stored_leaf_hash,
    stored_root,
)

EDGES = (1, 2, 3, 255, 256, 257, 511, 512, 513, 700)
LEAVES = [b"leaf %d" % number for number in range(700)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]

Tiles = dict[tuple[int, int], bytes]


def store(tiles: Tiles, rows: list[TileRow]) -> None:
    tiles.update({(level, tile): hashes for _, level, tile, hashes in rows})


def rows_of(tiles: Tiles) -> list[TileRow]:
    return [("x", level, tile, hashes) for (level, tile), hashes in tiles.items()]


def stored(size: int) -> Tiles:
    log, tiles = MerkleLog("x"), Tiles()
    for leaf in LEAVES[:size]:
        log.add(leaf)
    store(tiles, log.take())
    return tiles


class Reader:
    """Reads tiles, and counts how often."""

    def __init__(self, tiles: Tiles) -> None:
        self.tiles = tiles
        self.count = 0

    def __call__(self, level: int, tile: int) -> bytes:
        self.count += 1
        return self.tiles.get((level, tile), b"")


def test_empty_log_has_no_tiles_and_the_root_of_nothing() -> None:
    log = MerkleLog("x")
    assert (log.size, log.root(), log.take(), open_tiles(0)) == (0, EMPTY_ROOT, [], [])
    assert stored_root(Reader({}), 0) == EMPTY_ROOT


def test_log_counts_its_leaves_and_has_the_trees_root() -> None:
    log = MerkleLog("x")
    for size, leaf in enumerate(LEAVES):
        assert log.add(leaf) == size
        assert log.size == size + 1
        if size < 20 or size + 1 in EDGES:
            assert log.root() == root_of(LEAVES[: size + 1])


@pytest.mark.parametrize("seed", range(3))
def test_tiles_depend_on_the_size_alone(seed: int) -> None:
    """Taken at any moments, and by a log that was opened again from its tiles at any of them."""
    chance, tiles, log = Random(seed), Tiles(), MerkleLog("x")
    for size, leaf in enumerate(LEAVES, 1):
        log.add(leaf)
        if chance.random() < 0.02 or size in EDGES:
            store(tiles, log.take())
            assert log.take() == []
            if size in EDGES:
                assert tiles == stored(size)
            if chance.random() < 0.5:
                log = MerkleLog("x", size, rows_of(tiles))
    assert log.root() == root_of(LEAVES)


def test_log_goes_on_from_the_last_tiles_alone() -> None:
    for size in EDGES:
        tiles = stored(size)
        last = [("x", *place, tiles[place]) for place in open_tiles(size)]
        log = MerkleLog("x", size, last)
        assert log.root() == root_of(LEAVES[:size])
        assert log.take() == []


def test_log_takes_no_tiles_of_another() -> None:
    others = [("y", level, tile, hashes) for _, level, tile, hashes in rows_of(stored(5))]
    with pytest.raises(TileMissing, match="tile 0 of level 0"):
        MerkleLog("x", 5, others)


@pytest.mark.parametrize("size", [256**2 - 1, 256**2 + 256])
def test_third_level_begins_with_its_first_whole_subtree(size: int) -> None:
    log, tiles = MerkleLog("x"), Tiles()
    leaf = b"the same"
    for _ in range(size):
        log.add(leaf)
    store(tiles, log.take())
    assert ((2, 0) in tiles) == (size >= 256**2)
    assert all(len(hashes) <= TILE_BYTES for hashes in tiles.values())
    assert log.root() == stored_root(Reader(tiles), size)
    again = MerkleLog("x", size, rows_of(tiles))
    log.add(leaf)
    again.add(leaf)
    assert log.root() == again.root()


def test_every_earlier_size_is_proven_from_the_same_tiles() -> None:
    tiles, subtree = stored(len(LEAVES)), subtree_of(HASHES)
    for size in EDGES:
        read = Reader(tiles)
        assert stored_root(read, size) == root_of(LEAVES[:size])
        for index in range(0, size, 29):
            assert stored_leaf_hash(read, index, size) == HASHES[index]
            assert prove_inclusion(read, index, size) == inclusion_proof(index, size, subtree)
        for first in range(1, size, 37):
            assert prove_consistency(read, first, size) == consistency_proof(first, size, subtree)


def test_proof_reads_each_tile_at_most_once() -> None:
    read = Reader(stored(len(LEAVES)))
    prove_inclusion(read, 300, len(LEAVES))
    assert read.count <= 4


@pytest.mark.parametrize("size", [701, 1_000, 256**2])
def test_more_than_is_stored_is_not_proven(size: int) -> None:
    read = Reader(stored(len(LEAVES)))
    with pytest.raises(TileMissing):
        stored_root(read, size)
    with pytest.raises(TileMissing):
        prove_inclusion(read, size - 1, size)
    with pytest.raises(TileMissing):
        prove_consistency(read, 5, size)
