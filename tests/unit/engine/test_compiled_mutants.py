"""The compiled core is built wrong on purpose, and the comparison with the reference notices."""

import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from outcry.engine.core import CoreFactory, choose
from tests.property.differential import Difference, compare
from tests.property.generator import Script, make_script
from tests.support.cores import core_factory

SOURCE = Path(__file__).parents[3] / "src/outcry/engine/core/compiled"
MUTANTS = {
    1: "a cancelled order keeps its hold",
    2: "the newest order of a level trades first",
    3: "a fee is rounded down",
    4: "an account trades with itself",
    5: "what a better price saved stays held",
}
SCRIPTS = 150


@pytest.fixture(scope="module")
def scripts() -> list[Script]:
    """Return scripts that visit what the mutants break."""
    return [make_script(seed) for seed in range(SCRIPTS)]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the C source of the core."""
    core_factory("compiled")
    target = tmp_path_factory.mktemp("mutants") / "core.c"
    command = [sys.executable, "-m", "cython", "-3", str(SOURCE / "core.pyx"), "-o", str(target)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return target


def build(generated: Path, mutant: int) -> CoreFactory:
    """Return a core compiled with one rule broken; 0 is none."""
    library = generated.with_name(f"mutant{mutant}.so")
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    subprocess.run(
        [
            compiler, "-shared", "-fPIC", "-O1", "-fwrapv", "-w", f"-DOUTCRY_MUTANT={mutant}",
            f"-I{sysconfig.get_path('include')}", f"-I{SOURCE}", str(generated), "-o", str(library),
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    spec = spec_from_file_location("outcry.engine.core.compiled.core", library)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    factory: CoreFactory = module.Core
    return factory


def differences(scripts: list[Script], core: CoreFactory) -> Iterator[Difference]:
    """Yield what the comparison with the reference finds wrong with a core."""
    for script in scripts:
        try:
            compare(script, choose("reference"), core)
        except Difference as difference:
            yield difference


@pytest.mark.parametrize("mutant", MUTANTS, ids=MUTANTS.values())
def test_a_core_built_wrong_is_noticed(mutant: int, generated: Path, scripts: list[Script]) -> None:
    assert next(differences(scripts, build(generated, mutant)), None) is not None


def test_the_same_build_unbroken_is_not(generated: Path, scripts: list[Script]) -> None:
    assert next(differences(scripts[:20], build(generated, 0)), None) is None
