"""A running venue under load: prepare accounts, drive one path for a while, report."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter, process_time, sleep
from typing import Any
from urllib.parse import urlsplit

import msgspec

from outcry.bench.load import HttpLane, Lane, LoadFailed, SocketPair
from outcry.bench.orders import (
    OrderIds,
    Tally,
    Terms,
    batch_requests,
    binance_requests,
    single_requests,
    socket_frames,
)
from outcry.client import Client, exact

BATCH_ORDERS = 20
CONNECTIONS = {"http": 32, "batch": 8, "ws": 8, "binance": 32}
SHARING = {"http": 64, "batch": 4, "ws": 1, "binance": 64}
"""Connections (for `ws`: pairs) that share one maker, so that its open orders stay few."""
BASE_FUNDS, QUOTE_FUNDS = "1000000", "10000000000"
CONNECT_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 10.0
SETTLE_TIMEOUT_S = 3.0
"""How long a ledger may stand still before it counts as not running."""
SETTLE_POLL_S = 0.05


class VenueReport(msgspec.Struct, frozen=True):
    """What a run measured. CPU of the server is from its own metrics, over the same time."""

    path: str
    core: str
    market: str
    connections: int
    seconds: float
    orders: int
    refused: int
    first_refusal: str
    orders_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_order: float
    """Of the venue's process."""
    ledger_cpu_us_per_order: float
    """What the ledger's follower spent, in its own process unless that was set otherwise."""
    commits_per_second: float
    orders_per_commit: float
    generator_cpu_us_per_order: float


@dataclass(frozen=True, slots=True)
class VenueLoad:
    """What to do to which venue. `tokens` are pairs of maker and taker; none: register them."""

    url: str
    path: str
    seconds: float
    market: str
    connections: int
    tokens: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Scrape:
    """The server's counters at one moment."""

    cpu_seconds: float
    commits: float
    ledger_lag: float
    ledger_cpu_seconds: float


def bench_venue(load: VenueLoad, run: Callable[..., Any]) -> VenueReport:
    """Measure one path; `run` runs a coroutine (uvloop's or asyncio's).

    Raises:
        ApiError: the venue refused what the preparation needs.
        Unreachable: nobody answers.
        LoadFailed: the load could not be put on.
    """
    with Client(load.url) as client:
        core = _core(client)
        terms = _terms(client, load.market)
        tokens = list(load.tokens) or _register(client, load, terms)
        tally = Tally()
        before, cpu_before = settled(client), process_time()
        seconds = run(_drive(load, terms, tokens, tally))
        cpu, after = process_time() - cpu_before, settled(client)
    orders = max(tally.accepted, 1)
    commits = after.commits - before.commits
    latencies_s = sorted(tally.latencies_s)
    return VenueReport(
        path=load.path,
        core=core,
        market=load.market,
        connections=load.connections * (2 if load.path == "ws" else 1),
        seconds=seconds,
        orders=tally.accepted,
        refused=tally.refused,
        first_refusal=tally.first_refusal,
        orders_per_second=tally.accepted / seconds,
        p50_ms=_quantile(latencies_s, 0.50) * 1e3,
        p99_ms=_quantile(latencies_s, 0.99) * 1e3,
        cpu_us_per_order=(after.cpu_seconds - before.cpu_seconds) / orders * 1e6,
        ledger_cpu_us_per_order=(after.ledger_cpu_seconds - before.ledger_cpu_seconds)
        / orders
        * 1e6,
        commits_per_second=commits / seconds,
        orders_per_commit=tally.accepted / commits if commits else 0.0,
        generator_cpu_us_per_order=cpu / orders * 1e6,
    )


