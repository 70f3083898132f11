"""Bugs put in on purpose, one at a time, and all but a few of them noticed.

What notices them is what guards a change every day: the simulation, the invariants and the
differential scripts, and the visitors at the doors.
"""

from collections import Counter
from functools import cache

import pytest

from outcry.engine.core import choose
from outcry.engine.core.reference.core import Core
from tests.mutation import compiled, engine, flow, gateway, ledger
from tests.mutation.mutant import Mutant
from tests.support.scoreboard import note

MUTANTS: tuple[Mutant, ...] = (
    *engine.MUTANTS,
    *compiled.MUTANTS,
    *flow.MUTANTS,
    *ledger.MUTANTS,
    *gateway.MUTANTS,
)
CAUGHT_MIN = 0.95
COMPILED, TOTAL_MIN = 5, 40
MISSED = {
    "what a snapshot restores to is not looked at": "it is the second lock of a door: the checksum "
    "of the file and the hash chain stand before it, and without a bug in what writes snapshots "
    "nothing passes them",
}
"""Bugs that nothing here notices, and why that is so."""


@cache
def notice(mutant: Mutant) -> str:
    """Return what is told of a bug, nothing where nobody notices it."""
    return mutant.notice()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.area}: {mutant.wrong}")
def test_a_bug_is_noticed(mutant: Mutant) -> None:
    assert bool(notice(mutant)) != (mutant.wrong in MISSED), MISSED.get(mutant.wrong)


def test_nearly_all_bugs_are_noticed() -> None:
    caught = sum(bool(notice(mutant)) for mutant in MUTANTS)
    areas = Counter(mutant.area for mutant in MUTANTS)
    note("R4", total=len(MUTANTS), caught=caught, **areas)
    assert caught >= len(MUTANTS) * CAUGHT_MIN
    assert len(MUTANTS) >= TOTAL_MIN
    assert areas["compiled"] == COMPILED


def test_every_bug_has_a_name_of_its_own() -> None:
    names = [mutant.wrong for mutant in MUTANTS]
    assert len(set(names)) == len(names)
    assert MISSED.keys() <= set(names)


# The same without a bug


def test_cores_that_are_right_do_not_differ() -> None:
    assert engine.difference(Core, choose(), 20) == ""


def test_the_build_with_bugs_has_none_while_they_are_off() -> None:
    with compiled.switched().on(0) as core:
        assert engine.difference(choose("reference"), core, 20) == ""


@pytest.mark.parametrize("bug", [*flow.BUGS, *ledger.BUGS], ids=lambda bug: bug.wrong)
def test_a_venue_that_is_right_lives_through_the_same(bug: flow.Fault) -> None:
    sound = flow.Fault(bug.wrong, faults=bug.faults)
    assert sound.play(seeds=1) == ""
