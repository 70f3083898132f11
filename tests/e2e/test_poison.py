"""A venue that meets a bug: it ends, it stays down, and two people get it up again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.client import ApiError, Client, Unreachable
from outcry.engine.core import choose
from outcry.recovery import inspect
from tests.support.process import END_S, VenueProcess, venue_process

pytestmark = pytest.mark.e2e
SICK = [sys.executable, "-m", "tests.e2e.poisoned_venue"]
SICK_UP = ("-m", "tests.e2e.poisoned_venue")


def sick(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run a command of the program with the bug."""
    command = [*SICK, *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ, capture_output=True, text=True, timeout=END_S, check=False
    )


def order_with_the_bug(venue: VenueProcess) -> int:
    """Send the order that nobody survives; return the exit code of the venue."""
    url = venue.started()["url"]
    trader = json.loads((venue.data / "demo.json").read_text())["traders"][0]
    order = {"market": "BTC_USDT", "side": "buy", "type": "limit", "price": "50000"}
    with Client(url, trader["token"]) as client, pytest.raises((ApiError, Unreachable)):
        client.call("POST", "/api/v1/order/", order | {"quantity": "0.0666"})
    return venue.process.wait(timeout=END_S)


def test_two_people_get_a_venue_past_a_bug(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo", program=SICK_UP) as venue:
        assert order_with_the_bug(venue) == 1
    refused = sick("up", "--data", tmp_path, "--port", 0)
    assert refused.returncode == 1
    assert "does not apply: Poisoned: the bug was found" in refused.stderr
    assert "what to do: docs/runbook/command-fails.md" in refused.stderr
    sequence = int(refused.stderr.split("sequence ")[1].split()[0])
    two = ("--by", "ann", "--by", "bob", "--reason", "it stops the venue", "--yes")
    assert sick("skip", sequence, "--data", tmp_path, *two).returncode == 0
    with venue_process(tmp_path, "--demo", program=SICK_UP) as venue:
        started = venue.started()
        assert (started["sequence"], started["rules"]) == (sequence + 1, 2)
        assert venue.end() == (0, "")
    log = SqliteLog(tmp_path / "log.sqlite", read_only=True)
    found = inspect(log, SnapshotFiles(tmp_path / "snapshots", read_only=True), choose())
    log.close()
    assert (found.digest.hex(), found.damage) == (started["digest"], [])
