"""Every command of `docs/guide/api-orders.md` is answered as the page says."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from outcry.gateway.special.wanted import TYPES
from tests.support.process import ROOT, venue_process

PAGE = ROOT / "docs" / "guide" / "api-orders.md"
_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "-- end of a block --"


def steps() -> list[tuple[str, Any]]:
    """Return (command, part of its answer) of each step of the page."""
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["sh", "json"] * (len(blocks) // 2)
    commands, answers = blocks[::2], blocks[1::2]
    return [(sh, json.loads(said)) for (_, sh), (_, said) in zip(commands, answers, strict=True)]


def missing(said: Any, answer: Any) -> Any:
    """Return what of the page is not in an answer; a field that is left out is null."""
    if isinstance(said, dict) and isinstance(answer, dict):
        found = {name: missing(value, answer.get(name)) for name, value in said.items()}
        return {name: value for name, value in found.items() if value is not None} or None
    if isinstance(said, list) and isinstance(answer, list) and len(said) == len(answer):
        found_in = [missing(*pair) for pair in zip(said, answer, strict=True)]
        return found_in if any(part is not None for part in found_in) else None
    return None if said == answer else {"said": said, "answered": answer}


def test_every_command_of_the_page_is_answered_as_it_says(tmp_path: Path) -> None:
    page = steps()
    with venue_process(tmp_path, "--demo") as venue:
        url = venue.started()["url"]
        script = "".join(f"{command}echo; echo '{END}'\n" for command, _ in page)
        script = script.replace("http://localhost:8000", url)
        script = script.replace("data/demo.json", str(tmp_path / "demo.json"))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert venue.end() == (0, "")
    answers = done.stdout.split(END)[:-1]
    for (command, said), answer in zip(page, answers, strict=True):
        assert missing(said, json.loads(answer)) is None, command
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
    said = json.dumps([answer for _, answer in steps()])
    for name in (*TYPES, "oco", "otoco"):
        assert f'"{name}"' in said, name
