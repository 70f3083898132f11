"""Recordings into a running venue, and load upon it: all through its public API."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.bench.venue import VenueLoad, VenueReport, bench_venue
from outcry.client import Client
from outcry.domain.order import Side
from outcry.replay.into import VenueRefused, VenueTarget
from outcry.replay.play import play
from outcry.replay.target import ReplayReport
from tests.support.process import venue_process
from tests.support.shared import shared

STORY = [
    {"op": "seed", "row": 0, "id": 1, "side": -1, "px": 1010000, "qty": 5},
    {"op": "seed", "row": 0, "id": 2, "side": -1, "px": 1010000, "qty": 9},
    {"op": "seed", "row": 0, "id": 3, "side": -1, "px": 1020000, "qty": 4},
    {"op": "cancel", "id": 1, "side": -1, "px": 1010000, "qty": 2},
    {
        "op": "take",
        "side": 1,
        "px": 1020000,
        "qty": 13,
        "fifo": True,
        "fills": [[1, 3, 1010000], [2, 9, 1010000], [3, 1, 1020000]],
    },
    {"op": "expect", "bids": [], "asks": [[1020000, 3]]},
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with venue_process(tmp_path_factory.mktemp("venue"), "--demo") as venue:
        yield venue.started()["url"]


def into(url: str, kind: str, file: Path, book: Path | None = None) -> ReplayReport:
    report = ReplayReport(kind, "")
    with VenueTarget(url, report) as target:
        play(file, target, report, book)
    return report


def test_story_agrees_through_the_venue(url: str, tmp_path: Path) -> None:
    path = tmp_path / "story.jsonl"
    path.write_text("\n".join(json.dumps(step) for step in STORY))
    report = into(url, "tape", path)
    assert report.agrees
    assert (report.takes_ok, report.rows_ok) == (1, 1)


def test_wrong_queue_place_is_found_through_the_venue(url: str, tmp_path: Path) -> None:
    wrong = json.loads(json.dumps(STORY))
    wrong[4]["fills"][0], wrong[4]["fills"][1] = [2, 3, 1010000], [1, 9, 1010000]
    path = tmp_path / "wrong.jsonl"
    path.write_text("\n".join(json.dumps(step) for step in wrong))
    report = into(url, "tape", path)
    assert (report.takes_ok, report.rows_ok) == (0, 1)


def test_tape_agrees_through_the_venue(url: str) -> None:
    report = into(url, "tape", shared("data/tapes/tape_AAPL.jsonl.xz"))
    assert (report.takes_ok, report.rows_ok, report.problems) == (63, 957, [])


def test_lobster_pair_agrees_through_the_venue(url: str) -> None:
    folder = "data/lobster/AAPL_2012-06-21_"
    messages = shared(f"{folder}message_10_first999.csv.xz")
    report = into(url, "lobster", messages, shared(f"{folder}orderbook_10_first999.csv.xz"))
    assert (report.rows_ok, report.problems) == (999, [])


def test_recording_makes_the_market_it_is_told_and_others_may_trade_there(url: str) -> None:
    report = ReplayReport("tape", "")
    with (
        VenueTarget(url, report, market="FLOW_CASH") as target,
        Client(url) as bot,
    ):
        bot.register("bot@example.com", "correct horse battery")
        bot.faucet("CASH", 10_000)
        target.rest(1, Side.SELL, 1010000, 5)
        target.rest(2, Side.SELL, 1020000, 4)
        assert bot.depth("FLOW_CASH").asks == [("101.0000", "5"), ("102.0000", "4")]
        bot.place(market="FLOW_CASH", side="buy", price="101.0000", quantity=5)
        bot.place(market="FLOW_CASH", side="sell", price="101.5000", quantity=2)
        assert target.take(Side.BUY, 1020000, 3) == [(2, 1, 1020000)]
    (problem,) = report.problems
    assert "belongs to no order" in problem


@pytest.mark.parametrize("path", ["http", "batch", "ws"])
def test_load_leaves_nothing_behind_and_is_counted(url: str, path: str) -> None:
    load = VenueLoad(url, path, 0.5, "BTC_USDT", connections=2)
    with Client(url) as client:
        before = client.depth("BTC_USDT")
        report: VenueReport = bench_venue(load, asyncio.run)
        after = client.depth("BTC_USDT")
    assert report.orders > 0
    assert (report.refused, report.first_refusal) == (0, "")
    assert 0 < report.p50_ms <= report.p99_ms
    assert report.cpu_us_per_order > 0
    assert report.commits_per_second > 0
    left = len(after.bids) + len(after.asks) - len(before.bids) - len(before.asks)
    assert left <= 1


def test_venue_without_development_mode_is_refused(tmp_path: Path) -> None:
    with venue_process(tmp_path) as venue, pytest.raises(VenueRefused):
        VenueTarget(venue.started()["url"], ReplayReport("tape", ""))
