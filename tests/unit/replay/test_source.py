"""Recordings as files: packed or not, named or not, whole or not."""

import gzip
import lzma
from pathlib import Path

import pytest

from outcry.replay.source import BadRecording, guess_format, read_bytes, read_lines

TEXT = b"one\n\n  two  \nthree"


@pytest.mark.parametrize(
    ("name", "pack"), [("a.csv", bytes), ("a.csv.xz", lzma.compress), ("a.csv.gz", gzip.compress)]
)
def test_lines_are_the_same_however_they_are_packed(tmp_path: Path, name: str, pack: type) -> None:
    path = tmp_path / name
    path.write_bytes(pack(TEXT))
    assert list(read_lines(path)) == [b"one", b"two", b"three"]
    assert read_bytes(path) == TEXT


def test_progress_ends_at_the_size_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.xz"
    path.write_bytes(lzma.compress(TEXT * 1000))
    told: list[tuple[int, int]] = []
    list(read_lines(path, lambda read, size: told.append((read, size))))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize("name", ["a.csv.xz", "a.csv.gz"])
def test_file_that_was_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    packed = (lzma if name.endswith("xz") else gzip).compress(TEXT)
    path.write_bytes(packed[:-6])
    with pytest.raises(BadRecording, match=name):
        list(read_lines(path))
    with pytest.raises(BadRecording, match=name):
        read_bytes(path)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("t.jsonl.xz", b"", "tape"),
        ("m.csv", b"", "lobster"),
        ("log.sqlite", b"SQLite format 3\0 and more", "journal"),
        ("what", b"{}", ""),
    ],
)
def test_format_is_guessed_from_name_or_content(
    tmp_path: Path, name: str, text: bytes, found: str
) -> None:
    (tmp_path / name).write_bytes(text)
    assert guess_format(tmp_path / name) == found


def test_folder_is_a_journal(tmp_path: Path) -> None:
    assert guess_format(tmp_path) == "journal"
