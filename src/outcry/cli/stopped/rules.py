"""`outcry rules`: by which rules a venue goes, and how it moves on to newer ones."""

from pathlib import Path
from typing import Annotated

import typer

from outcry.cli.output import DAMAGE, CoreName, choose_core, fail, show
from outcry.cli.past.rebuild import Folder, opened, rebuild
from outcry.cli.stopped.folder import stopped_venue
from outcry.domain.commands import RULES, ActivateRules
from outcry.domain.market import VenueMode
from outcry.engine.core import CoreFactory
from outcry.engine.engine import Engine
from outcry.ports import Log, SnapshotStore
from outcry.recovery import applied

app = typer.Typer(
    help="The rules that a venue goes by.", no_args_is_help=True, add_completion=False
)
_Data = Annotated[Path, typer.Option(exists=True, file_okay=False, help="The data folder.")]
_Core = Annotated[CoreName | None, typer.Option(help="Which core to use.")]


@app.command("show")
def show_rules(
    data: _Data,
    core: _Core = None,
    json: Annotated[bool, typer.Option("--json", help="Report for programs.")] = False,
) -> None:
    """Say which rules are in force, and which this program knows; works beside a running venue."""
    factory = choose_core(core)
    with opened(data) as folder:
        engine = _at_the_end(folder.log, folder.snapshots, factory)
    show({"rules": engine.core.rules, "newest": RULES}, "rules", json)


@app.command()
def activate(
    rules: Annotated[int, typer.Argument(min=2, help="The next rules.")],
    data: _Data,
    core: _Core = None,
) -> None:
    """Let a stopped venue go by the next rules. Programs that do not know them cannot go back."""
    factory = choose_core(core)
    if rules > RULES:
        fail(f"rules {rules} are not known; this program knows rules up to {RULES}")
    with stopped_venue(data) as venue:
        engine = _at_the_end(venue.log, venue.snapshots, factory)
        if rules != engine.core.rules + 1:
            fail(f"rules {engine.core.rules} are in force; rules {engine.core.rules + 1} come next")
        if engine.core.mode == VenueMode.HALTED:
            fail("the venue is halted, and hears nothing but another mode")
        applied(engine, venue.append(ActivateRules(rules=rules, staff=True)))
    if engine.core.rules != rules:
        fail(f"rules {rules} were refused", DAMAGE)
    typer.echo(f"rules {rules} are in force from sequence {engine.core.sequence} on")


def _at_the_end(log: Log, snapshots: SnapshotStore, factory: CoreFactory) -> Engine:
    """Return an engine where the log ends."""
    return rebuild(Folder(log, snapshots), factory, log.tail().sequence).engine
