"""A data folder in the hands of an operator: locked, so that no venue runs on it meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outcry import codec
from outcry.adapters.clock import SystemClock
from outcry.adapters.data_dir import DataDir, DataDirBusy, open_data_dir
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.output import DAMAGE, fail
from outcry.domain.commands import Command
from outcry.ports import Batch, Log, LogDamaged, LogFailed, SnapshotStore
from outcry.sequencer.sequencer import Sequencer


@dataclass(slots=True)
class StoppedVenue:
    """What a venue has left behind, open for writing."""

    log: Log
    snapshots: SnapshotStore

    def append(self, command: Command) -> Batch:
        """Append one command as a batch of its own; it is durable on return."""
        sequencer = Sequencer(self.log, SystemClock(), self.log.tail())
        return sequencer.commit(codec.encode_command(command))


@contextmanager
def stopped_venue(data: Path) -> Iterator[StoppedVenue]:
    """Take a data folder; end the program where a venue has it, where there is none, or damage."""
    if not DataDir(data, lock=-1).log.exists():
        fail(f"{data} holds no venue: there is no log")
    try:
        places = open_data_dir(data)
    except DataDirBusy as error:
        fail(f"{error}; stop the venue first")
    try:
        log = SqliteLog(places.log)
        try:
            yield StoppedVenue(log, SnapshotFiles(places.snapshots))
        finally:
            log.close()
    except (LogDamaged, LogFailed) as error:
        fail(f"{error}; look with `outcry inspect --data {data}`", DAMAGE)
    finally:
        places.close()
