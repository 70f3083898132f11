"""The same log leads to the same state and the same events: in any process, hash seed or Python."""

import json
import lzma
import os
import shlex
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from outcry import codec
from outcry.adapters.sqlite_log import SqliteLog
from outcry.recovery import skips_of
from tests.property.generator import make_script
from tests.support.cores import core_factory
from tests.support.pythons import pythons
from tests.support.scoreboard import note
from tests.support.script import START_NS, opening, orders

ROOT = Path(__file__).parents[2]
LOGS = ROOT / "tests" / "golden" / "logs"
SOURCE = ROOT / "src/outcry/engine/core/compiled"
LOTS = codec.HEADER.size + 16
OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"
Run = tuple[str, str, str]
"""A Python, a core, and a hash seed."""


def journals(folder: Path, commands: int) -> list[Path]:
    """Write journals of so many commands: the golden logs, then orders of every usual kind."""
    paths = [golden(folder, path) for path in sorted(LOGS.glob("rules-*/*.sqlite.xz"))]
    missing = commands - sum(json.loads(path.with_suffix(".txt").read_text()) for path in paths)
    source, records = orders(11), opening()
    records += [next(source) for _ in range(missing - len(records))]
    stamped = bytearray(b"".join(records))
    codec.stamp(stamped, 1, START_NS)
    paths.append(folder / "orders.journal")
    paths[-1].write_bytes(stamped)
    return paths


def golden(folder: Path, packed: Path) -> Path:
    """Write a golden log as a journal, with what is skipped in it skipped."""
    name = f"{packed.parent.name}-{packed.name[:2]}"
    log_path, path = folder / f"{name}.sqlite", folder / f"{name}.journal"
    log_path.write_bytes(lzma.decompress(packed.read_bytes()))
    log = SqliteLog(log_path, read_only=True)
    skips = skips_of(log, 0)
    path.write_bytes(b"".join(codec.without(batch.payload, skips) for batch in log.read(0)))
    path.with_suffix(".txt").write_text(str(log.tail().sequence))
    log.close()
    return path


def outcome(run: Run, paths: list[Path]) -> str:
    """Return what a process makes of the journals: how many commands, and a hash of all else."""
    python, core, hash_seed = run
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "PYTHONHASHSEED": hash_seed,
    }
    command = [python, "-B", "-m", "tests.support.replayer", core, hash_seed, *map(str, paths)]
    played = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return played.stdout.strip()


def played_by(runs: list[Run], paths: list[Path]) -> str:
    """Return the one outcome of all runs, two of which go on at a time."""
    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(lambda run: outcome(run, paths), runs))
    assert len(outcomes) == 1
    return outcomes.pop()


def test_every_process_hash_seed_core_and_python_agree(tmp_path: Path) -> None:
    core_factory("compiled")
    others = {version: program for version, program in pythons().items() if version != OWN}
    runs = [(sys.executable, "compiled", "0"), (sys.executable, "reference", "1")]
    runs += [(p, "reference", str(2 + number)) for number, p in enumerate(others.values())]
    commands, told = played_by(runs, journals(tmp_path, 100_000)).split()
    note(
        "R5",
        commands=int(commands),
        processes=len(runs),
        hash_seeds=len(runs),
        pythons=" ".join(sorted({OWN, *others})),
        golden_logs=len(list(LOGS.glob("rules-*/*.sqlite.xz"))),
        digests=1,
    )


def test_another_log_has_another_outcome(tmp_path: Path) -> None:
    """The control: one lot more in one order shows."""
    (path,) = (path for path in journals(tmp_path, 4_000) if path.name == "orders.journal")
    run = (sys.executable, "reference", "0")
    before = outcome(run, [path])
    records = bytearray(path.read_bytes())
    order = next(record for record in codec.split(records) if record[2] == 1)
    order[LOTS] ^= 1
    order.release()
    path.write_bytes(records)
    assert outcome(run, [path]) != before


# The long form: a million commands, and the compiled core on every Python


def built_for(python: str, folder: Path) -> str:
    """Return a compiled core for another Python, from the same generated C."""
    ask = "import sysconfig; print(sysconfig.get_path('include'))"
    include = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    library = folder / f"core-{Path(python).name}-{abs(hash(python))}.so"
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    command = [
        compiler, "-shared", "-fPIC", "-O2", "-fwrapv", "-w", f"-I{include.stdout.strip()}",
        f"-I{SOURCE}", str(folder / "core.c"), "-o", str(library),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return str(library)


@pytest.mark.soak
def test_a_million_commands_agree_on_every_core_and_python(tmp_path: Path) -> None:
    core_factory("compiled")
    translate = [sys.executable, "-m", "cython", "-3", str(SOURCE / "core.pyx")]
    subprocess.run([*translate, "-o", str(tmp_path / "core.c")], check=True, capture_output=True)
    found = pythons() | {OWN: sys.executable}
    paths = [tmp_path / f"script-{seed}.journal" for seed in range(50)]
    for seed, path in enumerate(paths):
        path.write_bytes(b"".join(make_script(7_000 + seed, 1_000, whole=True).records))
    paths += journals(tmp_path, 950_000)
    runs = [(sys.executable, "compiled", "0")]
    runs += [(p, "reference", str(1 + number)) for number, p in enumerate(found.values())]
    runs += [(p, built_for(p, tmp_path), "9") for v, p in found.items() if v != OWN]
    commands, told = played_by(runs, paths).split()
    assert int(commands) >= 1_000_000
    note(
        "R5",
        target="release",
        commands=int(commands),
        processes=len(runs),
        hash_seeds=len({seed for _, _, seed in runs}),
        pythons=" ".join(sorted(found)),
        digests=1,
    )
