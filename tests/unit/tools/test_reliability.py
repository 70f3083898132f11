import json

import pytest

from tools import reliability
from tools.reliability_rows import ROWS, Row

OURS = [row for row in ROWS if not row.why]


@pytest.mark.parametrize("row", OURS, ids=lambda row: row.number)
def test_every_row_that_is_ours_has_a_test_that_notes_its_figures(row: Row) -> None:
    assert reliability.tests_of(row.number)


def test_page_shows_the_figures_that_are_kept() -> None:
    page = reliability.PAGE.read_text(encoding="utf-8")
    figures = json.loads(reliability.KEPT.read_text(encoding="utf-8"))
    assert reliability.renewed(page, figures) == page


def test_release_of_a_row_with_one_target_is_what_every_commit_shows() -> None:
    run = {"day": "2026-01-02", "figures": {"wrong": 0}}
    lines = reliability.table({f"{number} commit": run for number in ("S1", "R3")}).splitlines()
    told = {cells[0].strip("| "): cells[4] for line in lines if (cells := line.split(" | "))[4:]}
    assert (told["S1"], told["S2"], told["R3"]) == ("as commit", "not run", "not run")


def test_newer_figures_of_a_row_replace_older_ones_and_those_of_one_run_add_up() -> None:
    kept = {"R7 commit": {"day": "2026-01-01", "figures": {"cuts": 1, "lost": 0}}}
    lines = [
        json.dumps({"row": "R7", "target": "commit", "day": "2026-01-02", "figures": figures})
        for figures in ({"cuts": 20}, {"lost_by_the_control": 3})
    ]
    figures = reliability.merged(kept, lines)["R7 commit"]
    assert figures == {"day": "2026-01-02", "figures": {"cuts": 20, "lost_by_the_control": 3}}


def test_sums_of_all_processes_of_the_last_run_count() -> None:
    def line(run: str, process: int, scripts: int) -> str:
        told = {"row": "R3", "target": "commit", "day": "2026-01-02", "run": run}
        return json.dumps(told | {"process": process, "figures": {"scripts": scripts}})

    lines = [line("a", 1, 900), line("b", 2, 10), line("b", 3, 5), line("b", 2, 20)]
    assert reliability.merged({}, lines)["R3 commit"]["figures"] == {"scripts": 25}
