"""Engines with all that stands above the core: nothing is lost in a restart, after any command."""

import pytest

from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from tests.property.differential import explain, state_difference
from tests.property.generator import Script, make_script
from tests.support.cores import CORES, core_factory

SCRIPTS = 12


def restarted(factory: CoreFactory, script: Script) -> tuple[bytes, bytes]:
    """Return events and state of a run that is stopped and started again after every command."""
    engine, out = Engine(factory()), []
    for record in script.records:
        out.append(engine.apply(record))
        engine = Engine.restore(factory, engine.snapshot())
    return b"".join(out), engine.snapshot()


def check(factory: CoreFactory, seed: int, length: int) -> None:
    script = make_script(seed, length, whole=True)
    events, snapshot = restarted(factory, script)
    assert events == b"".join(script.events), explain(script, events)
    assert snapshot == script.snapshot, (seed, state_difference(script.snapshot, snapshot))


@pytest.mark.parametrize("core", CORES)
def test_no_restart_changes_what_happens(core: str) -> None:
    for seed in range(SCRIPTS):
        check(core_factory(core), seed, 120)


@pytest.mark.soak
@pytest.mark.parametrize("core", CORES)
def test_no_restart_changes_anything_over_many_scripts(core: str) -> None:
    for seed in range(30_000, 31_000):
        check(core_factory(core), seed, 80)
