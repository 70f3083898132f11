"""Bugs in the core that is the specification.

The scripts are played by the broken reference beside the compiled core, as the differential test
plays them.
"""

from collections.abc import Iterator
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


def scripts(count: int = SCRIPTS) -> Iterator[Script]:
    """Yield scripts, the same for everybody."""
    return map(script, range(count))


def difference(reference: CoreFactory, other: CoreFactory, count: int = SCRIPTS) -> str:
    """Return in what two cores differ, nothing if they do not."""
    for each in scripts(count):
        try:
            compare(each, reference, other)
        except Difference as found:
            return str(found)
    return ""


def differs(broken: Broken) -> str:
    """Return in what the broken reference differs from the compiled core."""
    script(SCRIPTS - 1)
    with broken.applied() as core:
        return difference(core, core_factory("compiled"))


MUTANTS = tuple(
    Mutant(broken.wrong, "engine", partial(differs, broken)) for broken in BROKEN + WATCHING
)
