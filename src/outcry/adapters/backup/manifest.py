"""The page that says what a backup holds: every file's size and hash, and where the log ends.

Its own hash is in it, and it is read only in the one form it is written in: not a bit of it can be
changed without being noticed.
"""

import re
from hashlib import sha256
from pathlib import Path

import msgspec

from outcry import __version__, codec
from outcry.adapters import snapshot_files, sqlite_identity, sqlite_ledger, sqlite_log

NAME = "manifest.json"
FORMAT = 1
CHUNK_BYTES = 1 << 20
ONCE = ("log.sqlite", "log.sqlite.ack", "ledger.sqlite", "proofs.sqlite", "identity.sqlite",
        "secret", "signing.key", "operations.jsonl")  # fmt: skip
"""The files of a data folder besides its snapshots. Of these only the log has to be there."""
_SNAPSHOT = re.compile(r"snapshots/snapshot-[0-9]{20}\.bin", re.ASCII)


class BackupDamaged(Exception):
    """A backup is not what it was when it was taken. The message names the file."""


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, by its path in the backup."""

    path: str
    size: int
    sha256: str


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the log of a copy ends, and what it leads to."""

    log_id: str
    sequence: int
    time_ns: int
    epoch: int
    chain_hash: str
    digest: str
    """SHA-256 of the engine's whole state behind it."""
    ledger_sequence: int | None
    """How far the ledger is; None without one."""
    snapshots: list[int]


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote what is in a backup."""

    outcry: str = __version__
    record: int = codec.VERSION
    log: int = sqlite_log.FORMAT
    ledger: int = sqlite_ledger.FORMAT
    snapshot: int = snapshot_files.FORMAT
    identity: int = sqlite_identity.FORMAT


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds."""

    format: int
    created_ns: int
    position: Position
    files: list[FileEntry]
    versions: Versions = Versions()


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    manifest: Manifest
    sha256: str


def encoded(manifest: Manifest) -> bytes:
    """Return the one form of a manifest."""
    seal = sha256(msgspec.json.encode(manifest)).hexdigest()
    return msgspec.json.format(msgspec.json.encode(_Sealed(manifest, seal)), indent=1) + b"\n"


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        BackupDamaged: there is none, or it was changed.
    """
    path = folder / NAME
    try:
        data = path.read_bytes()
        sealed = msgspec.json.decode(data, type=_Sealed)
    except OSError as error:
        raise BackupDamaged(f"{path}: {error.strerror}; this is no whole backup") from error
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BackupDamaged(f"{path}: it is damaged: {error}") from error
    if sealed.manifest.format != FORMAT:
        raise BackupDamaged(f"{path}: format {sealed.manifest.format} is not {FORMAT}")
    if encoded(sealed.manifest) != data:
        raise BackupDamaged(f"{path}: it was changed since it was written")
    for entry in sealed.manifest.files:
        if entry.path not in ONCE and not _SNAPSHOT.fullmatch(entry.path):
            raise BackupDamaged(f"{path}: {entry.path!r} is no file of a data folder")
    return sealed.manifest


def entry_of(folder: Path, path: Path) -> FileEntry:
    """Return the entry of a file in a folder."""
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return FileEntry(path.relative_to(folder).as_posix(), size, digest.hexdigest())
