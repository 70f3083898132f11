"""The page stays smooth and small while the book changes two hundred times a second."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from outcry.client import Client
from tests.e2e.web.renderer import Memory, measure
from tests.e2e.web.trader import Trader

MARKET = "BTC_USDT"
SAID = logging.getLogger(__name__)
"""Shown by `--log-cli-level=INFO`."""
UPDATES_A_SECOND, BATCHES_A_SECOND = 200, 10
FRAMES_A_SECOND_MIN = 50
PROCESS_BYTES_MAX = 250 * 1024 * 1024
HEAP_GROWTH_BYTES_MAX = 1024 * 1024
NODES_GROWTH_MAX, LISTENERS_GROWTH_MAX = 200, 40
ROUNDS = 5
WARM_UP_MS, SHORT_S = 2_000, 10
FIRST_DATA_S_MAX = 2.0
SECONDS = int(os.environ.get("SECONDS", "600"))
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
KEEPING = """
  window.kept = [];
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    addEventListener(kind, listener) {
      super.addEventListener(kind, (event) => {
        window.kept.push(event, new Array(10000).fill(event.timeStamp));
        listener(event);
      });
    }
  };
"""


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


def rounds(browser: Browser, page: Page, seconds: int) -> tuple[list[float], list[Memory]]:
    """Return frames a second of each round, and what the page holds after each."""
    page.set_default_timeout(seconds * 2_000 + 20_000)
    frames, memory = [], []
    for _ in range(ROUNDS):
        frames.append(float(page.evaluate(COUNT_FRAMES, seconds * 1_000 // ROUNDS)))
        memory.append(measure(browser, page))
    return frames, memory


def test_page_does_not_grow_while_the_book_changes(
    trader: Trader, maker: Client, browser: Browser
) -> None:
    """The short form: what grows by the second is seen within seconds."""
    trader.open()
    with changing(maker):
        trader.page.wait_for_timeout(WARM_UP_MS)
        _, memory = rounds(browser, trader.page, SHORT_S)
    first, last = memory[0], memory[-1]
    assert max(one.process_bytes for one in memory) <= PROCESS_BYTES_MAX
    assert last.heap_bytes - first.heap_bytes <= HEAP_GROWTH_BYTES_MAX
    assert last.nodes - first.nodes <= NODES_GROWTH_MAX
    assert last.listeners - first.listeners <= LISTENERS_GROWTH_MAX


def test_page_that_keeps_every_message_is_caught(
    trader: Trader, maker: Client, browser: Browser
) -> None:
    """The control: a page that forgets nothing grows, and is seen to."""
    trader.page.add_init_script(KEEPING)
    trader.open()
    with changing(maker):
        _, memory = rounds(browser, trader.page, SHORT_S)
    assert memory[-1].heap_bytes - memory[0].heap_bytes > HEAP_GROWTH_BYTES_MAX


@pytest.mark.soak
def test_page_stays_smooth_and_small(trader: Trader, maker: Client, browser: Browser) -> None:
    begun = time.monotonic()
    trader.open()
    first_data_s = time.monotonic() - begun
    with changing(maker):
        frames, memory = rounds(browser, trader.page, SECONDS)
    SAID.info("first data after %.2f s", first_data_s)
    for per_second, one in zip(frames, memory, strict=True):
        SAID.info("%.1f frames a second, %s", per_second, one)
    assert min(frames) >= FRAMES_A_SECOND_MIN
    assert max(one.process_bytes for one in memory) <= PROCESS_BYTES_MAX
    assert first_data_s <= FIRST_DATA_S_MAX
