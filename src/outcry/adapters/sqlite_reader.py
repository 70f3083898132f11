"""Files of a running venue, read as they are at one moment, beside whoever writes to them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from typing_extensions import override

from outcry.adapters import sqlite_ledger, sqlite_proofs
from outcry.adapters.row_checks import POSITION, UNREADABLE, RowGuard, position_of
from outcry.adapters.sqlite_ledger import LedgerUnusable
from outcry.ports import (
    Checkpoint,
    LedgerDamaged,
    LedgerMoved,
    LedgerRows,
    LedgerStore,
    ProofStore,
    ProofsUnusable,
)

FAULTS_MAX = 10


class _Reading:
    """One read transaction, open until it is closed: nothing that it reads can change meanwhile."""

    unusable: type[Exception]
    """What is raised where it is not there, is damaged, or is of another kind."""

    def __init__(self, path: Path, application_id: int, form: int) -> None:
        self._path = path
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, isolation_level=None, uri=True)
        except sqlite3.Error as error:
            raise self.unusable(f"{path}: {error}") from error
        try:
            for setting in ("trusted_schema = OFF", "cell_size_check = ON"):
                self._connection.execute(f"PRAGMA {setting}")
            self._prepare()
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute("BEGIN")
            found = [self._pragma(name) for name in ("application_id", "user_version")]
            if found != [application_id, form]:
                raise self.unusable(f"{path}: it is of another kind or format: {found}")
        except UNREADABLE as error:
            self.close()
            raise self.unusable(f"{path}: {error}") from error
        except self.unusable:
            self.close()
            raise

    def _prepare(self) -> None:
        """Do what has to be done before anything is read."""

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return what a statement finds."""
        try:
            with closing(self._connection.execute(statement, parameters)) as found:
                return found.fetchall()
        except UNREADABLE as error:
            raise self.unusable(f"{self._path}: {error}") from error

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


class LedgerReader(_Reading, LedgerStore):
    """A ledger as it is now."""

    unusable = LedgerUnusable

    def __init__(self, path: Path, *, guarded: bool = True) -> None:
        """Open the file; where it is not `guarded`, rows are read whatever their checksums say.

        Raises:
            LedgerUnusable: there is none, or it is not a sound ledger of this format.
        """
        self._guarded = guarded
        self._guard: RowGuard | None = None
        super().__init__(path, sqlite_ledger.APPLICATION_ID, sqlite_ledger.FORMAT)
        try:
            self._position = self._read_position()
        except LedgerDamaged as error:
            self.close()
            raise LedgerUnusable(f"{path}: {error}") from error

    def _read_position(self) -> Checkpoint:
        rows = self.query(POSITION, ())
        if self._guarded or len(rows) != 1:
            return position_of(rows)
        return Checkpoint(*rows[0][:3])

    def faults(self) -> list[str]:
        """Return what is wrong with the file itself, its indexes with it; a few lines at most."""
        try:
            found = self._connection.execute(f"PRAGMA integrity_check({FAULTS_MAX})").fetchall()
        except UNREADABLE as error:
            return [str(error)]
        return [line for (line,) in found if line != "ok"]

    @override
    def _prepare(self) -> None:
        if self._guarded:
            self._guard = RowGuard(self._connection, self._path)

    @override
    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if self._guard is None:
            return super().query(statement, parameters)
        return self._guard.query(statement, parameters)

    @override
    def checkpoint(self) -> Checkpoint:
        return self._position

    @override
    def write(self, rows: LedgerRows) -> None:
        raise LedgerMoved(f"{self._path} is open for reading only")


class ProofsReader(_Reading, ProofStore):
    """What was published until now."""

    unusable = ProofsUnusable

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            ProofsUnusable: there is none, or it is not a sound one of this format.
        """
        super().__init__(path, sqlite_proofs.APPLICATION_ID, sqlite_proofs.FORMAT)
        rows = self.query("SELECT log_id, public_key FROM owner", ())
        if len(rows) != 1 or not isinstance(rows[0][1], bytes):
            self.close()
            raise ProofsUnusable(f"{path}: it does not say whose it is")
        self.log_id, self.public_key = rows[0]

    @override
    def add(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        raise ProofsUnusable(f"{self._path} is open for reading only")
