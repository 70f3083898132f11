"""Roles, requests that two people make, and the trail that shows what was done."""

import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_identity import SqliteIdentity
from outcry.identity.errors import NotAllowed, TooMany, UnknownRequest, WrongCredentials
from outcry.identity.identity import Identity, IdentitySettings
from outcry.identity.records.kept import TrailEntry, TrailHead
from outcry.identity.records.table import row_check
from outcry.identity.records.trail import NOWHERE, TrailReport, entry_hash, verify
from outcry.identity.staff import requests
from outcry.identity.staff.requests import ADJUST, RESET_FACTOR, details_of
from outcry.identity.staff.roles import ROLES
from tests.support.scoreboard import add

START_NS = 1_800_000_000_000_000_000
SECRET = b"s" * 32
PASSWORD = "correct horse battery"
SETTINGS = IdentitySettings(SECRET, argon2_time_cost=1, argon2_memory_kib=8)
CUSTOMER, FINN, FAY, SUE, ADA = range(1, 6)

STAFF = {"finn": "finance", "fay": "finance", "sue": "support", "ada": "admin"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "identity.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteIdentity]:
    opened = SqliteIdentity(path)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def identity(store: SqliteIdentity, clock: ManualClock) -> Identity:
    identity = Identity(store, clock, SETTINGS)
    for name in ("customer", "finn", "fay", "sue", "ada"):
        identity.register(f"{name}@x.org", PASSWORD)
    for name, role in STAFF.items():
        identity.roles.give(f"{name}@x.org", [role], "root")
    return identity


def ask(identity: Identity, by: int = FINN, act: str = ADJUST) -> int:
    asked = identity.requests.ask(by, act, CUSTOMER, "lost parcel", NOWHERE, amount="5")
    return asked.number


def test_roles_are_given_by_email_and_kept(
    identity: Identity, store: SqliteIdentity, clock: ManualClock
) -> None:
    assert identity.roles.of(FINN) == {"finance"}
    assert identity.roles.of(CUSTOMER) == frozenset()
    identity.roles.give("finn@x.org", ["risk", "support"], "root")
    identity.roles.give("fay@x.org", [], "root")
    for seen in (identity, Identity(store, clock, SETTINGS)):
        assert [seen.roles.of(who) for who in (FINN, FAY)] == [{"risk", "support"}, frozenset()]


def test_role_that_is_none_and_person_who_is_not_there_are_refused(identity: Identity) -> None:
    with pytest.raises(NotAllowed, match="support, risk, finance, admin"):
        identity.roles.give("finn@x.org", ["root"], "root")
    with pytest.raises(WrongCredentials, match="Nobody"):
        identity.roles.give("eve@x.org", ["admin"], "root")


def test_what_one_asks_another_approves(identity: Identity) -> None:
    number = ask(identity)
    (waiting,) = identity.requests.page(10, "asked")
    assert (waiting.number, waiting.asked_by) == (number, FINN)
    assert details_of(waiting) == {"amount": "5"}
    assert identity.requests.unsettled() == []
    approved = identity.requests.decide(FAY, number, NOWHERE, approve=True)
    assert (approved.state, approved.decided_by) == ("approved", FAY)
    assert identity.requests.unsettled() == [approved]
    assert identity.requests.settle(number, done=True).state == "done"
    assert identity.requests.unsettled() == []


@pytest.mark.parametrize("by", [CUSTOMER, FINN, SUE])
def test_nobody_approves_their_own_request_or_without_the_role(identity: Identity, by: int) -> None:
    number = ask(identity)
    with pytest.raises(NotAllowed):
        identity.requests.decide(by, number, NOWHERE, approve=True)
    assert identity.requests.unsettled() == []
    add("S15", approved_alone=0)


@pytest.mark.parametrize("by", [CUSTOMER, SUE])
def test_nobody_asks_for_money_without_the_role(identity: Identity, by: int) -> None:
    with pytest.raises(NotAllowed):
        ask(identity, by)
    assert identity.requests.page(10) == []


def test_second_factor_is_reset_by_support_and_an_admin(identity: Identity) -> None:
    number = ask(identity, SUE, RESET_FACTOR)
    with pytest.raises(NotAllowed):
        identity.requests.decide(FINN, number, NOWHERE, approve=True)
    identity.requests.decide(ADA, number, NOWHERE, approve=True)


def test_whoever_asked_may_take_it_back(identity: Identity) -> None:
    number = ask(identity)
    assert identity.requests.decide(FINN, number, NOWHERE, approve=False).state == "refused"


def test_request_is_decided_once(identity: Identity) -> None:
    number = ask(identity)
    identity.requests.decide(FAY, number, NOWHERE, approve=False)
    for unknown in (number, number + 1, 0):
        with pytest.raises(UnknownRequest):
            identity.requests.decide(ADA, unknown, NOWHERE, approve=True)


def test_request_of_yesterday_is_not_approved(identity: Identity, clock: ManualClock) -> None:
    number = ask(identity)
    clock.advance(86_400_000_000_000)
    with pytest.raises(NotAllowed, match="a day old"):
        identity.requests.decide(FAY, number, NOWHERE, approve=True)


def test_requests_that_wait_are_bounded(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "OPEN_MAX", 2)
    first, _ = ask(identity), ask(identity)
    with pytest.raises(TooMany):
        ask(identity)
    identity.requests.decide(FAY, first, NOWHERE, approve=False)
    ask(identity)


# The trail


def looked_at(path: Path) -> TrailReport:
    store = SqliteIdentity(path)
    with store.work() as work:
        report = verify(work, SECRET)
    store.close()
    return report


@pytest.fixture
def written(identity: Identity, store: SqliteIdentity) -> int:
    """Return how many entries a trail has that was written and closed."""
    identity.requests.decide(FAY, ask(identity), NOWHERE, approve=True)
    store.close()
    return 5 + len(ROLES) + 2


def test_trail_that_nobody_touched_is_sound(path: Path, written: int) -> None:
    report = looked_at(path)
    assert (report.entries, report.findings) == (written, ())
    assert report.head.startswith(f"{written}-")


def test_head_that_was_told_before_is_in_the_trail_unless_it_was_put_back(
    identity: Identity, store: SqliteIdentity, path: Path
) -> None:
    with store.work() as work:
        told = verify(work, SECRET).head
        copy = work.rows("SELECT * FROM trail WHERE number > 3")
        head = work.rows("SELECT * FROM trail_head")
    ask(identity)
    with store.work() as work:
        assert verify(work, SECRET, told).findings == ()
        later = verify(work, SECRET).head
    store.close()
    with sqlite3.connect(path) as put_back:  # as it was when `told` was told
        put_back.execute("DELETE FROM trail WHERE number > 3")
        for table, rows in (("trail", copy), ("trail_head", head)):
            marks = ", ".join("?" for _ in rows[0])
            put_back.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)
    put_back.close()
    store = SqliteIdentity(path, read_only=True)
    with store.work() as work:
        assert verify(work, SECRET).findings == ()
        assert verify(work, SECRET, later).findings == (f"the head {later} is not in the trail",)
    store.close()


