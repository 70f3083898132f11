"""The Pythons of this machine that Outcry may run on."""

import os
import shutil
import subprocess
from pathlib import Path

MINORS = range(11, 20)


def pythons() -> dict[str, str]:
    """Return a program of each version from 3.11 on, by version, as `3.12`.

    Found on PATH, or where pyenv keeps what it has not put there. Only the standard library is
    used of them.
    """
    found: dict[str, str] = {}
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in MINORS:
        version = f"3.{minor}"
        named = [shutil.which(f"python{version}")]
        for program in [*named, *sorted(kept.glob(f"{version}.*/bin/python{version}"))]:
            if program and version_of(str(program)) == version:
                found[version] = str(program)
                break
    return found


def version_of(program: str) -> str:
    """Return what a Python says it is; empty where it does not run."""
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    run = subprocess.run([program, "-c", code], capture_output=True, text=True, check=False)
    return run.stdout.strip() if run.returncode == 0 else ""
