"""The commands, put together. Each is imported when it is asked for: all of them take seconds."""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from outcry import __version__

COMMANDS = {
    "up": "up",
    "replay": "replay",
    "maker": "bots.maker",
    "trade": "bots.trade",
    "backtest": "bots.backtest",
    "bench": "bench",
    "inspect": "inspect",
    "diff": "past.diff",
    "watch": "watch",
    "mode": "operate.mode",
    "ledger": "operate.ledger",
    "staff": "operate.staff",
    "verify": "proofs.verify",
    "liabilities": "proofs.liabilities",
    "audit": "care.audit",
    "trail": "care.trail",
    "rebuild": "care.rebuild",
    "export": "care.export",
    "backup": "care.backup",
    "restore": "care.restore",
    "rules": "stopped.rules",
    "skip": "stopped.skip",
}
"""The modules of the commands, in the order they are listed in. A module has the function of its
name, or an `app` of several commands."""
_HELP = {"help_option_names": ["-h", "--help"]}


class Commands(TyperGroup):
    """The commands by their names. The classes of contexts and commands are private to typer."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"outcry.cli.{COMMANDS[cmd_name]}")
        made = getattr(module, "app", None)
        if made is None:
            made = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            made.command()(getattr(module, cmd_name))
        command = typer.main.get_command(made)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="outcry",
    cls=Commands,
    help="Outcry: an exchange that anyone can run.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
)


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
