"""One call that plays a recording of any format and times it."""

from pathlib import Path
from time import perf_counter

from outcry.replay.lobster import LobsterPlayer
from outcry.replay.source import Progress, no_progress, read_lines
from outcry.replay.tape import TapePlayer
from outcry.replay.target import ReplayReport, Target


def play(
    file: Path,
    target: Target,
    report: ReplayReport,
    book: Path | None = None,
    progress: Progress = no_progress,
) -> None:
    """Play a tape or a LOBSTER file against `target`; the report says which it is.

    Raises:
        BadRecording: the file is not of the report's format.
    """
    started = perf_counter()
    lines = read_lines(file, progress)
    if report.format == "tape":
        TapePlayer(target, report).play(lines)
    else:
        LobsterPlayer(target, report).play(lines, read_lines(book) if book else None)
    report.digest = target.finish()
    report.seconds = perf_counter() - started
