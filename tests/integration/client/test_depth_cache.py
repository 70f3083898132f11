"""A book that is kept while it moves fast and its stream is cut again and again.

Whatever the cache has said at a sequence is held against what REST said at that sequence.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from outcry.client import AsyncClient
from outcry.client.answers import Level
from outcry.client.live.messages import BookEvent
from tests.support.moving_book import Counts, cut, move, under_way
from tests.support.process import venue_process

MARKET = "TATA_INR"
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

    def same(self) -> int:
        """Return how many sequences both have seen; fail where they differ."""
        both = self.cache.keys() & self.rest.keys()
        for sequence in both:
            assert self.cache[sequence] == self.rest[sequence], sequence
        for side in (self.cache, self.rest):
            for sequence in sorted(side)[:-1_000]:
                del side[sequence]
        return len(both)


async def look(trader: AsyncClient, seen: Seen) -> None:
    """Ask for the book over and over."""
    while True:
        depth = await trader.depth(MARKET, LEVELS)
        seen.rest[depth.sequence] = (depth.bids, depth.asks)
        await asyncio.sleep(LOOK_EVERY_S)


@pytest.mark.parametrize(
    "seconds", [4, pytest.param(600, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
async def test_cache_never_differs_from_rest_at_the_same_sequence(
    tmp_path: Path, seconds: float, record_property: Callable[[str, object], None]
) -> None:
    with venue_process(tmp_path, "--demo", "--bench") as venue:
        url = (await asyncio.to_thread(venue.started))["url"]
        ann, bob = json.loads((tmp_path / "demo.json").read_text())["traders"]
        seen, counts, compared = Seen(), Counts(), 0
        async with (
            AsyncClient(url, ann["token"]) as watcher,
            AsyncClient(url, bob["token"]) as trader,
            watcher.stream(f"book:{MARKET}") as stream,
            under_way(
                partial(move, trader, MARKET, counts),
                partial(cut, trader, CUT_EVERY_S, counts),
                partial(look, trader, seen),
            ),
        ):
            end = asyncio.get_running_loop().time() + seconds
            async for event in stream:
                if isinstance(event, BookEvent) and event.book.is_synced:
                    book = event.book
                    seen.cache[book.sequence] = (book.bids(LEVELS), book.asks(LEVELS))
                if len(seen.cache) > 2_000:
                    compared += seen.same()
                enough = len(seen.cache.keys() & seen.rest.keys()) + compared >= COMPARED_MIN
                if asyncio.get_running_loop().time() > end and enough and counts.cuts >= CUTS_MIN:
                    break
        compared += seen.same()
        for name, number in {
            "compared": compared,
            "cuts": counts.cuts,
            "updates": counts.updates,
        }.items():
            record_property(name, number)
