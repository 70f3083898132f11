"""What every ledger store promises, whatever it is made of."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from outcry.adapters.ledger_aside import LedgerAside
from outcry.adapters.sqlite_ledger import ROWS_AT_ONCE, LedgerUnusable, SqliteLedger
from outcry.ledger.rows import ORDER_COLUMNS, TRADE_COLUMNS, Row
from outcry.ledger.tables import TABLES, Table
from outcry.ports import Checkpoint, LedgerAltered, LedgerMoved, LedgerRows, LedgerStore

COUNT = "SELECT count(*) FROM orders WHERE account < ?"
LARGEST = (1 << 63) - 1
APPEND_ONLY = [table for table in TABLES.values() if table.append_only]
CHANGING = [table for table in TABLES.values() if not table.append_only]


class Sqlite:
    """The SQLite ledger, and a way past it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite"

    def open(self) -> LedgerStore:
        return SqliteLedger(self.path)

    def execute(self, statement: str) -> None:
        """Do what somebody with the keys to the store could do."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute(statement)


class Aside(Sqlite):
    """The same, written by a process of its own."""

    def open(self) -> LedgerStore:
        return LedgerAside(self.path)


class Reopen:
    """Opens the ledger, again and again the same one."""

    def __init__(self, kind: Sqlite) -> None:
        self.kind = kind
        self.opened: list[LedgerStore] = []

    def __call__(self) -> LedgerStore:
        self.opened.append(self.kind.open())
        return self.opened[-1]


@pytest.fixture(params=[Sqlite, Aside])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Return what opens the ledger."""
    reopen = Reopen(request.param(tmp_path))
    yield reopen
    for store in reopen.opened:
        store.close()


def row_of(table: Table, number: int) -> Row:
    """Return a row of any table whose every value tells where it belongs."""
    return tuple(
        f"{name} {number}"
        if name in table.texts
        else f"{name} {number}".encode()
        if name in table.blobs
        else 1_000 * number + place
        for place, name in enumerate(table.columns)
    )


def rows_of(store: LedgerStore, table: Table) -> list[Row]:
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    return store.query(f"SELECT {columns} FROM {table.name} ORDER BY {key}", ())


def at(sequence: int) -> Checkpoint:
    return Checkpoint(1, sequence, sequence.to_bytes(32, "big"))


def order_row(order_id: int, first_sequence: int, **changed: int) -> Row:
    values = {name: 0 for name in ORDER_COLUMNS} | {"key": ""} | changed
    return tuple((values | {"order_id": order_id, "first_sequence": first_sequence}).values())


def trade_row(trade_id: int) -> Row:
    return tuple(trade_id if name == "trade_id" else 1 for name in TRADE_COLUMNS)


def test_new_ledger_is_at_the_beginning(reopen: Reopen) -> None:
    assert reopen().checkpoint() == Checkpoint()


def test_rows_and_position_are_there_after_it_was_opened_again(reopen: Reopen) -> None:
    reopen().write(LedgerRows(at(5), {"orders": [order_row(1, 3)]}))
    store = reopen()
    assert store.checkpoint() == at(5)
    assert store.query(COUNT, (9,)) == [(1,)]


def test_order_written_again_is_changed_in_place(reopen: Reopen) -> None:
    store = reopen()
    store.write(LedgerRows(at(5), {"orders": [order_row(1, 3)]}))
    store.write(LedgerRows(at(6), {"orders": [order_row(1, 3, filled_lots=4, state=1)]}))
    assert store.query("SELECT filled_lots, state FROM orders", ()) == [(4, 1)]


def test_candle_written_again_is_changed_in_place(reopen: Reopen) -> None:
    store = reopen()
    store.write(LedgerRows(at(5), {"candles": [(1, "1m", 60, 5, 6, 4, 5, "1", "5", 1)]}))
    store.write(LedgerRows(at(6), {"candles": [(1, "1m", 60, 5, 9, 4, 9, "2", str(1 << 80), 2)]}))
    rows = store.query("SELECT high_ticks, close_ticks, quote_units FROM candles", ())
    assert rows == [(9, 9, str(1 << 80))]


