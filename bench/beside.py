"""The ledger beside the venue: `python -m bench.beside` prints its tables.

*Sustained* and *peak* feed a venue from inside its own process, without any door, at a given rate
of trades, and look at how far the ledger falls behind. *Order path* sends 5,000 orders a second
over HTTP to a venue with a ledger and to one without, in turn, and compares the latency from the
moment each order was sent, or could have been but for orders without an answer. As a control the
one without is measured again beside a program that only computes, as much as the ledger did.
"""

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from urllib.parse import urlsplit

from typing_extensions import override

from bench.venue import venue_process
from outcry.bench.load import HttpLane
from outcry.bench.orders import OrderIds, Tally, Terms, single_requests
from outcry.bench.venue import VenueLoad, _register, _terms, scrape
from outcry.client import Client

REPOSITORY = Path(__file__).resolve().parent.parent
CPU_TIMES = Path("/proc/stat")
RATE = 5_000
LANES = 48
TICK_S = 0.001
START_S, REST_S = 0.5, 1.5
CALM_PCT = 1.0
"""A turn is calm when the host took less of this machine's CPU time from either venue."""
QUANTILES = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999}


class PacedLane(HttpLane):
    """A connection that is given requests when they are due."""

    def __init__(self, tally: Tally, requests: Iterator[bytes], idle: "list[PacedLane]") -> None:
        super().__init__(tally, requests, 1)
        self._idle = idle

    @override
    def go_on(self) -> None:
        self._idle.append(self)


async def _pace(
    load: VenueLoad, terms: Terms, tokens: list[str], seconds: float, tally: Tally
) -> int:
    """Send orders on schedule for so many seconds; return how many found no idle connection."""
    loop, ids = asyncio.get_running_loop(), OrderIds(secrets.token_hex(4))
    pairs = list(zip(tokens[0::2], tokens[1::2], strict=True))
    idle: list[PacedLane] = []
    parts = urlsplit(load.url)
    for number in range(LANES):
        lane = PacedLane(tally, single_requests(terms, pairs[number % len(pairs)], ids), idle)
        await loop.create_connection(partial(lambda it: it, lane), str(parts.hostname), parts.port)
        idle.append(lane)
    lanes, late, start, sent = list(idle), 0, perf_counter(), 0
    held_up = False
    while (now := perf_counter()) < start + seconds:
        while (due := start + sent / RATE) <= now:
            if not idle:
                late, held_up = late + 1, True
                break
            # What the generator's own clock does is not the venue's; whom the venue holds up is.
            idle.pop(0).send(due if held_up else perf_counter())
            sent += 1
        else:
            held_up = False
        await asyncio.sleep(TICK_S)
    while len(idle) < LANES:
        await asyncio.sleep(TICK_S)
    for lane in lanes:
        lane.finish()
    return late


def _cpu_times() -> tuple[int, int]:
    """Return what the host took of this machine's CPU time, and all of it, in ticks."""
    ticks = [int(word) for word in CPU_TIMES.read_text().splitlines()[0].split()[1:9]]
    return ticks[7], sum(ticks)


class OrderPath:
    """The order path of a running venue, measured a while at a time."""

    def __init__(self, url: str) -> None:
        self._load = VenueLoad(url, "http", 0.0, "BTC_USDT", LANES)
        with Client(url) as client:
            self._terms = _terms(client, self._load.market)
            self._tokens = _register(client, self._load, self._terms)

    def ledger_cpu_s(self) -> float:
        """Return the CPU seconds that the ledger has used so far."""
        with Client(self._load.url) as client:
            return scrape(client).ledger_cpu_seconds

    def measure(self, seconds: float) -> tuple[list[float], dict[str, float]]:
        """Send orders for so long; return their latencies in ms, sorted, and what was found."""
        tally, before = Tally(), _cpu_times()
        late = asyncio.run(_pace(self._load, self._terms, self._tokens, seconds, tally))
        taken, all_of_it = (b - a for a, b in zip(before, _cpu_times(), strict=True))
        assert not tally.refused, tally.first_refusal
        for token in self._tokens:  # Makers' orders whose takers were not sent any more.
            with Client(self._load.url, token) as client:
                client.cancel_all()
        values_ms = sorted(1e3 * value for value in tally.latencies_s)
        found = {
            "orders": len(values_ms), "late": late,
            "taken_pct": 100 * taken / all_of_it, **_figures(values_ms),
        }  # fmt: skip
        return values_ms, found


def _figures(values_ms: list[float]) -> dict[str, float]:
    """Return the quantiles of sorted latencies."""
    return {name: values_ms[int(len(values_ms) * share)] for name, share in QUANTILES.items()}


