"""What every snapshot store promises, whatever it is made of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from outcry.adapters.memory import MemorySnapshots
from outcry.adapters.snapshot_files import SnapshotFiles
from outcry.ports import Snapshot, SnapshotStore

Damage = Callable[[int], None]


def snapshot(sequence: int) -> Snapshot:
    return Snapshot(sequence, 1, bytes([sequence % 256] * 32), b"state of " + bytes(sequence))


@pytest.fixture(params=["memory", "files"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SnapshotStore:
    return MemorySnapshots() if request.param == "memory" else SnapshotFiles(tmp_path)


@pytest.fixture
def damage(store: SnapshotStore, tmp_path: Path) -> Damage:
    """Return what spoils a stored snapshot."""
    if isinstance(store, MemorySnapshots):
        return store.damage

    def flip_a_bit(sequence: int) -> None:
        path = next(tmp_path.glob(f"*{sequence:020d}*"))
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        path.write_bytes(data)

    return flip_a_bit


def test_new_store_is_empty(store: SnapshotStore) -> None:
    assert store.sequences() == []
    assert store.load(1) is None
    assert "unreadable" in store.fault(1)


def test_what_is_saved_is_loaded(store: SnapshotStore) -> None:
    store.save(snapshot(7))
    assert store.load(7) == snapshot(7)
    assert store.fault(7) == ""


def test_sequences_are_newest_first(store: SnapshotStore) -> None:
    for sequence in (5, 9, 100):
        store.save(snapshot(sequence))
    assert store.sequences() == [100, 9, 5]


def test_newest_three_are_kept(store: SnapshotStore) -> None:
    for sequence in (1, 2, 3, 4, 5):
        store.save(snapshot(sequence))
    assert store.sequences() == [5, 4, 3]
    assert store.load(2) is None


def test_damaged_one_is_named_and_not_returned(store: SnapshotStore, damage: Damage) -> None:
    store.save(snapshot(1))
    store.save(snapshot(2))
    damage(2)
    assert store.load(2) is None
    assert store.fault(2) == "wrong checksum"
    assert store.load(1) == snapshot(1)


def test_saving_again_repairs_a_damaged_one(store: SnapshotStore, damage: Damage) -> None:
    store.save(snapshot(2))
    damage(2)
    store.save(snapshot(2))
    assert store.load(2) == snapshot(2)
