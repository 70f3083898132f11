"""Every example in the docstrings and in the guide does what it says."""

import doctest
import importlib
from pathlib import Path

import pytest

MODULES = (
    "amounts",
    "errors",
    "history",
    "lives",
    "machine",
    "tables",
    "venue",
    "views",
    "words.fields",
    "words.read",
    "words.saying",
    "words.speak",
)
GUIDE = Path(__file__).parents[3] / "docs" / "guide"
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(f"outcry.venue.{name}")
    assert doctest.testmod(module, optionflags=OPTIONS).failed == 0


@pytest.mark.parametrize("page", ["orders", "venue"])
def test_examples_of_the_guide_run(page: str) -> None:
    found = doctest.testfile(str(GUIDE / f"{page}.md"), module_relative=False, optionflags=OPTIONS)
    assert found.attempted > 20
    assert found.failed == 0
