"""What every command does in the same way: results, refusals, progress, core and event loop."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from outcry.adapters.telemetry import harmless
from outcry.engine.core import CoreFactory, choose
from outcry.replay.source import Progress as OnProgress
from outcry.replay.source import no_progress

DAMAGE, USAGE = 1, 2
HOW_TO_COMPILE = "install gcc and python3-dev, then run `make setup`"


class CoreName(StrEnum):
    """The two cores, by name."""

    reference = "reference"
    compiled = "compiled"


def fail(message: str, code: int = USAGE) -> NoReturn:
    """Say what is wrong, on stderr, and end with an exit code."""
    said = f"outcry: {harmless(message)}"
    Console(stderr=True, soft_wrap=True).print(said, markup=False, highlight=False)
    raise typer.Exit(code)


def choose_core(name: CoreName | None) -> CoreFactory:
    """Return a core, or end with what to do where it was not built."""
    try:
        return choose(name.value if name else "")
    except ImportError:
        fail(f"the compiled core is not built here; {HOW_TO_COMPILE}")


def event_loop() -> Callable[..., Any]:
    """Return what runs a coroutine: uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    run: Callable[..., Any] = uvloop.run
    return run


def show(result: object, title: str, as_json: bool) -> None:
    """Print a report: one line of JSON for programs, a table for people."""
    values = msgspec.to_builtins(result)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(values) + b"\n")
        sys.stdout.flush()
        return
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(name.replace("_", " "), _text(value))
    Console().print(table)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return "\n".join(str(item) for item in value) if isinstance(value, list) else str(value)


@contextmanager
def progress_bar(title: str) -> Iterator[OnProgress]:
    """Show how far a file was read, where stderr is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield no_progress
        return
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, size: bar.update(task, completed=done, total=size)
