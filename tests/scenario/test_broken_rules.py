"""The transcripts catch every core, and every desk above it, that breaks a rule."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from outcry.engine.core import CoreFactory
from outcry.engine.core.reference.core import Core
from tests.scenario.broken import RULES
from tests.scenario.test_transcripts import FOLDER, PATHS
from tests.scenario.transcript import Runner, Transcript, read
from tests.support.broken import Broken


@cache
def written(path: Path) -> tuple[Transcript, str]:
    """Return a transcript, and its text."""
    return read(path), path.read_text()


def tells_something_else(path: Path, core: CoreFactory) -> bool:
    """Return whether a transcript does not happen as told."""
    transcript, told = written(path)
    try:
        return transcript.text(Runner(core).play(transcript).outcomes) != told
    except (AssertionError, KeyError):  # the engine has noticed, or an order is missing
        return True


def first_to_tell(paths: Iterable[Path], core: CoreFactory) -> str:
    """Return the first transcript that does not happen as told."""
    found = (path for path in paths if tells_something_else(path, core))
    return next((path.relative_to(FOLDER).as_posix() for path in found), "")


def nearest_first(folder: str) -> list[Path]:
    """Return all transcripts, those of one folder first."""
    return sorted(PATHS, key=lambda path: (path.parent.name != folder, path))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.wrong)
def test_a_transcript_catches_a_broken_rule(rule: Broken) -> None:
    with rule.applied() as core:
        assert first_to_tell(nearest_first(rule.folder), core)


def test_no_rule_is_broken_as_it_is() -> None:
    assert not first_to_tell(PATHS, Core)


def test_every_rule_is_broken_once() -> None:
    assert len({rule.wrong for rule in RULES}) == len(RULES) >= 36
