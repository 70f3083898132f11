"""Processes of our own programs that start at once: a parent that imported everything forks them.

`Nest` is the side of a test. The other side, `python -m tests.support.nest`, reads one request a
line. A child is a whole process like any other: it has its own pid, files, limits and environment,
and dies of signals; only the second that imports take is saved. What wraps a process from its
beginning, such as a library that is loaded before all others, needs a nest of its own: `prefix`.
"""

import gc
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TextIO

from outcry.bootstrap import assembly
from outcry.identity.identity import IdentitySettings

ROOT = Path(__file__).parents[2]
END_S = 60.0
PRELOADED = (
    "outcry.cli.up",
    "outcry.cli.operate.ledger",
    "outcry.engine.core.compiled.core",
    "uvloop",
    "typer._adapters",
)


class Child:
    """A process that a nest has forked."""

    def __init__(self, nest: "Nest", pid: int, output: Path) -> None:
        self.pid = pid
        self.output = output
        self._nest = nest
        self._ended = os.pidfd_open(pid)
        self.code: int | None = None
        """The exit code once it has been waited for; minus the signal where one ended it."""

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self.code is None and not select.select([self._ended], [], [], 0)[0]

    def send(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.alive:
            os.kill(self.pid, number)

    def wait(self, timeout_s: float = END_S) -> int:
        """Wait for its end and return the exit code."""
        if self.code is None:
            ended = select.select([self._ended], [], [], timeout_s)[0]
            assert ended, f"process {self.pid} does not end: {self.text}"
            os.close(self._ended)
            self.code = self._nest.ask({"code": self.pid})
        return self.code

    def kill(self) -> int:
        """Kill it without warning, unless it has ended, and return the exit code."""
        self.send(signal.SIGKILL)
        return self.wait()

    @property
    def text(self) -> str:
        """What it has said so far, on both streams."""
        return self.output.read_text(errors="replace")

    def said(self, event: str) -> dict[str, Any] | None:
        """Return the first line of JSON with this event; None where there is none."""
        for line in self.text.splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                found: dict[str, Any] = json.loads(line)
                if found.get("event") == event:
                    return found
        return None


class Nest:
    """A parent of processes; closing it ends those that are left."""

    def __init__(self, *prefix: str, environ: Mapping[str, str] | None = None) -> None:
        self._server = subprocess.Popen(
            [*prefix, sys.executable, "-m", "tests.support.nest"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environ or {})},
        )
        self._children: list[Child] = []

    def born(
        self,
        arguments: Sequence[str],
        output: Path,
        *,
        environ: Mapping[str, str] | None = None,
        limits: Mapping[int, tuple[int, int]] | None = None,
        patch: str = "",
    ) -> Child:
        """Fork `outcry` with these arguments.

        `limits` are (soft, hard) by `resource.RLIMIT_...`; `patch` names a function
        (`module:function`) that breaks the build before it starts.
        """
        request = {
            "arguments": list(arguments),
            "output": str(output),
            "environ": dict(environ or {}),
            "limits": list((limits or {}).items()),
            "patch": patch,
        }
        output.write_bytes(b"")
        child = Child(self, self.ask(request), output)
        self._children.append(child)
        return child

    def ask(self, request: dict[str, Any]) -> int:
        """Ask the other side; return the number it answers."""
        asked, answered = _pipes(self._server)
        asked.write(json.dumps(request) + "\n")
        asked.flush()
        return int(answered.readline())

    def close(self) -> None:
        """End whatever is left, and the parent itself."""
        for child in self._children:
            child.kill()
        for pipe in _pipes(self._server):
            pipe.close()
        self._server.wait()


def _pipes(server: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert server.stdin is not None
    assert server.stdout is not None
    return server.stdin, server.stdout


# The other side


def serve(requests: TextIO, answers: TextIO) -> None:
    """Fork what is asked for until nobody asks any more; a child returns here when it is done."""
    while line := requests.readline():
        request = json.loads(line)
        if "code" in request:
            _, status = os.waitpid(request["code"], 0)
            answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        elif pid := os.fork():
            answers.write(f"{pid}\n")
        else:
            become(request)
            return
        answers.flush()


def become(request: dict[str, Any]) -> None:
    """Be the process that was asked for."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(request["output"], os.O_WRONLY | os.O_APPEND)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
    for limit, values in request["limits"]:
        resource.setrlimit(limit, tuple(values))
    os.environ.update(request["environ"])
    if request["patch"]:
        module, _, function = request["patch"].partition(":")
        getattr(import_module(module), function)()
    # Hashing a password well takes half of a start.
    cheap = partial(IdentitySettings, argon2_time_cost=1, argon2_memory_kib=8)
    vars(assembly)["IdentitySettings"] = cheap
    sys.argv = ["outcry", *request["arguments"]]
    import_module("outcry.cli").main()


if __name__ == "__main__":
    for name in PRELOADED:
        with suppress(ImportError):
            import_module(name)
    gc.freeze()
    serve(sys.stdin, sys.stdout)