def test_rows_that_cannot_be_written_leave_nothing_behind(reopen: Reopen) -> None:
    store = reopen()
    store.write(LedgerRows(at(5), {"trades": [trade_row(1)]}))
    with pytest.raises(LedgerAltered):
        store.write(LedgerRows(at(6), {"orders": [order_row(1, 6)], "trades": [trade_row(1)]}))
    assert store.checkpoint() == reopen().checkpoint() == at(5)
    assert store.query(COUNT, (9,)) == [(0,)]


def test_failed_write_can_be_tried_again(reopen: Reopen) -> None:
    store = reopen()
    too_large = order_row(1, 5, lots=1 << 64)
    with pytest.raises(OverflowError):
        store.write(LedgerRows(at(5), {"orders": [too_large]}))
    store.write(LedgerRows(at(5), {"orders": [order_row(1, 5)]}))
    assert store.checkpoint() == at(5)


def test_second_writer_is_refused_and_writes_nothing(reopen: Reopen) -> None:
    first, second = reopen(), reopen()
    first.write(LedgerRows(at(5), {"orders": [order_row(1, 3)]}))
    with pytest.raises(LedgerMoved):
        second.write(LedgerRows(at(4), {"orders": [order_row(2, 3)]}))
    assert second.query(COUNT, (9,)) == [(1,)]


def test_writer_that_comes_to_where_another_was_is_refused(reopen: Reopen) -> None:
    first, second = reopen(), reopen()
    first.write(LedgerRows(at(5), {"orders": [order_row(1, 3)]}))
    with pytest.raises(LedgerMoved):
        second.write(LedgerRows(at(5), {"orders": [order_row(1, 3)]}))


def test_every_table_takes_rows_and_gives_them_back_in_one_transaction(reopen: Reopen) -> None:
    rows = {name: [row_of(table, n) for n in (1, 2)] for name, table in TABLES.items()}
    reopen().write(LedgerRows(at(5), rows))
    store = reopen()
    assert {name: rows_of(store, table) for name, table in TABLES.items()} == rows


def test_one_bad_row_at_the_end_takes_back_all_of_them(reopen: Reopen) -> None:
    store, last = reopen(), "transfers"
    store.write(LedgerRows(at(5), {last: [row_of(TABLES[last], 1)]}))
    rows = {name: [row_of(table, 1)] for name, table in TABLES.items() if name != last}
    with pytest.raises(LedgerAltered):
        store.write(LedgerRows(at(6), {**rows, last: [row_of(TABLES[last], 1)]}))
    assert [name for name, table in TABLES.items() if rows_of(reopen(), table)] == [last]
    assert reopen().checkpoint() == at(5)


def test_what_is_read_still_is_of_one_moment(reopen: Reopen) -> None:
    writer, reader = reopen(), reopen()
    writer.write(LedgerRows(at(5), {"orders": [order_row(1, 3)]}))
    with reader.still():
        writer.write(LedgerRows(at(9), {"orders": [order_row(2, 7)]}))
        assert reader.checkpoint() == at(5)
        assert reader.query("SELECT count(*) FROM orders", ()) == [(1,)]
    with reader.still():
        assert reader.checkpoint() == at(9)
        assert reader.query("SELECT count(*) FROM orders", ()) == [(2,)]
    reader.write(LedgerRows(at(10), {"orders": [order_row(3, 10)]}))
    with pytest.raises(LedgerMoved):
        writer.write(LedgerRows(at(10), {"orders": [order_row(4, 10)]}))


