"""The fixed reads of the proofs: tiles and events of a ledger, and what was published.

Rows of `events` are in the order of their leaves, so a leaf is found by halving: about thirty
reads by key, and no index that every event would have to pay for.
"""

from collections.abc import Iterator
from typing import NamedTuple

from outcry import codec
from outcry.domain.events import Event, Trade
from outcry.ledger.proofs.facts import TradeFacts, facts_of
from outcry.ledger.proofs.liabilities import SUM_BYTES, Node
from outcry.ledger.proofs.merkle import HASH_BYTES
from outcry.ledger.proofs.tree import TILE_BITS, TILE_HASHES, ReadTile
from outcry.ledger.reads.history import LARGEST, Page, decode_cursor, encode_cursor
from outcry.ports import LedgerStore, ProofStore

NODE_BYTES = HASH_BYTES + SUM_BYTES
ROWS_AT_ONCE = 64

_TILE = "SELECT hashes FROM tiles WHERE log = ? AND level = ? AND tile = ?"
_LAST_TILE = """
SELECT tile, length(hashes) FROM tiles WHERE log = ? AND level = 0 ORDER BY tile DESC LIMIT 1"""
_HEAD = "SELECT log, size, sequence, time_ns, note FROM heads WHERE log = ?"
_LAST_HEAD = f"{_HEAD} ORDER BY size DESC LIMIT 1"
_HEAD_AT = f"{_HEAD} AND size = ?"
_HEAD_UP_TO = f"{_HEAD} AND size <= ? ORDER BY size DESC LIMIT 1"
_HEADS = f"{_HEAD} AND size < ? ORDER BY size DESC LIMIT ?"
_EVENT_ROW = "SELECT sequence, leaf, trade_leaf, records FROM events"
_LAST_ROW = "SELECT sequence, leaf, trade_leaf FROM events WHERE sequence <= ? "
_LAST_ROW += "ORDER BY sequence DESC LIMIT 1"
_ROWS_FROM = f"{_EVENT_ROW} WHERE sequence >= ? ORDER BY sequence LIMIT ?"
_TRADE = "SELECT sequence FROM trades WHERE market = ? AND trade_id = ?"
_SET = """
SELECT asset, sequence, time_ns, symbol, decimals, total_units, leaves, root, note
FROM liabilities"""
_SETS = f"{_SET} WHERE (sequence, asset) < (?, ?) ORDER BY sequence DESC, asset DESC LIMIT ?"
_SETS_AT = f"{_SET} WHERE sequence = ? ORDER BY asset"
_LAST_SEQUENCE = "SELECT coalesce(max(sequence), 0) FROM liabilities"
_LEAVES_OF = """
SELECT asset, place, salt, amount_units FROM liability_leaves
WHERE account = ? AND sequence = ? ORDER BY asset"""
_NODE = """
SELECT substr(nodes, ?, ?) FROM liability_nodes
WHERE asset = ? AND sequence = ? AND level = ? AND tile = ?"""


class HeadRow(NamedTuple):
    """A signed tree head: a row of the table `heads`."""

    log: str
    size: int
    sequence: int
    time_ns: int
    note: str


class PublishedSet(NamedTuple):
    """What was owed of an asset: a row of the table `liabilities`."""

    asset: int
    sequence: int
    time_ns: int
    symbol: str
    decimals: int
    total_units: int
    leaves: int
    root: bytes
    note: str


class OwnLeaf(NamedTuple):
    """Where an account's leaf is in the tree of an asset."""

    asset: int
    place: int
    salt: bytes
    amount_units: int


# Merkle logs


def log_size(ledger: LedgerStore, log: str) -> int:
    """Return how many leaves of a log are stored."""
    rows = ledger.query(_LAST_TILE, (log,))
    return rows[0][0] * TILE_HASHES + rows[0][1] // HASH_BYTES if rows else 0


def tile_reader(ledger: LedgerStore, log: str) -> ReadTile:
    """Return what reads the tiles of a log; one that is not there is empty."""

    def read(level: int, tile: int) -> bytes:
        rows = ledger.query(_TILE, (log, level, tile))
        return bytes(rows[0][0]) if rows else b""

    return read


def last_head(proofs: ProofStore, log: str) -> HeadRow | None:
    """Return the newest signed head of a log."""
    rows = proofs.query(_LAST_HEAD, (log,))
    return HeadRow(*rows[0]) if rows else None


def head_at(proofs: ProofStore, log: str, size: int) -> HeadRow | None:
    """Return the signed head of exactly this size."""
    rows = proofs.query(_HEAD_AT, (log, min(size, LARGEST)))
    return HeadRow(*rows[0]) if rows else None


def head_up_to(proofs: ProofStore, log: str, size: int) -> HeadRow | None:
    """Return the newest signed head of at most this size."""
    rows = proofs.query(_HEAD_UP_TO, (log, size))
    return HeadRow(*rows[0]) if rows else None


