"""The journal of operations: every change of the venue's mode, who made it and why.

One line of JSON an entry, in a file that only grows: each holds the hash of the one before, and is
synced before anybody goes on. A change is written down twice, before it is asked for and after it
was done; the command in the log carries the first one's hash as its key. So a crash between the two
leaves no doubt, and neither file can be changed alone.
"""

import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec

from outcry import codec
from outcry.domain.commands import SetMode
from outcry.ports import Batch

HASH_SIZE = 32
_KEY = b"op-"
"""How the keys of changes of mode begin."""
_ENCODER = msgspec.json.Encoder()


class OperationsDamaged(Exception):
    """The journal is not what was written. Somebody has to look before the venue starts."""


class Operation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry. Modes are names; `sequence` is 0 until the log has it."""

    number: int = 0
    """Counts from 1."""
    time_ns: int
    act: Literal["asked", "done", "undone", "seen"]
    """`undone`: asked for, and it did not happen. `seen`: the engine's own doing."""
    by: Literal["guard", "operator", "engine"]
    name: str
    """Who the operator said to be."""
    reason: str
    before: str
    after: str
    base: str
    """What the mode is apart from the guard's concerns."""
    sequence: int = 0
    previous: str = ""
    hash: str = ""

    @property
    def key(self) -> str:
        """The key that the command of an entry that asks has in the log; none if it is not kept."""
        return f"{_KEY.decode()}{self.number}-{self.hash[:40]}" if self.hash else ""


def _hashed(operation: Operation) -> Operation:
    """Return it with its hash: BLAKE2b-256 of its JSON with an empty one."""
    bare = _ENCODER.encode(msgspec.structs.replace(operation, hash=""))
    digest = blake2b(bare, digest_size=HASH_SIZE).hexdigest()
    return msgspec.structs.replace(operation, hash=digest)


def genesis(log_id: str) -> str:
    """Return what the first entry holds as the hash before it."""
    return blake2b(f"outcry operations {log_id}".encode(), digest_size=HASH_SIZE).hexdigest()


def read_operations(path: Path, log_id: str) -> tuple[list[Operation], int]:
    """Return all entries and the length of the file they take up.

    What stands behind the last line's end was never acknowledged: a crash cut it short.

    Raises:
        OperationsDamaged: naming the line.
    """
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    found: list[Operation] = []
    previous = genesis(log_id)
    for number, line in enumerate(data[:whole].splitlines(), start=1):
        try:
            operation = msgspec.json.decode(line, type=Operation)
        except msgspec.DecodeError as error:
            raise OperationsDamaged(f"{path}: line {number}: {error}") from None
        chained = (operation.number, operation.previous) == (number, previous)
        if not chained or line != _ENCODER.encode(_hashed(operation)):
            raise OperationsDamaged(f"{path}: line {number} does not follow from those before it")
        found.append(operation)
        previous = operation.hash
    return found, whole


class OrderedModes:
    """The changes of mode that a log holds, for a comparison with the journal."""

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}

    def look(self, batch: Batch) -> None:
        """Take in what a batch holds."""
        if _KEY not in batch.payload:  # Almost none does.
            return
        for record in codec.split(batch.payload):
            command = codec.decode_command(bytes(record))
            if isinstance(command, SetMode) and command.key.startswith(_KEY.decode()):
                self._keys[command.key] = command.sequence

    def missing(self, entries: Iterable[Operation]) -> list[int]:
        """Return the sequences of those that these entries do not have."""
        known = {entry.key for entry in entries}
        return [sequence for key, sequence in self._keys.items() if key not in known]


class Operations:
    """The journal of one venue, open for more."""

    def __init__(self, path: Path, log_id: str) -> None:
        """Open it, and create it if it is not there.

        Raises:
            OperationsDamaged: its hashes do not fit, or it is of another log.
        """
        self.entries, length = read_operations(path, log_id)
        self._previous = self.entries[-1].hash if self.entries else genesis(log_id)
        self._broken = ""
        new = not path.exists()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, length)
        os.lseek(self._file, 0, os.SEEK_END)
        if new:
            _sync_folder(path.parent)

    def add(self, operation: Operation) -> Operation:
        """Write an entry and return it as it was written: numbered, chained, durable.

        Raises:
            OSError: the disk says no, now or before. The next start finds out what is there.
        """
        if self._broken:
            raise OSError(self._broken)
        entry = _hashed(
            msgspec.structs.replace(
                operation, number=len(self.entries) + 1, previous=self._previous
            )
        )
        try:
            _write(self._file, _ENCODER.encode(entry) + b"\n")
        except OSError as error:
            self._broken = f"the journal of operations cannot be written: {error}"
            raise
        self.entries.append(entry)
        self._previous = entry.hash
        return entry

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _write(file: int, line: bytes) -> None:
    written = os.write(file, line)
    if written < len(line):
        raise OSError(f"{written} of {len(line)} bytes were written")
    os.fsync(file)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