def test_reader_sees_rows_and_position_together_or_not_at_all(reopen: Reopen) -> None:
    store, reader = reopen(), reopen()
    together = "SELECT (SELECT count(*) FROM trades), sequence FROM checkpoint"
    assert reader.query(together, ()) == [(0, 0)]
    store.write(LedgerRows(at(5), {"trades": [trade_row(n) for n in range(100)]}))
    assert reader.query(together, ()) == [(100, 5)]


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 5 * ROWS_AT_ONCE + 3])
@pytest.mark.parametrize("name", ["postings", "balances"])
def test_any_number_of_rows_fits_a_transaction(reopen: Reopen, name: str, count: int) -> None:
    store, table = reopen(), TABLES[name]
    rows = [row_of(table, number) for number in range(count)]
    store.write(LedgerRows(at(5), {name: rows[::-1]}))
    assert rows_of(store, table) == rows


def test_largest_numbers_and_long_texts_come_back_as_they_were(reopen: Reopen) -> None:
    store = reopen()
    extremes = [(1, 1, 1, LARGEST, 1, 1), (1, 1, 2, -LARGEST - 1, 2, 1)]
    candle = (1, "1m", 60, 5, 6, 4, 5, str(1 << 80), str(1 << 200), 1)
    event = (5, 1, 0, 0, 1, bytes(range(256)) * 4_096)
    store.write(LedgerRows(at(5), {"balances": extremes, "candles": [candle], "events": [event]}))
    assert rows_of(store, TABLES["balances"]) == extremes
    assert rows_of(store, TABLES["candles"]) == [candle]
    assert rows_of(store, TABLES["events"]) == [event]


@pytest.mark.parametrize("table", CHANGING, ids=lambda table: table.name)
def test_row_written_again_changes_what_may_change(reopen: Reopen, table: Table) -> None:
    store = reopen()
    before, other = row_of(table, 1), row_of(table, 2)
    again = tuple(
        new if name in table.changing else old
        for name, old, new in zip(table.columns, before, other, strict=True)
    )
    store.write(LedgerRows(at(10_000), {table.name: [before]}))
    store.write(LedgerRows(at(10_001), {table.name: [again]}))
    assert rows_of(store, table) == [again]


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)
def test_append_only_table_is_for_ever(reopen: Reopen, table: Table) -> None:
    store, row = reopen(), row_of(table, 1)
    store.write(LedgerRows(at(5), {table.name: [row]}))
    last = table.columns[-1]
    for change in (f"UPDATE {table.name} SET {last} = {last}", f"DELETE FROM {table.name}"):
        with pytest.raises(Exception, match="append-only"):
            reopen.kind.execute(change)
    with pytest.raises(LedgerAltered):
        store.write(LedgerRows(at(6), {table.name: [row]}))
    assert rows_of(reopen(), table) == [row]
    assert reopen().checkpoint() == at(5)


def test_reads_cannot_write(reopen: Reopen) -> None:
    store = reopen()
    with pytest.raises(Exception, match="readonly"):
        store.query("DELETE FROM checkpoint", ())


SPOILS = {
    "not a database": lambda path: path.write_bytes(b"not a database at all, " * 100),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:5_000]),
    "a header gone": lambda path: path.write_bytes(bytes(100) + path.read_bytes()[100:]),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_damaged_file_is_refused_by_name(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "ledger.sqlite"
    SqliteLedger(path).close()
    SPOILS[spoil](path)
    with pytest.raises(LedgerUnusable, match=r"ledger\.sqlite"):
        SqliteLedger(path)


@pytest.mark.parametrize(
    "statement",
    ["PRAGMA user_version = 99", "PRAGMA application_id = 7", "DELETE FROM checkpoint"],
)
def test_file_of_another_kind_is_refused(tmp_path: Path, statement: str) -> None:
    kind = Sqlite(tmp_path)
    kind.open().close()
    kind.execute(statement)
    with pytest.raises(LedgerUnusable, match=r"ledger\.sqlite"):
        kind.open()
