"""Orders at full speed for long: the venue does not grow with what it has done.

Its memory is that of all its processes. What SQLite keeps of the ledger is bounded, and is full
only after some hundred thousand commands: a short run may take that much once, and looks closely at
the process that trades. That keeps what the ledger has not written, some 600 bytes a command, and
what it took for this once is not given back: a short run begins with more of it than comes later.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

import pytest

from outcry.adapters import sqlite_ledger, sqlite_ledger_view
from outcry.client import Client
from tests.support.helper import Helper, helper
from tests.support.process import (
    VenueProcess,
    family,
    follower_of,
    resident_bytes,
    venue_process,
)
from tests.support.scoreboard import note

MARKET = {"symbol": "SOAK_INR", "base": "TATA", "quote": "INR", "tick": "0.05", "lot": "1"}
TERMS = {"market": "SOAK_INR", "price": "0.05", "quantity": "1"}
"""So cheap that half an hour of it is below what an account may trade in a day."""
CACHES_BYTES = (sqlite_ledger.CACHE_KIB + sqlite_ledger_view.CACHE_KIB) << 10
SETTLING_BYTES = 16 << 20
"""What a process may take until it has done everything once."""
SHORT_BYTES_PER_COMMAND_MAX = 16
FILES_AT_TIMES = 4
"""Those that are open for a moment only: a snapshot, a page of history."""
LONG_BYTES_PER_COMMAND_MAX = 1
"""One megabyte a million commands."""
SHORT_S, SHORT_WINDOW_S = 60.0, 0.5
SETTLED_COMMANDS = 150_000
"""Behind the first snapshot, and behind the passwords of the demo: a hash of one takes 64 MB."""
LONG_S, LONG_WINDOW_S = 1_800.0, 10.0
LAG_COMMANDS_MAX, POLL_S = 10_000, 0.1
"""At full speed a ledger may fall behind; before the next window it is waited for."""
BEHIND_S = 1.0
"""Orders of that long without a ledger are more than what a short window can leave unwritten."""
KEYS_REMEMBERED = 2_000_000
"""Client order ids of two accounts that a venue remembers: a long run begins behind them."""
SNAPSHOT_BYTES_MAX = 1 << 20
STARVED_S = 45.0
"""What a ledger to which nothing is left has until it is up to date: less than a venue waits."""


class Sample(NamedTuple):
    """A venue at one moment."""

    commands: int
    trading_bytes: int
    """The memory of the process that trades."""
    memory_bytes: int
    """That of all."""
    files: int
    snapshot_bytes: int


class Soak:
    """A venue and the load that is put on it."""

    def __init__(self, venue: VenueProcess, load: Helper, url: str) -> None:
        self._venue = venue
        self._load = load
        self._client = Client(url)
        self._port = int(url.rpartition(":")[2])
        demo = json.loads((venue.data / "demo.json").read_text())
        self._tokens = [trader["token"] for trader in demo["traders"]]
        for token in self._tokens:
            with Client(url, token) as trader:
                trader.post("/api/v1/dev/markets", MARKET)
                trader.faucet("TATA", "1000000000")

    def run(self, seconds: float, *, with_ids: bool) -> Sample:
        """Place orders for a while, let the ledger follow, and look at the venue."""
        self.place(seconds, with_ids)
        while not self.is_near():
            sleep(POLL_S)
        return self.sample()

    def is_near(self) -> bool:
        """Return whether the ledger lacks little."""
        return self._metric("outcry_ledger_lag_commands") <= LAG_COMMANDS_MAX

    def fall_behind(self, seconds: float) -> None:
        """Place orders for a while that the ledger cannot follow."""
        follower = follower_of(self._venue)
        os.kill(follower, signal.SIGSTOP)
        try:
            self.place(seconds, with_ids=False)
        finally:
            os.kill(follower, signal.SIGCONT)

    def stand_back(self, window_s: float) -> None:
        """Place orders until the ledger stands back."""
        end = monotonic() + STARVED_S
        while os.sched_getscheduler(follower_of(self._venue)) != os.SCHED_IDLE:
            assert monotonic() < end, "it does not stand back"
            self.run(window_s, with_ids=False)
            sleep(window_s)

    def mode(self) -> str:
        """Return what the venue takes."""
        return self._client.status().mode

    def place(self, seconds: float, with_ids: bool) -> None:
        """Place orders for a while."""
        order: dict[str, Any] = {"port": self._port, "tokens": self._tokens, "terms": TERMS}
        told = self._load.ask(**order, seconds=seconds, with_ids=with_ids)
        assert told["refused"] == 0, (told, self._client.status())

    def _metric(self, name: str) -> int:
        lines = self._client.metrics().decode().splitlines()
        return int(float(next(line for line in lines if line.startswith(f"{name} ")).split()[1]))

    def sample(self) -> Sample:
        """Look at the venue."""
        processes = family(self._venue.process.pid)
        snapshots = [path.stat() for path in (self._venue.data / "snapshots").glob("*")]
        newest = max(snapshots, key=lambda found: found.st_mtime, default=None)
        return Sample(
            self._metric("outcry_commands_total"),
            resident_bytes(self._venue.process.pid),
            sum(resident_bytes(process) for process in processes),
            sum(len(os.listdir(f"/proc/{process}/fd")) for process in processes),
            newest.st_size if newest else 0,
        )

    def settle(self, commands: int, window_s: float, *, with_ids: bool) -> None:
        """Place orders until the venue has done so much."""
        while self.run(window_s, with_ids=with_ids).commands < commands:
            pass

    def samples(self, seconds: float, window_s: float, *, with_ids: bool) -> list[Sample]:
        """Place orders for so long; return what was seen, beginning behind a first window."""
        found = [self.run(window_s, with_ids=with_ids)]
        end = monotonic() + seconds
        while monotonic() < end:
            found.append(self.run(window_s, with_ids=with_ids))
        return found

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


@contextmanager
def soak(data: Path, module: str = "outcry") -> Iterator[Soak]:
    with (
        venue_process(data, "--demo", program=("-m", module)) as venue,
        helper("flow_load") as load,
    ):
        soaked = Soak(venue, load, venue.started()["url"])
        try:
            yield soaked
        finally:
            soaked.close()


@contextmanager
def every_core_taken() -> Iterator[None]:
    """Run a program on every core that does not wait for anything."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for program in busy:
            program.kill()
            program.wait()


