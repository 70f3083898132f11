"""What `outcry inspect --at` prints: a past state, for people or for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table

from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show
from outcry.cli.past.describe import TOTALS, Facts, account_facts, book_facts, description
from outcry.cli.past.point import BadPoint, find_point
from outcry.cli.past.rebuild import Folder, Rebuilt, opened, rebuild
from outcry.venue import Venue


def find(folder: Folder, text: str) -> int:
    """Return the sequence that a point names, or end the program saying what would be one."""
    try:
        return find_point(folder.log, text)
    except BadPoint as error:
        fail(str(error))


def venue_of(found: Rebuilt, core: CoreName | None) -> Venue:
    """Return a rebuilt state as a venue of its own."""
    return Venue.restore(found.engine.snapshot(), core.value if core else "")


def inspect_at(  # noqa: PLR0913, PLR0917  # one argument an option
    data: Path,
    at: str | None,
    accounts: Sequence[int],
    markets: Sequence[str],
    levels: int,
    core: CoreName | None,
    as_json: bool,
) -> None:
    """Rebuild a state (the last one if no point is given), print it, and end the program."""
    factory = choose_core(core)
    with opened(data) as folder:
        sequence = folder.log.tail().sequence if at is None else find(folder, at)
        found = rebuild(folder, factory, sequence)
    venue = venue_of(found, core)
    report = description(venue)
    report |= {"rebuilt_from": found.snapshot_sequence, "warnings": found.warnings}
    report["books"] = [book_facts(venue, market, levels) for market in markets]
    report["accounts"] = [account_facts(venue, account) for account in accounts]
    if as_json:
        show(report, "", as_json=True)
    else:
        _print(report)
    raise typer.Exit(DAMAGE if report["damage"] else 0)


def _print(report: Facts) -> None:
    tables = ("assets", "markets", "books", "accounts")
    facts = {name: value for name, value in report.items() if name not in tables}
    for name in ("warnings", "damage"):
        facts[name] = report[name] or "none"
    show(facts, f"state after sequence {report['sequence']}", as_json=False)
    print_rows("units of each asset", report["assets"], ("symbol", *TOTALS, "balanced"))
    print_rows("markets", report["markets"])
    for book in report["books"]:
        title = f"book of {book['symbol']}, update {book['update_id']}, {book['state']}"
        rows = [{"bid size": "", "price": p, "ask size": q} for p, q in reversed(book["asks"])]
        rows += [{"bid size": q, "price": p, "ask size": ""} for p, q in book["bids"]]
        print_rows(title, rows)
    for account in report["accounts"]:
        title = f"account {account['account']}, {account['status']}"
        print_rows(f"balances of {title}", account["balances"])
        print_rows(f"open orders of {title}", account["open_orders"])


def print_rows(title: str, rows: Sequence[Facts], columns: Sequence[str] = ()) -> None:
    """Print rows as a table, numbers to the right; nothing where there are none."""
    if not rows:
        return
    names = columns or list(rows[0])
    table = Table(title=title, title_justify="left")
    for name in names:
        side: JustifyMethod = "left" if _is_word(rows[0][name]) else "right"
        table.add_column(name.replace("_", " "), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(_text(row[name]) for name in names))
    Console().print(table)


def _is_word(value: Any) -> bool:  # noqa: ANN401  # whatever a row holds
    return isinstance(value, str) and value[:1].isalpha()


def _text(value: Any) -> str:  # noqa: ANN401  # whatever a row holds
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
