"""`make bench`: every measurement, interleaved, medians, one table in bench/results.md."""

import argparse
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench import beside, stops
from bench.baselines import REPOSITORY, Rust, workloads
from bench.venue import PATHS, measure, running_venue

WORK = REPOSITORY / "build" / "bench"
RESULTS = REPOSITORY / "bench" / "results.md"
BATCHES = (1, 16, 64, 1_024)
GOALS = {"narrow": 1.8, "wide": 1.0, "deep": 1.0}
CPU_GOALS_US = {"http": 60, "batch": 8, "ws": 8, "binance": 80}
RATE_GOALS = {"http": 10_000, "batch": 40_000, "ws": 50_000}

Rows = list[list[str]]


def core_report(workload: Path, core: str, batch: int = 1_024) -> dict[str, Any]:
    """Run `outcry bench core`; it checks the trades itself."""
    command = [sys.executable, "-m", "outcry", "bench", "core", "--json", "--core", core]
    command += ["--workload", str(workload), "--batch", str(batch)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def part(name: str, workload: Path) -> dict[str, float]:
    """Run one of `bench.parts` in a process of its own."""
    command = [sys.executable, "-m", "bench.parts", name, str(workload)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    result: dict[str, float] = json.loads(ran.stdout)
    return result


def has_compiled() -> bool:
    """Return whether the compiled core was built."""
    from outcry.engine.core import choose

    return choose()().implementation == "compiled"


def against_rust(files: list[Path], rust: Rust, rounds: int) -> Rows:
    """Compare the compiled core with the Rust book, round by round on each workload."""
    ours: dict[str, list[float]] = {file.stem: [] for file in files}
    theirs: dict[str, list[float]] = {file.stem: [] for file in files}
    for _ in range(rounds):
        for file in files:
            report = core_report(file, "compiled")
            ours[file.stem].append(report["ns_per_operation"])
            if not rust.missing:
                ns, trades, turnover = rust.ns_per_operation(file)
                assert (trades, turnover) == (report["trades"], report["sum_quantity_price"])
                theirs[file.stem].append(ns)
    rows = []
    for name, times in ours.items():
        row = [name, f"{median(times):.0f}"]
        if theirs[name]:
            ratio = median(theirs[name]) / median(times)
            row += [f"{median(theirs[name]):.0f}", f"{ratio:.2f}", f"{GOALS[name]}"]
        else:
            row += ["-", "-", f"{GOALS[name]}"]
        rows.append(row)
    return rows


def against_python(narrow: Path, rounds: int) -> Rows:
    """Compare the reference core with a plain Python book, on the narrow workload."""
    plain, reference = [], []
    for _ in range(rounds):
        plain.append(part("plain", narrow)["ns_per_operation"])
        reference.append(core_report(narrow, "reference")["ns_per_operation"])
    ratio = median(reference) / median(plain)
    return [["narrow", f"{median(reference):,.0f}", f"{median(plain):,.0f}", f"{ratio:.1f}", "10"]]


def by_batch(narrow: Path, rounds: int) -> Rows:
    """Measure batch sizes, and one call an order with encoding and decoding."""
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for batch in BATCHES:
            report = core_report(narrow, "compiled", batch)
            times.setdefault(f"{batch:,}", []).append(report["ns_per_operation"])
        name = "per call, encoded and decoded in Python"
        times.setdefault(name, []).append(part("per_call", narrow)["ns_per_operation"])
    return [[name, f"{median(values):,.0f}"] for name, values in times.items()]


def of_venue(seconds: float, rounds: int) -> Rows:
    """Measure each path into a running venue."""
    reports: dict[str, list[dict[str, Any]]] = {path: [] for path in PATHS}
    with running_venue() as url:
        for _ in range(rounds):
            for path in PATHS:
                reports[path].append(measure(url, path, seconds))
    rows = []
    for path, found in reports.items():
        middle = {
            name: median(report[name] for report in found)
            for name in found[0]
            if isinstance(found[0][name], int | float)
        }
        rows.append(
            [
                path,
                f"{middle['orders_per_second']:,.0f}",
                f"{RATE_GOALS[path]:,}" if path in RATE_GOALS else "-",
                f"{middle['cpu_us_per_order']:.1f}",
                f"{CPU_GOALS_US[path]}",
                f"{middle['ledger_cpu_us_per_order']:.1f}",
                f"{middle['p50_ms']:.1f}",
                f"{middle['p99_ms']:.1f}",
                f"{middle['commits_per_second']:,.0f}",
                f"{middle['generator_cpu_us_per_order']:.1f}",
                f"{middle['refused']:,.0f}",
            ]
        )
    return rows


def table(title: str, heads: list[str], rows: Rows) -> str:
    """Return one table in Markdown."""
    lines = [f"## {title}", "", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, ""])


def machine() -> str:
    """Return what this was measured on."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    model = f"{len(models)} x {models[0]}" if models else platform.processor()
    return f"{model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def core_tables(files: list[Path], origin: str, rounds: int) -> list[str]:
    """Measure everything that needs no server."""
    rust = Rust(WORK)
    names = ["workload", "ours ns", "Rust ns", "times its speed", "wanted"]
    tables = [f"Workloads: `{origin}`.\n"]
    if rust.missing:
        tables.append(f"The Rust book was skipped: {rust.missing}.\n")
    if has_compiled():
        title = "Compiled core against a Rust book without accounts"
        tables.append(table(title, names, against_rust(files, rust, rounds)))
        batches = by_batch(files[0], rounds)
        tables.append(table("Commands a call, narrow", ["batch", "ns an operation"], batches))
        memory, recovery = part("memory", files[0]), part("recovery", files[0])
        rows = [
            ["bytes a resting order", f"{memory['bytes_per_order']:.0f}", "200"],
            ["commands a second replayed", f"{recovery['commands_per_second']:,.0f}", "1,000,000"],
        ]
        tables.append(table("Memory and recovery", ["measure", "found", "wanted"], rows))
        heads = ["open orders", "ns a trade beside waiting stops", "beside resting limits"]
        heads.append("us a trade that fires one")
        tables.append(table("Waiting stops", heads, stops.measure(min(rounds, 3))))
    else:
        tables.append("The compiled core was skipped: it was not built here.\n")
    heads = ["workload", "reference ns", "plain ns", "times slower", "at most"]
    title = "Reference core against a plain Python book without accounts"
    tables.append(table(title, heads, against_python(files[0], 1 if rounds < 5 else 3)))
    return tables


def ledger_tables(rounds: int, seconds: float) -> list[str]:
    """Measure what the ledger costs, and what it can follow."""
    heads = ["trades/s", "reached", "events behind, at most, in the first half", "in the second"]
    heads += ["at the end", "drained after s", "venue CPU"]
    tables = [
        table("The ledger beside a venue fed from inside", heads, beside.sustained(min(rounds, 3))),
        "A trade is two orders that meet: five events. The venue is fed without a door, as fast as "
        f"it takes them where that is slower. Medians of {min(rounds, 3)} rounds.\n",
        table(
            "The ledger of a million events", ["measure", "found", "at most"], beside.a_million()
        ),
    ]
    heads = ["5,000 orders/s over HTTP", "ledger off", "ledger on", "other work"]
    heads += ["on grows by %", "other work by %", "on at most"]
    turns, slice_s = 4 * rounds, min(seconds, 3.0)
    rows = beside.latency(turns, slice_s)
    said = (
        f"Two venues in turn, {slice_s:g} s each, with a core of its own for the generator. "
        f"Other work is no ledger, but a program that only computes, as much as the ledger did and "
        f"as ready to give way. Medians of {turns} turns, unless it says all.\n"
    )
    return [*tables, table("The order path with a ledger and without", heads, rows), said]


def sections(page: str) -> dict[str, str]:
    """Return the parts of a page by their titles; the first one has none."""
    parts = page.split("\n## ")
    return {"": parts[0]} | {part.split("\n", 1)[0]: f"## {part}" for part in parts[1:]}


def renewed(page: str, measured: str, when: str) -> str:
    """Return a page in which some parts are measured anew, each with when that was."""
    parts = sections(measured)
    del parts[""]
    return "\n".join((sections(page) | {k: f"{v}\n{when}" for k, v in parts.items()}).values())


def main() -> None:
    """Measure and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="one round, two seconds a path")
    options.add_argument(
        "--only", choices=("core", "venue", "ledger"), help="leave the others as they were"
    )
    chosen = options.parse_args()
    rounds, seconds = (1, 2.0) if chosen.quick else (5, 5.0)
    files, origin = workloads(WORK)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    page = [
        "# Results\n",
        f"{machine()}. {datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}, "
        f"`make bench`, medians of {rounds} interleaved rounds where nothing else is said. "
        "Times are CPU time.\n",
    ]
    if chosen.only in (None, "core"):
        page += core_tables(files, origin, rounds)
    if chosen.only in (None, "ledger"):
        page += ledger_tables(rounds, seconds)
    if chosen.only in (None, "venue"):
        heads = [
            "path",
            "orders/s",
            "wanted",
            "server CPU us an order",
            "at most",
            "ledger CPU us",
            "p50 ms",
        ]
        heads += ["p99 ms", "commits/s", "generator CPU us", "refused"]
        title = "Durable orders into a running venue, generator on the same machine"
        page.append(table(title, heads, of_venue(seconds, min(rounds, 3))))
        page.append(
            "Every second order rests, every other one takes it, each with a client order id: half "
            "of the orders trade. `batch` is 20 orders a request, `ws` pipelined orders. "
            f"Medians of {min(rounds, 3)} rounds.\n"
        )
    text = "\n".join(page)
    if chosen.only and RESULTS.exists():
        when = f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}, "
        when += f"commit {commit or 'unknown'}, "
        when += f"`python -m bench.run --only {chosen.only}`.\n"
        text = renewed(RESULTS.read_text(), text, when)
    RESULTS.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