def _quantile(values: list[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def scrape(client: Client) -> Scrape:
    """Read the counters that a run needs from `/metrics`."""
    found: dict[str, float] = {}
    for line in client.metrics().decode().splitlines():
        name, _, value = line.rpartition(" ")
        if name and not line.startswith("#"):
            with contextlib.suppress(ValueError):
                found[name] = float(value)
    return Scrape(
        found["process_cpu_seconds_total"],
        found["outcry_batches_total"],
        found["outcry_ledger_lag_commands"],
        found["outcry_ledger_cpu_seconds_total"],
    )


def settled(client: Client) -> Scrape:
    """Read the counters once the ledger is written: that work belongs to the orders too.

    Where nobody writes it, what is behind stays so, and is not waited for.
    """
    least, since_s = float("inf"), perf_counter()
    while (found := scrape(client)).ledger_lag and perf_counter() < since_s + SETTLE_TIMEOUT_S:
        if found.ledger_lag < least:
            least, since_s = found.ledger_lag, perf_counter()
        sleep(SETTLE_POLL_S)
    return found


def _core(client: Client) -> str:
    return client.health().core


def _terms(client: Client, market: str) -> Terms:
    """Choose a price inside the spread, so that the run meets its own orders only."""
    rules = {row.market: row for row in client.markets().markets}
    if market not in rules:
        raise LoadFailed(f"there is no market {market}; there are {', '.join(rules)}")
    tick, lot = exact(rules[market].tick), exact(rules[market].lot)
    book = client.depth(market, 1)
    bid = exact(book.bids[0][0]) if book.bids else None
    ask = exact(book.asks[0][0]) if book.asks else None
    if bid is None:
        price = ask - tick if ask is not None else tick * 10_000
    else:
        price = (bid + ask) / 2 // tick * tick if ask is not None else bid + tick
    if price <= (bid or 0) or (ask is not None and price >= ask):
        raise LoadFailed(f"{market} has no price inside its spread to trade at")
    return Terms(market, str(price), str(lot))


def _register(client: Client, load: VenueLoad, terms: Terms) -> list[str]:
    """Register makers and takers and fill their pockets from the faucet."""
    base, quote = terms.market.split("_", 1)
    tokens = []
    for number in range(2 * -(-load.connections // SHARING[load.path])):
        name = f"bench-{secrets.token_hex(6)}-{number}@example.com"
        token = client.register(name, secrets.token_hex(12)).token
        client.faucet(base, BASE_FUNDS)
        client.faucet(quote, QUOTE_FUNDS)
        tokens.append(_key(client) if load.path == "binance" else token)
    return tokens


def _key(client: Client) -> str:
    """Make an API key for whom the client speaks; its name and its secret with a colon between."""
    made = client.new_key("read", "trade")
    return f"{made.key}:{made.secret}"


async def _drive(load: VenueLoad, terms: Terms, tokens: list[str], tally: Tally) -> float:
    """Put the load on for so many seconds; return how long it really was."""
    ids = OrderIds(secrets.token_hex(4))
    pairs = list(zip(tokens[0::2], tokens[1::2], strict=True))
    make = _sockets if load.path == "ws" else _http
    lanes, finished = await make(load, terms, pairs, ids, tally)
    start = perf_counter()
    for lane in lanes:
        lane.start()
    failed, _ = await asyncio.wait(
        finished, timeout=load.seconds, return_when=asyncio.FIRST_EXCEPTION
    )
    for future in failed:
        future.result()
    for lane in lanes:
        lane.stopping = True
    await asyncio.wait_for(asyncio.gather(*finished), STOP_TIMEOUT_S)
    return perf_counter() - start


Started = tuple[list[HttpLane] | list[SocketPair], list["asyncio.Future[None]"]]


async def _http(
    load: VenueLoad, terms: Terms, pairs: list[tuple[str, str]], ids: OrderIds, tally: Tally
) -> Started:
    loop = asyncio.get_running_loop()
    lanes = []
    for number in range(load.connections):
        pair = pairs[number % len(pairs)]
        if load.path == "batch":
            requests, each = batch_requests(terms, pair, ids, BATCH_ORDERS), BATCH_ORDERS
        elif load.path == "binance":
            requests, each = binance_requests(terms, pair, ids), 1
        else:
            requests, each = single_requests(terms, pair, ids), 1
        lane = HttpLane(tally, requests, each)
        await loop.create_connection(partial(_same, lane), *_address(load.url))
        lanes.append(lane)
    return lanes, [lane.done for lane in lanes]


async def _sockets(
    load: VenueLoad, terms: Terms, pairs: list[tuple[str, str]], ids: OrderIds, tally: Tally
) -> Started:
    loop = asyncio.get_running_loop()
    made = []
    for number in range(load.connections):
        frames = [socket_frames(terms, ids, maker=maker) for maker in (True, False)]
        pair = SocketPair(tally, frames, pairs[number % len(pairs)])
        for lane in (pair.maker, pair.taker):
            await loop.create_connection(partial(_same, lane), *_address(load.url))
            await asyncio.wait_for(lane.ready, CONNECT_TIMEOUT_S)
        made.append(pair)
    return made, [lane.done for pair in made for lane in (pair.maker, pair.taker)]


def _same(lane: Lane) -> Lane:
    return lane


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return parts.hostname or "127.0.0.1", parts.port or 80
