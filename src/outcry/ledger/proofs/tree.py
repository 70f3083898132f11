"""A Merkle log kept in tiles: fast to add to, and every proof of every earlier size from rows.

A tile holds up to 256 hashes. Level 0 holds leaf hashes; level n holds the roots of complete
subtrees of 256^n leaves. A hash is written once and never changes, so what a tile's row holds
depends on the size of the log alone, and a longer log proves everything about a shorter one.

*Source:* the layout is that of C2SP `tlog-tiles`, with rows in place of files.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256

from outcry.ledger.proofs.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    Subtree,
    consistency_proof,
    inclusion_proof,
    node_hash,
    split_of,
)

TILE_BITS = 8
TILE_HASHES = 1 << TILE_BITS
TILE_BYTES = TILE_HASHES * HASH_BYTES

TileRow = tuple[str, int, int, bytes]
"""(log, level, tile, hashes): a row of the table `tiles`."""
ReadTile = Callable[[int, int], bytes]
"""Tell the hashes of (level, tile), one after the other; more than the size asks for is fine."""

# A copy of a hash that has seen its prefix costs a fifth less than a new one over prefix and all.
_new_leaf = sha256(b"\x00").copy
_new_node = sha256(b"\x01").copy


class TileMissing(Exception):
    """A stored tile is not there, or holds fewer hashes than the log's size says."""


class MerkleLog:
    """The growing end of a log. It holds one open tile a level, whatever the size.

    Invariant: `_open[n]` holds the hashes of level n after its last full tile.
    """

    def __init__(self, name: str, size: int = 0, tiles: Iterable[TileRow] = ()) -> None:
        """Go on from `size` leaves; of `tiles` those that `open_tiles` names are needed.

        Raises:
            TileMissing: A tile that is needed was not given, or is too short.
        """
        self.name = name
        self.size = size
        self._full: list[TileRow] = []
        self._open: list[bytearray] = [bytearray()]
        self._taken_size = size
        given = {(level, tile): hashes for log, level, tile, hashes in tiles if log == name}
        for level, tile in open_tiles(size):
            hashes = given.get((level, tile), b"")
            self._open_level(level)[:] = _prefix(hashes, level, tile, size)

    def add(self, leaf: bytes) -> int:
        """Append a leaf and return its index, counted from 0."""
        self.extend([leaf])
        return self.size - 1

    def extend(self, leaves: list[bytes]) -> None:
        """Append leaves."""
        at = 0
        while at < len(leaves):
            part = leaves[at : at + TILE_HASHES - self.size % TILE_HASHES]
            self._open[0] += hashes_of_leaves(part)
            self.size += len(part)
            at += len(part)
            if not self.size % TILE_HASHES:
                self._close(0, (self.size - 1) >> TILE_BITS)

    def root(self) -> bytes:
        """Return the root over all leaves. O(256 log n)."""
        found = b""
        for hashes in self._open:
            found = _join(bytes(hashes), found)
        return found or EMPTY_ROOT

    def take(self) -> list[TileRow]:
        """Return the tiles that changed since they were last taken, the open ones as they are."""
        rows, self._full = self._full, []
        before, self._taken_size = self._taken_size, self.size
        for level, hashes in enumerate(self._open):
            count = self.size >> (TILE_BITS * level)
            if hashes and count > before >> (TILE_BITS * level):
                rows.append((self.name, level, count >> TILE_BITS, bytes(hashes)))
        return rows

    def _close(self, level: int, tile: int) -> None:
        """Hand on the root of a full tile, which may fill the one above."""
        hashes = bytes(self._open[level])
        self._open[level].clear()
        self._full.append((self.name, level, tile, hashes))
        above = self._open_level(level + 1)
        above += _perfect_root(hashes)
        if len(above) == TILE_BYTES:
            self._close(level + 1, tile >> TILE_BITS)

    def _open_level(self, level: int) -> bytearray:
        while len(self._open) <= level:
            self._open.append(bytearray())
        return self._open[level]


def open_tiles(size: int) -> list[tuple[int, int]]:
    """Return (level, tile) of the tiles at the end of a log that are begun and not full."""
    found = []
    level = 0
    while size >> (TILE_BITS * level):
        count = size >> (TILE_BITS * level)
        if count % TILE_HASHES:
            found.append((level, count >> TILE_BITS))
        level += 1
    return found


