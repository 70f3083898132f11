"""`outcry inspect`: what a data folder holds, or held at some point. Changes nothing.

Without `--at` the whole log is replayed from its first command and everything is checked. With it
(or where a book or an account is asked for) one state is rebuilt from the nearest snapshot.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from outcry.adapters.data_dir import DataDir
from outcry.adapters.operations import OperationsDamaged, OrderedModes, read_operations
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_log import SqliteLog
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show
from outcry.cli.past.describe import TOTALS
from outcry.cli.past.show import inspect_at, print_rows
from outcry.domain.units import ACCOUNT_LIMIT
from outcry.ports import LogDamaged
from outcry.recovery import Inspection
from outcry.recovery import inspect as inspect_log


def inspect(  # noqa: PLR0913, PLR0917  # one argument an option
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ|TIME",
            help="A past state: after a sequence, or the last one at or before a time (RFC 3339 or"
            " epoch milliseconds).",
        ),
    ] = None,
    account: Annotated[
        list[int] | None,
        typer.Option(min=1, max=ACCOUNT_LIMIT - 1, help="Its balances and open orders as well."),
    ] = None,
    market: Annotated[list[str] | None, typer.Option(help="Its book as well.")] = None,
    levels: Annotated[int, typer.Option(min=1, help="Of a book, a side.")] = 10,
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Check log, snapshots and sums, or look at a past state; works beside a running venue."""
    if at is not None or account or market:
        inspect_at(data, at, account or (), market or (), levels, core, json)
    places = DataDir(data, lock=-1)
    if not places.log.exists():
        fail(f"{data} holds no venue: there is no {places.log.name}")
    try:
        log = SqliteLog(places.log, read_only=True)
    except LogDamaged as error:
        _show({"sequence": None, "damage": [str(error)]}, json)
        raise typer.Exit(DAMAGE) from None
    snapshots, ordered = SnapshotFiles(places.snapshots, read_only=True), OrderedModes()
    try:
        found = inspect_log(log, snapshots, choose_core(core), ordered.look)
    finally:
        log.close()
    report = _report(found)
    report |= _operations(places.operations, log.log_id, ordered, report["damage"])
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


def _operations(
    path: Path, log_id: str, ordered: OrderedModes, damage: list[str]
) -> dict[str, Any]:
    """Compare the journal of operations with itself and with the log; add to the damage."""
    try:
        # After the log: a running venue writes a change down before it asks for it.
        entries, _ = read_operations(path, log_id)
    except OperationsDamaged as error:
        damage.append(str(error))
        return {"operations": None}
    damage.extend(
        f"{path}: the entry of the change of mode at {sequence} is missing"
        for sequence in ordered.missing(entries)
    )
    return {"operations": len(entries)}


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
    print_rows("units of each asset", assets, ("symbol", *TOTALS, "balanced"))
