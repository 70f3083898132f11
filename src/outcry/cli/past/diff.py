"""`outcry diff`: what changed between two points of a data folder. Changes nothing."""

from pathlib import Path
from typing import Annotated

import typer

from outcry.cli.output import CoreName, choose_core, fail, show
from outcry.cli.past.changes import Changes, difference
from outcry.cli.past.describe import Facts
from outcry.cli.past.rebuild import go_on, opened, rebuild
from outcry.cli.past.show import find, print_rows, venue_of

POINT = "A sequence, an RFC 3339 time or epoch milliseconds."


def diff(  # one argument an option
    a: Annotated[str, typer.Argument(metavar="A", help=f"From after this. {POINT}")],
    b: Annotated[str, typer.Argument(metavar="B", help="Up to this, likewise.")],
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    limit: Annotated[
        int, typer.Option(min=0, help="At most so many orders are listed; 0: all.")
    ] = 20,
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Say what changed between two points; works beside a running venue."""
    factory = choose_core(core)
    with opened(data) as folder:
        first, last = find(folder, a), find(folder, b)
        if first > last:
            fail(f"A ({first}) has to come before B ({last}); did you mean {b} {a}?")
        found = rebuild(folder, factory, first)
        before = venue_of(found, core)
        changes = Changes(before, limit)
        for events in go_on(found.engine, folder.log, last):
            changes.take(events)
    report = difference(before, venue_of(found, core), changes)
    report["warnings"] = found.warnings
    if json:
        show(report, "", as_json=True)
    else:
        _print(report)


def _print(report: Facts) -> None:
    start, end = report["from"], report["to"]
    facts = {
        "from": f"{start['sequence']:,}  {start['time']}",
        "to": f"{end['sequence']:,}  {end['time']}",
        "commands": report["commands"],
        "mode": " -> ".join(dict.fromkeys((start["mode"], end["mode"]))),
        "orders opened": report["orders_opened"],
        "orders done": _counted(report["orders_done"]),
        "refused": _counted(report["rejected"]),
        "events": _counted(report["events"]),
        "warnings": report["warnings"] or "none",
    }
    show(facts, "difference", as_json=False)
    print_rows("trades", report["trades"])
    print_rows("balances", report["balances"])
    print_rows("units of each asset, change", report["assets"])
    print_rows("changes of the venue", [_change(row) for row in report["changes"]])
    done = sum(report["orders_done"].values())
    _print_orders("orders opened", report["opened"], report["orders_opened"])
    _print_orders("orders done", report["done"], done)


def _print_orders(title: str, rows: list[Facts], count: int) -> None:
    if len(rows) < count:
        title += f", the first {len(rows)} of {count:,} (--limit 0 shows all)"
    print_rows(title, [{k: v for k, v in row.items() if k != "time"} for row in rows])


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


_HEADER = ("event", "sequence", "index", "time_ns", "time")


def _change(row: Facts) -> Facts:
    told = " ".join(f"{name}={value}" for name, value in row.items() if name not in _HEADER)
    return {"sequence": row["sequence"], "event": row["event"], "told": told}
