"""`outcry mode`: how a running venue is, or another mode for it, with name and reason."""

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcry.adapters.control_socket import ControlError, NotRunning, ask
from outcry.adapters.data_dir import DataDir
from outcry.cli.output import DAMAGE, fail, show


class ModeName(StrEnum):
    """What a venue as a whole accepts."""

    normal = "normal"
    cancel_only = "cancel-only"
    read_only = "read-only"
    halted = "halted"


def mode(
    wanted: Annotated[
        ModeName | None, typer.Argument(metavar="[MODE]", help="None: say how the venue is.")
    ] = None,
    data: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="The data folder.")
    ] = Path("data"),
    reason: Annotated[str, typer.Option(help="Why; everybody can read it.")] = "",
    by: Annotated[str, typer.Option(help="Who you are.  [default: your login]")] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Say or change the mode: normal, cancel-only, read-only or halted."""
    request: dict[str, str] = {"op": "status"}
    if wanted is not None:
        if not reason:
            fail("a mode is changed for a --reason")
        name = by or getpass.getuser()
        request = {"op": "mode", "mode": wanted.value, "reason": reason, "by": name}
    try:
        answer = ask(DataDir(data, lock=-1).control, request)
    except NotRunning:
        fail(f"no venue runs on {data}; a mode can only be changed while it does", DAMAGE)
    except ControlError as error:
        fail(str(error), DAMAGE)
    show(answer, "venue", as_json=json)
