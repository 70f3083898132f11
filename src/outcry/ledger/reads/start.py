"""What a ledger needs of its store to go on from the checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from outcry.ledger.proofs.merkle import HASH_BYTES
from outcry.ledger.proofs.tree import TILE_HASHES, TileRow
from outcry.ledger.reads.history import OPEN_ORDERS
from outcry.ledger.rows import Row
from outcry.ledger.tables import ACCOUNT_DAYS, BALANCES, MARKET_DAYS
from outcry.ports import Checkpoint, LedgerStore

_BALANCES = f"SELECT {', '.join(BALANCES.columns)} FROM balances"  # noqa: S608
_LAST_DAY = "SELECT coalesce(max(day), 0) FROM market_days"
_ACCOUNT_DAYS = f"SELECT {', '.join(ACCOUNT_DAYS.columns)} FROM account_days WHERE day = ?"  # noqa: S608
_MARKET_DAYS = f"SELECT {', '.join(MARKET_DAYS.columns)} FROM market_days WHERE day = ?"  # noqa: S608
_LAST_TILE = """
SELECT log, level, tile, hashes FROM tiles WHERE log = ? AND level = ? ORDER BY tile DESC LIMIT 1"""
LOGS = ("events", "trades")


@dataclass(frozen=True, slots=True)
class LedgerStart:
    """The state of a ledger at a checkpoint; without arguments that of an empty one."""

    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    open_orders: list[Row] = field(default_factory=list)
    balances: list[Row] = field(default_factory=list)
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
    ((day,),) = store.query(_LAST_DAY, ())
    return LedgerStart(
        checkpoint=store.checkpoint(),
        open_orders=store.query(OPEN_ORDERS, ()),
        balances=store.query(_BALANCES, ()),
        account_days=store.query(_ACCOUNT_DAYS, (day,)),
        market_days=store.query(_MARKET_DAYS, (day,)),
        tiles=[tile for log in LOGS for tile in _edge(store, log)],
    )


def _edge(store: LedgerStore, log: str) -> Iterator[TileRow]:
    """Yield the last tile of each level of a Merkle log."""
    level = 0
    while found := store.query(_LAST_TILE, (log, level)):
        name, level, tile, hashes = found[0]
        yield name, level, tile, bytes(hashes)
        level += 1
