"""Wheel and source archive of one commit, built in a folder of its own.

Nothing of the working tree is read or written: the commit is laid out elsewhere, and what is
installed here (setuptools, wheel, Cython, a C compiler, the npm packages of the lock file) builds
it. No network is asked.
"""

import io
import os
import platform
import shlex
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
import zlib
from importlib.metadata import version
from pathlib import Path

from tools.release.archives import normalise_sdist, normalise_wheel


class BuildDiffers(Exception):
    """Two builds of one commit are not equal, or one lacks what it should have."""


def git(root: Path, *words: str) -> str:
    """Return what git says."""
    told = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return told.stdout.strip()


def commit_time_s(root: Path, commit: str) -> int:
    """Return when a commit was made, in seconds since 1970: the one time in all that is built."""
    return int(git(root, "log", "-1", "--format=%ct", commit))


def lay_out(root: Path, commit: str, folder: Path) -> None:
    """Write the files of a commit into a new folder."""
    folder.mkdir(parents=True)
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=root, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")


def build(
    source: Path, out: Path, time_s: int, *, compiled: bool, modules: Path | None = None
) -> list[Path]:
    """Build a laid-out commit into `out`; return what came of it.

    The compiled wheel is for this Python on this machine. Beside the wheel without compiled parts,
    which runs anywhere, comes the source archive. Without `modules`, the folder of npm packages,
    the web trader is left out.

    Raises:
        BuildDiffers: it cannot be built here, or not with its compiled parts.
    """
    steps = ["bdist_wheel", "-d", str(out)]
    if not compiled:
        steps += ["sdist", "-d", str(out)]
    if modules is not None:
        (source / "web/node_modules").symlink_to(modules)
    before = set(out.glob("*"))
    told = subprocess.run(
        [sys.executable, "setup.py", "-q", *steps],
        cwd=source,
        check=False,
        env=environment(source, time_s, compiled=compiled)
        | ({} if modules else {"OUTCRY_WEB": "0"}),
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise BuildDiffers(f"a build failed:\n{told.stderr}")
    made = sorted(set(out.glob("*")) - before)
    for path in made:
        normalise = normalise_wheel if path.suffix == ".whl" else normalise_sdist
        normalise(path, time_s)
    # Each compiled part is optional to those who install, and none is to a release.
    parts = len(list(source.glob("src/**/*.pyx")))
    if compiled and any(_compiled_parts(path) != parts for path in made):
        raise BuildDiffers(f"not everything was compiled:\n{told.stderr}")
    return made


def _compiled_parts(wheel: Path) -> int:
    with zipfile.ZipFile(wheel) as files:
        return sum(name.endswith((".so", ".pyd")) for name in files.namelist())


def environment(source: Path, time_s: int, *, compiled: bool) -> dict[str, str]:
    """Return what a build sees: no folder's name, no clock, no habits of whoever builds."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    linker = shlex.split(sysconfig.get_config_var("LDSHARED") or "")
    return kept | {
        "SOURCE_DATE_EPOCH": str(time_s),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "CFLAGS": shlex.quote(f"-ffile-prefix-map={source}=."),
        # Where this machine keeps its Python is no business of others.
        "LDSHARED": shlex.join(
            word for word in linker if not word.startswith(("-L", "-Wl,-rpath"))
        ),
        **({} if compiled else {"OUTCRY_PURE": "1"}),
    }


def same(first: Path, second: Path) -> None:
    """Compare two folders of builds, byte for byte.

    Raises:
        BuildDiffers: a name is in one only, or a content differs.
    """
    names = sorted(path.name for path in first.iterdir())
    if names != sorted(path.name for path in second.iterdir()):
        raise BuildDiffers("two builds made files of different names")
    for name in names:
        if (first / name).read_bytes() != (second / name).read_bytes():
            raise BuildDiffers(f"two builds of {name} differ")


def tools() -> dict[str, str]:
    """Return what took part: whoever wants equal bytes needs the same."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    told = subprocess.run([compiler, "--version"], check=False, capture_output=True, text=True)
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": sysconfig.get_platform(),
        "compiler": told.stdout.partition("\n")[0],
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        **{name: version(name) for name in ("setuptools", "wheel", "cython")},
    }
