"""The page stays smooth and small while the book changes two hundred times a second."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page

from outcry.client import Client
from tests.e2e.web.trader import Trader

MARKET = "BTC_USDT"
UPDATES_A_SECOND, BATCHES_A_SECOND = 200, 10
FRAMES_A_SECOND_MIN = 50
HEAP_BYTES_MAX = 250 * 1024 * 1024
FIRST_DATA_S_MAX = 2.0
SECONDS = int(os.environ.get("SECONDS", "60"))
COUNT_FRAMES = """(ms) => new Promise((done) => {
  let frames = 0;
  const begun = performance.now();
  const next = (now) => {
    if (now - begun >= ms) return done(frames * 1000 / (now - begun));
    frames += 1;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""


def change(client: Client, number: int, placed: list[int]) -> list[int]:
    """Change so many levels at once as there are changes in a batch; return what was placed."""
    fresh = UPDATES_A_SECOND // BATCHES_A_SECOND // 2
    orders: list[dict[str, Any]] = [{"cancel": one} for one in placed]
    for at in range(fresh):
        side, way = (("buy", -1), ("sell", 1))[at % 2]
        price = f"{60_000 + way * (1 + (number * 7 + at * 3) % 90) / 100 * 4:.2f}"
        quantity = f"0.{number % 90 + 10}"
        orders.append({"market": MARKET, "side": side, "price": price, "quantity": quantity})
    return [one["order_id"] for one in client.batch(orders).results if one.get("status") == "open"]


@contextmanager
def changing(client: Client) -> Iterator[None]:
    """Keep the book changing in the background."""
    ended = threading.Event()

    def run() -> None:
        placed: list[int] = []
        begun, number = time.monotonic(), 0
        while not ended.wait(max(0.0, begun + number / BATCHES_A_SECOND - time.monotonic())):
            placed = change(client, number, placed)
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def heap_bytes(page: Page) -> int:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


@pytest.mark.soak
def test_page_stays_smooth_and_small(trader: Trader, maker: Client) -> None:
    begun = time.monotonic()
    trader.open()
    first_data_s = time.monotonic() - begun
    with changing(maker):
        trader.page.set_default_timeout(SECONDS * 2_000 + 20_000)
        frames = trader.page.evaluate(COUNT_FRAMES, SECONDS * 1_000)
        heap = heap_bytes(trader.page)
    assert frames >= FRAMES_A_SECOND_MIN
    assert heap <= HEAP_BYTES_MAX
    assert first_data_s <= FIRST_DATA_S_MAX
