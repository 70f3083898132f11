"""Fuzzes readers.

    python -m tests.fuzz all                        # what every test run does
    python -m tests.fuzz snapshots --runs 100000    # one reader, longer
    python -m tests.fuzz snapshots --input FILE     # one input, as it was found

What breaks a reader is written to `--folder`; once the reader is mended it goes to
`tests/fuzz/found/TARGET/`, which every test run reads.
"""

import argparse
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from tests.fuzz import known

try:
    import atheris
except ImportError:
    atheris = None  # type: ignore[assignment]

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
THOUSAND = 1_000


def main(arguments: list[str]) -> int:
    """Run from the command line; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="+", help="names, or all")
    parser.add_argument("--runs", type=int, help="of each target")
    parser.add_argument("--release", action="store_true", help="as often as before a release")
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--input", type=Path, help="read this once instead")
    parser.add_argument("--module", help="the one that they are in: it loads faster alone")
    parser.add_argument("--plain", action="store_true", help="as where atheris is not installed")
    options = parser.parse_args(arguments)
    engine = None if options.plain else atheris
    modules = (options.module,) if options.module else (*known.MODULES, known.BROKEN)
    instrumented = engine is not None and options.input is None
    targets, runner = _loaded(modules, instrumented=instrumented)
    if options.input:
        targets[options.targets[0]].make()(options.input.read_bytes())
        return 0
    jobs = []
    for target in _wanted(options.targets, targets):
        usual = target.release * THOUSAND if options.release else target.runs
        jobs.append((target, options.runs or max(1, int(usual * options.share))))
    failed = 0
    for report in runner.Runner(options.folder, engine, options.seed).run(jobs):
        print(runner.told(report), flush=True)  # noqa: T201  # the parent reads it
        failed += bool(report.failure)
    return min(failed, 1)


def _wanted(names: list[str], targets: dict[str, Any]) -> list[Any]:
    """Return the targets that are named; all that are sound for `all`."""
    if names == ["all"]:
        return [target for target in targets.values() if target.release]
    return [targets[name] for name in names]


def _loaded(modules: tuple[str, ...], *, instrumented: bool) -> tuple[dict[str, Any], Any]:
    """Return the targets and the runner, in modules that tell the fuzzer where they went."""
    if instrumented:
        ours = ["outcry", "tests.fuzz.targets"]
        with redirect_stderr(StringIO()), atheris.instrument_imports(include=ours):
            targets = known.targets_of(*modules)
    else:
        targets = known.targets_of(*modules)
    from tests.fuzz import runner

    return targets, runner


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
