"""What bots say of themselves to whoever started them: a line of JSON now and then."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from outcry.maker.live.run import Live
from outcry.maker.maker import Maker


async def report(runs: Sequence[Live], every_s: float) -> None:
    """Write lines to standard output until cancelled. Nobody who does not read holds them up."""
    os.set_blocking(sys.stdout.fileno(), False)
    while True:
        await asyncio.sleep(every_s)
        line = msgspec.json.encode([facts_of(run) for run in runs if run.is_started.is_set()])
        try:
            os.write(sys.stdout.fileno(), line + b"\n")
        except (BlockingIOError, BrokenPipeError):
            continue


def facts_of(run: Live) -> dict[str, Any]:
    """Return how a bot is; amounts are decimal text."""
    strategy, position = run.strategy, run.strategy.position
    terms, middle = strategy.terms, strategy.book.middle_half_ticks
    found: dict[str, Any] = {
        "market": terms.market,
        "bot": type(strategy).__name__.lower(),
        "connected": run.facts.is_connected,
        "pnl_quote": None if middle is None else terms.quote_text(position.value_units(middle)),
        "position_base": terms.base_text(position.base_units),
        "cash_quote": terms.quote_text(position.quote_units),
        "fees_quote": terms.quote_text(position.fee_quote_units),
        "traded_quote": terms.quote_text(position.traded_units),
        "fills": position.fills,
        "open_orders": len(strategy.orders),
        "refused": 0,
    }
    if isinstance(strategy, Maker):
        reference = strategy.facts.reference_ticks
        found |= {
            "reference_price": terms.price(round(reference)) if reference else None,
            "spread_bps": strategy.facts.spread_bps,
            "lean_bps": strategy.facts.lean_bps,
            "volatility_bps": strategy.volatility.bps,
            "refused": strategy.unexpected,
        }
    return found