def prove_inclusion(read: ReadTile, index: int, size: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the log as it was at `size` leaves.

    Raises:
        ValueError: There is no such leaf at that size.
        TileMissing: The stored log is shorter than `size`.
    """
    return inclusion_proof(index, size, stored_subtree(read, size))


def prove_consistency(read: ReadTile, size1: int, size2: int) -> list[bytes]:
    """Return the proof that the log at `size2` begins with the log at `size1`.

    Raises:
        ValueError: Not 0 < size1 <= size2.
        TileMissing: The stored log is shorter than `size2`.
    """
    return consistency_proof(size1, size2, stored_subtree(read, size2))


def stored_root(read: ReadTile, size: int) -> bytes:
    """Return the root the log had at `size` leaves.

    Raises:
        TileMissing: The stored log is shorter than `size`.
    """
    return stored_subtree(read, size)(0, size) if size else EMPTY_ROOT


def stored_leaf_hash(read: ReadTile, index: int, size: int) -> bytes:
    """Return the hash of leaf `index` of a log of `size` leaves.

    Raises:
        TileMissing: The stored log is shorter than `size`.
    """
    return stored_subtree(read, size)(index, index + 1)


def stored_subtree(read: ReadTile, size: int) -> Subtree:
    """Return the subtrees of a stored log of `size` leaves. Each tile is read at most once."""
    return _Stored(read, size).subtree


class _Stored:
    """A stored log. A function that calls itself would be a cycle, which outlives its use."""

    __slots__ = ("_read", "_size", "_tiles")

    def __init__(self, read: ReadTile, size: int) -> None:
        self._read = read
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def subtree(self, begin: int, end: int) -> bytes:
        leaves = end - begin
        if leaves & (leaves - 1):
            middle = begin + split_of(leaves)
            return node_hash(self.subtree(begin, middle), self.subtree(middle, end))
        # A complete subtree lies within one tile: 2^n hashes of the highest level that has them.
        level = (leaves.bit_length() - 1) // TILE_BITS
        tile, first = divmod(begin >> (TILE_BITS * level), TILE_HASHES)
        last = first + (leaves >> (TILE_BITS * level))
        return _perfect_root(self._hashes(level, tile)[first * HASH_BYTES : last * HASH_BYTES])

    def _hashes(self, level: int, tile: int) -> bytes:
        if (level, tile) not in self._tiles:
            hashes = self._read(level, tile)
            self._tiles[level, tile] = _prefix(hashes, level, tile, self._size)
        return self._tiles[level, tile]


def _prefix(hashes: bytes, level: int, tile: int, size: int) -> bytes:
    """Return the part of a tile that a log of `size` leaves has."""
    wanted = min((size >> (TILE_BITS * level)) - tile * TILE_HASHES, TILE_HASHES)
    if len(hashes) < wanted * HASH_BYTES:
        raise TileMissing(f"tile {tile} of level {level}: {len(hashes)} bytes, {wanted} hashes due")
    return hashes[: wanted * HASH_BYTES]


def _perfect_root(hashes: bytes) -> bytes:
    """Return the root over 2^n hashes that lie one after the other."""
    while len(hashes) > HASH_BYTES:
        hashes = hashes_of_parents(hashes)
    return hashes


def _join(hashes: bytes, found: bytes) -> bytes:
    """Return the root over the subtrees of a level with `found`, what lies right of them."""
    end = len(hashes)
    while end:
        count = end // HASH_BYTES
        begin = end - (count & -count) * HASH_BYTES
        subtree = _perfect_root(hashes[begin:end])
        found = node_hash(subtree, found) if found else subtree
        end = begin
    return found


# Hashing, which is most of what a log costs


def leaf_hashes(leaves: list[bytes]) -> bytes:
    """Return the hashes of leaves, one after the other."""
    hashes = []
    for leaf in leaves:
        hashing = _new_leaf()
        hashing.update(leaf)
        hashes.append(hashing.digest())
    return b"".join(hashes)


def parent_hashes(hashes: bytes) -> bytes:
    """Return the hashes of the nodes over pairs of hashes, one after the other."""
    parents = []
    for at in range(0, len(hashes), 2 * HASH_BYTES):
        hashing = _new_node()
        hashing.update(hashes[at : at + 2 * HASH_BYTES])
        parents.append(hashing.digest())
    return b"".join(parents)


hashes_of_leaves, hashes_of_parents = leaf_hashes, parent_hashes
try:
    from outcry.ledger.compiled import hashes as compiled
except ImportError:
    pass
else:
    if compiled.IS_FAST:  # It uses instructions that not every processor has.
        hashes_of_leaves, hashes_of_parents = compiled.leaf_hashes, compiled.parent_hashes
