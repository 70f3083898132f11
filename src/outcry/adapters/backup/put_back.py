"""A backup put back into an empty folder, once everything in it was verified."""

import shutil
from pathlib import Path

from outcry.adapters.backup import manifest as manifests
from outcry.adapters.backup.aside import made_aside
from outcry.adapters.backup.manifest import (
    BackupDamaged,
    FileEntry,
    Manifest,
    Position,
    Versions,
    entry_of,
)
from outcry.adapters.backup.verify import verified
from outcry.adapters.files import created
from outcry.engine.core import CoreFactory


def put_back(source: Path, target: Path, factory: CoreFactory) -> Manifest:
    """Copy a backup into a new data folder, verify it there, and return what it holds.

    Raises:
        TargetTaken: the folder holds something.
        BackupDamaged: the backup is not what it was; the message names the file.
        OSError: a file cannot be read or written. Nothing is left behind.
    """
    manifest = manifests.read(source)
    with made_aside(target) as folder:
        folder.snapshots.mkdir(mode=0o700)
        for entry in manifest.files:
            if _can_be_read(entry, manifest.versions):
                _copy(source, folder.path, entry)
        found, said = verified(folder, factory), manifest.position
        if _facts(found, manifest) != _facts(said, manifest):
            raise BackupDamaged(
                f"{source}: the log leads to sequence {found.sequence} and digest {found.digest},"
                f" the manifest says {said.sequence}, {said.digest}"
            )
    return manifest


def _can_be_read(entry: FileEntry, made_by: Versions) -> bool:
    """Return whether this program reads a file.

    What another version has written in another form, and the log brings back, is left out.
    """
    if entry.path == "ledger.sqlite":
        return made_by.ledger == Versions().ledger
    return made_by.snapshot == Versions().snapshot or not entry.path.startswith("snapshots/")


def _facts(position: Position, manifest: Manifest) -> tuple[str | int, ...]:
    """Return what has to be as it was: of another version's backup the log, but not the digest.

    A state may be written down in another way since.
    """
    digest = position.digest if manifest.versions == Versions() else ""
    return (
        position.log_id,
        position.sequence,
        position.time_ns,
        position.epoch,
        position.chain_hash,
        digest,
    )


def _copy(source: Path, target: Path, entry: FileEntry) -> None:
    """Copy a file and compare the copy with the manifest."""
    path, copy = source / entry.path, target / entry.path
    try:
        with path.open("rb") as read, created(copy) as written:
            shutil.copyfileobj(read, written)
    except FileNotFoundError:
        raise BackupDamaged(f"{path}: it is missing") from None
    found = entry_of(target, copy)
    if found.size != entry.size:
        raise BackupDamaged(f"{path}: {found.size} bytes instead of {entry.size}")
    if found.sha256 != entry.sha256:
        raise BackupDamaged(f"{path}: its SHA-256 is {found.sha256}, not {entry.sha256}")
