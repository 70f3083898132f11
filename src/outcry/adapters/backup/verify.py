"""Whether a copied data folder is a venue that would start: checked as a start checks it."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from outcry.adapters.backup.manifest import BackupDamaged, Position
from outcry.adapters.data_dir import DataDir
from outcry.adapters.operations import OperationsDamaged, read_operations
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import LedgerUnusable
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_reader import LedgerReader
from outcry.engine.core import CoreFactory
from outcry.ports import Checkpoint, LogDamaged
from outcry.recovery import recover


def verified(places: DataDir, factory: CoreFactory) -> Position:
    """Return where a copy ends, after a look at everything in it. Nobody may write to it.

    Every page of each database is looked at, the log's chain from its first batch, the mark, the
    ledger's position and the snapshots against it; then the state is recovered.

    Raises:
        BackupDamaged: something is not sound; the message names it.
    """
    for path in (places.log, places.ledger, places.identity, places.proofs):
        if path.exists():
            _look_at_pages(path)
    with ExitStack() as stack:
        try:
            log = stack.enter_context(closing(SqliteLog(places.log, read_only=True)))
            for _ in log.read(0):
                pass
            read_operations(places.operations, log.log_id)
            checkpoint = _checkpoint(places, log)
            snapshots = SnapshotFiles(places.snapshots, read_only=True)
            for sequence in snapshots.sequences():
                if fault := snapshots.fault(sequence):
                    raise BackupDamaged(f"snapshot {sequence}: {fault}")
            recovered = recover(log, snapshots, factory, checkpoint, [])
        except (LogDamaged, OperationsDamaged) as error:
            raise BackupDamaged(str(error)) from error
        except LedgerUnusable as error:
            raise BackupDamaged(str(error)) from error
        tail = log.tail()
        return Position(
            log_id=log.log_id,
            sequence=tail.sequence,
            time_ns=tail.time_ns,
            epoch=tail.epoch,
            chain_hash=tail.chain_hash.hex(),
            digest=recovered.engine.digest().hex(),
            ledger_sequence=checkpoint.sequence if places.ledger.exists() else None,
            snapshots=snapshots.sequences(),
        )


def _checkpoint(places: DataDir, log: SqliteLog) -> Checkpoint:
    """Return the ledger's position; without a ledger the log's own end."""
    if not places.ledger.exists():
        tail = log.tail()
        return Checkpoint(tail.epoch, tail.sequence, tail.chain_hash)
    with closing(LedgerReader(places.ledger)) as ledger:
        return ledger.checkpoint()


def _look_at_pages(path: Path) -> None:
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (sqlite3.Error, UnicodeError) as error:
        raise BackupDamaged(f"{path.name}: {error}") from error
    if found != "ok":
        raise BackupDamaged(f"{path.name}: {found}")
