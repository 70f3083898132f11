"""`outcry inspect`: what a data folder holds, replayed from its first command. Changes nothing."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console, JustifyMethod
from rich.table import Table

from outcry.adapters.data_dir import DataDir
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show
from outcry.ports import LogDamaged
from outcry.recovery import Inspection
from outcry.recovery import inspect as inspect_log

TOTALS = ("available", "held", "fees", "in_flight", "loss", "credited", "withdrawn")


def inspect(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Check log, snapshots and sums; works beside a running venue."""
    places = DataDir(data, lock=-1)
    if not places.log.exists():
        fail(f"{data} holds no venue: there is no {places.log.name}")
    try:
        log = SqliteLog(places.log, read_only=True)
    except LogDamaged as error:
        _show({"sequence": None, "damage": [str(error)]}, json)
        raise typer.Exit(DAMAGE) from None
    snapshots = SnapshotFiles(places.snapshots, read_only=True)
    try:
        found = inspect_log(log, snapshots, choose_core(core))
    finally:
        log.close()
    report = _report(found)
    _show(report, json)
    raise typer.Exit(DAMAGE if report["damage"] else 0)


def _report(found: Inspection) -> dict[str, Any]:
    damage = list(found.damage)
    unbalanced = [row.symbol for row in found.assets if not row.balanced]
    damage.extend(f"asset {symbol} does not balance" for symbol in unbalanced)
    return {
        "sequence": found.sequence,
        "digest": found.digest.hex(),
        "time_ns": found.time_ns,
        "epoch": found.epoch,
        "chain_hash": found.chain_hash.hex(),
        "batches": found.batches,
        "assets": [
            {"symbol": row.symbol, "balanced": row.balanced}
            | {name: getattr(row, name) for name in TOTALS}
            for row in found.assets
        ],
        "conserved": not unbalanced,
        "snapshots": [msgspec.to_builtins(snapshot) for snapshot in found.snapshots],
        "damage": damage,
    }


def _show(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show(report, "", as_json=True)
        return
    assets = report.get("assets", [])
    facts = {name: value for name, value in report.items() if name != "assets"}
    snapshots = report.get("snapshots", [])
    facts["snapshots"] = [f"{s['sequence']} {s['fault'] or 'sound'}" for s in snapshots]
    facts["damage"] = report["damage"] or "none"
    show(facts, "inspection", as_json=False)
    if not assets:
        return
    table = Table(title="units of each asset", title_justify="left")
    for name in ("symbol", *TOTALS, "balanced"):
        side: JustifyMethod = "left" if name == "symbol" else "right"
        table.add_column(name.replace("_", " "), justify=side, overflow="fold")
    for row in assets:
        values = [f"{row[name]:,}" for name in TOTALS]
        table.add_row(row["symbol"], *values, "yes" if row["balanced"] else "NO")
    Console().print(table)
