"""What only the snapshot files promise."""

from pathlib import Path

import pytest

from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.ports import Snapshot

SNAPSHOT = Snapshot(7, 1, bytes(32), b"state" * 100)


def saved(folder: Path) -> Path:
    SnapshotFiles(folder).save(SNAPSHOT)
    return folder / "snapshot-00000000000000000007.bin"


@pytest.mark.parametrize(
    ("offset", "fault"),
    [
        (0, "wrong magic"),
        (8, "format 0 is not 1"),
        (16, "wrong checksum"),
        (24, "wrong checksum"),
        (40, "wrong checksum"),
        (64, "truncated or extended"),
        (100, "wrong checksum"),
        (-1, "wrong checksum"),
    ],
)
def test_flipped_bit_is_named(tmp_path: Path, offset: int, fault: str) -> None:
    path = saved(tmp_path)
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
    store = SnapshotFiles(tmp_path)
    assert fault in store.fault(7)
    assert store.load(7) is None


@pytest.mark.parametrize("size", [0, 1, 71, 103, 104, 300, 603])
def test_truncated_file_is_named(tmp_path: Path, size: int) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    assert "truncated" in SnapshotFiles(tmp_path).fault(7)


def test_trailing_garbage_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes() + b"x")
    assert SnapshotFiles(tmp_path).fault(7) == "truncated or extended: 501 bytes of a body of 500"


def test_renamed_file_is_named(tmp_path: Path) -> None:
    saved(tmp_path).rename(tmp_path / "snapshot-00000000000000000009.bin")
    assert SnapshotFiles(tmp_path).fault(9) == "renamed: it holds sequence 7"


def test_unfinished_file_is_never_seen_and_cleared_away(tmp_path: Path) -> None:
    class Cut(BaseException):
        pass

    def cut(step: str) -> None:
        if step == "mid_snapshot":
            raise Cut

    with pytest.raises(Cut):
        SnapshotFiles(tmp_path, reached=cut).save(SNAPSHOT)
    left = list(tmp_path.iterdir())
    again = SnapshotFiles(tmp_path)
    assert len(left) == 1
    assert again.sequences() == []
    assert list(tmp_path.iterdir()) == []


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "snapshot-notes.bin").write_text("hello")
    saved(tmp_path)
    assert SnapshotFiles(tmp_path).sequences() == [7]


def test_looking_at_a_folder_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    assert SnapshotFiles(tmp_path / "none", read_only=True).sequences() == []
    assert not (tmp_path / "none").exists()
