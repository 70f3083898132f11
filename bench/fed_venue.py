"""A venue fed from inside: `python -m bench.fed_venue FOLDER TRADES_PER_SECOND SECONDS [RUN]`.

The orders are those of `bench.ledger`: two of two accounts that meet, five events a trade. They go
into the flow without a door, on schedule. Prints one line of JSON: the rate that was reached, what
it cost, and how far the ledger fell behind in either half of the time. RUN is who writes the
ledger, `off` for nobody.
"""

import asyncio
import json
import logging
import sys
from time import perf_counter, process_time
from typing import Any

import msgspec
import structlog

from bench.ledger import BATCH_TRADES, batches
from outcry.bootstrap import Venue, running_venue
from outcry.codec import split
from outcry.config import LedgerSettings, Settings
from outcry.guard import GuardSettings

TICK_S = 0.002
FAR = GuardSettings(lag_events=1 << 40, lag_s=1e6)
"""So far that the venue does not slow the feed down before the figure is taken."""


async def feed(venue: Venue, rate: int, seconds: float) -> dict[str, Any]:
    """Feed trades at a rate; then wait for the ledger."""
    parts = [records for _, _, records in batches(int(rate * seconds))]
    opening, *orders = parts
    for record in split(opening):
        await _submitted(venue, bytes(record), 1)
    await venue.services.ledger.caught_up()
    ledger, most, unanswered = venue.ledger, [0, 0], 0

    def answered(_: object) -> None:
        nonlocal unanswered
        unanswered -= 1

    start, cpu = perf_counter(), process_time()
    for number, records in enumerate(orders):
        while perf_counter() < start + number * BATCH_TRADES / rate or unanswered > 32:
            await asyncio.sleep(TICK_S)
        unanswered += 1
        venue.pipeline.submit(records, 2 * BATCH_TRADES, answered)
        half = 2 * number // len(orders)
        most[half] = max(most[half], ledger.lag.events)
    while unanswered:
        await asyncio.sleep(TICK_S)
    fed_s, cpu = perf_counter() - start, process_time() - cpu
    behind = ledger.lag.events
    while ledger.lag.events:
        await asyncio.sleep(TICK_S)
    trades = len(orders) * BATCH_TRADES
    return {
        "trades": trades,
        "trades_per_second": round(trades / fed_s),
        "venue_cpu_share": round(cpu / fed_s, 2),
        "most_events_behind_at_first": most[0],
        "most_events_behind_later": most[1],
        "events_behind_at_the_end": behind,
        "drained_after_s": round(perf_counter() - start - fed_s, 2),
    }


async def _submitted(venue: Venue, records: bytes, count: int) -> None:
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    venue.pipeline.submit(records, count, done.set_result)
    await done


async def run(folder: str, rate: int, seconds: float, ledger: str) -> dict[str, Any]:
    """Run the venue for one measurement."""
    chosen = msgspec.convert({"run": ledger}, LedgerSettings)
    settings = Settings(data=folder, port=0, guard=FAR, ledger=chosen)
    async with running_venue(settings) as venue:
        return await feed(venue, rate, seconds)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    FOLDER, RATE, SECONDS, *RUN = sys.argv[1:]
    FOUND = run(FOLDER, int(RATE), float(SECONDS), RUN[0] if RUN else "process")
    print(json.dumps(asyncio.run(FOUND)))
