"""Bugs in the compiled core, put in by a macro that no normal build sets.

`OUTCRY_MUTANT` is the number of the bug. Here it is built as a variable, so that one build has all
of them, and none until it is told.
"""

import ctypes
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory

from outcry.engine.core import CoreFactory, choose
from tests.mutation.engine import difference
from tests.mutation.mutant import Mutant
from tests.support.cores import core_factory

SOURCE = Path(__file__).parents[2] / "src/outcry/engine/core/compiled"
BUGS = {
    1: "a cancelled order keeps its hold",
    2: "the newest order of a level trades first",
    3: "a fee is rounded down",
    4: "an account trades with itself",
    5: "what a better price saved stays held",
}
SCRIPTS = 150


class Switched:
    """A core that has whichever bug is switched on."""

    def __init__(self, library: Path) -> None:
        spec = spec_from_file_location("outcry.engine.core.compiled.core", library)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        self.factory: CoreFactory = module.Core
        self._switch = ctypes.c_int.in_dll(ctypes.CDLL(str(library)), "outcry_mutant")

    @contextmanager
    def on(self, bug: int) -> Iterator[CoreFactory]:
        """Switch a bug on meanwhile."""
        self._switch.value = bug
        try:
            yield self.factory
        finally:
            self._switch.value = 0


@cache
def switched() -> Switched:
    """Build the core with all bugs in it, in a folder that is gone afterwards."""
    core_factory("compiled")  # Skips where nothing can be compiled.
    with TemporaryDirectory() as name:
        folder = Path(name)
        header, source, library = (folder / part for part in ("mutant.h", "core.c", "core.so"))
        header.write_text("int outcry_mutant = 0;\n#define OUTCRY_MUTANT outcry_mutant\n")
        cython = [sys.executable, "-m", "cython", "-3", str(SOURCE / "core.pyx"), "-o", str(source)]
        subprocess.run(cython, check=True, capture_output=True, text=True)
        compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
        subprocess.run(
            [
                compiler, "-shared", "-fPIC", "-O0", "-fwrapv", "-w", "-include", str(header),
                f"-I{sysconfig.get_path('include')}", f"-I{SOURCE}", str(source),
                "-o", str(library),
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return Switched(library)


def notice(bug: int) -> str:
    """Return in what the core with a bug differs from the reference; 0 is none."""
    with switched().on(bug) as core:
        return difference(choose("reference"), core, SCRIPTS)


MUTANTS = tuple(
    Mutant(f"{wrong} (compiled)", "compiled", partial(notice, bug)) for bug, wrong in BUGS.items()
)
