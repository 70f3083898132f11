"""Whatever is altered behind the venue's back, the audit finds it and says where."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from outcry import codec
from outcry.adapters.row_checks import CHECKED, COLUMN
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.audit.report import AuditReport, Finding
from outcry.domain import commands as c
from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.tables import PUBLISHED, TABLES
from outcry.ports import Batch, LogTail
from outcry.sequencer.chain import linked
from tests.integration.audit.tampering import Altered, Venue, another
from tests.support.ledger_folder import write_folder

ALL_TABLES = {**TABLES, **PUBLISHED}
CHECKPOINT = ("epoch", "sequence", "chain_hash")
COLUMNS = [(table.name, column) for table in ALL_TABLES.values() for column in table.columns]
COLUMNS += [("checkpoint", column) for column in CHECKPOINT]
SEQUENCED = {"events", "postings", "transfers", "trades", "orders", "balances", "accounts"}
INDEXED = {"postings", "transfers", "trades", "orders", "balances", "accounts"}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    folder = tmp_path_factory.mktemp("venue")
    write_folder(folder, seed=11, batches=50)
    venue = Venue(folder)
    yield venue
    venue.close()


def columns_of(table: str) -> tuple[str, ...]:
    return CHECKPOINT if table == "checkpoint" else ALL_TABLES[table].columns


def where(table: str) -> str:
    """Return what finds one row of a table by its key."""
    key = () if table == "checkpoint" else ALL_TABLES[table].key
    return " AND ".join(f"{name} = ?" for name in key) or "1"


def random_row(store: Altered, table: str, random: Random) -> tuple[dict[str, Any], list[Any]]:
    """Return a row as column -> value, and its key."""
    columns = columns_of(table)
    rows = store.query(f"SELECT {', '.join(columns)} FROM {table}")
    row = dict(zip(columns, random.choice(rows), strict=True))
    key = [] if table == "checkpoint" else [row[name] for name in ALL_TABLES[table].key]
    return row, key


def of_table(report: AuditReport, table: str) -> list[Finding]:
    return [found for found in report.findings if found.table == table]


def test_untouched_venue_is_proven(venue: Venue) -> None:
    report = venue.audit()
    assert (report.proven, report.findings) == (True, [])
    assert report.sequence == report.log_sequence > 150
    assert all(report.table(name).rows for name in (*ALL_TABLES, "checkpoint", "snapshots"))
    assert all(not asset.dust and asset.agrees and asset.credited for asset in report.assets)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_any_column_of_any_row_that_is_changed_is_named(
    venue: Venue, table: str, column: str
) -> None:
    random = Random(f"{table}.{column}")
    with venue.altered(table) as store:
        row, key = random_row(store, table, random)
        is_key = table in ALL_TABLES and column in ALL_TABLES[table].key
        value = another(row[column], random, unused=is_key)
        store.query(f"UPDATE {table} SET {column} = ? WHERE {where(table)}", (value, *key))
        report = venue.audit()
    assert not report.proven
    found = of_table(report, table)
    assert found, report.findings
    if table in SEQUENCED and not is_key and column not in {"sequence", "event_index"}:
        assert found[0].sequence == row.get("sequence", row.get("opened_sequence"))
        assert found[0].event_index is not None or table not in INDEXED


REMOVED = {name: name for name in ALL_TABLES} | {"liabilities": "liability_leaves"}
del REMOVED["heads"]
"""What names a row that was removed. That a head was ever signed only those know who have it."""


@pytest.mark.parametrize(("table", "named_by"), REMOVED.items())
def test_row_that_was_removed_is_named(venue: Venue, table: str, named_by: str) -> None:
    random = Random(table)
    with venue.altered(table) as store:
        _, key = random_row(store, table, random)
        store.query(f"DELETE FROM {table} WHERE {where(table)}", key)
        report = venue.audit()
    assert of_table(report, named_by)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("table", ALL_TABLES)
def test_row_that_was_added_is_named(venue: Venue, table: str, last: bool) -> None:
    random = Random(table)
    with venue.altered(table) as store:
        row, _ = random_row(store, table, random)
        name = ALL_TABLES[table].key[-1]
        if isinstance(row[name], int):
            row[name] += 10**12 if last else -(10**12)
        else:
            row[name] += "zz" if last else "!"
        if table in CHECKED:
            row[COLUMN] = 0
        names, places = ", ".join(row), ", ".join("?" * len(row))
        store.query(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))
        report = venue.audit()
    assert of_table(report, table)


@pytest.mark.parametrize("table", ["events", "postings", "trades", "orders", "balances"])
def test_number_that_became_a_text_is_named(venue: Venue, table: str) -> None:
    with venue.altered(table) as store:
        _, key = random_row(store, table, Random(table))
        column = next(c for c in reversed(columns_of(table)) if c != "records")
        store.query(f"UPDATE {table} SET {column} = 'x' WHERE {where(table)}", key)
        report = venue.audit()
    assert of_table(report, table)


def test_two_postings_that_make_up_for_each_other_are_both_named(venue: Venue) -> None:
    with venue.altered("postings") as store:
        rows = store.query(
            "SELECT a.owner, a.posting, b.owner, b.posting FROM postings AS a JOIN postings AS b"
            " ON a.sequence = b.sequence AND a.event_index = b.event_index AND a.asset = b.asset"
            " WHERE a.posting < b.posting ORDER BY a.posting LIMIT 1 OFFSET 20"
        )
        first, second = rows[0][:2], rows[0][2:]
        change = (
            "UPDATE postings SET change_units = change_units + ? WHERE owner = ? AND posting = ?"
        )
        store.query(change, (5, *first))
        store.query(change, (-5, *second))
        report = venue.audit()
    named = {found.key.get("posting") for found in of_table(report, "postings")}
    assert {first[1], second[1]} <= named


def test_forged_history_that_is_right_in_itself_is_named(venue: Venue) -> None:
    """Money moved from one account to another, in postings and balances alike: all sums agree."""
    with venue.altered("postings") as store:
        find = "SELECT max(posting) FROM postings WHERE owner = ? AND asset = 1 AND purpose = 1"
        for owner, units in ((1, -7), (2, 7)):
            posting = store.query(find, (owner,))[0][0]
            at = (units, owner, posting)
            store.query("UPDATE postings SET change_units = change_units + ?1, balance_units ="
                        " balance_units + ?1 WHERE owner = ?2 AND posting = ?3", at)  # fmt: skip
            store.query("UPDATE balances SET balance_units = balance_units + ? WHERE owner = ?"
                        " AND asset = 1 AND purpose = 1", (units, owner))  # fmt: skip
        report = venue.audit()
    engine = [found for found in report.findings if "the engine has" in found.what]
    assert {found.key["owner"] for found in engine} == {1, 2}
    assert of_table(report, "postings")
    assert of_table(report, "balances")


@pytest.fixture
def copied(venue: Venue, tmp_path: Path) -> Iterator[Venue]:
    """Return a copy of the venue whose log and snapshots may be altered."""
    folder = tmp_path / "copy"
    shutil.copytree(venue.folder, folder)
    copied = Venue(folder)
    yield copied
    copied.close()


def change_log(folder: Path, change: Callable[[Batch], Batch]) -> int:
    """Change a batch in the middle of the log; return its last sequence."""
    path = folder / "log.sqlite"
    log = SqliteLog(path, read_only=True)
    batches = list(log.read(0))
    log.close()
    changed = change(batches[len(batches) // 2])
    store = Altered(path)
    values = (changed.payload, changed.chain_hash, changed.time_ns, changed.last_sequence)
    store.query("UPDATE log SET payload = ?, hash = ?, time_ns = ? WHERE last_seq = ?", values)
    store.connection.execute("COMMIT")
    store.close()
    return changed.last_sequence


def flipped(batch: Batch) -> Batch:
    return replace(batch, payload=bytes([batch.payload[0] ^ 1]) + batch.payload[1:])


def flipped_and_hashed(batch: Batch) -> Batch:
    """Return a batch that is right in itself, but not what the next one was chained to."""
    changed = flipped(batch)
    tail = LogTail(batch.first_sequence - 1, batch.time_ns, batch.epoch, batch.previous_hash)
    return linked(tail, changed.last_sequence, changed.time_ns, changed.payload)


def later(batch: Batch) -> Batch:
    return replace(batch, time_ns=batch.time_ns + 1)


@pytest.mark.parametrize("change", [flipped, flipped_and_hashed, later])
def test_log_row_that_was_changed_is_named(copied: Venue, change: Callable[[Batch], Batch]) -> None:
    sequence = change_log(copied.folder, change)
    report = copied.audit()
    assert not report.proven
    assert not report.complete
    (found,) = of_table(report, "log")
    assert report.log_sequence <= sequence
    assert "batch" in found.what


def test_snapshot_that_was_doctored_is_named(copied: Venue) -> None:
    """Its checksums are right, and it restores: only the replay can tell."""
    snapshots = SnapshotFiles(copied.folder / "snapshots")
    sequence = snapshots.sequences()[0]
    snapshot = snapshots.load(sequence)
    assert snapshot is not None
    engine = Engine.restore(choose(), snapshot.body)
    deposit = bytearray(codec.encode_command(c.Deposit(account=1, asset=1, amount_units=10**6)))
    codec.stamp(deposit, sequence + 1, engine.core.now_ns)
    engine.apply(bytes(deposit))
    body = engine.snapshot()
    body = body.replace((sequence + 1).to_bytes(8, "little"), sequence.to_bytes(8, "little"), 1)
    assert Engine.restore(choose(), body).core.sequence == sequence
    snapshots.save(replace(snapshot, body=body))
    report = copied.audit()
    (found,) = of_table(report, "snapshots")
    assert (found.key, found.sequence) == ({"sequence": sequence}, sequence)
    assert "differs from the state" in found.what


def test_snapshot_with_a_flipped_bit_is_named(copied: Venue) -> None:
    path = sorted((copied.folder / "snapshots").glob("*.bin"))[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (found,) = of_table(copied.audit(), "snapshots")
    assert "checksum" in found.what


def test_venue_signed_with_another_key_is_named(copied: Venue) -> None:
    copied.proofs.query("UPDATE owner SET public_key = ?", (bytes(32),))
    copied.proofs.public_key = bytes(32)
    report = copied.audit()
    assert of_table(report, "heads")
    assert of_table(report, "liabilities")


def test_checkpoint_that_was_moved_back_is_named(venue: Venue) -> None:
    with venue.altered("checkpoint") as store:
        log = venue.folder / "log.sqlite"
        earlier = Altered(log)
        row = earlier.query(
            "SELECT epoch, last_seq, hash FROM log ORDER BY last_seq LIMIT 1 OFFSET 9"
        )
        earlier.close()
        store.query("UPDATE checkpoint SET epoch = ?, sequence = ?, chain_hash = ?", row[0])
        report = venue.audit()
    assert report.sequence == row[0][1]
    assert of_table(report, "events")
    assert of_table(report, "orders")
