"""Both cores say the same about any script, however it is split, restarted or watched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from outcry.engine.core import CoreFactory, choose
from tests.property.coverage import Coverage
from tests.property.differential import Difference, run
from tests.support.cores import core_factory

ROOT = Path(__file__).parents[2]
SCRIPTS = 2_000
SOAK_BLOCKS, SOAK_BLOCK = 20, 5_000


def built_core() -> CoreFactory:
    """Return the compiled core; the reference itself, whose splits can be compared, without one."""
    return choose("")


@pytest.fixture(scope="module")
def outcome() -> tuple[Coverage, Difference | None]:
    """Run the scripts once for all tests here."""
    try:
        return run(range(SCRIPTS), choose("reference"), built_core()), None
    except Difference as difference:
        return Coverage(), difference


def test_both_cores_agree_on_every_script(outcome: tuple[Coverage, Difference | None]) -> None:
    core_factory("compiled")
    assert str(outcome[1] or "") == ""


def test_the_reference_does_not_care_how_a_script_is_split_or_restarted() -> None:
    reference = choose("reference")
    run(range(SCRIPTS, SCRIPTS + 100), reference, reference)


def test_the_scripts_reach_every_corner(outcome: tuple[Coverage, Difference | None]) -> None:
    coverage, difference = outcome
    if difference is not None:
        coverage = run(range(SCRIPTS), choose("reference"), choose("reference"))
    print(coverage.report())  # noqa: T201 - what was reached belongs in the log
    assert coverage.lacking() == []


@pytest.mark.soak
@pytest.mark.parametrize("block", range(SOAK_BLOCKS))
def test_both_cores_agree_on_a_hundred_thousand_scripts(block: int) -> None:
    first = 1_000_000 + block * SOAK_BLOCK
    coverage = run(range(first, first + SOAK_BLOCK), choose("reference"), core_factory("compiled"))
    assert coverage.lacking() == []


def test_no_hash_seed_changes_what_happens() -> None:
    """A run in another process, whose sets and dictionaries hash otherwise, ends the same."""
    code = (
        "from hashlib import sha256\n"
        "from tests.property.generator import make_script\n"
        "scripts = [make_script(seed) for seed in range(20)]\n"
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
