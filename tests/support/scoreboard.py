"""Figures of the reliability scoreboard, written down by the tests that measure them.

`note("R7", cuts=20, lost=0)` adds one line of JSON to `build/scoreboard.jsonl`, or to the file that
`SCOREBOARD_FILE` names. `python -m tools.reliability` makes the table of `docs/reliability.md` of
it. A row's last line of a target (`commit` or `release`) counts.
"""

import json
import os
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
