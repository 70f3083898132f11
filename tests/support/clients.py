"""Environments of the clients, each made from its own locked requirements, once."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.support.process import ROOT

LOCKS = ROOT / "requirements" / "clients"
MADE = ROOT / "build" / "clients"
INSTALL_S = 600


def environment(name: str) -> Path:
    """Return the Python of a client's environment; it is made where it is not there yet."""
    lock = LOCKS / f"{name}.txt"
    folder = MADE / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if not (folder / ".made").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        for command in (
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            [uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(lock)],
        ):
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
