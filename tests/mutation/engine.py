"""Bugs in the core that is the specification.

The scripts are played by the broken reference beside the compiled core, as the differential test
plays them.
"""

from functools import cache, partial

from outcry.engine.core import CoreFactory
from tests.mutation.mutant import Mutant
from tests.property.broken import BROKEN, WATCHING
from tests.property.differential import Difference, compare
from tests.property.generator import Script, make_script
from tests.support.broken import Broken
from tests.support.cores import core_factory

SCRIPTS = 500


@cache
def script(seed: int) -> Script:
    """Return a script that was written with the reference as it is."""
    return make_script(seed)


def difference_in(each: Script, reference: CoreFactory, other: CoreFactory) -> str:
    """Return in what two cores differ over a script, nothing if they do not."""
    try:
        compare(each, reference, other)
    except Difference as found:
        return str(found)
    return ""


def difference(reference: CoreFactory, other: CoreFactory, count: int) -> str:
    """Return in what two cores differ over some scripts, nothing if they do not."""
    found = (difference_in(script(seed), reference, other) for seed in range(count))
    return next(filter(None, found), "")


def differs(broken: Broken) -> str:
    """Return in what the broken reference differs from the compiled core."""
    good = core_factory("compiled")
    for seed in range(SCRIPTS):
        each = script(seed)  # Before the bug is in: it must not write what it is judged by.
        with broken.applied() as core:
            found = difference_in(each, core, good)
        if found:
            return found
    return ""


MUTANTS = tuple(
    Mutant(broken.wrong, "engine", partial(differs, broken)) for broken in BROKEN + WATCHING
)
