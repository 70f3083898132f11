"""What every ledger store promises, whatever it is made of."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.ledger.rows import ORDER_COLUMNS, TRADE_COLUMNS, Row
from outcry.ports import Checkpoint, LedgerAltered, LedgerMoved, LedgerRows, LedgerStore

Reopen = Callable[[], LedgerStore]
COUNT = "SELECT count(*) FROM orders WHERE account < ?"


@pytest.fixture(params=["sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Return what opens the ledger, again and again the same one."""
    opened: list[LedgerStore] = []

    def open_it() -> LedgerStore:
        opened.append(SqliteLedger(tmp_path / "ledger.sqlite"))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


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


def test_reads_cannot_write(reopen: Reopen) -> None:
    store = reopen()
    with pytest.raises(Exception, match="readonly"):
        store.query("DELETE FROM checkpoint", ())


def test_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(LedgerUnusable, match="ledger.sqlite"):
        SqliteLedger(path)
