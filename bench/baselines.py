"""The work and the yardsticks: where they come from, and what is missing here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.workloads import SHAPES, Generator

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared" / "bench"
OPERATIONS = 1_000_000
_RUST_LINE = re.compile(r"([\d.]+) ns/op\s+(\d+) (\d+)")


def workloads(folder: Path) -> tuple[list[Path], str]:
    """Write the workload files; return them and where they are from."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{shape.name}.bin" for shape in SHAPES]
    shared = SHARED / "workload.py"
    origin = "../shared/bench/workload.py" if shared.exists() else "bench/workloads.py"
    stamp = folder / "origin"
    if stamp.exists() and stamp.read_text() == origin:
        return files, origin
    if shared.exists():
        for name in SHARED.glob("*.py"):
            shutil.copy(name, folder)
        subprocess.run([sys.executable, "workload.py"], cwd=folder, check=True)
    else:
        for shape, file in zip(SHAPES, files, strict=True):
            Generator(shape).write(file, OPERATIONS)
    stamp.write_text(origin)
    return files, origin


class Rust:
    """The usual Rust book: BTreeMap and VecDeque, without accounts."""

    def __init__(self, folder: Path) -> None:
        """Compile it, or say in `missing` why not."""
        source, rustc = SHARED / "rust_btreemap.rs", shutil.which("rustc")
        self.program = folder / "rust_btreemap"
        self.missing = ""
        if not source.exists():
            self.missing = "its source, ../shared/bench/rust_btreemap.rs, is not here"
        elif rustc is None:
            self.missing = "rustc is not installed"
        else:
            made = [rustc, "--edition", "2021", "-O", "-o", str(self.program), str(source)]
            failed = subprocess.run(made, check=False, capture_output=True, text=True)
            self.missing = failed.stderr[-200:] if failed.returncode else ""

    def ns_per_operation(self, workload: Path) -> tuple[float, int, int]:
        """Return (ns of CPU an operation, trades, sum of price x quantity)."""
        ran = subprocess.run(
            [str(self.program), workload.name],
            cwd=workload.parent,
            check=True,
            capture_output=True,
            text=True,
        )
        found = _RUST_LINE.search(ran.stdout)
        assert found is not None, ran.stdout
        return float(found[1]), int(found[2]), int(found[3])
