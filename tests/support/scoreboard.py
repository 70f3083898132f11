"""Figures of the reliability scoreboard, written down by the tests that measure them.

`note("R7", cuts=20, lost=0)` adds one line of JSON to `build/scoreboard.jsonl`, or to the file that
`SCOREBOARD_FILE` names. `python -m tools.reliability` makes the table of `docs/reliability.md` of
it. A row's last line of a target (`commit` or `release`) counts; `add` is for rows that more than
one test works for.
"""

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).parents[2] / "build" / "scoreboard.jsonl"


def note(row: str, *, target: str = "commit", **figures: float | int | str) -> None:
    """Write down what a run found; `target` is `release` for the long form of a test."""
    path = Path(os.environ.get("SCOREBOARD_FILE") or FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    day = datetime.now(UTC).date().isoformat()
    line = json.dumps({"row": row, "target": target, "day": day, "figures": figures})
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


_sums: dict[tuple[str, str], Counter[str]] = {}


def add(row: str, *, target: str = "commit", **figures: int) -> None:
    """Add to what this run has found so far, and write down the sums."""
    sums = _sums.setdefault((row, target), Counter())
    sums.update(figures)
    note(row, target=target, **sums)
