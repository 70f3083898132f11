"""The table of requirements names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMED = re.findall(
    r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?", (ROOT / "docs/requirements.md").read_text()
)


def test_every_test_that_a_requirement_names_exists() -> None:
    assert len(NAMED) > 100
    for path, name in NAMED:
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"
