"""What the compiled core is made of: its hash, its loop without Python, its types."""

import ast
import re
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path
from random import Random

import pytest

from outcry.engine.core import Core
from tests.support.cores import core_factory

SOURCE = Path(__file__).parents[3] / "src/outcry/engine/core/compiled"
LOOP = ("apply_records", "place_order", "cancel_order", "match", "walk", "carry_out_once")
"""Some of the functions that must be among those looked at."""


def test_the_hash_inside_the_core_is_blake2b() -> None:
    core_factory("compiled")
    from outcry.engine.core.compiled.core import blake2b as inside

    random = Random(7)
    lengths = [*range(400), *(random.randrange(400, 5_000) for _ in range(100))]
    texts = [random.randbytes(length) for length in lengths]
    assert [inside(t) for t in texts] == [blake2b(t, digest_size=16).digest() for t in texts]


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the C body of each function that is written without the GIL, by its name."""
    core_factory("compiled")
    target = tmp_path_factory.mktemp("generated") / "core.c"
    command = [sys.executable, "-m", "cython", "-3", str(SOURCE / "core.pyx"), "-o", str(target)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    text = re.sub(r"/\*.*?\*/", "", target.read_text(), flags=re.DOTALL)
    begin = re.compile(r"^static [^;{}\n]*?__pyx_f_\w+?_8compiled_4core_(\w+)\([^;{}]*\) \{$", re.M)
    found = {}
    for match in begin.finditer(text):
        found[match[1]] = text[match.end() : text.index("\n}\n", match.end())]
    return {
        name: body for name, body in found.items() if not name.startswith(("4Core_", "5Reads_"))
    }


def test_the_loop_touches_no_python_object(functions: dict[str, str]) -> None:
    touching = re.compile(r"\b(?:PyObject|PyErr|Py_\w+|Py[A-Z]\w+_\w+|__Pyx_\w+|__PYX_ERR)\b")
    harmless = {"Py_ssize_t"}
    touched = {
        name: words
        for name, body in functions.items()
        if (words := set(touching.findall(body)) - harmless)
    }
    assert set(LOOP) <= set(functions)
    assert len(functions) > 100
    assert touched == {}


def test_the_types_name_what_every_core_has() -> None:
    stub = ast.parse((SOURCE / "core.pyi").read_text())
    (typed,) = (node for node in stub.body if isinstance(node, ast.ClassDef))
    told = {node.name for node in typed.body if isinstance(node, ast.FunctionDef)}
    told |= {
        node.target.id
        for node in typed.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    wanted = {name for name in vars(Core) if not name.startswith("_")} | set(Core.__annotations__)
    built = set(dir(core_factory("compiled")))
    assert wanted <= told
    assert wanted <= built
