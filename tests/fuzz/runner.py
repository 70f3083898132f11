"""Runs targets, each in a process of its own, so that whatever happens there is seen here."""

import gc
import json
import mmap
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from struct import Struct
from types import ModuleType

from tests.fuzz.mutate import word_mutator
from tests.fuzz.targets.target import Read, Target

SLOW_NS = 100_000_000
"""No input may take longer, in CPU time of its thread."""
AGAIN = 3
"""How often a slow input is tried again: others run on this machine."""
GROWTH_KB = 200 << 10
"""No target may need more memory than at its beginning, by more than this."""
TIDY_EVERY = 64
"""Runs between two looks at memory, and at what lies in cycles and may hold some."""
SETTLED = 300
"""Runs after which a process has what it needs."""
FOUND = Path(__file__).parent / "found"
"""By target, inputs that have broken it once."""
MEMORY = Path("/dev/shm")
"""Where files cost least, if there is such a place."""
_SHARED = Struct("<4Q")
"""Runs, the slowest in ns, the growth in KB, and how long the input is that follows."""
_ROOM = 1 << 17


class Slow(Exception):
    """An input took too long, every time."""


class Grown(Exception):
    """The process needs much more memory than at its beginning."""


def inputs_of(target: Target) -> Iterator[bytes]:
    """Yield a target's seeds, and what has broken it once."""
    yield from target.seeds()
    for path in sorted((FOUND / target.name.replace(" ", "-")).glob("*")):
        yield path.read_bytes()


@dataclass
class Report:
    """What became of one target."""

    target: str
    engine: str
    runs: int = 0
    seconds: float = 0.0
    slowest_ms: float = 0.0
    growth_mb: float = 0.0
    failure: str = ""
    """The end of what the process said, and where the input lies; empty where all is well."""


class Watched:
    """Calls a reader, and takes its time and its memory. The figures are the parent's to read."""

    def __init__(self, read: Read, shared: mmap.mmap) -> None:
        self._read = read
        self._shared = shared
        self._runs = self._slowest_ns = self._settled_kb = self._grown_kb = 0

    def __call__(self, data: bytes) -> None:
        """Read one input.

        Raises:
            Slow: it took too long, and so it did whenever it was tried again.
            Grown: memory grew beyond what may be.
        """
        # Should this be the last thing the process does, its parent knows what it read.
        self._runs += 1
        size = len(data)
        self._tell(size)
        self._shared[_SHARED.size : _SHARED.size + size] = data
        started_ns = time.perf_counter_ns()
        self._read(data)
        # No input takes more of a processor than it takes time, and this clock is cheap to ask.
        if time.perf_counter_ns() - started_ns > self._slowest_ns:
            self._look_at_time(data)
        if self._runs % TIDY_EVERY == 0 or self._runs == SETTLED:
            self._look_at_memory(size)

    def _tell(self, size: int) -> None:
        figures = (self._runs, self._slowest_ns, self._grown_kb, size)
        _SHARED.pack_into(self._shared, 0, *figures)

    def _look_at_time(self, data: bytes) -> None:
        """Take the time of an input that may be the slowest so far."""
        taken_ns = self._timed(data)
        for _ in range(AGAIN - 1):
            if taken_ns > SLOW_NS:
                taken_ns = min(taken_ns, self._timed(data))
        self._slowest_ns = max(self._slowest_ns, taken_ns)
        self._tell(len(data))
        if taken_ns > SLOW_NS:
            raise Slow(f"{taken_ns / 1e6:.0f} ms")

    def _timed(self, data: bytes) -> int:
        started_ns = time.thread_time_ns()
        self._read(data)
        return time.thread_time_ns() - started_ns

    def _look_at_memory(self, size: int) -> None:
        """See how much there is once what lies in cycles is gone."""
        gc.collect()
        if self._runs == SETTLED:
            self._settled_kb = _peak_kb()
        self._grown_kb = _peak_kb() - self._settled_kb if self._settled_kb else 0
        self._tell(size)
        if self._grown_kb > GROWTH_KB:
            raise Grown(f"{self._grown_kb / 1024:.0f} MB")


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@dataclass
class _Child:
    """A process that runs a target."""

    target: Target
    folder: Path
    scratch: Path
    shared: mmap.mmap
    started: float
    pid: int = 0


