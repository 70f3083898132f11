"""Clients nobody here wrote keep a book: 500 changes a second, and connections that are cut.

Whatever a kept book says at an id is what REST says at that id.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outcry.client import AsyncClient
from tests.acceptance.test_clients import PATIENCE_S, SECONDS
from tests.support.clients import drive, environment
from tests.support.moving_book import UPDATES_PER_S, Counts, cut, move, under_way
from tests.support.process import venue_process

pytestmark = [pytest.mark.e2e, pytest.mark.soak]

MARKET = "TATA_INR"
CUT_EVERY_S = min(10.0, SECONDS / 3)
"""A client that was cut waits for seconds before it comes back."""


@pytest.mark.parametrize(
    ("client", "driver"),
    [("ccxt", "depth_ccxt_pro.py"), ("python-binance", "depth_python_binance.py")],
)
async def test_kept_book_is_that_of_rest_at_every_id(
    client: str, driver: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    python = await asyncio.to_thread(environment, client)
    plan, outcome = tmp_path / "plan.json", tmp_path / "outcome.json"
    with venue_process(tmp_path / "data", "--demo", "--bench") as venue:
        url = (await asyncio.to_thread(venue.started))["url"].replace("localhost", "127.0.0.1")
        traders = json.loads((tmp_path / "data" / "demo.json").read_text())["traders"]
        plan.write_text(json.dumps({"url": url, "traders": traders, "seconds": SECONDS}))
        counts = Counts()
        async with (
            AsyncClient(url, traders[1]["token"]) as trader,
            under_way(
                partial(move, trader, MARKET, counts),
                partial(cut, trader, CUT_EVERY_S, counts, "/ws"),
            ),
        ):
            printed = await asyncio.to_thread(
                drive, python, driver, plan, outcome, PATIENCE_S + SECONDS
            )
    assert outcome.exists(), printed
    found: dict[str, Any] = json.loads(outcome.read_text())
    assert set(found["steps"].values()) == {"ok"}, found["steps"]
    assert found["facts"]["compared"] >= 5
    assert found["facts"]["made_anew"] >= 1
    assert counts.cuts >= 2
    assert counts.updates >= UPDATES_PER_S * SECONDS / 2
    for name, number in {**found["facts"], "cuts": counts.cuts, "updates": counts.updates}.items():
        record_property(name, number)
