"""Every transcript, on both cores, however its commands are split into calls."""

from pathlib import Path
from random import Random

import pytest

from outcry.engine.core import CoreFactory, choose
from outcry.engine.engine import Engine
from tests.scenario.transcript import Run, Runner, read
from tests.support.cores import CORES, core_factory

FOLDER = Path(__file__).parent / "transcripts"
PATHS = sorted(FOLDER.rglob("*.txt"))
NAMES = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in PATHS]
each_core = pytest.mark.parametrize("core", CORES)
each_transcript = pytest.mark.parametrize("path", PATHS, ids=NAMES)


@pytest.fixture
def told(request: pytest.FixtureRequest, path: Path) -> str:
    """Return the transcript's text, written anew if that was asked for."""
    if request.config.getoption("--rewrite", default=False):
        transcript = read(path)
        path.write_text(transcript.text(Runner(choose("reference")).play(transcript).outcomes))
    return path.read_text()


@each_core
@each_transcript
def test_it_happens_as_told(path: Path, told: str, core: str) -> None:
    transcript = read(path)
    run = Runner(core_factory(core)).play(transcript)
    assert transcript.text(run.outcomes) == told


@each_core
@each_transcript
def test_it_happens_as_told_with_a_restart_after_every_command(
    path: Path, told: str, core: str
) -> None:
    transcript = read(path)
    run = Runner(core_factory(core), restart=True).play(transcript)
    assert transcript.text(run.outcomes) == told


@each_core
@each_transcript
def test_no_split_into_calls_changes_it(path: Path, core: str) -> None:
    factory, run = core_factory(core), Runner(choose("reference")).play(read(path))
    assert in_calls(factory, run, len(run.records)) == (b"".join(run.events), run.snapshot)
    for seed in range(3):
        assert in_calls(factory, run, 4, seed) == (b"".join(run.events), run.snapshot)


def in_calls(factory: CoreFactory, run: Run, largest: int, seed: int = -1) -> tuple[bytes, bytes]:
    """Apply a run's records in calls of up to `largest`; return events and snapshot."""
    engine, random, rest, out = Engine(factory()), Random(seed), list(run.records), b""
    while rest:
        size = largest if seed < 0 else random.randint(1, largest)
        out += engine.apply(b"".join(rest[:size]))
        del rest[:size]
    return out, engine.snapshot()


def test_there_are_transcripts() -> None:
    assert len(PATHS) >= 60
