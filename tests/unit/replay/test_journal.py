"""Own journals: the same state again, from a folder, its log, or bare records."""

import gzip
from pathlib import Path

import pytest

from outcry.adapters.memory import MemoryLog, MemorySnapshots
from outcry.adapters.sqlite_log import SqliteLog
from outcry.engine.core import choose
from outcry.recovery import inspect
from outcry.replay.journal import play_journal
from outcry.replay.source import BadRecording, no_progress
from outcry.replay.target import ReplayReport
from tests.support.cores import CORES, core_factory
from tests.support.script import fill

BATCHES = 40


def replayed(path: Path, core: str = "reference") -> ReplayReport:
    report = ReplayReport("journal", core)
    play_journal(path, core_factory(core), report, no_progress)
    return report


@pytest.fixture
def digest() -> str:
    log = MemoryLog()
    fill(log, 3, BATCHES)
    return inspect(log, MemorySnapshots(), choose("reference")).digest.hex()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    log = SqliteLog(tmp_path / "log.sqlite")
    fill(log, 3, BATCHES)
    log.close()
    return tmp_path


@pytest.mark.parametrize("core", CORES)
def test_log_leads_to_the_same_digest_on_each_core(data: Path, digest: str, core: str) -> None:
    report = replayed(data, core)
    assert report.agrees
    assert (report.operations, report.digest) == (14 + 3 * (BATCHES - 1), digest)


def test_bare_records_lead_there_too(data: Path, digest: str) -> None:
    log = SqliteLog(data / "log.sqlite", read_only=True)
    records = b"".join(batch.payload for batch in log.read(0))
    log.close()
    (data / "records.gz").write_bytes(gzip.compress(records))
    assert replayed(data / "records.gz").digest == digest


def test_records_that_start_in_the_middle_are_refused(data: Path) -> None:
    log = SqliteLog(data / "log.sqlite", read_only=True)
    records = b"".join(batch.payload for batch in log.read(14))
    log.close()
    (data / "records").write_bytes(records)
    with pytest.raises(BadRecording):
        replayed(data / "records")


def test_damaged_log_is_refused_by_name(data: Path) -> None:
    path = data / "log.sqlite"
    spoiled = bytearray(path.read_bytes())
    spoiled[-700] ^= 1
    path.write_bytes(spoiled)
    with pytest.raises(BadRecording, match="log.sqlite"):
        replayed(path)
