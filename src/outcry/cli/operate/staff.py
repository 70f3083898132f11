"""`outcry staff`: who works for the venue. Roles are given at the machine, and nowhere else."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from outcry.adapters.control_socket import ControlError, NotRunning, ask
from outcry.adapters.data_dir import DataDir
from outcry.cli.output import DAMAGE, fail, show


def staff(
    email: Annotated[str, typer.Argument(help="Of somebody who is registered.")],
    role: Annotated[
        list[str] | None,
        typer.Option(help="support, risk, finance or admin; several times for several."),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Take every role away.")] = False,
    data: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="The data folder.")
    ] = Path("data"),
    by: Annotated[str, typer.Option(help="Who you are.  [default: your login]")] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Give somebody these roles and no others."""
    if none == bool(role):
        fail("name the roles with --role, or take them away with --none")
    name = by or getpass.getuser()
    request = {"op": "staff", "email": email, "roles": role or [], "by": name}
    try:
        answer = ask(DataDir(data, lock=-1).control, request)
    except NotRunning:
        fail(f"no venue runs on {data}; roles can only be given while it does", DAMAGE)
    except ControlError as error:
        fail(str(error), DAMAGE)
    show(answer, "staff", as_json=json)