def _output(*command: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", *command],
        check=True, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    return ran.stdout


def fed(trades_per_second: int, seconds: float) -> dict[str, float]:
    """Run `bench.fed_venue` in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        said = _output("bench.fed_venue", folder, str(trades_per_second), str(seconds))
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def sustained(rounds: int) -> list[list[str]]:
    """Feed venues at two rates; return a row for each."""
    rows = []
    for rate, seconds in ((10_000, 120.0), (50_000, 3.0)):
        found = [fed(rate, seconds) for _ in range(rounds)]
        middle = {name: median(result[name] for result in found) for name in found[0]}
        rows.append([
            f"{rate:,} for {seconds:.0f} s", f"{middle['trades_per_second']:,.0f}",
            f"{middle['most_events_behind_at_first']:,.0f}",
            f"{middle['most_events_behind_later']:,.0f}",
            f"{middle['events_behind_at_the_end']:,.0f}",
            f"{middle['drained_after_s']:.1f}", f"{middle['venue_cpu_share']:.2f}",
        ])  # fmt: skip
    return rows


def _timed(*command: str) -> float:
    start = perf_counter()
    _output("outcry", *command)
    return perf_counter() - start


def a_million() -> list[list[str]]:
    """Rebuild and audit a ledger of a million events; return a row for each."""
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/data"
        _output("bench.fed_venue", data, "20000", "10", "off")
        made_s = _timed("rebuild", "--data", data)
        audited_s = _timed("audit", "--data", data)
    return [
        ["rebuild, s a million events", f"{made_s:.0f}", "120"],
        ["audit, s a million events", f"{audited_s:.0f}", "60"],
    ]


@contextmanager
def other_work(share: float) -> Iterator[None]:
    """Let a program compute beside whatever is measured, a share of a core."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.other_work", f"{share}"], cwd=REPOSITORY
    )
    sleep(START_S)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def latency(turns: int, seconds: float) -> list[list[str]]:
    """Compare the order path with and without a ledger; return a row for each figure.

    Both venues run all the time and are sent orders in turn, a few seconds each: so what the
    machine does to one it does to the other. A turn ends when the ledger has had time to write.

    The venue has one core and the generator another, as if it were on another machine; the ledger,
    and what is there in its place, takes what they leave. Otherwise the two often meet on one core
    while the ledger has the other.
    """
    cores = sorted(os.sched_getaffinity(0))
    found: dict[str, list[dict[str, float]]] = {"off": [], "process": [], "control": []}
    together: dict[str, list[float]] = {run: [] for run in found}
    with ExitStack() as stack:
        paths = {}
        for run in ("off", "process"):
            url, process = stack.enter_context(venue_process({"OUTCRY_LEDGER_RUN": run}))
            paths[run] = OrderPath(url)
            os.sched_setaffinity(process, cores[:1])  # Its ledger, which is there, stays free.
        paths["control"], share = paths["off"], 0.0
        stack.callback(os.sched_setaffinity, 0, cores)
        os.sched_setaffinity(0, cores[-1:])
        for turn in range(-1, turns):  # The first one only warms up.
            for run, path in paths.items():
                cpu_s = path.ledger_cpu_s()
                with other_work(share) if run == "control" else nullcontext():
                    values_ms, figures = path.measure(seconds)
                sleep(REST_S)
                share = (path.ledger_cpu_s() - cpu_s) / seconds or share
                if turn >= 0:
                    found[run].append(figures)
                    together[run] += values_ms
                print(run, json.dumps(figures), file=sys.stderr, flush=True)
    return _table(found, together)


Found = dict[str, list[dict[str, float]]]
"""What was found in each turn, by who ran beside the venue."""


def _table(found: Found, together: dict[str, list[float]]) -> list[list[str]]:
    turns = range(len(found["off"]))
    calm = [
        turn for turn in turns
        if all(figures[turn]["taken_pct"] < CALM_PCT for figures in found.values())
    ]  # fmt: skip
    rows = [_row(name, found, turns) for name in QUANTILES]
    rows += [_row(name, found, calm, f", {len(calm)} calm turns") for name in QUANTILES if calm]
    all_ms = {run: _figures(sorted(values))["p99_ms"] for run, values in together.items()}
    rows.append(_compared("p99 ms of all orders together", all_ms))
    taken = [median(figures["taken_pct"] for figures in results) for results in found.values()]
    return [*rows, ["CPU time taken by the host, %", *(f"{pct:.1f}" for pct in taken), *"---"]]


def _row(name: str, found: Found, turns: Iterable[int], of: str = "") -> list[str]:
    middle = {run: median(results[turn][name] for turn in turns) for run, results in found.items()}
    return _compared(name.replace("_", " ") + of, middle, "10" if name == "p99_ms" else "-")


def _compared(name: str, ms: dict[str, float], most: str = "-") -> list[str]:
    """Return a row: without anything beside, with a ledger, with other work, and what it grows."""
    grown = (f"{100 * (ms[run] / ms['off'] - 1):.0f}" for run in ("process", "control"))
    return [name, *(f"{value:.1f}" for value in ms.values()), *grown, most]


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--latency-only", action="store_true")
    wanted = parser.parse_args()
    parts: list[Callable[[], list[list[str]]]] = [partial(latency, wanted.turns, wanted.seconds)]
    if not wanted.latency_only:
        parts += [partial(sustained, 1), a_million]
    for part in parts:
        for row in part():
            print(" | ".join(row), flush=True)


if __name__ == "__main__":
    main()
