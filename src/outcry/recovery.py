"""Coming back: the newest snapshot the projections have reached, then the tail of the log.

Everything is checked on the way: each batch against the hash chain, the snapshot and the
projections' checkpoint against the log. Doubt ends in `LogDamaged`, which names what and where; a
venue never starts on a log that went back, was replaced, or does not apply.

Whoever replays a log does it by `skips_of` and `applied`: there alone it is decided what a skipped
command does (a `Tick` in its place), and which logs this program is too old for.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter

from outcry import codec
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.ports import (
    Batch,
    Checkpoint,
    EventBatch,
    EventReader,
    Log,
    LogDamaged,
    LogTail,
    SnapshotStore,
)
from outcry.sequencer.chain import GENESIS, tail_of


def _nothing(_: object) -> None:
    """Do nothing."""


@dataclass(slots=True)
class Recovered:
    """An engine at the end of its log, and how it got there."""

    engine: Engine
    tail: LogTail
    snapshot_sequence: int
    """0 where the replay began at genesis."""
    replayed: int
    """Commands applied again."""
    seconds: float
    warnings: list[str]
    """Snapshots that could not be used, and why. The state is right all the same."""


def recover(
    log: Log,
    snapshots: SnapshotStore,
    factory: CoreFactory,
    readers_checkpoint: Checkpoint,
    readers: Sequence[EventReader],
    at_checkpoint: Callable[[Engine], None] = _nothing,
) -> Recovered:
    """Bring an engine, and with it all readers, to the end of the log.

    `at_checkpoint` is called once, when the engine stands at the projections' checkpoint: readers
    fill themselves there from the engine and the stored rows (it may also add to `readers`). The
    events above the checkpoint follow, batch by batch, just as they did the first time.

    Raises:
        LogDamaged: the log contradicts itself, a snapshot or the checkpoint, or has what this
            program cannot read.
        DoesNotApply: the engine fails on a command, and which.
    """
    started = perf_counter()
    tail = log.tail()
    try:
        standing = engine_at(log, snapshots, factory, readers_checkpoint)
        last = _follow(standing, log, readers, at_checkpoint)
    except DoesNotApply as error:
        found = find_failure(log, snapshots, factory, readers_checkpoint.sequence)
        raise found or error from None
    if last != tail.sequence:
        raise LogDamaged(f"the log ends at {last}, not at {tail.sequence}")
    start = standing.snapshot_sequence
    seconds = perf_counter() - started
    return Recovered(standing.engine, tail, start, last - start, seconds, standing.warnings)


@dataclass(slots=True)
class Standing:
    """An engine at a position inside of a log."""

    engine: Engine
    tail: LogTail
    """The position; what follows it in the log is still to come."""
    snapshot_sequence: int
    """0 where the replay began at genesis."""
    warnings: list[str]
    """Snapshots that could not be used, and why."""
    skips: frozenset[int]
    """The sequences that the log behind the snapshot takes out of effect."""


def _follow(
    standing: Standing,
    log: Log,
    readers: Sequence[EventReader],
    at_checkpoint: Callable[[Engine], None],
) -> int:
    """Apply what is behind a position, for the readers to see; return the last sequence."""
    engine, last = standing.engine, standing.tail.sequence
    at_checkpoint(engine)
    for batch in log.after(standing.tail):
        published = event_batch(batch, applied(engine, batch, standing.skips))
        for reader in readers:
            reader.consume(published)
        last = batch.last_sequence
    return last


def engine_at(
    log: Log, snapshots: SnapshotStore, factory: CoreFactory, position: Checkpoint
) -> Standing:
    """Return an engine at the checkpoint of a projection.

    Raises:
        LogDamaged: the log contradicts itself, a snapshot or the checkpoint.
        DoesNotApply: the engine fails on a batch.
    """
    _check_position(log, "the projections' checkpoint", position)
    engine, start, warnings = _starting_point(log, snapshots, factory, position.sequence)
    skips = skips_of(log, start)
    for batch in log.read(start) if start < position.sequence else ():
        applied(engine, batch, skips)
        if batch.last_sequence >= position.sequence:
            break
    if engine.core.sequence != position.sequence:
        raise LogDamaged(f"the log has no {position.sequence}: it ends at {engine.core.sequence}")
    tail = LogTail(position.sequence, engine.core.now_ns, position.epoch, position.chain_hash)
    return Standing(engine, tail, start, warnings, skips)


def _check_position(log: Log, what: str, at: Checkpoint) -> None:
    """Check that the log still holds what `what` was made from."""
    end = log.tail().sequence
    if at.sequence > end:
        raise LogDamaged(f"the log went back: it ends at {end}, {what} is at {at.sequence}")
    if log.chain_hash_at(at.sequence) != at.chain_hash:
        raise LogDamaged(f"{what} at {at.sequence} belongs to another log: its hash differs")


def _starting_point(
    log: Log, snapshots: SnapshotStore, factory: CoreFactory, limit: int
) -> tuple[Engine, int, list[str]]:
    """Return an engine at the newest good snapshot up to `limit`, its sequence, and warnings."""
    warnings = []
    found: tuple[Engine, int] | None = None
    for sequence in snapshots.sequences():
        snapshot = snapshots.load(sequence)
        if snapshot is None:
            warnings.append(f"snapshot {sequence}: {snapshots.fault(sequence)}")
            continue
        position = Checkpoint(snapshot.epoch, sequence, snapshot.chain_hash)
        _check_position(log, "a snapshot", position)
        if found or sequence > limit:
            continue
        try:
            found = _restored(factory, snapshot.body, sequence), sequence
        except ValueError as error:
            warnings.append(f"snapshot {sequence}: {error}")
    engine, start = found or (Engine(factory()), 0)
    return engine, start, warnings


def _restored(factory: CoreFactory, body: bytes, sequence: int) -> Engine:
    engine = Engine.restore(factory, body)
    if engine.core.sequence != sequence or engine.digest() != sha256(body).digest():
        raise ValueError("it does not restore to the state it was taken from")
    return engine


def event_batch(batch: Batch, records: bytes) -> EventBatch:
    """Return what readers are given of a batch that brought about these event records."""
    return EventBatch(
        batch.first_sequence,
        batch.last_sequence,
        batch.time_ns,
        batch.chain_hash,
        codec.decode_events(records),
        records,
    )


# Applying what is in a log


class DoesNotApply(LogDamaged):
    """The engine fails on what a sound log holds. Whatever it had done by then is not to be used.

    `sequence` is the command it fails on; 0 where only the batch is known.
    """

    def __init__(self, where: str, cause: Exception, sequence: int = 0) -> None:
        super().__init__(f"{where} does not apply: {type(cause).__name__}: {cause}")
        self.cause = cause
        self.sequence = sequence


def skips_of(log: Log, after: int) -> frozenset[int]:
    """Return the sequences that the log behind `after` takes out of effect.

    A damaged log is read as far as it is good: whoever applies it comes to the damage himself.
    """
    found: set[int] = set()
    try:
        for batch in log.read(after):
            found.update(codec.skips_in(batch.payload))
    except (LogDamaged, codec.BadRecord):
        pass
    return frozenset(found)


def applied(
    engine: Engine, batch: Batch, skips: Collection[int] = (), until: int | None = None
) -> bytes:
    """Apply what a batch holds behind the engine's sequence; return the event records.

    `skips` are those of the log from the engine's sequence on; `until` is the last sequence wanted,
    that of the batch unless it is given.

    Raises:
        LogDamaged: its records are not what its header says, or are a newer program's.
        DoesNotApply: the engine fails on one.
    """
    where = f"batch {batch.first_sequence} to {batch.last_sequence}"
    _check_notices(where, batch.payload, skips)
    last = batch.last_sequence if until is None else min(until, batch.last_sequence)
    try:
        events = engine.apply(_wanted(batch, engine.core.sequence, last, skips))
    except Exception as error:  # Whatever it is, the state after it is not to be trusted.
        raise DoesNotApply(where, error) from error
    if engine.core.sequence != last:
        raise LogDamaged(f"{where}: its records end at {engine.core.sequence}")
    return events


def _check_notices(where: str, records: bytes, skips: Collection[int]) -> None:
    """Check that this program knows the rules, and that no skip comes as a surprise."""
    try:
        codec.check_rules(records)
        surprises = [skip for skip in codec.skips_in(records) if skip not in skips]
    except codec.BadRecord as error:
        raise LogDamaged(f"{where}: {error}") from None
    if surprises:
        raise LogDamaged(f"{where}: it takes {surprises[0]} out of effect, which was applied here")


def _wanted(batch: Batch, behind: int, last: int, skips: Collection[int]) -> bytes:
    """Return the records behind a sequence up to another, as they are to be applied."""
    records = batch.payload
    if batch.first_sequence <= behind or last < batch.last_sequence:
        records = b"".join(
            record
            for record in codec.split(records)
            if behind < codec.STAMP.unpack_from(record, codec.STAMP_OFFSET)[0] <= last
        )
    if any(batch.first_sequence <= skip <= last for skip in skips):
        records = codec.without(records, skips)
    return records


def find_failure(
    log: Log,
    snapshots: SnapshotStore,
    factory: CoreFactory,
    limit: int | None = None,
    also_skipped: Collection[int] = (),
) -> DoesNotApply | None:
    """Return the first command of a sound log that the engine fails on; None where all apply.

    The replay begins at the newest snapshot, of those up to `limit` if it is given, and skips what
    the log says and `also_skipped`.

    Raises:
        LogDamaged: the log contradicts itself, or a snapshot.
    """
    newest = log.tail().sequence if limit is None else limit
    engine, start, _ = _starting_point(log, snapshots, factory, newest)
    skips, reached = skips_of(log, start) | set(also_skipped), start
    try:
        for batch in log.read(start):
            applied(engine, batch, skips)
            reached = batch.last_sequence
    except DoesNotApply:
        engine, start, _ = _starting_point(log, snapshots, factory, reached)
        return _failure_behind(engine, log, reached, skips | skips_of(log, start))
    return None


def _failure_behind(
    engine: Engine, log: Log, reached: int, skips: Collection[int]
) -> DoesNotApply | None:
    """Return the first command of the batch behind `reached` that fails, tried one by one."""
    for batch in log.read(engine.core.sequence):
        if batch.last_sequence <= reached:
            applied(engine, batch, skips)
            continue
        return _failure_in(engine, _wanted(batch, reached, batch.last_sequence, skips))
    return None


def _failure_in(engine: Engine, records: bytes) -> DoesNotApply | None:
    """Return the first command that fails; None where the records are not even whole."""
    try:
        for record in codec.split(records):
            sequence = codec.STAMP.unpack_from(record, codec.STAMP_OFFSET)[0]
            try:
                engine.apply(bytes(record))
            except Exception as error:  # As in `applied`.
                return DoesNotApply(f"sequence {sequence}", error, sequence)
    except codec.BadRecord:
        pass
    return None


# The report

UNPROVEN = "the good part of the log has no batch that ends there"


@dataclass(slots=True)
class AssetTotals:
    """Where the units of one asset are. They balance if the venue owes what it was given."""

    asset: int
    symbol: str
    available: int
    held: int
    fees: int
    in_flight: int
    loss: int
    credited: int
    withdrawn: int

    @property
    def balanced(self) -> bool:
        """Whether what is here equals what came in less what left."""
        here = self.available + self.held + self.fees + self.in_flight + self.loss
        return here == self.credited - self.withdrawn


@dataclass(slots=True)
class SnapshotReport:
    """One stored snapshot; `fault` is empty where it is sound and agrees with the log."""

    sequence: int
    fault: str = ""


@dataclass(slots=True)
class Inspection:
    """What a log holds, replayed from its first command to its last good one."""

    sequence: int
    time_ns: int
    epoch: int
    chain_hash: bytes
    digest: bytes
    batches: int
    assets: list[AssetTotals]
    snapshots: list[SnapshotReport]
    damage: list[str] = field(default_factory=list)


def inspect(
    log: Log,
    snapshots: SnapshotStore,
    factory: CoreFactory,
    look: Callable[[Batch], None] = _nothing,
) -> Inspection:
    """Replay the whole log from genesis and compare every snapshot with it. Changes nothing.

    `look` is shown every batch that is sound. Damage is listed, never raised: the report then
    describes the state before it.
    """
    engine, tail, batches = Engine(factory()), GENESIS, 0
    reports = {sequence: SnapshotReport(sequence, UNPROVEN) for sequence in snapshots.sequences()}
    damage: list[str] = []
    try:
        skips = skips_of(log, 0)
        for batch in log.read(0):
            applied(engine, batch, skips)
            look(batch)
            tail, batches = tail_of(batch), batches + 1
            if tail.sequence in reports:
                report = reports[tail.sequence]
                report.fault = compare_snapshot(snapshots, engine, tail)
    except DoesNotApply as error:
        damage.append(str(find_failure(log, snapshots, factory, 0) or error))
    except LogDamaged as error:
        damage.append(str(error))
    # A venue that runs meanwhile replaces old snapshots by new ones.
    still_there = snapshots.sequences()
    stored = [report for report in reports.values() if report.sequence in still_there]
    damage.extend(
        f"snapshot {report.sequence}: {report.fault}" for report in stored if report.fault
    )
    return Inspection(
        sequence=tail.sequence,
        time_ns=tail.time_ns,
        epoch=tail.epoch,
        chain_hash=tail.chain_hash,
        digest=engine.digest(),
        batches=batches,
        assets=_totals(engine),
        snapshots=stored,
        damage=damage,
    )


def compare_snapshot(snapshots: SnapshotStore, engine: Engine, tail: LogTail) -> str:
    """Return what is wrong with the snapshot at `tail`, where the engine stands; or nothing."""
    snapshot = snapshots.load(tail.sequence)
    if snapshot is None:
        return snapshots.fault(tail.sequence)
    if snapshot.chain_hash != tail.chain_hash:
        return "belongs to another log: its hash differs"
    if sha256(snapshot.body).digest() != engine.digest():
        return "differs from the state that the log leads to"
    return ""


def _totals(engine: Engine) -> list[AssetTotals]:
    assets, _ = engine.definitions()
    return [AssetTotals(a.asset, a.symbol, *engine.core.totals(a.asset)) for a in assets]
