"""What every store of people promises, whatever it is made of."""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from outcry.adapters.sqlite_identity import IdentityUnusable, SqliteIdentity, secret_file
from outcry.ports import IdentityStore, Person

Reopen = Callable[[], IdentityStore]
THREADS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "identity.sqlite"


@pytest.fixture
def reopen(path: Path) -> Iterator[Reopen]:
    """Return what opens the store, again and again the same one."""
    opened: list[IdentityStore] = []

    def open_it() -> IdentityStore:
        for before in opened:
            before.close()
        opened.append(SqliteIdentity(path))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Reopen) -> IdentityStore:
    return reopen()


def add(store: IdentityStore, *emails: str) -> list[int]:
    """Add people and return their accounts, 0 for those refused."""
    added = [store.add_person(email, f"hash of {email}", 1) for email in emails]
    return [person.account if person else 0 for person in added]


def test_accounts_count_from_one(store: IdentityStore) -> None:
    assert add(store, "a@x.org", "b@x.org", "c@x.org") == [1, 2, 3]


def test_email_is_taken_once_and_leaves_no_gap_in_the_accounts(store: IdentityStore) -> None:
    assert add(store, "a@x.org", "a@x.org", "b@x.org") == [1, 0, 2]
    assert store.person_by_email("a@x.org") == Person(1, "a@x.org", "hash of a@x.org")


def test_person_is_found_by_email_and_by_account(store: IdentityStore) -> None:
    add(store, "a@x.org", "b@x.org")
    found = store.person_by_email("b@x.org")
    assert found == Person(2, "b@x.org", "hash of b@x.org")
    assert store.person_by_account(2) == found


def test_nobody_is_found_who_is_not_there(store: IdentityStore) -> None:
    add(store, "a@x.org")
    assert store.person_by_email("A@x.org") is None
    assert store.person_by_account(2) is None


def test_people_and_tokens_are_there_after_it_was_opened_again(reopen: Reopen) -> None:
    before = reopen()
    add(before, "a@x.org")
    before.add_refresh_token(b"t" * 32, 1, 100)
    after = reopen()
    assert add(after, "a@x.org", "b@x.org") == [0, 2]
    assert after.take_refresh_token(b"t" * 32, 99) == 1


def test_refresh_token_is_taken_once(store: IdentityStore) -> None:
    add(store, "a@x.org")
    store.add_refresh_token(b"t" * 32, 1, 100)
    assert [store.take_refresh_token(b"t" * 32, 50) for _ in range(2)] == [1, None]


def test_refresh_token_ends_at_its_nanosecond(store: IdentityStore) -> None:
    add(store, "a@x.org")
    store.add_refresh_token(b"t" * 32, 1, 100)
    store.add_refresh_token(b"u" * 32, 1, 101)
    assert store.take_refresh_token(b"t" * 32, 100) is None
    assert store.take_refresh_token(b"u" * 32, 100) == 1


def test_unknown_refresh_token_takes_nobodys_session(store: IdentityStore) -> None:
    add(store, "a@x.org")
    store.add_refresh_token(b"t" * 32, 1, 100)
    assert store.take_refresh_token(b"u" * 32, 50) is None
    assert store.take_refresh_token(b"t" * 32, 50) == 1


def test_of_many_threads_one_gets_the_email_and_one_the_token(store: IdentityStore) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        accounts = list(pool.map(lambda _: add(store, "a@x.org")[0], range(THREADS)))
        store.add_refresh_token(b"t" * 32, 1, 100)
        taken = list(pool.map(lambda _: store.take_refresh_token(b"t" * 32, 1), range(THREADS)))
    assert sorted(accounts) == [0] * (THREADS - 1) + [1]
    assert sorted(account or 0 for account in taken) == [0] * (THREADS - 1) + [1]


def test_many_threads_get_accounts_of_their_own(store: IdentityStore) -> None:
    emails = [f"p{number}@x.org" for number in range(5 * THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        accounts = list(pool.map(lambda email: add(store, email)[0], emails))
    assert sorted(accounts) == list(range(1, 5 * THREADS + 1))


# The SQLite file


def test_account_that_the_log_knows_is_given_to_nobody_new(path: Path) -> None:
    accounts = []
    for last_account, email in ((7, "a@x.org"), (3, "b@x.org")):
        store = SqliteIdentity(path, last_account=last_account)
        accounts += add(store, email)
        store.close()
    assert accounts == [8, 9]


def test_store_can_be_read_by_its_owner_alone(reopen: Reopen, path: Path) -> None:
    add(reopen(), "a@x.org")
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert path.name in found
    assert set(found.values()) == {0o600}


def test_every_write_waits_for_the_disk(store: IdentityStore, path: Path) -> None:
    assert isinstance(store, SqliteIdentity)
    settings = [store._pragma("synchronous"), store._pragma("foreign_keys")]
    with sqlite3.connect(path) as reader:
        (mode,) = reader.execute("PRAGMA journal_mode").fetchone()
    reader.close()
    assert (settings, mode) == ([2, 1], "wal")


def test_failed_write_leaves_nothing_behind_and_the_store_usable(store: IdentityStore) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.add_person("x" * 300, "hash", 1)
    assert add(store, "a@x.org") == [1]


def test_file_that_is_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"something else, of many bytes" * 100)
    with pytest.raises(IdentityUnusable, match="not a database"):
        SqliteIdentity(path)
    assert path.read_bytes().startswith(b"something else")


def test_another_database_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE schema_version (version)")
    other.close()
    with pytest.raises(IdentityUnusable, match="not a store of people"):
        SqliteIdentity(path)


def test_later_format_is_refused_by_its_number(reopen: Reopen, path: Path) -> None:
    reopen().close()
    with sqlite3.connect(path) as later:
        later.execute("UPDATE schema_version SET version = 2")
    later.close()
    with pytest.raises(IdentityUnusable, match="2"):
        SqliteIdentity(path)


# The secret


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    made = secret_file(path)
    assert (len(made), secret_file(path)) == (32, made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_of_two_venues_differ(tmp_path: Path) -> None:
    assert secret_file(tmp_path / "one") != secret_file(tmp_path / "other")


def test_of_many_that_make_the_secret_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(secret_file, [tmp_path / "secret"] * THREADS))
    assert len(set(made)) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "secret"]


def test_secret_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_descriptor: int) -> None:
        raise OSError("the power went")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="power"):
        secret_file(tmp_path / "secret")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_secret_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(IdentityUnusable, match=f"{len(content)} bytes"):
        secret_file(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o777])
def test_secret_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    secret_file(path)
    path.chmod(mode)
    with pytest.raises(IdentityUnusable, match=f"{mode:04o}.*chmod 600 {path}"):
        secret_file(path)
    path.chmod(0o600)
    assert len(secret_file(path)) == 32
