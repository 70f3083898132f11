"""Every command of `docs/guide/api-orders.md` is answered as the page says."""

import json
from pathlib import Path
from typing import Any

import pytest

from outcry.gateway.special.wanted import TYPES
from tests.support.guide import answers_of, missing, steps_of
from tests.support.process import ROOT, venue_process

PAGE = ROOT / "docs" / "guide" / "api-orders.md"


def test_every_command_of_the_page_is_answered_as_it_says(tmp_path: Path) -> None:
    page = steps_of(PAGE)
    with venue_process(tmp_path, "--demo") as venue:
        answers = answers_of(page, venue.started()["url"], tmp_path)
        assert venue.end() == (0, "")
    for (command, said), answer in zip(page, answers, strict=True):
        assert missing(said, answer) is None, command
    assert len(page) > 25


@pytest.mark.parametrize(
    "broken",
    [{"error": {"code": "BAD_TICK"}}, {"price": "99.95"}, {"orders": [{"status": "open"}]}],
)
def test_answer_that_differs_is_seen(broken: dict[str, Any]) -> None:
    """The test is able to fail."""
    answer = {"error": {"code": "BAD_LOT"}, "price": "99.90", "orders": [{"status": "done"}]}
    assert missing(broken, answer) is not None
    assert missing(answer, answer) is None


def test_page_shows_every_type() -> None:
    said = json.dumps([answer for _, answer in steps_of(PAGE)])
    for name in (*TYPES, "oco", "otoco"):
        assert f'"{name}"' in said, name
