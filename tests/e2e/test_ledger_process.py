"""The ledger's process beside a real venue: it ends with it, behind it, however that ended."""

import os
import signal
import time
from pathlib import Path

import pytest

from outcry.client import Client
from tests.support.ledger_files import check_against_the_log
from tests.support.process import follower_of, runs, state_of, status, venue_process

pytestmark = pytest.mark.e2e

PASSWORD = "correct horse battery"
END_S = 30.0


def wait_for_the_end(pid: int) -> None:
    deadline = time.monotonic() + END_S
    while runs(pid):
        assert time.monotonic() < deadline, f"{pid} does not end"
        time.sleep(0.02)


def trade(url: str, count: int) -> None:
    with Client(url) as ann:
        ann.register(f"ann{count}@example.com", PASSWORD)
        ann.faucet("INR", "500000")
        for _ in range(count):
            ann.place(market="TATA_INR", side="buy", price="99.00", quantity="1")


def test_follower_outlives_a_killed_venue_just_long_enough_and_a_drained_one_not_at_all(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with venue_process(data, "--demo") as venue:
        url = venue.started()["url"]
        follower = follower_of(venue)
        # Who stands back gives way at once to those of its session.
        assert os.getsid(follower) == os.getsid(venue.process.pid)
        # What comes from a terminal or a service manager is the venue's to answer.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(follower, number)
        os.kill(follower, signal.SIGSTOP)
        trade(url, 30)
        last = status(data)["sequence"]
        assert state_of(follower) == "T"
        venue.end(signal.SIGKILL)  # Whom nobody is left to continue, the system does.
        wait_for_the_end(follower)
    assert check_against_the_log(data, tmp_path) == last
    with venue_process(data, "--demo") as venue:
        started = venue.started()
        assert started["sequence"] == last
        follower = follower_of(venue)
        trade(started["url"], 40)
        last = status(data)["sequence"]
        assert venue.end() == (0, "")
        assert not Path(f"/proc/{follower}").exists()
    assert check_against_the_log(data, tmp_path) == last
