"""A new demo has two hours behind it, made of trades that everything agrees on."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from outcry.cli.demo.past import PAST_S
from outcry.client import Client
from outcry.client.answers import Kline
from tests.support.process import ROOT, venue_process

MAKER = {"OUTCRY_DEMO_MAKER": "true"}
MARKETS = ("BTC_USDT", "ETH_USDT")


def minutes(client: Client, market: str) -> list[Kline]:
    return client.klines(market, "1m", limit=1_000).klines


def test_new_demo_has_a_past_and_an_old_one_gets_no_other(tmp_path: Path) -> None:
    with venue_process(tmp_path, "--demo", environ=MAKER) as venue:
        begun = datetime.now(UTC)
        with Client(venue.started()["url"]) as client:
            for market in MARKETS:
                (first, *_), count = (found := minutes(client, market)), len(found)
                age = begun - datetime.fromisoformat(first.open_time)
                assert age < timedelta(seconds=PAST_S + 120)
                assert count > PAST_S // 60 * 0.8
                assert len({kline.close for kline in found}) > count // 2
            before = minutes(client, MARKETS[0])[0]
            status = json.loads(client.call("GET", "/api/v1/status"))
        assert status["mode"] == "normal"
        assert venue.end() == (0, "")
    with venue_process(tmp_path, "--demo", environ=MAKER) as venue:
        with Client(venue.started()["url"]) as client:
            again = minutes(client, MARKETS[0])
        assert again[0] == before
        assert len(again) < PAST_S // 60 + 10
        assert venue.end() == (0, "")
    audit = [sys.executable, "-m", "outcry", "audit", "--data", str(tmp_path)]
    done = subprocess.run(audit, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
