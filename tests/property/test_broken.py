"""The scripts and the invariants catch every core that breaks a rule."""

from collections.abc import Sequence

import pytest

from outcry.engine.core import CoreFactory
from outcry.engine.core.reference.core import Core
from tests.property.books import Violation
from tests.property.broken import BROKEN, WATCHING, Broken
from tests.property.differential import Difference, compare
from tests.property.generator import Script, make_script
from tests.property.invariants import audit
from tests.support.cores import core_factory

SCRIPTS = 500
SEEN_FROM_OUTSIDE = {
    "what a better price saved stays held",
    "a fill releases twice what it held",
    "a fee is charged and goes nowhere",
    "a reduced level does not count as changed",
    "a buy holds nothing for its fee",
}
"""What the invariants notice without any other core to compare with."""


@pytest.fixture(scope="module")
def scripts() -> Sequence[Script]:
    """Return scripts written with the reference as it is."""
    return [make_script(seed) for seed in range(SCRIPTS)]


def differs(script: Script, core: type[Core], good: CoreFactory | None = None) -> bool:
    """Return whether a core disagrees with what the reference said to a script."""
    try:
        compare(script, good or core, core)
    except Difference:
        return True
    return False


def does_not_add_up(script: Script, core: type[Core]) -> bool:
    """Return whether a core breaks an invariant on a script."""
    try:
        audit(script, core)
    except (Violation, KeyError):  # the books do not know what the core speaks of
        return True
    return False


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.wrong)
def test_a_broken_core_differs_within_a_few_scripts(
    broken: Broken, scripts: Sequence[Script]
) -> None:
    with broken.applied() as core:
        assert any(differs(script, core) for script in scripts)


@pytest.mark.parametrize("broken", WATCHING, ids=lambda broken: broken.wrong)
def test_a_core_that_tells_something_else_differs(
    broken: Broken, scripts: Sequence[Script]
) -> None:
    good = core_factory("compiled")
    with broken.applied() as core:
        assert any(differs(script, core, good) for script in scripts)


@pytest.mark.parametrize(
    "broken", [b for b in BROKEN if b.wrong in SEEN_FROM_OUTSIDE], ids=lambda broken: broken.wrong
)
def test_a_broken_core_breaks_an_invariant(broken: Broken, scripts: Sequence[Script]) -> None:
    with broken.applied() as core:
        assert any(does_not_add_up(script, core) for script in scripts)


def test_the_core_as_it_is_breaks_none(scripts: Sequence[Script]) -> None:
    assert not any(does_not_add_up(script, Core) for script in scripts[:20])
