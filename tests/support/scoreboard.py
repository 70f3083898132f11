"""Figures of the reliability scoreboard, written down by the tests that measure them.

`note("R7", cuts=20, lost=0)` adds one line of JSON to `build/scoreboard.jsonl`, or to the file that
`SCOREBOARD_FILE` names. `python -m tools.reliability` makes the table of `docs/reliability.md` of
it. A row's last line of a target (`commit` or `release`) counts; `add` is for rows that more than
one test works for, in one process or in several of one run.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parents[2] / "build" / "scoreboard.jsonl"


def note(row: str, *, target: str = "commit", **figures: float | int | str) -> None:
    """Write down what a run found; `target` is `release` for the long form of a test."""
    _write({"row": row, "target": target}, figures)


def _write(line: dict[str, object], figures: Mapping[str, float | int | str]) -> None:
    path = Path(os.environ.get("SCOREBOARD_FILE") or FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    day = datetime.now(UTC).date().isoformat()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line | {"day": day, "figures": figures}) + "\n")


_sums: dict[tuple[str, str], Counter[str]] = {}


def add(row: str, *, target: str = "commit", **figures: int) -> None:
    """Add to what this process of the run has found so far, and write down its sums."""
    sums = _sums.setdefault((row, target), Counter())
    sums.update(figures)
    part = {"run": os.environ.get("SCOREBOARD_RUN") or str(os.getpid()), "process": os.getpid()}
    _write({"row": row, "target": target} | part, sums)
