"""`outcry staff`: who works for the venue, given at the machine, whether it runs or rests."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from outcry.adapters.clock import SystemClock
from outcry.adapters.control_socket import ControlError, NotRunning, ask
from outcry.adapters.data_dir import DataDir, DataDirBusy, open_data_dir
from outcry.adapters.sqlite_identity import IdentityUnusable, SqliteIdentity, secret_file
from outcry.cli.output import DAMAGE, fail, show
from outcry.identity.email import normalise
from outcry.identity.errors import IdentityError
from outcry.identity.records.trail import Trail
from outcry.identity.staff.roles import Roles


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
        answer = _give(data, email, role or [], name)
    except ControlError as error:
        fail(str(error), DAMAGE)
    show(answer, "staff", as_json=json)


def _give(data: Path, email: str, roles: list[str], by: str) -> dict[str, Any]:
    """Give roles in a folder that no venue runs on, and keep it from starting meanwhile."""
    if not DataDir(data, lock=-1).identity.exists():
        fail(f"{data} holds no venue: nobody is registered there")
    try:
        places = open_data_dir(data)
    except DataDirBusy as error:
        fail(str(error), DAMAGE)
    try:
        store = SqliteIdentity(places.identity)
        try:
            trail = Trail(SystemClock(), secret_file(places.secret))
            given = Roles(store, trail)
            account = given.give(normalise(email), roles, by)
            return {"account": account, "roles": sorted(given.of(account))}
        finally:
            store.close()
    except (IdentityError, IdentityUnusable) as error:
        fail(str(error), DAMAGE)
    finally:
        places.close()
