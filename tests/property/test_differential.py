"""Both cores say the same about any script, however it is split, restarted or watched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from outcry.engine.core import CoreFactory, choose
from tests.property.coverage import Coverage
from tests.property.differential import Difference, run
from tests.property.generator import make_script
from tests.support.cores import core_factory
from tests.support.scoreboard import add

ROOT = Path(__file__).parents[2]
SCRIPTS = 1_000
COVERED_SCRIPTS = 3_000
SOAK_BLOCKS, SOAK_BLOCK = 20, 5_000
FOUND = {False: (1_028_037, 1_030_100), True: ()}
"""By stage, seeds of long runs in which something was found."""
each_stage = pytest.mark.parametrize("whole", [False, True], ids=["bare core", "engine"])


def difference(first: int, count: int, other: CoreFactory, *, whole: bool) -> str:
    """Return the first difference between the reference and another core, empty for none."""
    try:
        run(range(first, first + count), choose("reference"), other, whole=whole)
    except Difference as found:
        return str(found)
    return ""


def agree(first: int, count: int, *, whole: bool, target: str) -> Coverage:
    """Compare the cores on some scripts, check the books on the way, note and return what was met.

    Whatever differs is raised.
    """
    cores = choose("reference"), core_factory("compiled")
    coverage = run(range(first, first + count), *cores, whole=whole, audited=True)
    add("R3", target=target, scripts=count, differences=0)
    add("R2", target=target, commands=coverage.audited, breaks=0)
    return coverage


@each_stage
def test_both_cores_agree_on_every_script_and_those_reach_every_corner(whole: bool) -> None:
    coverage = agree(0, SCRIPTS, whole=whole, target="commit")
    for seed in range(SCRIPTS, COVERED_SCRIPTS):
        if seed % 100 == 0 and not coverage.lacking():
            break
        coverage.see(make_script(seed, whole=whole))
    print(coverage.report())  # noqa: T201 - what was reached belongs in the log
    assert coverage.lacking() == []


@each_stage
def test_what_a_long_run_has_found_stays_mended(whole: bool) -> None:
    cores = choose("reference"), core_factory("compiled")
    assert run(FOUND[whole], *cores, whole=whole, audited=True).audited >= len(FOUND[whole])


@each_stage
def test_the_reference_does_not_care_how_a_script_is_split_or_restarted(whole: bool) -> None:
    assert difference(SCRIPTS, 100, choose("reference"), whole=whole) == ""


@pytest.mark.soak
@each_stage
@pytest.mark.parametrize("block", range(SOAK_BLOCKS))
def test_both_cores_agree_on_a_hundred_thousand_scripts(block: int, whole: bool) -> None:
    agree(1_000_000 + block * SOAK_BLOCK, SOAK_BLOCK, whole=whole, target="release")


@each_stage
def test_no_hash_seed_changes_what_happens(whole: bool) -> None:
    """A run in another process, whose sets and dictionaries hash otherwise, ends the same."""
    code = (
        "from hashlib import sha256\n"
        "from tests.property.generator import make_script\n"
        f"scripts = [make_script(seed, whole={whole}) for seed in range(20)]\n"
        "print(sha256(b''.join(b''.join(s.events) + s.snapshot for s in scripts)).hexdigest())\n"
    )
    outcomes = set()
    for hash_seed in ("0", "1", "4294967295"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run_of_it = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        outcomes.add(run_of_it.stdout)
    assert len(outcomes) == 1
    assert len(outcomes.pop().strip()) == 64
