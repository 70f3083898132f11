"""The ledger beside the venue: `python -m bench.beside` prints its tables.

*Sustained* and *peak* feed a venue from inside its own process, without any door, at a given rate
of trades, and look at how far the ledger falls behind. *Order path* sends 5,000 orders a second
over HTTP to a venue with a ledger and to one without, in turn, and compares the latency from the
moment each order was due.
"""

import argparse
import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from typing_extensions import override

from bench.venue import running_venue
from outcry.bench.load import HttpLane
from outcry.bench.orders import OrderIds, Tally, single_requests
from outcry.bench.venue import VenueLoad, _register, _terms
from outcry.client import Client

REPOSITORY = Path(__file__).resolve().parent.parent
CPU_TIMES = Path("/proc/stat")
RATE = 5_000
LANES = 48
TICK_S = 0.001


class PacedLane(HttpLane):
    """A connection that is given requests when they are due."""

    def __init__(self, tally: Tally, requests: Iterator[bytes], idle: "list[PacedLane]") -> None:
        super().__init__(tally, requests, 1)
        self._idle = idle

    @override
    def go_on(self) -> None:
        self._idle.append(self)


async def _pace(load: VenueLoad, tokens: list[str], seconds: float, tally: Tally) -> int:
    """Send orders on schedule for so many seconds; return how many found no idle connection."""
    loop, ids = asyncio.get_running_loop(), OrderIds(secrets.token_hex(4))
    with Client(load.url) as client:
        terms = _terms(client, load.market)
    pairs = list(zip(tokens[0::2], tokens[1::2], strict=True))
    idle: list[PacedLane] = []
    parts = urlsplit(load.url)
    for number in range(LANES):
        lane = PacedLane(tally, single_requests(terms, pairs[number % len(pairs)], ids), idle)
        await loop.create_connection(partial(lambda it: it, lane), str(parts.hostname), parts.port)
        idle.append(lane)
    lanes, late, start, sent = list(idle), 0, perf_counter(), 0
    while (now := perf_counter()) < start + seconds:
        while start + sent / RATE <= now:
            if not idle:
                late += 1
                break
            idle.pop(0).send(start + sent / RATE)
            sent += 1
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


def order_path(run: str, seconds: float) -> dict[str, float]:
    """Measure a venue's latency at a fixed rate, with `OUTCRY_LEDGER_RUN` set to `run`."""
    with running_venue({"OUTCRY_LEDGER_RUN": run}) as url:
        load = VenueLoad(url, "http", seconds, "BTC_USDT", LANES)
        with Client(url) as client:
            tokens = _register(client, load, _terms(client, load.market))
        for part_s in (2.0, seconds):  # The first one only warms up.
            tally, (taken, all_of_it) = Tally(), _cpu_times()
            late = asyncio.run(_pace(load, tokens, part_s, tally))
    values, after = sorted(tally.latencies_s), _cpu_times()
    at = lambda share: values[int(len(values) * share)] * 1e3  # noqa: E731
    return {
        "orders": len(values), "refused": tally.refused, "late": late,
        "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999),
        "taken_pct": 100 * (after[0] - taken) / (after[1] - all_of_it),
    }  # fmt: skip


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
    for rate, seconds in ((10_000, 30.0), (50_000, 3.0)):
        found = [fed(rate, seconds) for _ in range(rounds)]
        middle = {name: median(result[name] for result in found) for name in found[0]}
        rows.append([
            f"{rate:,} for {seconds:.0f} s", f"{middle['trades_per_second']:,.0f}",
            f"{middle['most_events_behind']:,.0f}", f"{middle['events_behind_at_the_end']:,.0f}",
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


def latency(rounds: int, seconds: float) -> list[list[str]]:
    """Compare the order path with and without a ledger, in turn; return a row for each figure."""
    found: dict[str, list[dict[str, float]]] = {"off": [], "process": []}
    for _ in range(rounds):
        for run, results in found.items():
            results.append(order_path(run, seconds))
            print(run, json.dumps(results[-1]), file=sys.stderr, flush=True)

    def middle(name: str) -> tuple[float, float]:
        off, on = (median(result[name] for result in results) for results in found.values())
        return off, on

    rows = []
    for name in ("p50_ms", "p99_ms", "p999_ms"):
        off, on = middle(name)
        grows = 100 * (on / off - 1)
        most = "10" if name == "p99_ms" else "-"
        rows.append([name.replace("_", " "), f"{off:.1f}", f"{on:.1f}", f"{grows:.0f}", most])
    off, on = middle("taken_pct")
    return [*rows, ["CPU time taken by the host, %", f"{off:.1f}", f"{on:.1f}", "-", "-"]]


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    wanted = parser.parse_args()
    for rows in (sustained(1), a_million(), latency(wanted.rounds, wanted.seconds)):
        for row in rows:
            print(" | ".join(row), flush=True)


if __name__ == "__main__":
    main()
