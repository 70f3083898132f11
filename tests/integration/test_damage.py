"""Bits flip and files lose their ends: found and named, or harmless; never a wrong state.

Every case writes a venue's files once, spoils one place of one file, and starts again.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.pipeline import PipelineSettings
from outcry.ports import Checkpoint, LogDamaged
from outcry.recovery import inspect, recover
from tests.support.flow import Flow, reference
from tests.support.script import some_orders

CASES = 40
"""Spoiled places per file and kind; `make soak` takes more."""


@dataclass
class Written:
    """The files of a venue that was killed, and what it had acknowledged."""

    folder: Path
    digest: bytes
    checkpoint: Checkpoint


@pytest.fixture(scope="module", params=["killed", "closed"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("whole")
    live = tmp_path_factory.mktemp("live")
    log = SqliteLog(live / "log.sqlite")
    flow = Flow(
        log=log,
        snapshots=SnapshotFiles(live / "snapshots"),
        settings=PipelineSettings(snapshot_commands=30),
    ).opened()
    for record in some_orders(seed=4, count=100):
        flow.submit(record)
        flow.run()
    tail = log.tail()
    # Copied while it is open it is as a kill would leave it: everything is still in the WAL.
    if request.param == "killed":
        shutil.copytree(live, folder, dirs_exist_ok=True)
    log.close()
    if request.param == "closed":
        shutil.copytree(live, folder, dirs_exist_ok=True)
    return Written(folder, flow.engine.digest(), Checkpoint(1, tail.sequence, tail.chain_hash))


def start_again(folder: Path, checkpoint: Checkpoint) -> bytes:
    """Return the digest the venue comes back with."""
    with closing(SqliteLog(folder / "log.sqlite")) as log:
        snapshots = SnapshotFiles(folder / "snapshots")
        return recover(log, snapshots, reference(), checkpoint, []).engine.digest()


def files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not path.name.endswith("-shm")]


def flip(path: Path, random: Random) -> str:
    data = bytearray(path.read_bytes())
    bit = random.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    return f"bit {bit} of {path.name}"


def cut(path: Path, random: Random) -> str:
    size = random.randrange(path.stat().st_size)
    with path.open("r+b") as file:
        file.truncate(size)
    return f"{path.name} cut to {size}"


def spoil_and_start(
    written: Written,
    tmp_path: Path,
    spoil: Callable[[Path, Random], str],
    seed: int,
    checkpoint: Checkpoint,
) -> tuple[str, str]:
    """Return what was spoiled in a fresh copy, and "same", "named" or what went wrong."""
    random = Random(seed)
    folder = tmp_path / f"case{seed}"
    shutil.copytree(written.folder, folder)
    what = spoil(random.choice(files(folder)), random)
    try:
        digest = start_again(folder, checkpoint)
    except LogDamaged as error:
        return what, "named" if str(error) else "damage without a name"
    finally:
        shutil.rmtree(folder)
    return what, "same" if digest == written.digest else "another state"


@pytest.mark.parametrize("spoil", [flip, cut])
@pytest.mark.parametrize("projections", ["behind", "at the end"])
def test_spoiled_file_is_named_or_harmless(
    written: Written,
    tmp_path: Path,
    spoil: Callable[[Path, Random], str],
    projections: str,
) -> None:
    checkpoint = written.checkpoint if projections == "at the end" else Checkpoint()
    cases = [spoil_and_start(written, tmp_path, spoil, n, checkpoint) for n in range(CASES)]
    wrong = [case for case in cases if case[1] not in {"same", "named"}]
    assert wrong == []
    if projections == "behind":
        # Then all of the log is read, and both happen often.
        assert {outcome for _, outcome in cases} == {"same", "named"}


@pytest.mark.soak
@pytest.mark.parametrize("spoil", [flip, cut])
def test_many_spoiled_files_are_named_or_harmless(
    written: Written, tmp_path: Path, spoil: Callable[[Path, Random], str]
) -> None:
    for seed in range(10_000, 12_500):
        case = spoil_and_start(written, tmp_path, spoil, seed, Checkpoint())
        assert case[1] in {"same", "named"}, (seed, case)


def test_whole_copy_starts_as_it_was(written: Written, tmp_path: Path) -> None:
    shutil.copytree(written.folder, tmp_path, dirs_exist_ok=True)
    assert start_again(tmp_path, written.checkpoint) == written.digest


def test_report_names_damage_that_a_start_from_a_snapshot_passes_by(
    written: Written, tmp_path: Path
) -> None:
    shutil.copytree(written.folder, tmp_path, dirs_exist_ok=True)
    with closing(SqliteLog(tmp_path / "log.sqlite")) as log:
        log._connection.execute("UPDATE log SET time_ns = time_ns - 1 WHERE first_seq = 1")
    assert start_again(tmp_path, written.checkpoint) == written.digest
    with closing(SqliteLog(tmp_path / "log.sqlite", read_only=True)) as log:
        report = inspect(log, SnapshotFiles(tmp_path / "snapshots"), reference())
    assert report.damage[0] == "batch 1 to 14: wrong hash"
