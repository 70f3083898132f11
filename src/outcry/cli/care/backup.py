"""`outcry backup`: a verified copy of a data folder, while the venue runs."""

import sqlite3
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from outcry.adapters.backup.aside import TargetTaken
from outcry.adapters.backup.manifest import BackupDamaged, Manifest
from outcry.adapters.backup.take import back_up
from outcry.adapters.data_dir import DataDir
from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show
from outcry.cli.past.point import time_text


def backup(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")],
    to: Annotated[Path, typer.Option(help="A new folder, for the copy.")],
    core: Annotated[CoreName | None, typer.Option(help="Which core to use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Copy everything a venue is made of, keys included, and verify the copy."""
    places = DataDir(data, lock=-1)
    if not places.log.exists():
        fail(f"{data} holds no venue: there is no {places.log.name}")
    started = perf_counter()
    try:
        manifest = back_up(places, to, choose_core(core))
    except TargetTaken as error:
        fail(str(error))
    except BackupDamaged as error:
        fail(f"nothing was kept: {error}; look with `outcry inspect --data {data}`", DAMAGE)
    except (OSError, sqlite3.Error) as error:
        fail(f"nothing was kept: {error}", DAMAGE)
    facts = {"backup": str(to)} | facts_of(manifest)
    show(facts | {"seconds": round(perf_counter() - started, 3)}, "backed up", json)


def facts_of(manifest: Manifest) -> dict[str, Any]:
    """Return what a person wants to know of a backup."""
    position = manifest.position
    return {
        "taken": time_text(manifest.created_ns),
        "version": manifest.versions.outcry,
        "sequence": position.sequence,
        "time": time_text(position.time_ns),
        "ledger_sequence": position.ledger_sequence,
        "snapshots": position.snapshots or "none",
        "digest": position.digest,
        "files": len(manifest.files),
        "bytes": sum(entry.size for entry in manifest.files),
    }
