"""`pytest tests/scenario --rewrite` writes what happens now into the transcripts.

Commit what it changed only if you know why it changed.
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write transcripts anew")
