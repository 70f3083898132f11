"""The targets by name, as far as their modules were asked for."""

from importlib import import_module

from tests.fuzz.targets.target import Target

MODULES = ("doors", "records", "cores", "stores", "texts", "wallets")
BROKEN = "broken"
"""The module of what the runner has to notice."""


def targets_of(*modules: str) -> dict[str, Target]:
    """Return the targets of some modules, which are imported for it."""
    found = (import_module(f"tests.fuzz.targets.{module}").TARGETS for module in modules)
    return {target.name: target for targets in found for target in targets}


def module_of(target: Target) -> str:
    """Return the module that a target is in."""
    return target.make.__module__.rpartition(".")[2]
