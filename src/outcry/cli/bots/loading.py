"""Takes a strategy out of a file of Python."""

import importlib.util
import inspect
import sys
from pathlib import Path

from outcry.cli.output import fail
from outcry.strategy import Strategy


def given(options: list[str]) -> dict[str, str]:
    """Return what `--set name=value` said."""
    pairs = [option.partition("=") for option in options]
    for name, equals, _ in pairs:
        if not name or not equals:
            fail(f"--set {name}: it takes name=value")
    return {name: value for name, _, value in pairs}


def load(path: Path, options: dict[str, str]) -> Strategy:
    """Return the strategy that a file defines; it is made with the options as texts.

    The file is run, as Python runs any program. It has to define exactly one subclass of
    `outcry.strategy.Strategy`.
    """
    spec = importlib.util.spec_from_file_location(f"strategy_{path.stem}", path)
    if spec is None or spec.loader is None:
        fail(f"{path} is no file of Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        fail(f"{path} does not run: {type(error).__name__}: {error}")
    found = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Strategy) and kind.__module__ == spec.name
    ]
    if len(found) != 1:
        names = ", ".join(kind.__name__ for kind in found) or "none"
        fail(f"{path} has to define one Strategy, and defines {names}")
    try:
        return found[0](**options)
    except (TypeError, ValueError, ArithmeticError) as error:
        fail(f"{found[0].__name__} cannot be made: {error}")
