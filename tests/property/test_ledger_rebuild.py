"""A ledger that lived through batches, transactions and restarts, made again from genesis."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from outcry.engine.core import choose
from outcry.engine.engine import Engine
from outcry.ledger.tables import TABLES
from tests.support.busy_day import BusyDay
from tests.support.ledger_run import LedgerRun, Rows, all_rows
from tests.support.scoreboard import note

EVENTS, SOAK_EVENTS = 100_000, 1_000_000
EVENTS_A_COMMAND = 2.2
REBUILD_EVENTS = 20_000
"""A rebuild ends a transaction behind so many events."""
SOAK_SECONDS = 120


def day(events: int) -> list[bytes]:
    """Return commands that bring about at least so many events."""
    return list(BusyDay(11).records(int(events / EVENTS_A_COMMAND)))


def live(path: Path, records: list[bytes]) -> Rows:
    """Run commands in batches, transactions and lives of all sizes."""
    random, engine = Random(5), Engine(choose()())
    run, start = LedgerRun(path, engine.core), 0
    while start < len(records):
        end = start + random.choice((1, 3, 40, 400))
        run.consume(engine.apply(b"".join(records[start:end])))
        start = end
        if random.random() < 0.05:
            run.flush()
            if random.random() < 0.1:
                run = run.restarted(engine.snapshot())
    run.flush()
    rows = all_rows(run.store)
    run.store.close()
    return rows


def rebuilt(path: Path, records: list[bytes]) -> tuple[Rows, float]:
    """Make the ledger again; return its rows, and how many seconds it took."""
    batches = [b"".join(records[start : start + 200]) for start in range(0, len(records), 200)]
    engine = Engine(choose()())
    with without_collector():
        run, begun, waiting = LedgerRun(path, engine.core), perf_counter(), 0
        for batch in batches:
            told = engine.apply(batch)
            run.consume(told)
            waiting += len(told) // 120
            if waiting > REBUILD_EVENTS:
                run.flush()
                waiting = 0
        run.flush()
        seconds = perf_counter() - begun
    rows = all_rows(run.store)
    run.store.close()
    return rows, seconds


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the garbage collector away, as a process does that makes rows and nothing else."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def compare(folder: Path, events: int) -> tuple[dict[str, int], float]:
    """Return the figures of a live ledger beside one made again, and the seconds that took."""
    records = day(events)
    one = live(folder / "live.sqlite", records)
    other, seconds = rebuilt(folder / "again.sqlite", records)
    assert all(one[name] for name in TABLES)
    found = sum(row[4] for row in one["events"])
    rows = sum(map(len, one.values()))
    differing = sum(a != b for n in one for a, b in zip(one[n], other[n], strict=False))
    differing += sum(abs(len(one[name]) - len(other[name])) for name in one)
    return {"events": found, "rows": rows, "differing": differing}, seconds


def test_ledger_of_busy_days_is_rebuilt_row_for_row(tmp_path: Path) -> None:
    figures, _ = compare(tmp_path, EVENTS)
    note("R16", **figures)
    assert figures["events"] >= EVENTS
    assert figures["differing"] == 0


@pytest.mark.soak
def test_million_events_are_rebuilt_within_two_minutes(tmp_path: Path) -> None:
    figures, seconds = compare(tmp_path, SOAK_EVENTS)
    note("R16", target="release", seconds=round(seconds, 1), **figures)
    assert figures["events"] >= SOAK_EVENTS
    assert figures["differing"] == 0
    assert seconds <= SOAK_SECONDS
