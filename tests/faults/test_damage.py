"""R13: bits flip and files lose their ends, at random places of every file of a data folder.

Either it is found and said, or it changes nothing; never is another state served. `damage` has the
ways in which it may be found.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from random import Random

import pytest

from outcry.adapters import sqlite_ledger
from outcry.adapters.data_dir import DataDir
from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from tests.faults import damage
from tests.faults.damage import Outcome, Whole, cut, files, flip, outcome, outcome_of_history
from tests.support.ledger_folder import write_folder
from tests.support.scoreboard import add

CASES, CASES_LONG = 500, 10_000
BATCHES = 80
KINDS = ("closed", "killed", "killed when all was written over")
"""How a venue ended: in the last case its ledger had just written its changes into the file."""
WAL_BYTES = 1_000_000


def write(folder: Path, kind: str, patch: pytest.MonkeyPatch) -> Path:
    """Write a venue's folder, and return it as an orderly end or a kill leaves it."""
    killed, stores = folder.with_name("killed"), []

    def open_store(store: SqliteLedger, path: Path) -> None:
        stores.append(store)
        open_(store, path)

    def copy_and_close(log: SqliteLog) -> None:
        if kind == KINDS[2]:
            stores[0]._write_over()
        shutil.copytree(folder, killed)
        close(log)

    open_, close = SqliteLedger.__init__, SqliteLog.close
    patch.setattr(SqliteLedger, "__init__", open_store)
    patch.setattr(SqliteLog, "close", copy_and_close)
    patch.setattr(sqlite_ledger, "WAL_BYTES", WAL_BYTES)
    write_folder(folder, batches=BATCHES)
    return folder if kind == "closed" else killed


@pytest.fixture(scope="module", params=KINDS)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Whole]:
    base = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        folder = write(base / "live", request.param, patch)
    with damage.cheap_passwords():
        yield asyncio.run(damage.whole(folder, base / "whole"))


async def spoil_and_start(whole: Whole, folder: Path, seed: int) -> tuple[str, Outcome, str]:
    random = Random(seed)
    damage.copy_of(whole.folder, folder)
    path = random.choice(files(folder))
    what = random.choice((flip, flip, flip, cut))(path, random)
    became, words = await outcome(whole, folder)
    if became is Outcome.SAME and path.name.startswith("ledger"):
        became, words = outcome_of_history(whole, DataDir(folder, lock=-1))
    shutil.rmtree(folder)
    return what, became, words


async def spoil_many(whole: Whole, folder: Path, seeds: range) -> Counter[Outcome]:
    found: Counter[Outcome] = Counter()
    for seed in seeds:
        what, became, words = await spoil_and_start(whole, folder / str(seed), seed)
        assert became is not Outcome.WRONG, (seed, what, words)
        assert words or became in {Outcome.SAME, Outcome.REMADE, Outcome.ALARM}, (seed, what)
        found[became] += 1
    return found


async def test_damage_is_found_or_changes_nothing(written: Whole, tmp_path: Path) -> None:
    found = await spoil_many(written, tmp_path, range(ceil(CASES / len(KINDS))))
    add("R13", damaged=found.total(), wrong=found[Outcome.WRONG])


@pytest.mark.soak
async def test_damage_of_all_kinds_is_found_or_changes_nothing(
    written: Whole, tmp_path: Path
) -> None:
    found = await spoil_many(written, tmp_path, range(ceil(CASES_LONG / len(KINDS))))
    add("R13", target="release", damaged=found.total(), wrong=found[Outcome.WRONG])
