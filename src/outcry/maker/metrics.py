"""What a maker did and made, in the text format of Prometheus, on a port of its own."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from outcry.maker.live.run import Live
from outcry.maker.maker import Maker
from outcry.strategy import Terms

Sample = tuple[str, float]
"""(labels, value)"""
HELP = {
    "position_base": "What its fills came to, in the base asset.",
    "cash_quote": "What its fills came to, in the quote asset, fees taken off.",
    "pnl_quote": "Profit or loss, with the position at the middle of the book.",
    "fees_quote": "Fees less rebates, in the quote asset.",
    "traded_quote_total": "What was traded, in the quote asset.",
    "fills_total": "Fills.",
    "open_orders": "Own orders that have not ended.",
    "reference_price": "What the market is worth, as far as the maker was told.",
    "spread_bps": "The distance between its best quotes.",
    "lean_bps": "How far its quotes lean because of the position.",
    "volatility_bps": "Per square root of a second.",
    "connected": "Whether it hears the venue.",
    "connections_total": "How often it has connected.",
    "doubts_total": "Batches whose outcome had to be looked up.",
    "refused_total": "Refusals, by code.",
    "unexpected_refusals_total": "Refusals that nobody had to expect.",
    "quotes_placed_total": "Quotes that were new.",
    "quotes_kept_total": "Quotes that could stay.",
}


def text_of(runs: Sequence[Live]) -> str:
    """Return the metrics of everything that runs."""
    found: dict[str, list[Sample]] = {name: [] for name in HELP}
    for run in runs:
        if run.is_started.is_set():
            for name, more, value in _samples(run):
                labels = f'market="{run.strategy.terms.market}",bot="{_name(run)}"{more}'
                found[name].append((labels, value))
    return "".join(_lines(name, samples) for name, samples in found.items())


def _lines(name: str, samples: Sequence[Sample]) -> str:
    kind = "counter" if name.endswith("_total") else "gauge"
    full = f"outcry_maker_{name}"
    told = "".join(f"{full}{{{labels}}} {value:.12g}\n" for labels, value in samples)
    return f"# HELP {full} {HELP[name]}\n# TYPE {full} {kind}\n{told}"


def _name(run: Live) -> str:
    return type(run.strategy).__name__.lower()


def _samples(run: Live) -> Iterator[tuple[str, str, float]]:
    """Yield (name, further labels, value)."""
    strategy, facts, position = run.strategy, run.facts, run.strategy.position
    terms = strategy.terms
    middle = strategy.book.middle_half_ticks
    yield "position_base", "", float(terms.base_text(position.base_units))
    yield "cash_quote", "", _quote(terms, position.quote_units)
    if middle is not None:
        yield "pnl_quote", "", _quote(terms, position.value_units(middle))
    yield "fees_quote", "", _quote(terms, position.fee_quote_units)
    yield "traded_quote_total", "", _quote(terms, position.traded_units)
    yield "fills_total", "", position.fills
    yield "open_orders", "", len(strategy.orders)
    yield "connected", "", facts.is_connected
    yield "connections_total", "", facts.connections
    yield "doubts_total", "", facts.doubts
    if isinstance(strategy, Maker):
        yield from _of_maker(strategy, terms)


def _of_maker(maker: Maker, terms: Terms) -> Iterator[tuple[str, str, float]]:
    yield "reference_price", "", maker.facts.reference_ticks * float(terms.price(1))
    yield "spread_bps", "", maker.facts.spread_bps
    yield "lean_bps", "", maker.facts.lean_bps
    yield "volatility_bps", "", maker.volatility.bps
    yield "quotes_placed_total", "", maker.facts.placed
    yield "quotes_kept_total", "", maker.facts.kept
    yield "unexpected_refusals_total", "", maker.unexpected
    for code, count in sorted(maker.refused.items()):
        yield "refused_total", f',code="{code}"', count


def _quote(terms: Terms, units: int) -> float:
    return float(terms.quote_text(units))


@asynccontextmanager
async def metrics_port(runs: Sequence[Live], port: int) -> AsyncIterator[int]:
    """Serve `/metrics` on this machine only; give the port, which is any free one for 0.

    Raises:
        OSError: the port is taken.
    """

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=text_of(runs), content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        assert runner.addresses
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
