"""Recordings as lines, whatever they are packed in."""

import gzip
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

Progress = Callable[[int, int], None]
"""Told (bytes read so far, bytes in all) of the file as it lies on disk."""

REPORT_EVERY_LINES = 64
FORMATS = {".jsonl": "tape", ".ndjson": "tape", ".csv": "lobster", ".db": "journal"}
SQLITE_MAGIC = b"SQLite format 3\0"


class BadRecording(Exception):
    """The file is not a recording of the format it was read as."""


def no_progress(_read: int, _size: int) -> None:
    """Tell nobody."""


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """Return a stream of what `raw` holds, unpacked as its name says."""
    if name.endswith(".xz"):
        return cast(BinaryIO, lzma.open(raw))
    if name.endswith(".gz"):
        return cast(BinaryIO, gzip.open(raw))
    return raw


def read_lines(path: Path, progress: Progress = no_progress) -> Iterator[bytes]:
    """Yield the lines of a recording that are not empty, without their ends.

    Raises:
        BadRecording: the file is not packed as its name says, or is cut short.
    """
    size = path.stat().st_size
    with path.open("rb") as raw:
        try:
            for number, line in enumerate(unpacked(raw, path.name)):
                if number % REPORT_EVERY_LINES == 0:
                    progress(raw.tell(), size)
                if stripped := line.strip():
                    yield stripped
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise BadRecording(f"{path}: {error}") from error
    progress(size, size)


def read_bytes(path: Path) -> bytes:
    """Return a whole recording.

    Raises:
        BadRecording: the file is not packed as its name says, or is cut short.
    """
    with path.open("rb") as raw:
        try:
            return unpacked(raw, path.name).read()
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise BadRecording(f"{path}: {error}") from error


def guess_format(path: Path) -> str:
    """Return the format that a file's name, or else its first bytes, speak of; "" for none."""
    if path.is_dir():
        return "journal"
    suffixes = [suffix for suffix in path.suffixes if suffix not in (".xz", ".gz")]
    if suffixes and suffixes[-1] in FORMATS:
        return FORMATS[suffixes[-1]]
    with path.open("rb") as raw:
        return "journal" if raw.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC else ""
