"""A backup of a data folder, while the venue runs.

The order of copying is what makes the copies fit together: whatever is made from the log is copied
before it (publications, then the ledger they were made from, snapshots, operations, the mark), so
nothing in a backup is ever ahead of its log. People come last: one who has registered meanwhile may
lack an account, which the next login opens, but no account lacks its owner.
"""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from outcry.adapters.backup.aside import made_aside
from outcry.adapters.backup.manifest import FORMAT, NAME, Manifest, encoded, entry_of
from outcry.adapters.backup.verify import verified
from outcry.adapters.data_dir import DataDir
from outcry.adapters.files import created
from outcry.engine.core import CoreFactory

BUSY_TIMEOUT_S = 10.0
OnStep = Callable[[str], None]


def _nothing(_: str) -> None:
    """Do nothing."""


def back_up(
    places: DataDir, target: Path, factory: CoreFactory, reached: OnStep = _nothing
) -> Manifest:
    """Copy a data folder into a new folder, verify the copy, and return what it holds.

    `reached` is told each step before it is taken.

    Raises:
        TargetTaken: the folder holds something.
        BackupDamaged: the copy is not sound, so the venue's own files may not be either.
        OSError, sqlite3.Error: a file cannot be read or written. Nothing is left behind.
    """
    with made_aside(target) as copy:
        for path in (places.proofs, places.ledger):
            reached(path.name)
            _copy_database(path, copy.path)
        reached("snapshots")
        _copy_snapshots(places.snapshots, copy.snapshots)
        for path in (places.operations, places.log.with_name(f"{places.log.name}.ack")):
            _copy_file(path, copy.path)
        for path in (places.log, places.identity):
            reached(path.name)
            _copy_database(path, copy.path)
        for path in (places.path / "secret", places.signing_key):
            _copy_file(path, copy.path)
        reached("verify")
        position = verified(copy, factory)
        files = [
            entry_of(copy.path, path)
            for path in sorted(copy.path.rglob("*"))
            if path.is_file() and path.name != "lock"
        ]
        manifest = Manifest(FORMAT, time.time_ns(), position, files)
        with created(copy.path / NAME) as file:
            file.write(encoded(manifest))
        reached("finish")
    return manifest


def _copy_database(path: Path, folder: Path) -> None:
    """Copy a database as it is at one moment; the copy is one file, without a log of its own."""
    if not path.exists():
        return
    target = folder / path.name
    target.touch(mode=0o600)
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _copy_snapshots(source: Path, target: Path) -> None:
    """Copy the snapshots that are there; the venue may take one away meanwhile."""
    target.mkdir(mode=0o700)
    for path in sorted(source.glob("snapshot-*.bin")):
        with suppress(FileNotFoundError):
            _copy_file(path, target)


def _copy_file(path: Path, folder: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as source, created(folder / path.name) as copy:
        shutil.copyfileobj(source, copy)
