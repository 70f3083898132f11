"""Money, orders and depth add up after every command, judged from outside."""

import pytest

from outcry.engine.core import choose
from tests.property.generator import make_script
from tests.property.invariants import audit
from tests.property.traffic import drive
from tests.support.cores import CORES, core_factory
from tests.support.scoreboard import add

SCRIPTS = {"reference": 60, "compiled": 240}
RUNS, RUN = 280, 2_000
"""Runs of brisk traffic, and the commands of each."""
SOAK_BLOCKS, SOAK_RUNS = 20, 2_500
each_stage = pytest.mark.parametrize("whole", [False, True], ids=["bare core", "engine"])


@each_stage
@pytest.mark.parametrize("core", CORES)
def test_everything_adds_up_after_every_command(core: str, whole: bool) -> None:
    factory = core_factory(core)
    scripts = (make_script(seed, whole=whole) for seed in range(SCRIPTS[core]))
    add("R2", commands=sum(audit(script, factory) for script in scripts), breaks=0)


def test_everything_adds_up_in_brisk_traffic() -> None:
    factory = core_factory("compiled")
    for seed in range(RUNS):
        drive(seed, factory, RUN)
    add("R2", commands=RUNS * RUN, breaks=0)


def test_traffic_is_the_same_for_the_same_seed_on_either_core() -> None:
    reference, compiled = (drive(1, core_factory(core), 300) for core in CORES)
    assert reference == compiled == drive(1, choose("reference"), 300)
    assert reference != drive(2, choose("reference"), 300)


@pytest.mark.soak
@each_stage
@pytest.mark.parametrize("core", CORES)
def test_everything_adds_up_over_many_scripts(core: str, whole: bool) -> None:
    factory = core_factory(core)
    scripts = (make_script(seed, whole=whole) for seed in range(10_000, 15_000))
    commands = sum(audit(script, factory) for script in scripts)
    add("R2", target="release", commands=commands, breaks=0)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(SOAK_BLOCKS))
def test_everything_adds_up_in_a_hundred_million_commands(block: int) -> None:
    factory = core_factory("compiled")
    for seed in range(SOAK_RUNS):
        drive(1_000_000 + block * SOAK_RUNS + seed, factory, RUN)
    add("R2", target="release", commands=SOAK_RUNS * RUN, breaks=0)
