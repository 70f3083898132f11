"""Both cores, for tests that run on each."""

import pytest

from outcry.engine.core import CoreFactory, choose

CORES = ("reference", "compiled")


def core_factory(name: str) -> CoreFactory:
    """Return a core by name; skip where it could not be built."""
    try:
        return choose(name)
    except ImportError:
        pytest.skip("no C compiler, so there is no compiled core")
