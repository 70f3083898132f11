"""What every store of publications promises, whatever it is made of."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from outcry.adapters.sqlite_proofs import SqliteProofs
from outcry.ledger.proofs import reads
from outcry.ports import AlreadyPublished, ProofStore, ProofsUnusable

Reopen = Callable[[], ProofStore]
LOG_ID, KEY = "ab" * 16, bytes(range(32))


@pytest.fixture(params=["sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Return what opens the store, again and again the same one."""
    opened: list[ProofStore] = []

    def open_it() -> ProofStore:
        opened.append(SqliteProofs(tmp_path / "proofs.sqlite", LOG_ID, KEY))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


def head(size: int, note: str = "a note") -> tuple[str, int, int, int, str]:
    return ("events", size, size, 1, note)


def test_what_was_added_is_there_for_everybody(reopen: Reopen) -> None:
    first, second = reopen(), reopen()
    first.add({"heads": [head(5)]})
    for store in (first, second, reopen()):
        assert reads.last_head(store, "events") == head(5)
        assert (store.log_id, store.public_key) == (LOG_ID, KEY)


def test_row_that_is_there_is_never_replaced(reopen: Reopen) -> None:
    store = reopen()
    store.add({"heads": [head(5)]})
    with pytest.raises(AlreadyPublished):
        store.add({"heads": [head(6), head(5, "another")]})
    assert reads.last_head(store, "events") == head(5)
    store.add({"heads": [head(6)]})
    assert reads.last_head(store, "events") == head(6)


@pytest.mark.parametrize("statement", ["DELETE FROM heads", "UPDATE heads SET note = 'x'"])
def test_no_row_is_changed_or_taken_away(reopen: Reopen, statement: str) -> None:
    store = reopen()
    store.add({"heads": [head(5)]})
    with pytest.raises(Exception, match="append-only"):
        store.query(statement, ())
    assert reads.last_head(reopen(), "events") == head(5)


def test_several_may_add_at_once(reopen: Reopen) -> None:
    stores = [reopen() for _ in range(4)]

    def add(number: int) -> None:
        for size in range(10):
            stores[number].add({"heads": [head(number * 10 + size + 1)]})

    threads = [Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads.heads(reopen(), "events", 100).items) == 40


@pytest.mark.parametrize(
    ("log_id", "key", "why"),
    [("cd" * 16, KEY, "belongs to another log"), (LOG_ID, bytes(32), "signed with another key")],
)
def test_store_of_another_log_or_key_is_refused(
    reopen: Reopen, tmp_path: Path, log_id: str, key: bytes, why: str
) -> None:
    reopen()
    with pytest.raises(ProofsUnusable, match=why):
        SqliteProofs(tmp_path / "proofs.sqlite", log_id, key)


def test_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "proofs.sqlite"
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(ProofsUnusable, match="proofs.sqlite"):
        SqliteProofs(path, LOG_ID, KEY)
