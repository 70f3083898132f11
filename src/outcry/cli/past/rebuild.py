"""Rebuilding a past state: the newest snapshot at or below it, then the log up to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from outcry import codec
from outcry.adapters.data_dir import DataDir
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.output import DAMAGE, fail
from outcry.domain.events import Event
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.ports import Log, LogDamaged, Snapshot, SnapshotStore
from outcry.recovery import applied, skips_of


@dataclass(slots=True)
class Folder:
    """A data folder, open for reading. A venue may run on it meanwhile."""

    log: Log
    snapshots: SnapshotStore


@dataclass(slots=True)
class Rebuilt:
    """An engine in a past state, and how it got there."""

    engine: Engine
    snapshot_sequence: int
    """0 where the replay began at genesis."""
    warnings: list[str] = field(default_factory=list)
    """Snapshots that could not be used, and why. The state is right all the same."""


@contextmanager
def opened(data: Path) -> Iterator[Folder]:
    """Open a data folder without changing it; end the program where there is none, or damage."""
    places = DataDir(data, lock=-1)
    if not places.log.exists():
        fail(f"{data} holds no venue: there is no {places.log.name}")
    try:
        log = SqliteLog(places.log, read_only=True)
        try:
            yield Folder(log, SnapshotFiles(places.snapshots, read_only=True))
        finally:
            log.close()
    except LogDamaged as error:
        fail(f"the log is damaged: {error}; `outcry inspect --data {data}` says more", DAMAGE)


def rebuild(folder: Folder, factory: CoreFactory, sequence: int) -> Rebuilt:
    """Return the state after `sequence`, which the log has reached.

    Raises:
        LogDamaged: the part of the log that leads there is damaged.
    """
    found = _start(folder, factory, sequence)
    for _ in go_on(found.engine, folder.log, sequence):
        pass
    return found


def go_on(engine: Engine, log: Log, sequence: int) -> Iterator[list[Event]]:
    """Apply what follows up to `sequence`, yielding the events batch by batch.

    Raises:
        LogDamaged: that part of the log is damaged, or does not lead there.
    """
    if engine.core.sequence < sequence:
        skips = skips_of(log, engine.core.sequence)
        for batch in log.read(engine.core.sequence):
            yield codec.decode_events(applied(engine, batch, skips, until=sequence))
            if batch.last_sequence >= sequence:
                break
    if engine.core.sequence != sequence:
        raise LogDamaged(f"the log leads to {engine.core.sequence}, not to {sequence}")


def _start(folder: Folder, factory: CoreFactory, limit: int) -> Rebuilt:
    """Return an engine at the newest good snapshot up to `limit`, or at genesis."""
    warnings: list[str] = []
    for sequence in folder.snapshots.sequences():
        if sequence > limit:
            continue
        snapshot = folder.snapshots.load(sequence)
        if snapshot is None:
            warnings.append(f"snapshot {sequence}: {folder.snapshots.fault(sequence)}")
            continue
        if folder.log.chain_hash_at(sequence) != snapshot.chain_hash:
            warnings.append(f"snapshot {sequence}: belongs to another log: its hash differs")
            continue
        engine = _restored(factory, snapshot)
        if engine is not None:
            return Rebuilt(engine, sequence, warnings)
        warnings.append(f"snapshot {sequence}: it does not restore to what it was taken from")
    return Rebuilt(Engine(factory()), 0, warnings)


def _restored(factory: CoreFactory, snapshot: Snapshot) -> Engine | None:
    try:
        engine = Engine.restore(factory, snapshot.body)
    except ValueError:
        return None
    sound = engine.core.sequence == snapshot.sequence
    return engine if sound and engine.digest() == sha256(snapshot.body).digest() else None
