"""Writes `docs/reliability.md`: `python -m tools.reliability`.

Tests write their figures into `build/scoreboard.jsonl` (see `tests/support/scoreboard.py`). This
takes the newest of each row and target over into `docs/reliability.json`, and makes the page of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.reliability_rows import ROWS, Row

ROOT = Path(__file__).resolve().parent.parent
PAGE, KEPT = ROOT / "docs" / "reliability.md", ROOT / "docs" / "reliability.json"
NEW = ROOT / "build" / "scoreboard.jsonl"
BEGIN, END = "<!-- generated: python -m tools.reliability -->\n", "<!-- end of generated -->\n"
TARGETS = ("commit", "release")

Figures = dict[str, dict[str, Any]]
"""Per `row target`, the day and the figures of its last run."""


def merged(kept: Figures, lines: list[str]) -> Figures:
    """Return what is kept with newer lines over it; figures of one run add up."""
    newer: Figures = {}
    sums: dict[tuple[str, str], dict[int, Counter[str]]] = {}
    for line in lines:
        note = json.loads(line)
        place = f"{note['row']} {note['target']}"
        figures = newer.setdefault(place, {"figures": {}})["figures"]
        newer[place]["day"] = note["day"]
        found = note["figures"]
        if "run" in note:  # Each process of it tells its own sums.
            processes = sums.setdefault((place, note["run"]), {})
            processes[note["process"]] = Counter(found)
            found = {name: sum(one[name] for one in processes.values()) for name in found}
        figures.update(found)
    return dict(sorted((kept | newer).items(), key=lambda item: _order(item[0])))


def _order(place: str) -> tuple[int, str]:
    row, _, target = place.partition(" ")
    return [known.number for known in ROWS].index(row), target


def table(figures: Figures) -> str:
    """Return the table, with a line for every row of the scoreboard."""
    return "\n".join(["", *_lines(figures), ""])


def _lines(figures: Figures) -> Iterator[str]:
    yield "| # | what | target: commit / release | last run: commit | last run: release | command |"
    yield "|---|---|---|---|---|---|"
    for row in ROWS:
        if row.why:
            yield f"| {row.number} | {row.item} | | not yet: {row.why} | | |"
        else:
            runs = " | ".join(_told(row, target, figures) for target in TARGETS)
            command = f"`pytest {' '.join(tests_of(row.number))}`"
            target = f"{row.commit} / {row.release}"
            yield f"| {row.number} | {row.item} | {target} | {runs} | {command} |"


def tests_of(number: str) -> list[str]:
    """Return the test files that note figures for a row."""
    mark = re.compile(rf'\b(?:note|add)\(\s*"{number}"')
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(f.relative_to(ROOT)) for f in files if mark.search(f.read_text(encoding="utf-8"))]


def _told(row: Row, target: str, figures: Figures) -> str:
    run = figures.get(f"{row.number} {target}")
    if run is None:
        same = target == "release" and row.release in ("the same", row.commit)
        return "as commit" if same and f"{row.number} commit" in figures else "not run"
    parts = [f"{name.replace('_', ' ')} {_number(value)}" for name, value in run["figures"].items()]
    return f"{', '.join(parts)} ({run['day']})"


def _number(value: float | int | str) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else value


def renewed(page: str, figures: Figures) -> str:
    """Return the page with its table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table(figures)}{END}{after}"


def main() -> None:
    """Take the newest figures over and write the page."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    lines = NEW.read_text(encoding="utf-8").splitlines() if NEW.exists() else []
    figures = merged(kept, lines)
    KEPT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), figures), encoding="utf-8")


if __name__ == "__main__":
    main()