class Runner:
    """Runs targets; `atheris` is the module, None where it is not installed."""

    def __init__(self, folder: Path, atheris: ModuleType | None, seed: int) -> None:
        self.folder = folder
        self.atheris = atheris
        self.seed = seed
        self.engine = "atheris" if atheris else "hypothesis"

    def run(self, jobs: Iterable[tuple[Target, int]], at_once: int = 2) -> Iterator[Report]:
        """Run targets, each so many times; yield their reports as they end."""
        running: dict[int, _Child] = {}
        for target, runs in jobs:
            if len(running) == at_once:
                yield self._ended(running)
            child = self._start(target, runs)
            running[child.pid] = child
        while running:
            yield self._ended(running)

    def _start(self, target: Target, runs: int) -> _Child:
        folder = self.folder / target.name.replace(" ", "-")
        (folder / "corpus").mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        child = _Child(target, folder, scratch, mmap.mmap(-1, _ROOM), time.monotonic())
        child.pid = os.fork()
        if child.pid == 0:
            self._be(child, runs)
        return child

    def _be(self, child: _Child, runs: int) -> None:
        """Be the process of a target. Never returns."""
        code = 70
        try:
            with (child.folder / "output").open("wb") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            tempfile.tempdir = str(child.scratch)
            for number, data in enumerate(inputs_of(child.target)):
                (child.folder / "corpus" / f"seed-{number:04}").write_bytes(data)
            watched = Watched(child.target.make(), child.shared)
            gc.collect()
            gc.freeze()
            if self.atheris:
                self._fuzz(self.atheris, child, watched, runs)
            else:
                mutate_by_hypothesis(child.target, watched, runs)
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)

    def _fuzz(self, atheris: ModuleType, child: _Child, watched: Watched, runs: int) -> None:
        target = child.target
        options = [
            "fuzz", f"-runs={runs}", f"-seed={self.seed}", f"-max_len={target.longest}",
            f"-artifact_prefix={child.scratch}/", "-rss_limit_mb=4096", "-timeout=20",
            "-len_control=0", str(child.folder / "corpus"),
        ]  # fmt: skip
        if target.dictionary:
            words = (f'"{_escaped(word)}"' for word in target.dictionary)
            (child.folder / "words").write_text("\n".join(words) + "\n")
            options.insert(-1, f"-dict={child.folder / 'words'}")
        # Looked up late: there is another `Mutate` once the fuzzer is set up.
        usual = word_mutator(lambda data, longest: atheris.Mutate(data, longest))
        more = {"custom_mutator": usual} if target.words else {}
        atheris.Setup(options, watched, **more)
        atheris.Fuzz()

    def _ended(self, running: dict[int, _Child]) -> Report:
        """Wait for one process and say what became of it."""
        pid, status = os.wait()
        child = running.pop(pid)
        shutil.rmtree(child.scratch, ignore_errors=True)
        runs, slowest_ns, growth_kb, size = _SHARED.unpack(child.shared[: _SHARED.size])
        failure = ""
        if status:
            said = (child.folder / "output").read_text(errors="replace")[-2_000:]
            last = child.folder / "last-input"
            last.write_bytes(child.shared[_SHARED.size : _SHARED.size + size])
            code = os.waitstatus_to_exitcode(status)
            failure = f"exit status {code}; the input is in {last}\n{said}"
        return Report(
            target=child.target.name,
            engine=self.engine,
            runs=runs,
            seconds=round(time.monotonic() - child.started, 1),
            slowest_ms=round(slowest_ns / 1e6, 1),
            growth_mb=round(growth_kb / 1024, 1),
            failure=failure,
        )


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def mutate_by_hypothesis(target: Target, read: Read, runs: int) -> None:
    """Change seeds as Hypothesis says: where atheris is not, no coverage leads the way."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    seeds = list(inputs_of(target))
    place, mutate = st.integers(0, target.longest), word_mutator(lambda same, _: same)
    edits = st.lists(st.tuples(place, st.binary(max_size=8), st.integers(0, 8)), max_size=5)

    @settings(
        max_examples=runs, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.sampled_from(seeds), edits, st.integers(0, 2**32))
    def one(data: bytes, changes: list[tuple[int, bytes, int]], seed: int) -> None:
        changed = data
        for at, new, gone in changes:
            start = at % (len(changed) + 1)
            changed = changed[:start] + new + changed[start + gone :]
        if target.words:
            changed = mutate(changed, target.longest, seed)
        read(changed[: target.longest])

    one()


def told(report: Report) -> str:
    """Return a report as one line of JSON."""
    return json.dumps(asdict(report))
