"""`outcry audit`, `rebuild` and `export` on the folder of a stopped venue."""

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from outcry.adapters.data_dir import open_data_dir
from outcry.cli.app import app
from outcry.cli.care.export import ExportName
from outcry.gateway.ledger import parquet
from outcry.gateway.ledger.tables import OF_THE_VENUE
from tests.integration.audit.tampering import AlteredLedger
from tests.support.ledger_folder import write_folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venue")
    write_folder(folder, batches=60)
    return folder


@pytest.fixture
def copied(venue: Path, tmp_path: Path) -> Path:
    return shutil.copytree(venue, tmp_path / "copy")


def alter(folder: Path, statement: str) -> None:
    ledger = AlteredLedger(folder / "ledger.sqlite")
    ledger.query(statement)
    ledger.connection.execute("COMMIT")
    ledger.close()


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, without the two side files SQLite leaves."""
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


# Audit


def test_audit_of_a_sound_venue_says_proven_and_changes_nothing(venue: Path) -> None:
    before = files_of(venue)
    found = run("audit", "--data", venue)
    assert found.exit_code == 0, found.output
    assert "PROVEN: engine = ledger = sum of postings" in found.stdout
    assert "NOT" not in found.stdout
    for word in ("available", "held", "in flight", "fees", "loss", "dust", "credited", "withdrawn"):
        assert word in found.stdout
    for table in ("postings", "tiles", "liability_leaves", "checkpoint", "snapshots"):
        assert table in found.stdout
    assert files_of(venue) == before


def test_audit_for_programs_has_the_same_facts(venue: Path) -> None:
    report = json.loads(run("audit", "--data", venue, "--json").stdout)
    assert (report["proven"], report["complete"], report["findings"]) == (True, True, [])
    inspected = json.loads(run("inspect", "--data", venue, "--json").stdout)
    assert (report["digest"], report["sequence"]) == (inspected["digest"], inspected["sequence"])
    for mine, theirs in zip(report["assets"], inspected["assets"], strict=True):
        same = mine.keys() & theirs.keys()
        assert len(same) == 8
        assert {name: mine[name] for name in same} == {name: theirs[name] for name in same}
        assert (mine["dust"], mine["agrees"]) == (0, True)


def test_audit_names_what_was_altered_and_exits_1(copied: Path) -> None:
    alter(copied, "UPDATE postings SET change_units = change_units + 5, balance_units = 0"
                  " WHERE owner = 2 AND posting = (SELECT max(posting) FROM postings"
                  " WHERE owner = 2)")  # fmt: skip
    found = run("audit", "--data", copied)
    assert found.exit_code == 1
    line = next(line for line in found.stdout.splitlines() if "balance_units is 0" in line)
    assert line.startswith("postings owner 2, posting ")
    assert "(sequence " in line
    assert ", event " in line
    assert "should be" in line
    assert found.stdout.splitlines()[-1].startswith("NOT PROVEN: ")
    report = json.loads(run("audit", "--data", copied, "--json").stdout)
    assert not report["proven"]
    assert report["wrong"] == sum(table["wrong"] for table in report["tables"].values()) > 1


@pytest.mark.parametrize("table", ["orders", "trades", "tiles", "checkpoint"])
def test_checksum_that_was_altered_alone_is_named(copied: Path, table: str) -> None:
    alter(copied, f"UPDATE {table} SET row_check = row_check + 1")
    report = json.loads(run("audit", "--data", copied, "--json").stdout)
    assert not report["proven"]
    assert [found["table"] for found in report["findings"]] == [table]


def test_audit_tells_many_disagreements_short(copied: Path) -> None:
    alter(copied, "UPDATE postings SET balance_units = balance_units + 1")
    found = run("audit", "--data", copied)
    report = json.loads(run("audit", "--data", copied, "--json").stdout)
    assert report["wrong"] > 500 > len(report["findings"])
    assert f"... and {report['wrong'] - len(report['findings']):,} more" in found.stdout


@pytest.mark.parametrize("name", ["log.sqlite", "ledger.sqlite", "proofs.sqlite"])
def test_file_that_cannot_be_read_is_a_disagreement(copied: Path, name: str) -> None:
    (copied / name).write_bytes(b"this is no database, " * 500)
    found = run("audit", "--data", copied)
    assert found.exit_code == 1
    assert "NOT PROVEN: damage" in found.stdout
    assert name in found.stdout.replace("\n", "")


def test_audit_of_a_damaged_page_says_so(copied: Path) -> None:
    path = copied / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4_096] = bytes(4_096)
    path.write_bytes(data)
    found = run("audit", "--data", copied)
    assert found.exit_code == 1
    assert "NOT PROVEN" in found.stdout


def test_audit_without_a_ledger_is_a_slip(tmp_path: Path) -> None:
    found = run("audit", "--data", tmp_path)
    assert (found.exit_code, "no venue with a ledger" in found.stderr) == (2, True)


# Rebuild


def rows_of(path: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]  # fmt: skip
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names
        }


def test_rebuilt_ledger_equals_the_live_one_row_for_row(venue: Path, tmp_path: Path) -> None:
    found = run("rebuild", "--data", venue, "--to", tmp_path / "new", "--json")
    assert found.exit_code == 0, found.output
    assert rows_of(tmp_path / "new" / "ledger.sqlite") == rows_of(venue / "ledger.sqlite")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ledger.sqlite"]


def test_altered_ledger_is_sound_after_a_rebuild(copied: Path) -> None:
    before = rows_of(copied / "ledger.sqlite")
    alter(copied, "UPDATE balances SET balance_units = 0")
    assert run("audit", "--data", copied).exit_code == 1
    assert run("rebuild", "--data", copied).exit_code == 0
    assert run("audit", "--data", copied).exit_code == 0
    assert rows_of(copied / "ledger.sqlite") == before


def test_ledger_of_a_running_venue_is_only_rebuilt_elsewhere(copied: Path, tmp_path: Path) -> None:
    with closing(open_data_dir(copied)):
        found = run("rebuild", "--data", copied)
        assert (found.exit_code, "--to" in found.stderr) == (2, True)
        assert run("rebuild", "--data", copied, "--to", tmp_path / "new").exit_code == 0
        again = run("rebuild", "--data", copied, "--to", tmp_path / "new")
        assert (again.exit_code, "exists" in again.stderr) == (2, True)


def test_rebuild_from_a_damaged_log_leaves_the_ledger_alone(copied: Path) -> None:
    before = rows_of(copied / "ledger.sqlite")
    with closing(sqlite3.connect(copied / "log.sqlite")) as log, log:
        log.execute("UPDATE log SET time_ns = time_ns + 1 WHERE last_seq = "
                    "(SELECT last_seq FROM log ORDER BY last_seq LIMIT 1 OFFSET 20)")  # fmt: skip
    found = run("rebuild", "--data", copied)
    assert (found.exit_code, "not rebuilt" in found.stderr) == (1, True)
    assert rows_of(copied / "ledger.sqlite") == before
    assert not list(copied.glob("*.rebuilt*"))


# Export


@pytest.mark.parametrize("table", list(ExportName))
def test_table_is_exported_as_csv_and_as_parquet(venue: Path, tmp_path: Path, table: str) -> None:
    for form in ("csv", "parquet"):
        out = tmp_path / f"out.{form}"
        found = run("export", table, "--data", venue, "--format", form, "--out", out)
        assert found.exit_code == 0, found.output
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    packed = pq.read_table(tmp_path / "out.parquet")
    assert packed.num_rows == len(rows) > 5
    assert packed.column_names == list(rows[0]) == list(OF_THE_VENUE[table].columns)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.parquet"]


def test_exported_names_are_those_of_the_tables() -> None:
    assert [name.value for name in ExportName] == list(OF_THE_VENUE)


def test_export_can_be_of_one_account_and_a_span_of_time(venue: Path) -> None:
    found = run("export", "statement", "--data", venue, "--account", 2, "--out", "-")
    rows = list(csv.DictReader(found.stdout.splitlines()))
    assert {row["account"] for row in rows} == {"2"}
    moment = rows[len(rows) // 2]["time"]
    part = run("export", "statement", "--data", venue, "--account", 2, "--start", moment,
               "--end", moment, "--out", "-")  # fmt: skip
    assert 0 < len(part.stdout.splitlines()) < len(rows)
    slip = run("export", "statement", "--data", venue, "--start", "soon", "--out", "-")
    assert slip.exit_code == 2


def test_file_that_exists_is_not_written_over(venue: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    out.write_text("mine")
    found = run("export", "orders", "--data", venue, "--out", out)
    assert (found.exit_code, out.read_text()) == (2, "mine")


def test_export_without_its_library_or_a_ledger_is_a_slip(
    venue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    assert run("export", "orders", "--data", tmp_path, "--out", "-").exit_code == 2
    monkeypatch.setattr(parquet, "import_module", missing)
    found = run("export", "orders", "--data", venue, "--format", "parquet", "--out", tmp_path / "x")
    assert (found.exit_code, "pyarrow" in found.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
