"""Every reader of bytes from outside survives what a fuzzer makes of them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz import known
from tests.support.scoreboard import add, note

ROOT = Path(__file__).parents[2]
TARGETS = known.targets_of(*known.MODULES)
BROKEN = known.targets_of(known.BROKEN)
RUNS = 100_000
RELEASE_RUNS = 100_000_000


def fuzzed(folder: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the fuzzer in a process of its own; return its exit code and its reports."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *arguments, "--folder", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    reports = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert reports, run.stderr
    return run.returncode, reports


def failures(reports: list[dict[str, Any]]) -> str:
    return "\n\n".join(f"{r['target']}: {r['failure']}" for r in reports if r["failure"])


def figures(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the scoreboard tells."""
    return {
        "runs": sum(report["runs"] for report in reports),
        "readers": len(reports),
        "engine": reports[0]["engine"],
        "crashes": sum(1 for report in reports if report["failure"]),
        "slowest_ms": max(report["slowest_ms"] for report in reports),
        "growth_mb": max(report["growth_mb"] for report in reports),
    }


@pytest.mark.timeout(900)
def test_every_reader_survives(tmp_path: Path) -> None:
    code, reports = fuzzed(tmp_path, "all")
    told = figures(reports)
    assert failures(reports) == ""
    assert (code, told["readers"]) == (0, len(TARGETS))
    assert told["runs"] >= RUNS
    note("S8", **told)


def test_whatever_goes_wrong_is_noticed(tmp_path: Path) -> None:
    code, reports = fuzzed(tmp_path, *BROKEN, "--module", known.BROKEN)
    told = {report["target"]: report["failure"] for report in reports}
    assert code == 1
    assert "nobody expected an x" in told["raises"]
    assert "exit status" in told["falls over"]
    assert "Slow: " in told["is slow"]
    assert "Grown: " in told["keeps everything"]
    assert (tmp_path / "raises" / "last-input").read_bytes()[:1] == b"x"
    assert (tmp_path / "falls-over" / "last-input").read_bytes()[:1] == b"x"


def test_where_atheris_is_not_the_bytes_are_changed_all_the_same(tmp_path: Path) -> None:
    names = ("decimals", "commands", "raises")
    code, reports = fuzzed(tmp_path, *names, "--plain", "--runs", "200")
    told = {report["target"]: report for report in reports}
    assert code == 1
    assert {report["engine"] for report in reports} == {"hypothesis"}
    assert [bool(told[name]["failure"]) for name in names] == [False, False, True]


def test_the_long_form_is_long() -> None:
    assert sum(target.release for target in TARGETS.values()) * 1_000 >= RELEASE_RUNS
    assert sum(target.runs for target in TARGETS.values()) >= RUNS


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS)
def test_every_reader_survives_for_long(target: str, tmp_path: Path) -> None:
    module = known.module_of(TARGETS[target])
    code, reports = fuzzed(tmp_path, target, "--release", "--seed", "7", "--module", module)
    assert failures(reports) == ""
    assert code == 0
    add("S8", target="release", runs=figures(reports)["runs"], readers=1, crashes=0)
