"""What only the SQLite log promises: its file, and what it does when the disk says no."""

import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from outcry.adapters import sqlite_log
from outcry.adapters.acknowledged import DISTANCE, highest, packed
from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_log import APPLICATION_ID, CHUNK_ROWS, SqliteLog
from outcry.ports import LogDamaged, LogFailed
from outcry.sequencer.chain import GENESIS, HASH_SIZE
from outcry.sequencer.sequencer import Sequencer
from tests.support.script import fill, opening


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def written(path: Path, batches: int = 4) -> int:
    """Write a log, close it, and return its last sequence."""
    with closing(SqliteLog(path)) as log:
        return fill(log, seed=1, batches=batches)[-1].last_sequence


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def read_all(path: Path) -> int:
    with closing(SqliteLog(path)) as log:
        return len(list(log.read(0)))


def test_file_says_what_it_is(path: Path) -> None:
    written(path)
    with closing(sqlite3.connect(path)) as connection:
        pragmas = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode")
        ]
    assert pragmas == [APPLICATION_ID, 1, "wal"]


def test_every_append_is_synced(path: Path) -> None:
    with closing(SqliteLog(path)) as log:
        full = log._connection.execute("PRAGMA synchronous").fetchone()[0]
    assert full == 2


def test_log_keeps_its_identity(path: Path, tmp_path: Path) -> None:
    with closing(SqliteLog(path)) as log, closing(SqliteLog(tmp_path / "other")) as other:
        first = log.log_id
        assert first != other.log_id
    with closing(SqliteLog(path)) as log:
        assert log.log_id == first


def test_reader_of_another_process_sees_the_log_and_changes_nothing(path: Path) -> None:
    with closing(SqliteLog(path)) as log:
        batches = fill(log, seed=1, batches=3)
        with closing(SqliteLog(path, read_only=True)) as reader:
            assert list(reader.read(0)) == batches
            with pytest.raises(LogFailed, match="readonly"):
                Sequencer(reader, ManualClock(), reader.tail()).commit(opening()[0])
        more = Sequencer(log, ManualClock(), log.tail()).commit(opening()[0])
        assert log.tail().sequence == more.last_sequence


def test_reader_never_keeps_the_writer_from_ending_its_wal(path: Path) -> None:
    with closing(SqliteLog(path)) as log, closing(SqliteLog(path, read_only=True)) as reader:
        batches = fill(log, seed=1, batches=CHUNK_ROWS + 10)
        following = reader.after(GENESIS)
        assert next(following) == batches[0]
        with closing(sqlite3.connect(path)) as other:
            busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
        assert list(following) == batches[1:]


