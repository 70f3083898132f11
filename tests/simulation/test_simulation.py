"""Seeded runs of a whole venue with everything that can go wrong with it."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from outcry.engine.core import CoreFactory, choose
from outcry.ports import LogDamaged
from tests.simulation.broken import BROKEN, Case
from tests.simulation.faults import KINDS, Broken, Faults
from tests.simulation.node import Build
from tests.simulation.world import World
from tests.support.cores import core_factory
from tests.support.scoreboard import note

SEEDS = 200
SOAK_SEEDS, SOAK_BLOCKS = 10_000, 10
COMMANDS_MIN = 1_000
MET_MIN = 0.05
"""The share of the seeds in which each kind of fault has to be met."""


def fastest() -> CoreFactory:
    """Return the compiled core where it is built."""
    return choose()


def play(seeds: range) -> tuple[Counter[str], list[int]]:
    """Play each seed; return in how many each kind of fault was met, and the commands of each."""
    met: Counter[str] = Counter()
    commands = []
    for seed in seeds:
        world = World(seed, build=Build(core=fastest))
        try:
            world.play()
        except Exception as error:
            raise AssertionError(f"make simulate SEED={seed}: {error!r}") from error
        met.update(kind for kind, times in world.seen.items() if times)
        commands.append(world.witness.sequence)
    return met, commands


def check_and_note(met: Counter[str], commands: list[int], target: str) -> None:
    """Check that what was played is enough to believe it, and write down what it was."""
    seeds = len(commands)
    rare = {kind: met[kind] for kind in KINDS if met[kind] < seeds * MET_MIN}
    assert rare == {}
    assert min(commands) >= COMMANDS_MIN
    rarest = min(met[kind] for kind in KINDS) / seeds
    note(
        "R1", target=target, seeds=seeds, commands=sum(commands), breaks=0, fault_kinds=len(KINDS),
        rarest_fault_percent=round(100 * rarest, 1),
    )  # fmt: skip
    note("R2", target=target, part="simulation", commands=sum(commands), breaks=0)


def test_promises_hold_in_every_seed_and_every_fault_is_met() -> None:
    check_and_note(*play(range(SEEDS)), "commit")


@pytest.mark.soak
def test_promises_hold_in_many_seeds() -> None:
    check_and_note(*play(range(1_000_000, 1_000_000 + SOAK_SEEDS)), "release")


def test_same_seed_is_the_same_run() -> None:
    assert World(7).play().trace() == World(7).play().trace()
    assert World(7).play().trace() != World(8).play().trace()


def test_both_cores_live_the_same_life() -> None:
    compiled = Build(core=lambda: core_factory("compiled"))
    lives = [(World(n).play(), World(n, build=compiled).play()) for n in range(6)]
    assert [a.trace() for a, _ in lives] == [b.trace() for _, b in lives]


def test_without_faults_nothing_is_ever_repeated_or_lost() -> None:
    world = World(3, faults=Faults()).play()
    assert world.seen["death"] == 0
    assert world.node.life == 1
    assert world.seen["retry answered"] == 0


def what_is_told(seed: int, case: Case) -> str:
    """Return how a broken build is noticed with a seed, nothing if it is not."""
    try:
        World(seed, faults=case.faults, build=case.build).play()
    except (Broken, LogDamaged) as broken:
        return str(broken)
    return ""


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.wrong)
def test_broken_build_is_caught(case: Case) -> None:
    told = [what_is_told(seed, case) for seed in range(4)]
    caught = [text for text in told if any(breach in text for breach in case.told)]
    assert len(caught) >= 3, told


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.wrong)
def test_sound_build_lives_through_the_same(case: Case) -> None:
    World(1, faults=case.faults).play()


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
