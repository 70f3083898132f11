"""`outcry audit`: proves engine = ledger = sum of postings, from the log, row for row.

It changes nothing and works beside a running venue: log, ledger and publications are read as they
are when it begins.
"""

import gc
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from outcry.adapters.data_dir import DataDir
from outcry.adapters.row_checks import CHECKED
from outcry.adapters.signing import check_signature
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.adapters.sqlite_ledger import LedgerUnusable, SqliteLedger
from outcry.adapters.sqlite_log import SqliteLog
from outcry.adapters.sqlite_reader import LedgerReader, ProofsReader
from outcry.audit.audit import Audit, Sources
from outcry.audit.remake import OnProgress
from outcry.audit.report import AssetSums, AuditReport, Finding
from outcry.audit.sums import COLUMNS
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, progress_bar, show
from outcry.cli.past.show import print_rows
from outcry.domain.decimals import format_units
from outcry.engine.core import CoreFactory
from outcry.ports import LedgerDamaged, LogDamaged, ProofsUnusable

ASSETS_A_TABLE = 3
SUM = "available + held + in flight + fees + loss + dust = credited - withdrawn"
P5 = (*COLUMNS[:5], "dust", *COLUMNS[5:])
"""The columns of the sum that must hold at every sequence: the first six are the last two."""


def audit(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Prove that engine, ledger and sum of postings are the same; name everything that is not."""
    places = DataDir(data, lock=-1)
    for path in (places.log, places.ledger):
        if not path.exists():
            fail(f"{data} holds no venue with a ledger: there is no {path.name}")
    factory = choose_core(core)
    started = perf_counter()
    gc.disable()  # Millions of rows come and go; none of them is part of a cycle.
    with progress_bar("audit") as progress:
        report = audited(places, factory, progress)
    gc.enable()
    seconds = perf_counter() - started
    if json:
        show(_facts(report, seconds), "", as_json=True)
    else:
        _print(report, seconds)
    raise typer.Exit(0 if report.proven else DAMAGE)


def audited(places: DataDir, factory: CoreFactory, progress: OnProgress) -> AuditReport:
    """Audit a data folder. A file that cannot be read at all is a disagreement too."""
    with ExitStack() as stack:
        try:
            log = stack.enter_context(closing(SqliteLog(places.log, read_only=True)))
            ledger = stack.enter_context(closing(LedgerReader(places.ledger, guarded=False)))
            proofs = None
            if places.proofs.exists():
                proofs = stack.enter_context(closing(ProofsReader(places.proofs)))
            scratch = Path(stack.enter_context(TemporaryDirectory(prefix="outcry-audit-")))
            made = stack.enter_context(closing(SqliteLedger(scratch / "made.sqlite")))
            snapshots = SnapshotFiles(places.snapshots, read_only=True)
            sources = Sources(log, snapshots, ledger, made, proofs, check_signature)
            report = Audit(sources, factory, progress).run()
            _look_at_checksums(places, report)
            for fault in ledger.faults():
                report.find("ledger", {}, fault)
            if proofs is not None and proofs.log_id != log.log_id:
                report.find("owner", {}, "the publications belong to another log")
        except LogDamaged as error:
            return _unreadable("log", error)
        except LedgerUnusable as error:
            return _unreadable("ledger", error)
        except ProofsUnusable as error:
            return _unreadable("proofs", error)
    return report


def _look_at_checksums(places: DataDir, report: AuditReport) -> None:
    """Look at what every row is guarded by: a wrong one keeps the venue from reading its row."""
    try:
        with closing(LedgerReader(places.ledger)) as guarded:
            for name in CHECKED:
                try:
                    guarded.query(f"SELECT count(*) FROM {name}", ())  # noqa: S608  # our own names
                except LedgerDamaged as error:
                    if not report.table(name).wrong:
                        report.find(name, {}, str(error))
    except LedgerUnusable as error:
        if not report.table("checkpoint").wrong:
            report.find("checkpoint", {}, str(error))


def _unreadable(what: str, error: Exception) -> AuditReport:
    report = AuditReport(complete=False)
    report.find(what, {}, str(error))
    return report


# For programs


def _facts(report: AuditReport, seconds: float) -> dict[str, Any]:
    return {
        "proven": report.proven,
        "complete": report.complete,
        "sequence": report.sequence,
        "log_sequence": report.log_sequence,
        "batches": report.batches,
        "events": report.events,
        "digest": report.digest.hex(),
        "seconds": round(seconds, 3),
        "tables": msgspec.to_builtins(report.tables),
        "assets": [
            {"asset": sums.asset, "symbol": sums.symbol, "decimals": sums.decimals}
            | {name: getattr(sums, name) for name in P5}
            | {"agrees": sums.agrees}
            for sums in report.assets
        ],
        "wrong": report.wrong,
        "findings": msgspec.to_builtins(report.findings),
    }


# For people


def _print(report: AuditReport, seconds: float) -> None:
    facts = {
        "ledger": f"compared up to sequence {report.sequence:,}",
        "log": f"replayed up to sequence {report.log_sequence:,}, {report.batches:,} batches",
        "events": report.events,
        "digest": report.digest.hex() or "none",
        "seconds": seconds,
    }
    show(facts, "audit", as_json=False)
    tables = [
        {"table": name, "rows compared": found.rows, "wrong": found.wrong}
        for name, found in report.tables.items()
    ]
    print_rows("what was compared with what the log leads to", tables)
    console = Console(soft_wrap=True)
    console.print(SUM, style="italic", highlight=False)
    for start in range(0, len(report.assets), ASSETS_A_TABLE):
        _print_sums(report.assets[start : start + ASSETS_A_TABLE])
    for found in report.findings:
        console.print(_sentence(found), markup=False, highlight=False)
    more = report.wrong - len(report.findings)
    if more:
        console.print(f"... and {more:,} more", highlight=False)
    console.print(_verdict(report), style="bold", highlight=False)


def _print_sums(assets: list[AssetSums]) -> None:
    """Print the sum that must hold, an asset a column."""
    rows: list[dict[str, Any]] = [
        {"": name.replace("_", " ")}
        | {sums.symbol: format_units(getattr(sums, name), sums.decimals) for sums in assets}
        for name in P5
    ]
    rows.append({"": "all agree"} | {sums.symbol: sums.agrees for sums in assets})
    print_rows("", rows)


def _sentence(found: Finding) -> str:
    key = ", ".join(f"{name} {value}" for name, value in found.key.items())
    event = ""
    if found.sequence is not None:
        index = "" if found.event_index is None else f", event {found.event_index}"
        event = f" (sequence {found.sequence}{index})"
    return f"{found.table}{' ' if key else ''}{key}{event}: {found.what}"


def _verdict(report: AuditReport) -> str:
    if report.proven:
        return f"PROVEN: engine = ledger = sum of postings, up to sequence {report.sequence:,}"
    if not report.complete:
        return f"NOT PROVEN: damage; nothing behind sequence {report.log_sequence:,} was compared"
    return f"NOT PROVEN: {report.wrong:,} disagreements"
