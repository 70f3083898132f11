"""How much waits in a WAL, which is written over again and again."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from outcry.adapters import sqlite_ledger
from outcry.adapters.sqlite_ledger import Wal


def test_what_waits_is_what_a_checkpoint_writes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, random, parts = tmp_path / "some.sqlite", Random(7), list[tuple[int, int]]()
    monkeypatch.setattr(
        sqlite_ledger, "begin_to_write", lambda _, start, size: parts.append((start, size))
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
