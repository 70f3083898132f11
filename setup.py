"""Build the compiled core where a C compiler and Cython are at hand; everything else is static.

The extension is optional: without a compiler the installation succeeds and the reference core runs.
"""

import sys
from pathlib import Path

from setuptools import Extension, setup

CORE = Path("src/outcry/engine/core/compiled")
SOURCE = CORE / "core.pyx"


def _extensions() -> list[Extension]:
    """Return the compiled core, if its source is here; what it includes rebuilds it."""
    if not SOURCE.exists():
        return []
    included = [path for pattern in ("*.pxi", "*.pxd", "*.h") for path in CORE.glob(pattern)]
    return [
        Extension(
            "outcry.engine.core.compiled.core",
            sources=[SOURCE.as_posix()],
            depends=sorted(path.as_posix() for path in included),
            include_dirs=[CORE.as_posix()],
            extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
            optional=True,
        )
    ]


setup(ext_modules=_extensions())
