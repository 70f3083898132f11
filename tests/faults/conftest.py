"""One nest and one seeded demo for all fault tests of a run; each test works on a copy."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.nest import Nest
from tests.support.real_venue import RealVenue, copy_of, demo_folder


@pytest.fixture(scope="session")
def nest() -> Iterator[Nest]:
    nest = Nest()
    yield nest
    nest.close()


@pytest.fixture(scope="session")
def seeded(nest: Nest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that has ended in an orderly way."""
    folder = tmp_path_factory.mktemp("seeded")
    asyncio.run(demo_folder(nest, folder / "data", folder, {}))
    return folder / "data"


@pytest.fixture
async def venue(nest: Nest, seeded: Path, tmp_path: Path) -> AsyncIterator[RealVenue]:
    real = RealVenue(nest, copy_of(seeded, tmp_path / "data"), tmp_path)
    yield real
    await real.kill()
