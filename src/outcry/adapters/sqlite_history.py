"""The history in one SQLite file: WAL, synchronous=NORMAL, rows and position in one transaction.

A power cut may take back the last transactions, whole: the position goes back with the rows, and
the log, which never loses anything, is replayed from there.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from typing_extensions import override

from outcry.ledger.rows import (
    CANDLE_COLUMNS,
    FIRST_DONE_STATE,
    FIRST_SEQUENCE,
    ORDER_COLUMNS,
    TRADE_COLUMNS,
)
from outcry.ports import HistoryCheckpoint, HistoryRows, HistoryStore

APPLICATION_ID = 0x4F757448
"""ASCII "OutH"."""
FORMAT = 1
BUSY_TIMEOUT_S = 5.0
CACHE_KIB = 32_768
WAL_PAGES = 4_000

_TEXTS = {"key", "span", "volume_lots", "quote_units"}


def _columns(names: Sequence[str]) -> str:
    return ",\n".join(f"    {n} {'TEXT' if n in _TEXTS else 'BIGINT'} NOT NULL" for n in names)


# A table is kept in the order of its primary key, so it needs no second tree to be found by it.
_SCHEMA = f"""
CREATE TABLE orders (
{_columns(ORDER_COLUMNS)},
    PRIMARY KEY (account, order_id)
) WITHOUT ROWID;
CREATE INDEX orders_open ON orders (order_id) WHERE state < {int(FIRST_DONE_STATE)};
CREATE TABLE trades (
{_columns(TRADE_COLUMNS)},
    PRIMARY KEY (market, trade_id)
) WITHOUT ROWID;
CREATE INDEX trades_taker ON trades (taker_account, sequence, market, trade_id);
CREATE INDEX trades_maker ON trades (maker_account, sequence, market, trade_id);
CREATE TABLE candles (
{_columns(CANDLE_COLUMNS)},
    PRIMARY KEY (market, span, open_ns)
) WITHOUT ROWID;
CREATE TABLE checkpoint (
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    chain_hash BLOB NOT NULL
);
"""


def _insert(table: str, names: Sequence[str]) -> str:
    places = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608  # constants


def _upsert(table: str, names: Sequence[str], key: Sequence[str], changing: Sequence[str]) -> str:
    new = ", ".join(f"{name} = excluded.{name}" for name in changing)
    return f"{_insert(table, names)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {new}"


_ORDER_CHANGES = (
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
)
_PUT_ORDER = _upsert("orders", ORDER_COLUMNS, ("account", "order_id"), _ORDER_CHANGES)
_ADD_ORDER = _insert("orders", ORDER_COLUMNS)
_ADD_TRADE = _insert("trades", TRADE_COLUMNS)
_PUT_CANDLE = _upsert("candles", CANDLE_COLUMNS, ("market", "span", "open_ns"), CANDLE_COLUMNS[4:])
_MOVE = (
    "UPDATE checkpoint SET epoch = ?, sequence = ?, chain_hash = ?"
    " WHERE sequence = ? AND chain_hash = ?"
)


class HistoryUnusable(Exception):
    """The file is damaged or not of this format. It can be deleted and is then made anew."""


class HistoryMoved(Exception):
    """Another writer has moved the history on. Nothing was written."""


class SqliteHistory(HistoryStore):
    """Orders, trades and candles of one venue. One writing thread; reads from any."""

    def __init__(self, path: Path) -> None:
        """Open the history, and create it if it is not there.

        Raises:
            HistoryUnusable: the file is not a sound history of this format.
        """
        self._path = path
        self._read_lock = Lock()
        self._writer, self._reader = _connect(path), _connect(path)
        try:
            _set_up(self._writer)
            self._prepare()
            _set_up(self._reader)
            self._reader.execute("PRAGMA query_only = ON")
            self._position = self._read_position()
        except sqlite3.Error as error:
            self.close()
            raise HistoryUnusable(f"{path}: {error}") from error
        except HistoryUnusable:
            self.close()
            raise

    def _prepare(self) -> None:
        if _pragma(self._writer, "schema_version") == 0:
            self._create()
        found = (_pragma(self._writer, "application_id"), _pragma(self._writer, "user_version"))
        if found != (APPLICATION_ID, FORMAT):
            raise HistoryUnusable(f"{self._path}: not a history of format {FORMAT}")

    def _create(self) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            self._writer.execute(statement)
        start = HistoryCheckpoint()
        row = (start.epoch, start.sequence, start.chain_hash)
        self._writer.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", row)
        self._writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._writer.execute(f"PRAGMA user_version = {FORMAT}")
        self._writer.execute("COMMIT")

    def _read_position(self) -> HistoryCheckpoint:
        rows = self._writer.execute("SELECT epoch, sequence, chain_hash FROM checkpoint").fetchall()
        if len(rows) != 1:
            raise HistoryUnusable(f"{self._path}: {len(rows)} positions instead of one")
        return HistoryCheckpoint(*rows[0])

    @override
    def checkpoint(self) -> HistoryCheckpoint:
        return self._position

    @override
    def write(self, rows: HistoryRows) -> None:
        """Write rows and checkpoint in one transaction. Callable from a worker thread.

        Raises:
            HistoryMoved: another writer was here since; nothing was written.
        """
        before, after = self._position, rows.checkpoint
        writer = self._writer
        writer.execute("BEGIN IMMEDIATE")
        try:
            position = (after.epoch, after.sequence, after.chain_hash)
            moved = writer.execute(_MOVE, (*position, before.sequence, before.chain_hash))
            if moved.rowcount != 1:
                raise HistoryMoved(f"{self._path} is no longer at {before.sequence}")
            self._put_rows(rows, before.sequence)
            writer.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                writer.execute("ROLLBACK")
            raise
        self._position = after

    def _put_rows(self, rows: HistoryRows, before_sequence: int) -> None:
        # Most orders are younger than the last flush; a plain insert of those is cheaper.
        known = [row for row in rows.orders if row[FIRST_SEQUENCE] <= before_sequence]
        new = [row for row in rows.orders if row[FIRST_SEQUENCE] > before_sequence]
        self._writer.executemany(_PUT_ORDER, known)
        self._writer.executemany(_ADD_ORDER, new)
        self._writer.executemany(_ADD_TRADE, rows.trades)
        self._writer.executemany(_PUT_CANDLE, rows.candles)

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._read_lock, closing(self._reader.execute(statement, parameters)) as found:
            return found.fetchall()

    @override
    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    connection.execute("PRAGMA trusted_schema = OFF")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
