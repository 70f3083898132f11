"""A book that moves at a steady rate, and connections that are cut: what keeps a book must bear it.

The venue runs with `--demo --bench`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from outcry.client import AsyncClient

UPDATES_PER_S = 500
MOVES = 20
"""Orders a batch; each changes a level."""


class Counts:
    """How often something has happened."""

    def __init__(self) -> None:
        self.cuts = 0
        self.updates = 0


async def move(trader: AsyncClient, market: str, counts: Counts) -> None:
    """Change levels of a book at a steady rate, until cancelled."""
    loop = asyncio.get_running_loop()
    due, resting = loop.time(), []
    while True:
        orders = [
            {"market": market, "side": "buy", "quantity": 1 + number, "price": f"{50 + number}.00"}
            for number in range(MOVES // 2)
        ]
        placed = (await trader.batch([*orders, *({"cancel": each} for each in resting)])).outcomes()
        resting = [each.order_id for each in placed[: len(orders)]]  # type: ignore[union-attr]
        counts.updates += MOVES
        due = max(due + MOVES / UPDATES_PER_S, loop.time() - 1)
        await asyncio.sleep(max(0.0, due - loop.time()))


async def cut(trader: AsyncClient, every_s: float, counts: Counts, path: str = "") -> None:
    """Cut every WebSocket whose path begins so now and then, until cancelled."""
    while True:
        await asyncio.sleep(every_s)
        told = await trader.post("/api/v1/bench/disconnect", {"path": path} if path else {})
        counts.cuts += told["disconnected"]


@asynccontextmanager
async def under_way(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Work until the block ends; none may end before."""
    tasks = [asyncio.ensure_future(work()) for work in works]
    try:
        yield
        for task in tasks:
            assert not task.done() or task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
