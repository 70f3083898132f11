"""Data that may be used but not published: it lies beside the repository, or the test skips."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def shared(path: str) -> Path:
    """Return a file of the shared data; skip where it is not there."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"../shared absent: {path} may not be published with the code")
    return found
