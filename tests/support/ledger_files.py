"""The ledger of a stopped venue, and the same ledger made again from its log."""

import sqlite3
from contextlib import closing
from pathlib import Path

from outcry.adapters.data_dir import DataDir
from outcry.adapters.following import DONE, Following
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.engine.core import choose
from outcry.follower.loop import Silence
from tests.support.ledger_run import Rows, all_rows


def stored(path: Path) -> Rows:
    """Return every row of a ledger file."""
    with closing(SqliteLedger(path)) as store:
        return all_rows(store)


def check_against_the_log(folder: Path, aside: Path) -> int:
    """Make the ledger again from genesis in `aside` and compare; return the last sequence.

    The folder's venue may run meanwhile if nothing happens in it.
    """
    aside = aside / "again"
    aside.mkdir(exist_ok=True)
    places = DataDir(folder, lock=-1)
    places.ledger, places.snapshots = aside / "ledger.sqlite", aside / "none"
    places.proofs, places.signing_key = aside / "proofs.sqlite", aside / "key"
    places.ledger.unlink(missing_ok=True)
    told: list[dict[str, object]] = []
    assert Following(places, choose()).run(Silence(), told.append) == DONE
    again, live = stored(places.ledger), stored(folder / "ledger.sqlite")
    assert again.keys() == live.keys()
    for table, rows in again.items():
        assert live[table] == rows, f"{table} is not what the log leads to"
    return int(str(told[-1]["position"]))


def change(path: Path, statement: str) -> int:
    """Change rows behind the venue's back; return how many."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).rowcount


def forge_next(path: Path, table: str, number: str) -> None:
    """Put the row in that comes next in a table of numbered rows: the last one under its number."""
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(f"{name} + 1" if name == number else name for name in columns)
        connection.execute(
            f"INSERT INTO {table} SELECT {values} FROM {table} ORDER BY {number} DESC LIMIT 1"
        )
