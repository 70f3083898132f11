"""An own journal: the log of a venue, or bare command records, through an engine from genesis."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from outcry import codec
from outcry.adapters.data_dir import DataDir
from outcry.adapters.sqlite_log import SqliteLog
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.ports import LogDamaged
from outcry.recovery import skips_of
from outcry.replay.source import SQLITE_MAGIC, BadRecording, Progress, read_bytes
from outcry.replay.target import ReplayReport

CHUNK_RECORDS = 4_096


def play_journal(
    path: Path, factory: CoreFactory, report: ReplayReport, progress: Progress
) -> None:
    """Apply every command of a journal to a new engine.

    `path` is a data folder, its log file, or a file (also packed) of stamped command records.

    Raises:
        BadRecording: the file is not a journal, is damaged, or starts in the middle.
    """
    started = perf_counter()
    engine = Engine(factory())
    try:
        for payload, done, size in _payloads(path):
            codec.check_rules(payload)
            _apply(engine, payload)
            report.operations = engine.core.sequence
            progress(done, size)
    except (LogDamaged, codec.BadRecord, ValueError) as error:
        raise BadRecording(f"{path}: {error}") from error
    if failed := engine.core.conservation_failure():
        report.problem(f"the sums of asset {failed} disagree")
    report.digest = engine.digest().hex()
    report.seconds = perf_counter() - started


def _apply(engine: Engine, payload: bytes) -> None:
    """Apply records.

    Raises:
        BadRecord: the engine fails on one.
    """
    try:
        engine.apply(payload)
    except Exception as error:  # Whatever it is: a recording is judged, not trusted.
        where = f"behind sequence {engine.core.sequence}"
        raise codec.BadRecord(f"{where}: {type(error).__name__}: {error}") from error


def _payloads(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """Yield (command records, how far, of how much)."""
    log_path = DataDir(path, lock=-1).log if path.is_dir() else path
    if _is_sqlite(log_path):
        yield from _from_log(log_path)
    else:
        yield from _from_records(read_bytes(log_path))


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def _from_log(path: Path) -> Iterator[tuple[bytes, int, int]]:
    log = SqliteLog(path, read_only=True)
    try:
        last, skips = log.tail().sequence, skips_of(log, 0)
        for batch in log.read(0):
            yield codec.without(batch.payload, skips), batch.last_sequence, last
    finally:
        log.close()


def _from_records(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield chunks of whole records, so that one call of the engine stays small."""
    start = end = waiting = 0
    skips = codec.skips_in(data)
    for record in codec.split(data):
        end += len(record)
        waiting += 1
        if waiting == CHUNK_RECORDS:
            yield codec.without(data[start:end], skips), end, len(data)
            start, waiting = end, 0
    if end > start:
        yield codec.without(data[start:end], skips), end, len(data)
