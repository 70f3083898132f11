"""Files of a stopped venue, altered behind its back in a transaction that is taken back."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from typing_extensions import override

from outcry.adapters.signing import check_signature
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_reader import LedgerReader, ProofsReader
from outcry.audit.audit import Audit, Sources
from outcry.audit.report import AuditReport
from outcry.engine.core import choose
from outcry.ports import Checkpoint


class Altered:
    """A store whose rows may be changed whatever its triggers say."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("BEGIN")
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in self.connection.execute(triggers).fetchall():
            self.connection.execute(f"DROP TRIGGER {name}")
        self.connection.execute("SAVEPOINT untouched")

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with closing(self.connection.execute(statement, parameters)) as found:
            return found.fetchall()

    def restore(self) -> None:
        """Take back every change."""
        self.connection.execute("ROLLBACK TO untouched")

    def close(self) -> None:
        self.connection.close()


class AlteredLedger(Altered, LedgerReader):
    """A ledger that may be altered."""

    def __init__(self, path: Path) -> None:
        Altered.__init__(self, path)

    @override
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(*self.query("SELECT epoch, sequence, chain_hash FROM checkpoint")[0])


class AlteredProofs(Altered, ProofsReader):
    """Publications that may be altered."""

    def __init__(self, path: Path) -> None:
        Altered.__init__(self, path)
        self.log_id, self.public_key = self.query("SELECT log_id, public_key FROM owner")[0]


class Venue:
    """A stopped venue's folder, open for altering and for audits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = AlteredLedger(folder / "ledger.sqlite")
        self.proofs = AlteredProofs(folder / "proofs.sqlite")

    def audit(self) -> AuditReport:
        """Audit what there is now."""
        log = SqliteLog(self.folder / "log.sqlite", read_only=True)
        snapshots = SnapshotFiles(self.folder / "snapshots", read_only=True)
        scratch = SqliteLedger(self.folder / "made.sqlite")
        try:
            sources = Sources(log, snapshots, self.ledger, scratch, self.proofs, check_signature)
            return Audit(sources, choose()).run()
        finally:
            log.close()
            scratch.close()
            for path in self.folder.glob("made.sqlite*"):
                path.unlink()

    @contextmanager
    def altered(self, table: str) -> Iterator[Altered]:
        """Return the store of a table, for changes that are taken back."""
        store = self.proofs if table in PUBLISHED_TABLES else self.ledger
        try:
            yield store
        finally:
            store.restore()

    def close(self) -> None:
        self.ledger.close()
        self.proofs.close()


PUBLISHED_TABLES = {"heads", "liabilities", "liability_leaves", "liability_nodes"}


def another(value: Any, random: Random, *, unused: bool) -> Any:
    """Return a value of the same type that is not the same; `unused`: that is no key yet."""
    if isinstance(value, int):
        return value + (1_000_003 if unused else random.choice((1, -1, 1_000_003)))
    if isinstance(value, str):
        return f"{value}~" if unused or not value else value[:-1] + chr(ord(value[-1]) ^ 1)
    changed = bytearray(value or b"x")
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)
