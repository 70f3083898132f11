"""A program of the tests in a process of its own, told what to do in lines of JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Helper:
    """`python -m tests.support.NAME`, its input and its output."""

    def __init__(self, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.support.{name}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, **order: Any) -> None:
        """Say what to do, or with nothing that it is enough."""
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(order) if order else "") + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Wait for what came of it."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the helper ended with {self.process.wait()}"
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, **order: Any) -> dict[str, Any]:
        """Say what to do and wait for what came of it."""
        self.tell(**order)
        return self.answer()


@contextmanager
def helper(name: str) -> Iterator[Helper]:
    """Start a program, and make sure that it is gone afterwards."""
    started = Helper(name)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()
