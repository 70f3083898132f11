"""Seeded runs of a whole venue with crashes, lost messages, failing disks and wrong clocks."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.broken import BROKEN
from tests.simulation.world import Build, Faults, World
from tests.support.cores import core_factory

SEEDS = 60
SOAK_SEEDS = 3_000

KINDS = (
    "append failed",
    "clock jumped",
    "crash before_append",
    "crash before_apply",
    "crash before_publish",
    "crash before_reply",
    "crash after_reply",
    "message lost",
    "message twice",
    "passed over a damaged snapshot",
    "recovery from a snapshot",
    "refused BUSY",
    "retry answered",
)


def play(seeds: range) -> Counter[str]:
    """Play each seed; return in how many of them each kind of fault was met."""
    met: Counter[str] = Counter()
    for seed in seeds:
        world = World(seed)
        try:
            world.play()
        except AssertionError as error:
            raise AssertionError(f"python -m tests.simulation.run {seed}: {error}") from error
        met.update(kind for kind, times in world.seen.items() if times)
    return met


def test_promises_hold_in_every_seed_and_every_fault_is_met() -> None:
    met = play(range(SEEDS))
    rare = {kind: met[kind] for kind in KINDS if met[kind] < SEEDS * 0.05}
    assert rare == {}


@pytest.mark.soak
def test_promises_hold_in_many_seeds() -> None:
    play(range(1_000_000, 1_000_000 + SOAK_SEEDS))


def test_same_seed_is_the_same_run() -> None:
    assert World(7).play().trace() == World(7).play().trace()
    assert World(7).play().trace() != World(8).play().trace()


def test_both_cores_live_the_same_life() -> None:
    compiled = Build(core=lambda: core_factory("compiled"))
    lives = [(World(n).play(), World(n, build=compiled).play()) for n in range(10)]
    assert [a.trace() for a, _ in lives] == [b.trace() for _, b in lives]


def test_without_faults_nothing_is_ever_repeated_or_lost() -> None:
    world = World(3, faults=Faults(0, 0, 0, 0, 0, 0, 0)).play()
    assert world.seen["death"] == 0
    assert world.life == 1


@pytest.mark.parametrize("name", BROKEN)
def test_broken_build_is_caught(name: str) -> None:
    build, breach = BROKEN[name]
    told = [what_is_told(seed, build) for seed in range(10)]
    assert len([text for text in told if breach in text]) >= 8


def what_is_told(seed: int, build: Build) -> str:
    try:
        World(seed, build=build).play()
    except AssertionError as error:
        return str(error)
    return ""


def test_order_of_hashes_decides_nothing() -> None:
    traces = {trace_of(hash_seed) for hash_seed in ("0", "1", "4242")}
    assert traces == {World(11).play().trace()}


def trace_of(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.run", "11"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.splitlines()[-1]
