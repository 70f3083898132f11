"""What a ledger needs of its store to go on from the checkpoint."""

from dataclasses import dataclass, field

from outcry.ledger.proofs.merkle import HASH_BYTES
from outcry.ledger.proofs.tree import TILE_HASHES, TileRow
from outcry.ledger.reads.history import OPEN_ORDERS
from outcry.ledger.rows import Row
from outcry.ports import Checkpoint, LedgerStore

_BALANCES = "SELECT owner, asset, purpose, balance_units FROM balances"
_LAST_POSTING = "SELECT coalesce(max(posting), 0) FROM postings"
_LAST_DAY = "SELECT coalesce(max(day), 0) FROM market_days"
_ACCOUNT_DAYS = """
SELECT account, market, day, trades, lots, quote_units, base_fee_units, quote_fee_units
FROM account_days WHERE day = ?"""
_MARKET_DAYS = """
SELECT market, day, open_ticks, high_ticks, low_ticks, close_ticks, trades, lots, quote_units,
base_fee_units, quote_fee_units FROM market_days WHERE day = ?"""
_EDGE_TILES = """
SELECT tiles.log, tiles.level, tiles.tile, tiles.hashes FROM tiles JOIN (
SELECT log, level, max(tile) AS tile FROM tiles GROUP BY log, level) AS edge
ON tiles.log = edge.log AND tiles.level = edge.level AND tiles.tile = edge.tile
ORDER BY tiles.log, tiles.level"""


@dataclass(frozen=True, slots=True)
class LedgerStart:
    """The state of a ledger at a checkpoint; without arguments that of an empty one."""

    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    open_orders: list[Row] = field(default_factory=list)
    balances: list[tuple[int, int, int, int]] = field(default_factory=list)
    """owner, asset, purpose, units"""
    postings: int = 0
    """How many there are."""
    account_days: list[Row] = field(default_factory=list)
    """Those of the last day on which something traded."""
    market_days: list[Row] = field(default_factory=list)
    tiles: list[TileRow] = field(default_factory=list)
    """The last tile of each level of each Merkle log."""

    def size(self, log: str) -> int:
        """Return how many leaves a Merkle log has."""
        for name, level, tile, hashes in self.tiles:
            if name == log and level == 0:
                return tile * TILE_HASHES + len(hashes) // HASH_BYTES
        return 0


def start_of(store: LedgerStore) -> LedgerStart:
    """Return the state of a store's ledger. Nobody may write to it meanwhile."""
    (last_posting,) = store.query(_LAST_POSTING, ())[0]
    (day,) = store.query(_LAST_DAY, ())[0]
    tiles = store.query(_EDGE_TILES, ())
    return LedgerStart(
        checkpoint=store.checkpoint(),
        open_orders=store.query(OPEN_ORDERS, ()),
        balances=[tuple(row) for row in store.query(_BALANCES, ())],
        postings=last_posting,
        account_days=store.query(_ACCOUNT_DAYS, (day,)),
        market_days=store.query(_MARKET_DAYS, (day,)),
        tiles=[(log, level, tile, bytes(hashes)) for log, level, tile, hashes in tiles],
    )
