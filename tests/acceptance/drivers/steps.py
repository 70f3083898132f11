"""What every driver shares: a plan to read, steps that are noted, an outcome to write.

A driver is a program of a client's own environment, so this page needs the standard library alone.
"""

import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any


class Steps:
    """Notes each step: `ok`, or what went wrong and where."""

    def __init__(self) -> None:
        self.plan = json.loads(Path(sys.argv[1]).read_text())
        self.url: str = self.plan["url"]
        self.ws: str = self.url.replace("http", "ws", 1)
        self.traders: list[dict[str, str]] = self.plan["traders"]
        self.seconds: float = self.plan["seconds"]
        self.steps: dict[str, str] = {}
        self.facts: dict[str, Any] = {}

    def step(self, name: str, act: Callable[[], Any]) -> Any:
        """Do a step and note it."""
        try:
            found = act()
        except Exception as error:
            self._failed(name, error)
            return None
        self.steps[name] = "ok"
        return found

    async def astep(self, name: str, act: Awaitable[Any], patience_s: float = 20.0) -> Any:
        """Do a step that waits, and note it."""
        try:
            found = await asyncio.wait_for(act, patience_s)
        except Exception as error:
            self._failed(name, error)
            return None
        self.steps[name] = "ok"
        return found

    def _failed(self, name: str, error: Exception) -> None:
        where = "".join(traceback.format_tb(error.__traceback__)[-2:])
        self.steps[name] = f"{type(error).__name__}: {error}"[:500] + f"\n{where}"

    def raises(self, name: str, wanted: type[Exception], act: Callable[[], Any]) -> None:
        """Do a step that has to be refused with one kind of exception."""
        try:
            found = act()
        except wanted:
            self.steps[name] = "ok"
        except Exception as error:
            self._failed(name, error)
        else:
            self.steps[name] = f"nothing was raised, but {str(found)[:200]}"

    def write(self) -> None:
        """Write the outcome."""
        outcome = {"steps": self.steps, "facts": self.facts}
        Path(sys.argv[2]).write_text(json.dumps(outcome, indent=1))


def need(condition: object, why: str = "") -> None:
    """Refuse what must not be."""
    if not condition:
        raise AssertionError(why)
