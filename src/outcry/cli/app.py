"""The commands, put together."""

from typing import Annotated

import typer

from outcry import __version__
from outcry.cli import bench, inspect, replay, up, watch
from outcry.cli.bots import backtest, maker, trade
from outcry.cli.care import audit, backup, export, rebuild, restore, trail
from outcry.cli.operate import ledger, mode, staff
from outcry.cli.past import diff
from outcry.cli.proofs import liabilities, verify
from outcry.cli.stopped import rules, skip

app = typer.Typer(
    name="outcry",
    help="Outcry: an exchange that anyone can run.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up.up)
app.command()(replay.replay)
app.command()(maker.maker)
app.command()(trade.trade)
app.command()(backtest.backtest)
app.add_typer(bench.app, name="bench")
app.command()(inspect.inspect)
app.command()(diff.diff)
app.command()(watch.watch)
app.command()(mode.mode)
app.command()(ledger.ledger)
app.command()(staff.staff)
app.command()(verify.verify)
app.command()(liabilities.liabilities)
app.command()(audit.audit)
app.command()(trail.trail)
app.command()(rebuild.rebuild)
app.command()(export.export)
app.command()(backup.backup)
app.command()(restore.restore)
app.add_typer(rules.app, name="rules")
app.command()(skip.skip)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"outcry {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Take what comes before a command's name."""


def main() -> None:
    """Run the command line."""
    app()