def test_reader_may_come_at_any_moment_of_a_busy_writer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size, counts, tail and mark are read one after the other while all of them move."""
    with closing(SqliteLog(path)) as log:
        log._connection.execute("PRAGMA wal_autocheckpoint = 1")
        sequencer = Sequencer(log, ManualClock(), log.tail())

        def moved(read: Callable[..., object]) -> Callable[..., object]:
            def read_and_move(*arguments: object) -> object:
                found = read(*arguments)
                sequencer.commit(b"".join(opening()) * 40)
                return found

            return read_and_move

        monkeypatch.setattr(sqlite_log, "_pragma", moved(sqlite_log._pragma))
        for name in ("_identity", "_last"):
            monkeypatch.setattr(SqliteLog, name, moved(getattr(SqliteLog, name)))
        before = log.tail().sequence
        with closing(SqliteLog(path, read_only=True)) as reader:
            assert before < reader.tail().sequence < log.tail().sequence


def test_reading_what_is_not_there_makes_nothing(path: Path) -> None:
    with pytest.raises(LogDamaged, match="unable to open"):
        SqliteLog(path, read_only=True)
    assert not path.exists()


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let every write beyond `size` bytes fail, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def commit_until_it_fails(sequencer: Sequencer) -> None:
    while True:
        sequencer.commit(b"".join(opening()))


def test_full_disk_is_fatal_and_loses_nothing_acknowledged(path: Path) -> None:
    with closing(SqliteLog(path)) as log:
        sequencer = Sequencer(log, ManualClock(), log.tail())
        with files_no_larger_than(200_000), pytest.raises(LogFailed):
            commit_until_it_fails(sequencer)
        with pytest.raises(LogFailed):
            sequencer.commit(opening()[0])
        acknowledged = sequencer.sequence
    assert acknowledged > 0
    with closing(SqliteLog(path)) as log:
        assert log.tail().sequence == acknowledged
        assert len(list(log.read(0))) == acknowledged // len(opening())


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE log SET payload = zeroblob(100) WHERE last_seq > 14 LIMIT 1", "wrong hash"),
        ("UPDATE log SET time_ns = time_ns - 1 WHERE first_seq = 1", "batch 1 to 14: wrong hash"),
        ("UPDATE log SET version = 2 WHERE first_seq = 15", "version 2 is not 1"),
        ("UPDATE log SET epoch = 2 WHERE first_seq = 15", "wrong hash"),
        ("DELETE FROM log WHERE first_seq = 15", "gap, the batch before ends at 14"),
        ("DELETE FROM log WHERE first_seq = 1", "gap, the batch before ends at 0"),
    ],
)
def test_changed_row_is_named(path: Path, statement: str, named: str) -> None:
    written(path)
    change(path, statement.replace(" LIMIT 1", " AND first_seq = 15"))
    with pytest.raises(LogDamaged, match=named):
        read_all(path)


def test_lost_end_of_the_log_is_named(path: Path) -> None:
    last = written(path)
    change(path, f"DELETE FROM log WHERE last_seq = {last}")
    with pytest.raises(LogDamaged, match=f"went back, it ends at {last - 3} but {last} was ack"):
        SqliteLog(path)


def test_log_that_was_put_in_place_of_another_is_named(path: Path, tmp_path: Path) -> None:
    written(path)
    other = tmp_path / "other"
    with closing(SqliteLog(other)) as log:
        fill(log, seed=2, batches=9)
    other.replace(path)
    with pytest.raises(LogDamaged, match="acknowledged with another hash"):
        SqliteLog(path)


def test_deleted_log_is_not_silently_begun_again(path: Path) -> None:
    last = written(path)
    path.unlink()
    with pytest.raises(LogDamaged, match=f"ends at 0 but {last} was acknowledged"):
        SqliteLog(path)


def test_trailing_garbage_is_named(path: Path) -> None:
    written(path)
    with path.open("ab") as file:
        file.write(b"garbage")
    with pytest.raises(LogDamaged, match="trailing garbage, 7 bytes"):
        SqliteLog(path)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("PRAGMA application_id = 1", "not an Outcry log"),
        ("PRAGMA user_version = 2", "format 2 is not 1"),
        ("UPDATE meta SET created_ns = 5", "row that names the log"),
        ("DELETE FROM meta", "row that names the log"),
        ("DROP TABLE log", "no such table"),
    ],
)
def test_file_of_another_kind_is_named(path: Path, statement: str, named: str) -> None:
    written(path)
    change(path, statement)
    with pytest.raises(LogDamaged, match=named):
        SqliteLog(path)


def test_text_file_is_no_log(path: Path) -> None:
    path.write_text("not a database, but long enough to be looked at" * 100)
    with pytest.raises(LogDamaged, match="not a database"):
        SqliteLog(path)


def test_damaged_mark_is_no_reason_not_to_start(path: Path) -> None:
    last = written(path)
    mark = path.with_name("log.sqlite.ack")
    for offset in (0, 10, 512, 530):
        data = bytearray(mark.read_bytes())
        data[offset] ^= 0x40
        mark.write_bytes(data)
        with closing(SqliteLog(path)) as log:
            assert log.tail().sequence == last


def test_what_an_earlier_process_left_is_synced_before_anybody_relies_on_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = [], os.fsync

    def watched(file: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{file}")).name)
        fsync(file)

    with closing(SqliteLog(path)) as log:  # Its WAL is still there, as after a kill.
        fill(log, seed=1, batches=2)
        monkeypatch.setattr(os, "fsync", watched)
        SqliteLog(path).close()
    assert synced[:2] == [path.name, path.name + "-wal"]


def test_no_bit_of_a_mark_may_turn_over_unseen() -> None:
    older, newer = (1 << 40, b"o" * HASH_SIZE), (1 << 40 | 1, b"n" * HASH_SIZE)
    data = packed(*newer).ljust(DISTANCE, b"\0") + packed(*older)
    assert highest(data) == newer
    for bit in range(8 * len(packed(*newer))):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        assert highest(bytes(damaged)) == older, bit


def test_a_log_that_is_opened_marks_what_it_holds(path: Path) -> None:
    last = written(path)
    mark = path.with_name(path.name + ".ack")
    mark.unlink()
    SqliteLog(path).close()
    marked = highest(mark.read_bytes())
    assert marked is not None
    assert marked[0] == last
