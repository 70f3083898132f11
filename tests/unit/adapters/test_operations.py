"""The journal of operations: what is in it stays, and any change of it is found."""

import json
import os
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from outcry.adapters.operations import Operation, Operations, OperationsDamaged, read_operations

LOG = "ab" * 16


def asked(number: int) -> Operation:
    return Operation(
        act="asked", by="operator", name="ann", reason=f"drill {number}", time_ns=number,
        before="normal", after="halted", base="halted",
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "operations.jsonl"


def written(path: Path, count: int = 4) -> list[Operation]:
    with closing(Operations(path, LOG)) as journal:
        return [journal.add(asked(number)) for number in range(count)]


def test_entries_are_there_after_it_was_opened_again(path: Path) -> None:
    entries = written(path)
    with closing(Operations(path, LOG)) as journal:
        assert journal.entries == entries
        more = journal.add(asked(9))
    assert more.number == 5
    assert more.previous == entries[-1].hash
    assert read_operations(path, LOG)[0] == [*entries, more]


def test_new_journal_is_empty_and_nobody_elses_to_read(path: Path) -> None:
    with closing(Operations(path, LOG)) as journal:
        assert journal.entries == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_each_entry_is_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    written(path, 3)
    assert len(synced) == 3 + 1  # The folder once, for the new file.


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def put(path: Path, entries: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
    path.write_text(text)


def test_entries_put_back_as_they_were_are_sound(path: Path) -> None:
    entries = written(path)
    put(path, lines(path))
    assert read_operations(path, LOG)[0] == entries


@pytest.mark.parametrize(
    "field", ["time_ns", "by", "name", "reason", "before", "after", "base", "sequence", "act"]
)
def test_changed_field_is_found_and_its_line_named(path: Path, field: str) -> None:
    written(path)
    entries = lines(path)
    others: dict[str, object] = {"by": "guard", "act": "done", "time_ns": 7, "sequence": 9}
    entries[2][field] = others.get(field, "other")
    put(path, entries)
    with pytest.raises(OperationsDamaged, match=r"operations\.jsonl: line 3 does not follow"):
        Operations(path, LOG)


@pytest.mark.parametrize("change", ["removed", "swapped", "doubled", "foreign"])
def test_line_out_of_its_place_is_found(path: Path, tmp_path: Path, change: str) -> None:
    written(path)
    entries = lines(path)
    if change == "removed":
        del entries[1]
    elif change == "swapped":
        entries[1], entries[2] = entries[2], entries[1]
    elif change == "doubled":
        entries.insert(2, entries[1])
    else:
        other = tmp_path / "other.jsonl"
        with closing(Operations(other, "cd" * 16)) as journal:
            for number in range(4):
                journal.add(asked(number))
        entries[1] = lines(other)[1]
    put(path, entries)
    with pytest.raises(OperationsDamaged, match="line [23] does not follow"):
        Operations(path, LOG)


def test_journal_of_another_log_is_refused(path: Path) -> None:
    written(path)
    with pytest.raises(OperationsDamaged, match="line 1 does not follow"):
        Operations(path, "cd" * 16)


def test_flipped_bit_anywhere_is_found_or_cuts_nothing_but_the_last_line(path: Path) -> None:
    entries = written(path)
    sound = path.read_bytes()
    for offset in range(0, len(sound), 7):
        for bit in (1, 0x40):
            spoiled = bytearray(sound)
            spoiled[offset] ^= bit
            path.write_bytes(spoiled)
            try:
                found, _ = read_operations(path, LOG)
            except OperationsDamaged:
                continue
            # Without its end the last line is one that a crash cut short.
            assert offset == len(sound) - 1
            assert found == entries[:-1]


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_line_that_a_crash_cut_short_was_never_there(path: Path, cut: int) -> None:
    entries = written(path)
    path.write_bytes(path.read_bytes()[:-cut])
    with closing(Operations(path, LOG)) as journal:
        assert journal.entries == entries[:-1]
        again = journal.add(asked(8))
    assert read_operations(path, LOG)[0] == [*entries[:-1], again]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_is_told_and_nothing_follows_half_a_line(path: Path) -> None:
    entries = written(path, 2)
    with closing(Operations(path, LOG)) as journal:
        with files_no_larger_than(path.stat().st_size + 50), pytest.raises(OSError, match="bytes"):
            journal.add(asked(3))
        with pytest.raises(OSError, match="cannot be written"):
            journal.add(asked(4))
    assert read_operations(path, LOG)[0] == entries


def test_failed_sync_is_not_repeated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Operations(path, LOG)) as journal:

        def fail(_: int) -> None:
            raise OSError("EIO")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="EIO"):
            journal.add(asked(1))
        monkeypatch.undo()
        with pytest.raises(OSError, match="EIO"):
            journal.add(asked(2))
        assert journal.entries == []


def test_entry_that_asks_has_a_key_of_its_own(path: Path) -> None:
    keys = {entry.key for entry in written(path)}
    assert len(keys) == 4
    assert all(len(key) <= 64 and key.isascii() for key in keys)
    assert asked(1).key == ""
