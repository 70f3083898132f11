"""How much waits in a WAL, which is written over again and again, and how it gets there."""

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from outcry.adapters import sqlite_ledger, sqlite_wal
from outcry.adapters.files import write_gently
from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.adapters.sqlite_ledger_view import prepared
from outcry.adapters.sqlite_wal import Wal
from outcry.ports import Checkpoint, LedgerRows


def test_what_waits_is_what_a_checkpoint_writes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, random, parts = tmp_path / "some.sqlite", Random(7), list[tuple[int, int]]()
    monkeypatch.setattr(
        sqlite_wal, "write_gently", lambda _, start, size: parts.append((start, size))
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        for line in ("journal_mode = WAL", "wal_autocheckpoint = 0", "page_size = 4096"):
            writer.execute(f"PRAGMA {line}")
        writer.execute("CREATE TABLE some (number, text)")
        with closing(Wal(path)) as wal:
            for _ in range(3):
                for _ in range(20):
                    writer.execute("BEGIN")
                    rows = ((number, "x" * 500) for number in range(random.randrange(90)))
                    writer.executemany("INSERT INTO some VALUES (?, ?)", rows)
                    writer.execute("COMMIT")
                    waits = wal.grown()
                    assert sum(parts[-1]) == waits
                (told,) = writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                assert waits == told[1] * (4_096 + 24)
                assert sum(size for _, size in parts) == waits
                parts.clear()


def _moved(sequence: int) -> LedgerRows:
    return LedgerRows(Checkpoint(0, sequence, sequence.to_bytes(32, "big")), {})


def test_changes_are_on_the_disk_before_they_are_written_over_and_the_file_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "ledger.sqlite", list[tuple[str, int]]()
    monkeypatch.setattr(sqlite_ledger, "WAL_BYTES", 1)
    fdatasync = os.fdatasync

    def sync(opened: int) -> None:
        seen.append((Path(os.readlink(f"/proc/self/fd/{opened}")).name, path.stat().st_size))
        fdatasync(opened)

    with closing(SqliteLedger(path)) as store:
        before = path.stat().st_size
        monkeypatch.setattr(os, "fdatasync", sync)
        store.write(_moved(1))
        assert seen == [("ledger.sqlite-wal", before), ("ledger.sqlite", path.stat().st_size)]
        assert before < path.stat().st_size
        seen.clear()
        store.write(_moved(2))
        assert [name for name, _ in seen] == ["ledger.sqlite-wal", "ledger.sqlite"]


def test_another_process_that_closes_the_file_leaves_its_wal_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    monkeypatch.setattr(sqlite_ledger, "WAL_BYTES", 1)
    look = [sys.executable, "-c", f"""
import sqlite3
found = sqlite3.connect({str(path)!r})
print(found.execute("SELECT sequence FROM checkpoint").fetchone()[0])
found.close()
"""]  # fmt: skip
    with closing(SqliteLedger(path)) as store:
        for sequence in (1, 2, 3):
            store.write(_moved(sequence))
            seen = subprocess.run(look, check=True, capture_output=True, text=True).stdout
            assert int(seen) == sequence
            assert path.with_name("ledger.sqlite-wal").exists()


def test_where_the_system_tells_no_descriptor_sqlite_syncs_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, fdatasync, synced = tmp_path / "ledger.sqlite", os.fdatasync, list[str]()
    monkeypatch.setattr(sqlite_wal, "OPEN_FILES", tmp_path / "none")
    monkeypatch.setattr(sqlite_ledger, "WAL_BYTES", 1)

    def sync(opened: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{opened}")).name)
        fdatasync(opened)

    monkeypatch.setattr(os, "fdatasync", sync)
    with closing(SqliteLedger(path)) as store:
        before = path.stat().st_size
        store.write(_moved(1))
        assert synced == ["ledger.sqlite-wal"]
        assert path.stat().st_size > before
    with closing(SqliteLedger(path)) as again:
        assert again.checkpoint().sequence == 1


def test_a_file_whose_sync_failed_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, fdatasync = tmp_path / "ledger.sqlite", os.fdatasync

    def fail(opened: int) -> NoReturn | None:
        if os.readlink(f"/proc/self/fd/{opened}").endswith(".sqlite"):
            raise OSError(errno.EIO, "the disk is broken")
        return fdatasync(opened)

    store = SqliteLedger(path)
    store.write(_moved(1))
    monkeypatch.setattr(sqlite_ledger, "WAL_BYTES", 1)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(OSError, match="the disk is broken"):
            store.write(_moved(2))
    store.close()
    with pytest.raises(LedgerUnusable, match="may not be on the disk"):
        SqliteLedger(path)
    assert "may not be on the disk" in prepared(path)
    with closing(SqliteLedger(path)) as anew:
        assert anew.checkpoint() == Checkpoint()


def test_a_part_is_written_by_pieces_with_a_pause_after_each_that_had_something_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses, written = list[float](), list[tuple[int, int]]()
    clock = iter(range(100))
    monkeypatch.setattr("outcry.adapters.files.perf_counter", lambda: next(clock) / 1_000)
    monkeypatch.setattr("outcry.adapters.files.sleep", pauses.append)

    def write(_: int, start: int, size: int, _flags: int) -> None:
        written.append((start, size))
        if start == 4_096:
            next(clock)

    monkeypatch.setattr("outcry.adapters.files._write", write)
    with (tmp_path / "some").open("wb") as opened:
        write_gently(opened.fileno(), 4_096, 600 << 10)
    assert written == [(4_096, 256 << 10), (266_240, 256 << 10), (528_384, 88 << 10)]
    assert pauses == [pytest.approx(0.004), pytest.approx(0.002), pytest.approx(0.002)]