def grown(samples: list[Sample]) -> tuple[int, int]:
    """Return how much the process that trades, and all, grew beyond what commands may take."""
    first, last = samples[0], samples[-1]
    share = SHORT_BYTES_PER_COMMAND_MAX * (last.commands - first.commands)
    trading = last.trading_bytes - first.trading_bytes
    return trading - share, last.memory_bytes - first.memory_bytes - share


def test_venue_does_not_grow_with_what_it_has_done(tmp_path: Path) -> None:
    with soak(tmp_path) as soaked:
        soaked.fall_behind(BEHIND_S)
        soaked.settle(SETTLED_COMMANDS, SHORT_WINDOW_S, with_ids=False)
        samples = soaked.samples(SHORT_S, SHORT_WINDOW_S, with_ids=False)
    first, last = samples[0], samples[-1]
    note(
        "R19",
        commands=last.commands - first.commands,
        trading_grown_mb=round((last.trading_bytes - first.trading_bytes) / 1e6, 1),
        grown_mb=round((last.memory_bytes - first.memory_bytes) / 1e6, 1),
        files=last.files,
        snapshot_kb=last.snapshot_bytes >> 10,
    )
    trading, together = grown(samples)
    assert trading <= SETTLING_BYTES
    assert together <= CACHES_BYTES + SETTLING_BYTES
    assert max(sample.files for sample in samples) <= first.files + FILES_AT_TIMES
    assert last.snapshot_bytes <= SNAPSHOT_BYTES_MAX


def test_venue_that_keeps_every_event_is_caught(tmp_path: Path) -> None:
    with soak(tmp_path, "tests.e2e.leaky_venue") as soaked:
        soaked.fall_behind(BEHIND_S)
        soaked.settle(SETTLED_COMMANDS, SHORT_WINDOW_S, with_ids=False)
        samples = soaked.samples(0.0, SHORT_WINDOW_S, with_ids=False)
        end = monotonic() + SHORT_S
        while grown(samples)[0] <= SETTLING_BYTES:
            assert monotonic() < end, "the leak is not found"
            samples.append(soaked.run(SHORT_WINDOW_S, with_ids=False))


def test_ledger_that_stands_back_catches_up_beside_programs_on_every_core(tmp_path: Path) -> None:
    with soak(tmp_path) as soaked:
        soaked.stand_back(SHORT_WINDOW_S)
        with every_core_taken():
            soaked.place(BEHIND_S, with_ids=False)
            end = monotonic() + STARVED_S
            while not soaked.is_near():
                assert monotonic() < end, "nothing is left to the ledger"
                sleep(POLL_S)
            assert soaked.mode() == "normal"


@pytest.mark.soak
def test_venue_is_as_large_after_half_an_hour_as_after_its_first_minutes(tmp_path: Path) -> None:
    with soak(tmp_path) as soaked:
        soaked.settle(2 * KEYS_REMEMBERED, LONG_WINDOW_S, with_ids=True)
        samples = soaked.samples(LONG_S, LONG_WINDOW_S, with_ids=True)
    halves = [samples[: len(samples) // 2], samples[len(samples) // 2 :]]
    note(
        "R19",
        target="release",
        commands=samples[-1].commands,
        bytes_per_million=round(slope(samples) * 1_000_000),
        files=samples[-1].files,
        snapshot_kb=samples[-1].snapshot_bytes >> 10,
    )
    assert slope(samples) <= LONG_BYTES_PER_COMMAND_MAX
    assert max(sample.files for sample in samples) <= samples[0].files + FILES_AT_TIMES
    first, second = (max(sample.snapshot_bytes for sample in half) for half in halves)
    assert second <= first * 1.1


def slope(samples: list[Sample]) -> float:
    """Return the bytes a command adds, by least squares."""
    xs = [sample.commands for sample in samples]
    ys = [sample.memory_bytes for sample in samples]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return over / sum((x - mean_x) ** 2 for x in xs)
