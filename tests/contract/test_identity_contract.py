"""What every store of people promises, whatever it is made of.

A store joins by its name in `STORES`: all but the parts about SQLite's file is asked of each.
"""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from outcry.adapters import sqlite_identity
from outcry.adapters.sqlite_identity import FORMAT, SqliteIdentity, secret_file
from outcry.identity.records import migrations
from outcry.identity.records.kept import (
    KEYS,
    LOGINS,
    PEOPLE,
    SESSIONS,
    KeptKey,
    KeptSession,
    Login,
    Person,
)
from outcry.identity.records.migrations import MIGRATIONS, Migration
from outcry.identity.records.people import add_person, next_account, person_by_email
from outcry.ports import IdentityStore, IdentityUnusable

Reopen = Callable[[], IdentityStore]
THREADS = 8
STORES = ["sqlite"]
FIRST_FORMAT = """
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version VALUES (1);
CREATE TABLE last_account (account INTEGER NOT NULL CHECK (account >= 0)) STRICT;
INSERT INTO last_account VALUES (1);
CREATE TABLE person (
    account INTEGER NOT NULL PRIMARY KEY CHECK (account >= 1),
    email TEXT NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    password_hash TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    row_check INTEGER NOT NULL
) STRICT;
INSERT INTO person VALUES (1, 'a@x.org', 'hash', 7, 243109440);
CREATE TABLE refresh_token (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES person (account),
    expires_ns INTEGER NOT NULL,
    row_check INTEGER NOT NULL
) STRICT;
INSERT INTO refresh_token VALUES (x'7474', 1, 100, 605550337);
CREATE INDEX refresh_token_expiry ON refresh_token (expires_ns);
PRAGMA application_id = 0x4F757449;
"""
"""What the first release wrote."""
KEY = KeptKey("k" * 64, 1, 1, "hmac", b"\x00sealed\xff", "", "read", "", 5, 0, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "identity.sqlite"


@pytest.fixture(params=STORES)
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
    with store.work() as work:
        added = [add_person(work, email, f"hash of {email}", 1) for email in emails]
    return [person.account if person else 0 for person in added]


def found(store: IdentityStore, email: str) -> Person | None:
    with store.work() as work:
        return person_by_email(work, email)


def take(store: IdentityStore, number: int) -> int:
    """Delete a row; return how many there were."""
    with store.work() as work:
        return len(work.rows("DELETE FROM login WHERE number = ? RETURNING account", number))


def keep(store: IdentityStore) -> None:
    with store.work() as work:
        LOGINS.add(work, Login(7, 1, 100, "", "", "ok"))


def test_accounts_count_from_one(store: IdentityStore) -> None:
    assert add(store, "a@x.org", "b@x.org", "c@x.org") == [1, 2, 3]


def test_email_is_taken_once_and_leaves_no_gap_in_the_accounts(store: IdentityStore) -> None:
    assert add(store, "a@x.org", "a@x.org", "b@x.org") == [1, 0, 2]
    assert found(store, "a@x.org") == Person(1, "a@x.org", "hash of a@x.org", 1)


def test_nobody_is_found_who_is_not_there(store: IdentityStore) -> None:
    add(store, "a@x.org")
    assert found(store, "A@x.org") is None
    assert found(store, "b@x.org") is None


def test_what_was_written_is_there_after_it_was_opened_again(reopen: Reopen) -> None:
    before = reopen()
    add(before, "a@x.org")
    with before.work() as work:
        KEYS.add(work, KEY)
    after = reopen()
    assert add(after, "a@x.org", "b@x.org") == [0, 2]
    with after.work() as work:
        assert KEYS.find(work, "owner = ?", 1) == [KEY]


def test_values_come_back_as_they_were(store: IdentityStore) -> None:
    add(store, "a@x.org")
    odd = KeptKey(
        "' OR 1=1 --", 1, (1 << 63) - 1, "ed25519", bytes(range(256)), "caf\u00e9 ?\U0001f40e",
        "", "", -(1 << 63), (1 << 63) - 1, 0,
    )  # fmt: skip
    with store.work() as work:
        KEYS.add(work, odd)
        assert KEYS.one(work, "key = ?", odd.key) == odd


def test_row_is_written_over_by_its_key(store: IdentityStore) -> None:
    add(store, "a@x.org")
    changed = replace(KEY, revoked_ns=9, label="old")
    with store.work() as work:
        for row in (KEY, changed):
            KEYS.put(work, row)
        assert KEYS.find(work, "revoked_ns >= ? ORDER BY key LIMIT 5", 0) == [changed]


def test_row_is_added_once(store: IdentityStore) -> None:
    add(store, "a@x.org")
    keep(store)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        keep(store)


def test_work_that_an_exception_leaves_has_done_nothing(store: IdentityStore) -> None:
    with pytest.raises(KeyError), store.work() as work:  # noqa: PT012 - the block is what is left
        add_person(work, "a@x.org", "hash", 1)
        raise KeyError
    assert found(store, "a@x.org") is None
    assert add(store, "b@x.org") == [1]


def test_row_of_nobody_is_refused(store: IdentityStore) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), store.work() as work:
        KEYS.add(work, KEY)
    with store.work() as work:
        assert KEYS.find(work, "owner = ?", 1) == []


