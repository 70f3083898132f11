"""Environments of the clients, each made from its own locked requirements, once."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.support.process import ROOT

LOCKS = ROOT / "requirements" / "clients"
MADE = ROOT / "build" / "clients"
INSTALL_S = 1800
"""A client that is compiled takes minutes."""


def environment(name: str) -> Path:
    """Return the Python of a client's environment; it is made where it is not there yet.

    `NAME-alone.txt` is a package that is built in it afterwards, without what it says it needs.
    """
    lock, alone = LOCKS / f"{name}.txt", LOCKS / f"{name}-alone.txt"
    locks = [path for path in (lock, alone) if path.exists()]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in locks)).hexdigest()
    folder = MADE / f"{name}-{digest[:12]}"
    python = folder / "bin" / "python"
    if not (folder / ".made").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        into = ["--quiet", "--python", str(python), "--require-hashes"]
        commands = [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            [uv, "pip", "sync", *into, str(lock)],
        ]
        if alone in locks:
            built = ["--no-deps", "--no-build-isolation", "--requirements", str(alone)]
            commands.append([uv, "pip", "install", *into, *built])
        for command in commands:
            subprocess.run(command, check=True, timeout=INSTALL_S, env=_environ())
        (folder / ".made").touch()
    return python


def _environ() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}


def drive(python: Path, driver: str, plan: Path, outcome: Path, timeout_s: float) -> str:
    """Run a driver; return what it printed."""
    done = subprocess.run(
        [str(python), "-B", str(ROOT / "tests" / "acceptance" / "drivers" / driver),
         str(plan), str(outcome)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=_environ(),
    )  # fmt: skip
    return done.stdout[-2000:] + done.stderr[-4000:]
