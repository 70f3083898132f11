"""The invariants catch cores that break a rule, without any other core to compare with."""

from collections.abc import Sequence

import pytest

from outcry.engine.core.reference.core import Core
from tests.property.books import Violation
from tests.property.broken import BROKEN, Broken
from tests.property.generator import Script, make_script
from tests.property.invariants import audit

SEEDS = (*range(100), 990, 1023)
"""In the last two an all-or-nothing order meets orders of its own account, which is rare."""
SEEN_FROM_OUTSIDE = {
    "the newest order of a level trades first",
    "what a better price saved stays held",
    "a fill releases twice what it held",
    "a fee is charged and goes nowhere",
    "fees are rounded down",
    "nobody is kept from trading with themselves",
    "fill-or-kill counts own orders",
    "an order that grows keeps its place",
    "the rest of an immediate order is booked",
    "a post-only order may trade",
    "a reduced level does not count as changed",
    "a raised fee reaches orders already open",
    "a buy holds nothing for its fee",
    "an iceberg never shows more",
    "an iceberg shows everything again",
    "a partner keeps its lots",
    "a pair holds twice",
    "what fires is not checked again",
    "an auction pays rebates",
}
"""What the books of an outsider contradict; of the others only a second core can tell."""


@pytest.fixture(scope="module")
def scripts() -> Sequence[Script]:
    """Return scripts written with the reference as it is."""
    return [make_script(seed) for seed in SEEDS]


def does_not_add_up(script: Script, core: type[Core]) -> bool:
    """Return whether a core breaks an invariant on a script."""
    try:
        audit(script, core)
    except (Violation, KeyError):  # the books do not know what the core speaks of
        return True
    return False


@pytest.mark.parametrize(
    "broken", [b for b in BROKEN if b.wrong in SEEN_FROM_OUTSIDE], ids=lambda broken: broken.wrong
)
def test_a_broken_core_breaks_an_invariant(broken: Broken, scripts: Sequence[Script]) -> None:
    with broken.applied() as core:
        assert any(does_not_add_up(script, core) for script in scripts)


def test_the_core_as_it_is_breaks_none(scripts: Sequence[Script]) -> None:
    assert not any(does_not_add_up(script, Core) for script in scripts[:20])
