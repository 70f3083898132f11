"""The recordings beside the repository, through the engine, on each core."""

import pytest

from outcry.replay.engine_target import EngineTarget
from outcry.replay.play import play
from outcry.replay.target import ReplayReport
from tests.support.cores import CORES, core_factory
from tests.support.shared import shared

TAPE = "data/tapes/tape_AAPL.jsonl.xz"
MESSAGES = "data/lobster/AAPL_2012-06-21_message_10_first999.csv.xz"
BOOK = "data/lobster/AAPL_2012-06-21_orderbook_10_first999.csv.xz"


@pytest.mark.parametrize("core", CORES)
def test_tape_agrees_in_every_take_and_every_row(core: str) -> None:
    report = ReplayReport("tape", core)
    play(shared(TAPE), EngineTarget(core_factory(core), report), report)
    assert (report.takes_ok, report.takes) == (63, 63)
    assert (report.rows_ok, report.rows) == (957, 957)
    assert report.problems == []


@pytest.mark.parametrize("core", CORES)
def test_lobster_pair_agrees_in_every_row(core: str) -> None:
    report = ReplayReport("lobster", core)
    target = EngineTarget(core_factory(core), report)
    play(shared(MESSAGES), target, report, shared(BOOK))
    assert (report.rows_ok, report.rows) == (999, 999)
    assert report.problems == []


def test_both_cores_end_in_the_same_state() -> None:
    digests = set()
    for core in CORES:
        report = ReplayReport("tape", core)
        play(shared(TAPE), EngineTarget(core_factory(core), report), report)
        digests.add(report.digest)
    assert len(digests) == 1
