"""The ledger's tables, told once: every store makes its own statements out of this page.

Amounts are integers in the unit their column's name ends in. What may pass 64 bits, a turnover, is
decimal text. An append-only table is never changed and never shortened, by nobody.
"""

from dataclasses import dataclass

from outcry.ledger.rows import CANDLE_COLUMNS, FIRST_DONE_STATE, ORDER_COLUMNS, TRADE_COLUMNS


@dataclass(frozen=True, slots=True)
class Index:
    """A way to find rows besides the primary key; `where` makes it one of some rows only."""

    name: str
    columns: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Columns are 64-bit integers, but for `texts` and `blobs`; none may be null."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    changing: tuple[str, ...] = ()
    """What a row written again under the same key renews; empty where the table is append-only."""
    born: str = ""
    """The column with the sequence a row came up at, where most rows are written only once."""
    texts: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()
    indexes: tuple[Index, ...] = ()

    @property
    def append_only(self) -> bool:
        """Whether its rows are for ever."""
        return not self.changing


ORDERS = Table(
    "orders",
    ORDER_COLUMNS,
    key=("account", "order_id"),
    changing=(
        "price_ticks",
        "lots",
        "open_lots",
        "filled_lots",
        "quote_filled_units",
        "fee_units",
        "state",
        "done_reason",
        "updated_ns",
        "sequence",
    ),
    born="first_sequence",
    texts=frozenset({"key"}),
    indexes=(Index("orders_open", ("order_id",), f"state < {int(FIRST_DONE_STATE)}"),),
)
TRADES = Table(
    "trades",
    TRADE_COLUMNS,
    key=("market", "trade_id"),
    indexes=(
        Index("trades_taker", ("taker_account", "sequence", "market", "trade_id")),
        Index("trades_maker", ("maker_account", "sequence", "market", "trade_id")),
    ),
)
CANDLES = Table(
    "candles",
    CANDLE_COLUMNS,
    key=("market", "span", "open_ns"),
    changing=CANDLE_COLUMNS[4:],
    texts=frozenset({"span", "volume_lots", "quote_units"}),
)
EVENTS = Table(
    "events",
    ("sequence", "time_ns", "leaf", "trade_leaf", "events", "records"),
    key=("sequence",),
    blobs=frozenset({"records"}),
)
"""What each command brought about, as the engine told it: its event records, one after the other,
by their index. `leaf` is the first one's number, from 0, counting events since genesis;
`trade_leaf` is how many trades there had been before."""
ACCOUNTS = Table(
    "accounts",
    ("owner", "asset", "purpose", "opened_sequence"),
    key=("owner", "asset", "purpose"),
)
"""Ledger accounts, opened by their first posting. Owner 0 is the venue."""
POSTINGS = Table(
    "postings",
    (
        "posting",
        "sequence",
        "event_index",
        "owner",
        "asset",
        "purpose",
        "change_units",
        "balance_units",
    ),
    key=("owner", "posting"),
)
"""`posting` counts from 1. `balance_units` is the ledger account's balance after it. They are kept
by owner: a statement is one read in order, and no second tree has to be written."""
BALANCES = Table(
    "balances",
    ("owner", "asset", "purpose", "balance_units", "posting", "sequence"),
    key=("owner", "asset", "purpose"),
    changing=("balance_units", "posting", "sequence"),
)
"""`posting` and `sequence` are those of the last posting."""
TRANSFERS = Table(
    "transfers",
    (
        "sequence",
        "event_index",
        "time_ns",
        "account",
        "asset",
        "cause",
        "counter_account",
        "amount_units",
        "reference",
    ),
    key=("sequence", "event_index"),
    indexes=(
        Index("transfers_account", ("account", "sequence")),
        Index("transfers_counter", ("counter_account", "sequence"), "counter_account > 0"),
    ),
)
"""Deposits, withdrawals, transfers and adjustments: every `BalanceChanged`."""
_DAY_SUMS = ("trades", "lots", "quote_units", "base_fee_units", "quote_fee_units")
_SUM_TEXTS = frozenset(_DAY_SUMS[1:])
ACCOUNT_DAYS = Table(
    "account_days",
    ("account", "market", "day", *_DAY_SUMS),
    key=("account", "market", "day"),
    changing=_DAY_SUMS,
    texts=_SUM_TEXTS,
    indexes=(
        Index("account_days_newest", ("account", "day", "market")),
        Index("account_days_day", ("day",)),
    ),
)
"""Volume and fees of an account in a market on a UTC day, days since 1970. A trade with oneself
counts for both sides; rebates are taken off the fees."""
MARKET_DAYS = Table(
    "market_days",
    ("market", "day", "open_ticks", "high_ticks", "low_ticks", "close_ticks", *_DAY_SUMS),
    key=("market", "day"),
    changing=("high_ticks", "low_ticks", "close_ticks", *_DAY_SUMS),
    texts=_SUM_TEXTS,
    indexes=(Index("market_days_day", ("day", "market")),),
)
"""A market's day; the fees are what the venue kept."""
TILES = Table(
    "tiles",
    ("log", "level", "tile", "hashes"),
    key=("log", "level", "tile"),
    changing=("hashes",),
    texts=frozenset({"log"}),
    blobs=frozenset({"hashes"}),
)
"""The Merkle logs: up to 256 hashes a tile; level n holds the roots of 256^n leaves each."""
HEADS = Table(
    "heads",
    ("log", "size", "sequence", "time_ns", "note"),
    key=("log", "size"),
    texts=frozenset({"log", "note"}),
)
"""Signed tree heads."""
LIABILITIES = Table(
    "liabilities",
    (
        "asset",
        "sequence",
        "time_ns",
        "symbol",
        "decimals",
        "total_units",
        "leaves",
        "root",
        "note",
    ),
    key=("asset", "sequence"),
    texts=frozenset({"symbol", "note"}),
    blobs=frozenset({"root"}),
    indexes=(Index("liabilities_sequence", ("sequence", "asset")),),
)
"""What was owed of each asset at a sequence; all assets of a sequence are published together."""
LIABILITY_LEAVES = Table(
    "liability_leaves",
    ("asset", "sequence", "place", "account", "salt", "amount_units"),
    key=("asset", "sequence", "place"),
    blobs=frozenset({"salt"}),
    indexes=(Index("liability_leaves_account", ("account", "sequence", "asset")),),
)
LIABILITY_NODES = Table(
    "liability_nodes",
    ("asset", "sequence", "level", "tile", "nodes"),
    key=("asset", "sequence", "level", "tile"),
    blobs=frozenset({"nodes"}),
)
"""The trees: up to 256 nodes a tile, each 32 bytes of hash and 8 of sum. Level 0 are the leaves."""

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ORDERS,
        TRADES,
        CANDLES,
        EVENTS,
        ACCOUNTS,
        POSTINGS,
        BALANCES,
        TRANSFERS,
        ACCOUNT_DAYS,
        MARKET_DAYS,
        TILES,
    )
}
"""What is made from the log, and can be made again."""
PUBLISHED: dict[str, Table] = {
    table.name: table for table in (HEADS, LIABILITIES, LIABILITY_LEAVES, LIABILITY_NODES)
}
"""What was told to others: signatures, times and salts, which no log brings back."""