FORGERIES = {
    "changed": "UPDATE trail SET actor = 3 WHERE number = 4",
    "changed act": "UPDATE trail SET details = '{}' WHERE number = 10",
    "removed": "DELETE FROM trail WHERE number = 4",
    "removed first": "DELETE FROM trail WHERE number = 1",
    "removed last": "DELETE FROM trail WHERE number = (SELECT max(number) FROM trail)",
    "removed all": "DELETE FROM trail",
    "renumbered": "UPDATE trail SET number = 99 WHERE number = 4",
    "swapped hash": "UPDATE trail SET hash = zeroblob(32) WHERE number = 4",
    "head removed": "DELETE FROM trail_head",
    "head moved back": "UPDATE trail_head SET number = 4, "
    "hash = (SELECT hash FROM trail WHERE number = 4)",
}
MENDED = {"swapped hash", "head moved back", "head removed"}
"""What is as it was once everything is made to fit, or cannot be made to."""


def forge(path: Path, name: str, *, to_fit: bool) -> None:
    with sqlite3.connect(path) as forger:
        forger.execute(FORGERIES[name])
        if to_fit:
            rechain(forger)
    forger.close()


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_or_removed_row_is_found(path: Path, written: int, name: str) -> None:
    forge(path, name, to_fit=False)
    assert looked_at(path).findings
    add("S15", forged=1, unnoticed=0)


@pytest.mark.parametrize("name", [name for name in FORGERIES if name not in MENDED])
def test_row_forged_by_somebody_who_knows_all_but_the_secret_is_found(
    path: Path, written: int, name: str
) -> None:
    forge(path, name, to_fit=True)
    assert looked_at(path).findings == ("the head was not sealed by this venue",)
    add("S15", forged=1, unnoticed=0)


def rechain(forger: sqlite3.Connection) -> None:
    """Make every hash and every check fit again, as far as that goes without the secret."""
    rows = forger.execute("SELECT * FROM trail ORDER BY number").fetchall()
    forger.execute("DELETE FROM trail")
    previous, number = bytes(32), 0
    for number, row in enumerate(rows, start=1):
        entry = replace(TrailEntry(*row[:-1]), number=number, previous=previous)
        previous = entry_hash(entry)
        values = astuple(replace(entry, hash=previous))
        marks = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
        forger.execute(f"INSERT INTO trail VALUES ({marks})", (*values, row_check(values)))
    for row in forger.execute("SELECT * FROM trail_head").fetchall():
        head = astuple(replace(TrailHead(*row[:-1]), number=number, hash=previous))
        forger.execute(
            "UPDATE trail_head SET number = ?, hash = ?, row_check = ?",
            (number, previous, row_check(head)),
        )


def test_head_of_another_venue_is_found(path: Path, written: int) -> None:
    store = SqliteIdentity(path)
    with store.work() as work:
        found = verify(work, b"o" * 32).findings
    store.close()
    assert found == ("the head was not sealed by this venue",)