def heads(proofs: ProofStore, log: str, limit: int, cursor: str | None = None) -> Page[HeadRow]:
    """Return signed heads, newest first.

    Raises:
        BadCursor: the cursor is not from this read.
    """
    below = decode_cursor("h", 1, cursor)[0] if cursor is not None else LARGEST
    rows = [HeadRow(*row) for row in proofs.query(_HEADS, (log, below, limit + 1))]
    more = len(rows) > limit
    return Page(rows[:limit], encode_cursor("h", rows[limit - 1].size) if more else None)


# What the leaves are


def event_at(ledger: LedgerStore, leaf: int) -> tuple[bytes, Event] | None:
    """Return the record and the event of a leaf of the log `events`."""
    sequence = _sequence_with(ledger, leaf, of_trades=False)
    for _, first, _, records in ledger.query(_ROWS_FROM, (sequence, 1)):
        for number, record in enumerate(_split(bytes(records)), first):
            if number == leaf:
                return record, codec.decode_event(record)
    return None


def trade_leaf(ledger: LedgerStore, market: int, trade_id: int) -> int | None:
    """Return the number of a trade in the log `trades`."""
    for (sequence,) in ledger.query(_TRADE, (market, min(trade_id, LARGEST))):
        for number, facts in _trades_from(ledger, sequence):
            if (facts.market, facts.trade_id) == (market, trade_id):
                return number
            if facts.sequence > sequence:
                break
    return None


def trade_facts(ledger: LedgerStore, start: int, limit: int) -> list[TradeFacts]:
    """Return the leaves of the log `trades` from number `start` on."""
    found: list[TradeFacts] = []
    sequence = _sequence_with(ledger, start, of_trades=True)
    for number, facts in _trades_from(ledger, sequence):
        if number >= start:
            found.append(facts)
        if len(found) == limit:
            break
    return found


def _trades_from(ledger: LedgerStore, sequence: int) -> Iterator[tuple[int, TradeFacts]]:
    """Yield the trades from a sequence on, with their numbers."""
    while rows := ledger.query(_ROWS_FROM, (sequence, ROWS_AT_ONCE)):
        traded = False
        for _, _, first, records in rows:
            for number, facts in enumerate(_facts(bytes(records)), first):
                traded = True
                yield number, facts
        sequence = rows[-1][0] + 1
        if not traded:
            # Nothing traded here, perhaps for long: go on where the next trade is.
            sequence = max(sequence, _sequence_with(ledger, rows[-1][2], of_trades=True))


def _facts(records: bytes) -> Iterator[TradeFacts]:
    for record in _split(records):
        if codec.HEADER.unpack_from(record)[1] == _TRADE_NUMBER:
            event = codec.decode_event(record)
            assert isinstance(event, Trade)
            yield facts_of(event)


_TRADE_NUMBER = codec.NUMBER_OF[Trade]


def _split(records: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(records):
        end = offset + int(codec.LENGTH.unpack_from(records, offset)[0])
        yield records[offset:end]
        offset = end


def _sequence_with(ledger: LedgerStore, leaf: int, *, of_trades: bool) -> int:
    """Return the last sequence whose first leaf is not after `leaf`: it holds it, or none does."""
    column, found, low = 2 if of_trades else 1, 0, 0
    last = ledger.query(_LAST_ROW, (LARGEST,))
    high = last[0][0] if last else -1
    while low <= high:
        middle = (low + high) // 2
        rows = ledger.query(_LAST_ROW, (middle,))
        if rows and rows[0][column] > leaf:
            high = rows[0][0] - 1
        else:
            low = middle + 1
            found = rows[0][0] if rows else found
    return found


# Liabilities


def published_sets(proofs: ProofStore, limit: int, cursor: str | None = None) -> Page[PublishedSet]:
    """Return what was published, newest first.

    Raises:
        BadCursor: the cursor is not from this read.
    """
    place = decode_cursor("l", 2, cursor) if cursor is not None else [LARGEST, 0]
    rows = [PublishedSet(*row) for row in proofs.query(_SETS, (*place, limit + 1))]
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], encode_cursor("l", last.sequence, last.asset))


def last_publication(proofs: ProofStore) -> int:
    """Return the sequence of the newest publication; 0 for none."""
    return int(proofs.query(_LAST_SEQUENCE, ())[0][0])


def sets_at(proofs: ProofStore, sequence: int) -> list[PublishedSet]:
    """Return what was published at a sequence, by asset."""
    return [PublishedSet(*row) for row in proofs.query(_SETS_AT, (min(sequence, LARGEST),))]


def leaves_of(proofs: ProofStore, account: int, sequence: int) -> list[OwnLeaf]:
    """Return an account's leaves in what was published at a sequence, by asset."""
    rows = proofs.query(_LEAVES_OF, (account, min(sequence, LARGEST)))
    return [OwnLeaf(*row) for row in rows]


def node_at(proofs: ProofStore, asset: int, sequence: int, level: int, place: int) -> Node | None:
    """Return a node of a published tree; None for one over padding alone."""
    tile, inside = place >> TILE_BITS, place % TILE_HASHES
    at = (inside * NODE_BYTES + 1, NODE_BYTES, asset, sequence, level, tile)
    rows = proofs.query(_NODE, at)
    if not rows or not rows[0][0]:
        return None
    node = bytes(rows[0][0])
    return Node(node[:HASH_BYTES], int.from_bytes(node[HASH_BYTES:], "big"))
