"""Seeded runs of a whole venue with everything that can go wrong with it."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from outcry.engine.core import CoreFactory, choose
from outcry.ports import LogDamaged
from tests.simulation.broken import BROKEN, Case
from tests.simulation.disk import Disk
from tests.simulation.faults import KINDS, Broken, Faults
from tests.simulation.node import Build
from tests.simulation.world import World
from tests.support.cores import CORES, core_factory
from tests.support.scoreboard import add

SEEDS = 200
SOAK_BLOCKS, SOAK_BLOCK = 10, 1_000
COMMANDS_MIN = 1_000
PATIENCE_S = 1_200
"""On a machine that has much else to do."""
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
    add("R1", target=target, seeds=seeds, commands=sum(commands), breaks=0)
    add("R2", target=target, commands=sum(commands), breaks=0)


@pytest.mark.timeout(PATIENCE_S)
def test_promises_hold_in_every_seed_and_every_fault_is_met() -> None:
    check_and_note(*play(range(SEEDS)), "commit")


@pytest.mark.soak
@pytest.mark.parametrize("block", range(SOAK_BLOCKS))
def test_promises_hold_in_many_seeds(block: int) -> None:
    first = 1_000_000 + block * SOAK_BLOCK
    check_and_note(*play(range(first, first + SOAK_BLOCK)), "release")


def test_same_seed_is_the_same_run() -> None:
    traces = [World(seed, commands=400).play().trace() for seed in (7, 7, 8)]
    assert traces[0] == traces[1] != traces[2]


def test_log_that_was_repaired_in_a_running_node_is_read_anew() -> None:
    World(1_001_254, build=Build(core=fastest)).play()


def test_disk_keeps_what_is_written_behind_a_gap_and_a_power_cut_takes_it_whole() -> None:
    disk = Disk(Random(4))
    disk.write("mark", 0, b"one")
    disk.sync("mark")
    disk.sync_names()
    disk.write("mark", 512, b"two")
    disk.write("mark", 0, b"six")
    assert disk.read("mark") == b"six".ljust(512, b"\0") + b"two"
    disk.cut()
    assert disk.read("mark") == b"one"


def test_both_cores_live_the_same_life() -> None:
    builds = [Build(core=lambda name=name: core_factory(name)) for name in CORES]
    for seed in range(5):
        lives = [World(seed, commands=400, build=build).play() for build in builds]
        assert lives[0].trace() == lives[1].trace()


def test_without_faults_nothing_is_ever_repeated_or_lost() -> None:
    world = World(3, faults=Faults()).play()
    assert world.seen["death"] == 0
    assert world.node.life == 1


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
    assert traces == {World(11, commands=300).play().trace()}


TRACE = "from tests.simulation.world import World; print(World(11, commands=300).play().trace())"


def trace_of(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", TRACE],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()