def test_row_that_is_not_what_was_written_is_refused(store: IdentityStore) -> None:
    add(store, "a@x.org")
    with store.work() as work:
        work.rows("UPDATE person SET email = ? WHERE account = ?", "b@x.org", 1)
        with pytest.raises(IdentityUnusable, match="person is not what was written"):
            PEOPLE.find(work, "account = ?", 1)


def test_of_many_threads_one_gets_the_email_and_one_the_row(store: IdentityStore) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        accounts = list(pool.map(lambda _: add(store, "a@x.org")[0], range(THREADS)))
        keep(store)
        taken = list(pool.map(lambda _: take(store, 7), range(THREADS)))
    assert sorted(accounts) == [0] * (THREADS - 1) + [1]
    assert sorted(taken) == [0] * (THREADS - 1) + [1]


def test_many_threads_get_accounts_of_their_own(store: IdentityStore) -> None:
    def account(_: int) -> int:
        with store.work() as work:
            return next_account(work)

    with ThreadPoolExecutor(THREADS) as pool:
        accounts = list(pool.map(account, range(5 * THREADS)))
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
        add(store, "x" * 300)
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
        later.execute("UPDATE schema_version SET version = 99")
    later.close()
    with pytest.raises(IdentityUnusable, match="99"):
        SqliteIdentity(path)


def test_store_of_the_first_format_is_brought_up_to_date(path: Path) -> None:
    with sqlite3.connect(path) as first:
        first.executescript(FIRST_FORMAT)
    first.close()
    for _ in range(2):
        store = SqliteIdentity(path)
        assert found(store, "a@x.org") == Person(1, "a@x.org", "hash", 7)
        with store.work() as work:
            assert work.rows("SELECT version FROM schema_version") == [(FORMAT,)]
            assert KEYS.find(work, "owner = ?", 1) == []
            ((token, session),) = work.rows("SELECT token_hash, session FROM session_token")
            assert SESSIONS.one(work, "session = ?", session) == KeptSession(
                session, 1, 0, 0, 100, 0, 0, "", ""
            )
            assert token == b"tt"
        store.close()


def test_store_that_is_only_read_is_not_changed(reopen: Reopen, path: Path) -> None:
    store = reopen()
    add(store, "a@x.org")
    beside = SqliteIdentity(path, read_only=True)
    add(store, "b@x.org")
    assert found(beside, "b@x.org") is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        add(beside, "c@x.org")
    beside.close()


def test_older_store_that_is_only_read_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as first:
        first.executescript(FIRST_FORMAT)
    first.close()
    with pytest.raises(IdentityUnusable, match="format 1 is not"):
        SqliteIdentity(path, read_only=True)
    with sqlite3.connect(path) as left:
        assert left.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
    left.close()


def test_half_of_a_migration_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(path) as first:
        first.executescript(FIRST_FORMAT)
    first.close()
    broken = (*MIGRATIONS, Migration(("CREATE TABLE half (a BIGINT)", "no SQL")))
    monkeypatch.setattr(migrations, "MIGRATIONS", broken)
    monkeypatch.setattr(sqlite_identity, "FORMAT", len(broken))
    with pytest.raises(IdentityUnusable, match="syntax"):
        SqliteIdentity(path)
    monkeypatch.undo()
    with sqlite3.connect(path) as left:
        tables = {row[0] for row in left.execute("SELECT name FROM sqlite_schema")}
        version = left.execute("SELECT version FROM schema_version").fetchall()
    left.close()
    assert version == [(1,)]
    assert "half" not in tables
    SqliteIdentity(path).close()


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
