"""`outcry trail`: whether who did what is as it was written down. Works beside a running venue."""

from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from outcry.adapters.data_dir import DataDir
from outcry.adapters.sqlite_identity import SqliteIdentity, secret_file
from outcry.cli.output import DAMAGE, fail, show
from outcry.domain.trouble import Trouble
from outcry.identity.records.trail import TrailReport, verify
from outcry.ports import IdentityUnusable


def trail(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    head: Annotated[
        str, typer.Option(help="A head that was told before: it has to be in the trail still.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Verify every entry of the trail, what chains them, and the seal of the last."""
    places = DataDir(data, lock=-1)
    for path in (places.identity, places.secret):
        if not path.exists():
            fail(f"{data} holds no people: there is no {path.name}")
    started = perf_counter()
    try:
        store = SqliteIdentity(places.identity, read_only=True)
        with closing(store), store.work() as work:
            report = verify(work, secret_file(places.secret), head)
    except IdentityUnusable as error:
        fail(str(error), DAMAGE)
    show(_facts(report, perf_counter() - started), "trail", as_json=json)
    if report.findings:
        fail(f"what to do: {Trouble.TRAIL_CHANGED.page}", DAMAGE)


def _facts(report: TrailReport, seconds: float) -> dict[str, object]:
    return {
        "sound": not report.findings,
        "entries": report.entries,
        "head": report.head,
        "findings": list(report.findings),
        "seconds": round(seconds, 3),
    }
