"""Files of a venue that runs: read as they are at one moment, and never written."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.adapters.sqlite_reader import LedgerReader, ProofsReader
from outcry.ports import Checkpoint, LedgerMoved, LedgerRows, ProofsUnusable

COUNT = "SELECT count(*) FROM balances"
Open = Callable[[Path], object]


def at(sequence: int) -> LedgerRows:
    row = (sequence, 1, 1, 5, sequence, sequence)
    return LedgerRows(Checkpoint(1, sequence, bytes(32)), {"balances": [row]})


def test_what_is_written_later_is_not_seen(tmp_path: Path) -> None:
    store = SqliteLedger(tmp_path / "ledger.sqlite")
    store.write(at(1))
    reader = LedgerReader(tmp_path / "ledger.sqlite")
    store.write(at(2))
    assert (reader.checkpoint().sequence, reader.query(COUNT, ())) == (1, [(1,)])
    later = LedgerReader(tmp_path / "ledger.sqlite")
    assert (later.checkpoint().sequence, later.query(COUNT, ())) == (2, [(2,)])
    for each in (reader, later, store):
        each.close()


def test_reader_never_writes(tmp_path: Path) -> None:
    SqliteLedger(tmp_path / "ledger.sqlite").close()
    reader = LedgerReader(tmp_path / "ledger.sqlite")
    with pytest.raises(LedgerMoved):
        reader.write(at(1))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.query("DELETE FROM checkpoint", ())
    reader.close()
    SqliteProofs(tmp_path / "proofs.sqlite", "log", bytes(32)).close()
    proofs = ProofsReader(tmp_path / "proofs.sqlite")
    assert (proofs.log_id, proofs.public_key) == ("log", bytes(32))
    with pytest.raises(ProofsUnusable):
        proofs.add({"heads": []})
    proofs.close()


@pytest.mark.parametrize(
    ("opened", "unusable"), [(LedgerReader, LedgerUnusable), (ProofsReader, ProofsUnusable)]
)
def test_file_that_is_none_is_named(
    tmp_path: Path, opened: Open, unusable: type[Exception]
) -> None:
    path = tmp_path / "some.sqlite"
    with pytest.raises(unusable, match=r"some\.sqlite"):
        opened(path)
    path.write_bytes(b"no database, " * 500)
    with pytest.raises(unusable, match=r"some\.sqlite"):
        opened(path)


def test_file_of_another_kind_is_named(tmp_path: Path) -> None:
    SqliteLedger(tmp_path / "one.sqlite").close()
    with pytest.raises(ProofsUnusable, match="another kind"):
        ProofsReader(tmp_path / "one.sqlite")


def test_ledger_of_two_positions_is_refused(tmp_path: Path) -> None:
    store = SqliteLedger(tmp_path / "ledger.sqlite")
    store._writer.execute("INSERT INTO checkpoint SELECT * FROM checkpoint")
    store.close()
    with pytest.raises(LedgerUnusable, match="checkpoint"):
        LedgerReader(tmp_path / "ledger.sqlite")
