"""The folder a venue lives in, for one process at a time."""

import fcntl
import os
from pathlib import Path

LOG = "log.sqlite"
"""What a venue has as soon as it has been one."""


class DataDirBusy(Exception):
    """Another process holds the folder."""


class DataDir:
    """An open data folder and the places in it. The lock goes with the process, however it ends."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self.log = path / LOG
        self.snapshots = path / "snapshots"
        self.ledger = path / "ledger.sqlite"
        self.identity = path / "identity.sqlite"
        self.proofs = path / "proofs.sqlite"
        self.signing_key = path / "signing.key"
        self.secret = path / "secret"
        self.operations = path / "operations.jsonl"
        self.control = path / "control"
        self._lock = lock

    def close(self) -> None:
        """Let another process have the folder."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def open_data_dir(path: Path) -> DataDir:
    """Make the folder if it is not there, readable by its owner only, and lock it.

    Raises:
        DataDirBusy: another process has it open; the message names the process.
        OSError: it cannot be made or written to.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise DataDirBusy(f"{path} is in use by process {holder}") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return DataDir(path, lock)
