"""`outcry restore`: a backup becomes a data folder again."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from outcry.adapters.backup.aside import TargetTaken
from outcry.adapters.backup.manifest import BackupDamaged
from outcry.adapters.backup.put_back import put_back
from outcry.cli.care.backup import facts_of
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show


def restore(
    source: Annotated[
        Path, typer.Option("--from", exists=True, file_okay=False, help="The backup.")
    ],
    data: Annotated[Path, typer.Option(help="A new or empty folder, for the venue.")],
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Verify a backup and put it back; what was acknowledged after it was taken is gone."""
    started = perf_counter()
    try:
        manifest = put_back(source, data, choose_core(core))
    except TargetTaken as error:
        fail(str(error))
    except BackupDamaged as error:
        fail(f"nothing was restored: {error}", DAMAGE)
    except OSError as error:
        fail(f"nothing was restored: {error}", DAMAGE)
    facts = {"data": str(data)} | facts_of(manifest)
    show(facts | {"seconds": round(perf_counter() - started, 3)}, "restored", json)
    if not json:
        Console(soft_wrap=True).print(
            f"The venue will go on behind sequence {manifest.position.sequence:,}, of"
            f" {facts['time']}. Whatever was acknowledged after that is gone: orders, trades,"
            " deposits, registrations. Never run it beside the one it was copied from.",
            highlight=False,
        )
