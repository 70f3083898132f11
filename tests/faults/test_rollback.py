"""R12: a log that went back, was made anew, belongs to somebody else, or says other things under
the same numbers. Whatever else is still there of the venue contradicts it, so a real venue refuses
to start in every case, each time it is tried, and applies nothing.

What remembers: the mark of what was acknowledged, the snapshots, the ledger. Each is tried alone
and together with the others. Where all three are gone nothing can be known, and a start is right.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest

from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.output import DAMAGE
from outcry.ports import LogTail
from tests.integration.kill import Driver
from tests.support.nest import Nest
from tests.support.real_venue import RealVenue, copy_of
from tests.support.scoreboard import add
from tests.support.traders import draw

WITNESSES = {"mark": "log.sqlite.ack", "snapshots": "snapshots", "ledger": "ledger.sqlite*"}
ORDERS, ORDERS_MORE = 300, 300
OFTEN = {"OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "100"}


class Copies:
    """One venue at two moments, the same venue gone another way from the first, and another one."""

    def __init__(self, folder: Path) -> None:
        self.old, self.new, self.fork, self.other = (
            folder / name for name in ("old", "new", "fork", "other")
        )


async def live(nest: Nest, data: Path, orders: int, first: int) -> None:
    """Let a venue take orders and end in an orderly way."""
    venue = RealVenue(nest, data, data.parent)
    venue.environ = OFTEN
    await venue.start()
    driver, over = Driver(draw, 20, connections=2, sent=first), asyncio.Event()
    driving = asyncio.create_task(driver.drive(venue, over))
    while len(driver.acknowledged) < orders and not driving.done():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    over.set()
    await driving
    assert await venue.stop() == 0


async def make_copies(nest: Nest, seeded: Path, folder: Path) -> Copies:
    copies = Copies(folder)
    copy_of(seeded, copies.old)
    await live(nest, copies.old, ORDERS, first=0)
    await live(nest, copy_of(copies.old, copies.new), ORDERS_MORE, first=100_000)
    await live(nest, copy_of(copies.old, copies.fork), 2 * ORDERS_MORE, first=200_000)
    await live(nest, copies.other, 3 * ORDERS_MORE, first=300_000)
    return copies


@pytest.fixture(scope="module")
def copies(nest: Nest, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return asyncio.run(make_copies(nest, seeded, tmp_path_factory.mktemp("copies")))


def remove_log(data: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (data / f"log.sqlite{suffix}").unlink(missing_ok=True)


def put_log(data: Path, source: Path) -> None:
    remove_log(data)
    shutil.copy(source / "log.sqlite", data)


def cut_off(data: Path, first: int) -> None:
    """Delete the batches from one on, as a tool would: the rest is sound."""
    with closing(sqlite3.connect(data / "log.sqlite", isolation_level=None)) as log:
        log.execute("DELETE FROM log WHERE last_seq >= ?", (first,))


def last_remembered(data: Path) -> int:
    """Return where the newest snapshot stands; the mark and the ledger stand at the end."""
    found = SnapshotFiles(data / "snapshots", read_only=True).sequences()
    return found[0] if found else tail_without_mark(data).sequence


LOGS: dict[str, Callable[[Path, Copies], None]] = {
    "an old copy of the log": lambda data, copies: put_log(data, copies.old),
    "the log with its end cut off": lambda data, _: cut_off(data, last_remembered(data)),
    "an empty log": lambda data, _: cut_off(data, 0),
    "no log, and so a new one": lambda data, _: remove_log(data),
    "another venue's log": lambda data, copies: put_log(data, copies.other),
    "the same numbers with other content": lambda data, copies: put_log(data, copies.fork),
}
REMAINING = [
    kept for count in range(1, len(WITNESSES) + 1) for kept in combinations(WITNESSES, count)
]


def forget(data: Path, *witnesses: str) -> None:
    for witness in witnesses:
        for path in data.glob(WITNESSES[witness]):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def tail_without_mark(data: Path) -> LogTail:
    """Return where a log ends, read without what remembers more."""
    aside = data.with_name(f"{data.name}-aside")
    aside.mkdir()
    for path in data.glob("log.sqlite*"):
        if not path.name.endswith((".ack", "-shm")):
            shutil.copy(path, aside)
    with closing(SqliteLog(aside / "log.sqlite")) as log:
        tail = log.tail()
    shutil.rmtree(aside)
    return tail


@pytest.mark.parametrize("log", LOGS)
async def test_log_that_contradicts_what_remembers_is_refused(
    nest: Nest, copies: Copies, tmp_path: Path, log: str
) -> None:
    for kept in REMAINING:
        data = copy_of(copies.new, tmp_path / "-".join(kept))
        forget(data, *set(WITNESSES) - set(kept))
        LOGS[log](data, copies)
        venue = RealVenue(nest, data, tmp_path)
        before = tail_without_mark(data)
        for _ in range(2 if len(kept) == 1 else 1):  # What was refused once is refused again.
            code, said = await venue.refused()
            assert (code, "Traceback" in said) == (DAMAGE, False), (kept, said)
            assert "what to do: docs/runbook/log-damaged.md" in said
        assert tail_without_mark(data) == before, kept
        add("R12", cases=1, refused=1, applied=0)


async def test_without_anything_that_remembers_a_start_is_right(
    nest: Nest, copies: Copies, tmp_path: Path
) -> None:
    data = copy_of(copies.new, tmp_path / "data")
    forget(data, *WITNESSES)
    put_log(data, copies.old)
    venue = RealVenue(nest, data, tmp_path)
    await venue.start()
    assert await venue.stop() == 0


async def test_build_that_asks_nobody_fails_the_same_test(
    nest: Nest, copies: Copies, tmp_path: Path
) -> None:
    data = copy_of(copies.new, tmp_path / "data")
    forget(data, "snapshots", "ledger")
    put_log(data, copies.old)
    venue = RealVenue(nest, data, tmp_path)
    venue.patch = "tests.faults.broken:believe_any_log"
    with pytest.raises(AssertionError, match="it does start"):
        await venue.refused()
    await venue.kill()
