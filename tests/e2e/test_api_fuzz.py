"""Schemathesis on the served OpenAPI document: every check it has, against a running venue."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from random import randrange

import pytest

from outcry.client import Client
from tests.support.process import venue_process
from tests.support.scoreboard import add, note

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("api_fuzz.toml")
HOOKS = Path(__file__).with_name("api_fuzz_hooks.py")
CASES, SOAK_CASES = 1_000, 100_000
PER_OPERATION, SOAK_PER_OPERATION = 12, 1_000
SOAK_BLOCKS = 2
"""Parts of the long form: each has a venue and a seed of its own, so that one may fail alone."""
SOAK_TIMEOUT_S = 7_000


def fuzz(folder: Path, url: str, token: str, per_operation: int, seed: int) -> str:
    """Fuzz the whole API as a trader, with notes in a folder; return the report."""
    command = [
        str(SCHEMATHESIS), f"--config-file={CONFIG}", "run", f"{url}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--checks", "all",
        # It ends the session in which all other calls are made.
        "--exclude-operation-id", "logout",
        "--workers", "1", "--request-timeout", "60", "--max-response-time", "60",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(per_operation),
        "--seed", str(seed), "--generation-database", "none", "--continue-on-failure",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SOAK_TIMEOUT_S, check=False, cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answers(url: str) -> dict[int, int]:
    """Return how often the venue has answered with each status."""
    with Client(url) as client:
        page = client.metrics().decode()
    found = re.findall(r'outcry_answers_total\{status="(\d+)"\} (\S+)', page)
    return {int(status): int(float(count)) for status, count in found}


def play(data: Path, per_operation: int, seed: int) -> tuple[int, int]:
    """Fuzz a new venue; return the number of cases and how many answers were faults of ours."""
    with venue_process(data, "--demo") as venue:
        url = venue.started()["url"]
        token = json.loads((data / "demo.json").read_text())["traders"][0]["token"]
        report = fuzz(data, url, token, per_operation, seed)
        statuses = answers(url)
        venue.end_silently()
    (generated,) = re.findall(r"(\d+) generated", report)
    return int(generated), sum(count for status, count in statuses.items() if status >= 500)


def test_a_thousand_requests_of_all_kinds_are_answered_as_described(tmp_path: Path) -> None:
    cases, faults = play(tmp_path, PER_OPERATION, 1)
    note("S9", cases=cases, faults=faults, seed=1)
    assert faults == 0
    assert cases >= CASES


@pytest.mark.soak
@pytest.mark.parametrize("block", range(SOAK_BLOCKS))
def test_a_hundred_thousand_requests_are_answered_as_described(block: int, tmp_path: Path) -> None:
    seed = randrange(1 << 32)
    cases, faults = play(tmp_path, SOAK_PER_OPERATION // SOAK_BLOCKS, seed)
    add("S9", target="release", cases=cases, faults=faults)
    assert faults == 0, seed
    assert cases >= SOAK_CASES // SOAK_BLOCKS
