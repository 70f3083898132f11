"""A ledger file read as it is at one moment, beside whoever writes to it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from typing_extensions import override

from outcry.adapters.sqlite_ledger import APPLICATION_ID, FORMAT, LedgerUnusable
from outcry.ports import Checkpoint, LedgerMoved, LedgerRows, LedgerStore


class LedgerReader(LedgerStore):
    """One read transaction, open until it is closed: nothing that it reads can change meanwhile."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            LedgerUnusable: there is none, or it is not a ledger of this format.
        """
        self._path = path
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, isolation_level=None, uri=True)
        except sqlite3.Error as error:
            raise LedgerUnusable(f"{path}: {error}") from error
        try:
            self._position = self._begin()
        except (sqlite3.Error, UnicodeError) as error:
            self.close()
            raise LedgerUnusable(f"{path}: {error}") from error
        except LedgerUnusable:
            self.close()
            raise

    def _begin(self) -> Checkpoint:
        for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute("BEGIN")
        found = [self._connection.execute(f"PRAGMA {n}").fetchone()[0] for n in _WHAT_IT_IS]
        if found != [APPLICATION_ID, FORMAT]:
            raise LedgerUnusable(f"{self._path}: not a ledger of format {FORMAT}")
        rows = self.query("SELECT epoch, sequence, chain_hash FROM checkpoint", ())
        if len(rows) != 1:
            raise LedgerUnusable(f"{self._path}: {len(rows)} positions instead of one")
        return Checkpoint(*rows[0])

    @override
    def checkpoint(self) -> Checkpoint:
        return self._position

    @override
    def write(self, rows: LedgerRows) -> None:
        raise LedgerMoved(f"{self._path} is open for reading only")

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with closing(self._connection.execute(statement, parameters)) as found:
            return found.fetchall()

    @override
    def close(self) -> None:
        self._connection.close()


_WHAT_IT_IS = ("application_id", "user_version")
