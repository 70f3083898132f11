"""Money, orders and depth add up after every command, judged from outside."""

import pytest

from tests.property.generator import make_script
from tests.property.invariants import audit
from tests.support.cores import CORES, core_factory

SCRIPTS = 150
each_stage = pytest.mark.parametrize("whole", [False, True], ids=["bare core", "engine"])


@each_stage
@pytest.mark.parametrize("core", CORES)
def test_everything_adds_up_after_every_command(core: str, whole: bool) -> None:
    factory = core_factory(core)
    for seed in range(SCRIPTS):
        audit(make_script(seed, whole=whole), factory)


@pytest.mark.soak
@each_stage
@pytest.mark.parametrize("core", CORES)
def test_everything_adds_up_over_many_scripts(core: str, whole: bool) -> None:
    factory = core_factory(core)
    for seed in range(10_000, 15_000):
        audit(make_script(seed, whole=whole), factory)
