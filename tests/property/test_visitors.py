"""Whoever comes to the doors is told what is so, and of nobody else."""

from pathlib import Path

import pytest

from tests.property.visitors import two_visitors


@pytest.mark.parametrize("seed", range(3))
async def test_two_visitors_are_told_what_is_so(seed: int, tmp_path: Path) -> None:
    async with two_visitors(tmp_path, seed) as visit:
        await visit.run()
