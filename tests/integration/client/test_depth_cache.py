"""A book that is kept while it moves fast and its stream is cut again and again.

Whatever the cache has said at a sequence is held against what REST said at that sequence.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from outcry.client import AsyncClient
from outcry.client.answers import Level
from outcry.client.live.messages import BookEvent
from tests.support.process import venue_process

MARKET = "TATA_INR"
UPDATES_PER_S = 500
MOVES = 20
"""Orders a batch; each changes a level."""
CUT_EVERY_S = 0.5
LOOK_EVERY_S = 0.005
LEVELS = 1_000
COMPARED_MIN, CUTS_MIN = 5, 5
Sides = tuple[list[Level], list[Level]]


class Seen:
    """What the cache and REST have said, by sequence."""

    def __init__(self) -> None:
        self.cache: dict[int, Sides] = {}
        self.rest: dict[int, Sides] = {}
        self.cuts = 0
        self.updates = 0

    def same(self) -> int:
        """Return how many sequences both have seen; fail where they differ."""
        both = self.cache.keys() & self.rest.keys()
        for sequence in both:
            assert self.cache[sequence] == self.rest[sequence], sequence
        for side in (self.cache, self.rest):
            for sequence in sorted(side)[:-1_000]:
                del side[sequence]
        return len(both)


async def move(trader: AsyncClient, seen: Seen) -> None:
    """Change levels of the book at a steady rate."""
    loop = asyncio.get_running_loop()
    due, resting = loop.time(), []
    while True:
        orders = [
            {"market": MARKET, "side": "buy", "quantity": 1 + number, "price": f"{50 + number}.00"}
            for number in range(MOVES // 2)
        ]
        placed = (await trader.batch([*orders, *({"cancel": each} for each in resting)])).outcomes()
        resting = [each.order_id for each in placed[: len(orders)]]  # type: ignore[union-attr]
        seen.updates += MOVES
        due = max(due + MOVES / UPDATES_PER_S, loop.time() - 1)
        await asyncio.sleep(max(0.0, due - loop.time()))


async def cut(trader: AsyncClient, seen: Seen) -> None:
    """Cut every stream now and then."""
    while True:
        await asyncio.sleep(CUT_EVERY_S)
        told = await trader.post("/api/v1/bench/disconnect", {})
        seen.cuts += told["disconnected"]


async def look(trader: AsyncClient, seen: Seen) -> None:
    """Ask for the book over and over."""
    while True:
        depth = await trader.depth(MARKET, LEVELS)
        seen.rest[depth.sequence] = (depth.bids, depth.asks)
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def under_way(trader: AsyncClient, seen: Seen) -> AsyncIterator[None]:
    """Move, cut and look until the block ends."""
    tasks = [asyncio.create_task(work(trader, seen)) for work in (move, cut, look)]
    try:
        yield
        for task in tasks:
            assert not task.done() or task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@pytest.mark.parametrize(
    "seconds", [4, pytest.param(600, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
async def test_cache_never_differs_from_rest_at_the_same_sequence(
    tmp_path: Path, seconds: float, record_property: Callable[[str, object], None]
) -> None:
    with venue_process(tmp_path, "--demo", "--bench") as venue:
        url = (await asyncio.to_thread(venue.started))["url"]
        ann, bob = json.loads((tmp_path / "demo.json").read_text())["traders"]
        seen, compared = Seen(), 0
        async with (
            AsyncClient(url, ann["token"]) as watcher,
            AsyncClient(url, bob["token"]) as trader,
            watcher.stream(f"book:{MARKET}") as stream,
            under_way(trader, seen),
        ):
            end = asyncio.get_running_loop().time() + seconds
            async for event in stream:
                if isinstance(event, BookEvent) and event.book.is_synced:
                    book = event.book
                    seen.cache[book.sequence] = (book.bids(LEVELS), book.asks(LEVELS))
                if len(seen.cache) > 2_000:
                    compared += seen.same()
                enough = len(seen.cache.keys() & seen.rest.keys()) + compared >= COMPARED_MIN
                if asyncio.get_running_loop().time() > end and enough and seen.cuts >= CUTS_MIN:
                    break
        compared += seen.same()
        for name, number in {
            "compared": compared,
            "cuts": seen.cuts,
            "updates": seen.updates,
        }.items():
            record_property(name, number)
