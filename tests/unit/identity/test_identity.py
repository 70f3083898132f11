"""Registering, logging in and staying logged in, over a real store and real hashes."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argon2
import pytest

from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_identity import SqliteIdentity
from outcry.identity.identity import (
    BadEmail,
    BadRefreshToken,
    EmailTaken,
    Identity,
    IdentitySettings,
    Session,
    WeakPassword,
    WrongCredentials,
)
from outcry.identity.records.people import person_by_account

SECOND_NS = 1_000_000_000
START_NS = 1_800_000_000 * SECOND_NS
PASSWORD = "correct horse battery"
SETTINGS = IdentitySettings(
    b"s" * 32,
    access_lifetime_s=900,
    refresh_lifetime_s=3_600,
    argon2_time_cost=1,
    argon2_memory_kib=64,
    argon2_parallelism=1,
)


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
    return Identity(store, clock, SETTINGS)


def test_who_registers_is_logged_in_under_the_next_account(identity: Identity) -> None:
    sessions = [identity.register(email, PASSWORD) for email in ("a@x.org", "b@x.org")]
    assert [session.account for session in sessions] == [1, 2]
    assert [identity.account_of(session.token) for session in sessions] == [1, 2]
    assert sessions[0].expires_ns == START_NS + 900 * SECOND_NS


def test_who_registered_logs_in_with_the_same_email_however_written(identity: Identity) -> None:
    identity.register("ada@x.org", PASSWORD)
    session = identity.login(" ADA@x.org ", PASSWORD)
    assert identity.account_of(session.token) == 1


def test_password_is_the_same_on_every_keyboard(identity: Identity) -> None:
    identity.register("ada@x.org", "caf\u00e9 caf\u00e9 caf\u00e9")
    assert identity.login("ada@x.org", "cafe\u0301 cafe\u0301 cafe\u0301").account == 1


def test_people_can_log_in_after_a_restart(store: SqliteIdentity, clock: ManualClock) -> None:
    token = Identity(store, clock, SETTINGS).register("ada@x.org", PASSWORD).token
    restarted = Identity(store, clock, SETTINGS)
    assert restarted.account_of(token) == 1
    assert restarted.login("ada@x.org", PASSWORD).account == 1


def test_email_registers_once_however_written(identity: Identity) -> None:
    identity.register("ada@x.org", PASSWORD)
    with pytest.raises(EmailTaken, match="already registered"):
        identity.register("Ada@X.org", "another password")
    with pytest.raises(WrongCredentials):
        identity.login("ada@x.org", "another password")


def test_of_many_registering_one_email_at_once_one_gets_it(identity: Identity) -> None:
    def attempt(number: int) -> int:
        try:
            return identity.register("ada@x.org", f"{PASSWORD} {number}").account
        except EmailTaken:
            return 0

    with ThreadPoolExecutor(8) as pool:
        accounts = list(pool.map(attempt, range(8)))
    assert sorted(accounts) == [0] * 7 + [1]


@pytest.mark.parametrize(
    "password",
    ["", "elevenchars", "x" * 1_025, "e\u0301" * 11, "\ufdfa", "half a pair \ud800"],
    ids=["none", "11", "1,025", "11 as they are shown", "1 that unfolds to 18", "not encodable"],
)
def test_weak_password_is_refused_and_takes_no_email(identity: Identity, password: str) -> None:
    with pytest.raises(WeakPassword, match="12 characters or more"):
        identity.register("ada@x.org", password)
    assert identity.register("ada@x.org", PASSWORD).account == 1


@pytest.mark.parametrize("password", ["twelve chars", "x" * 1_024, "\x00" * 12, "\U0001f40e" * 12])
def test_password_may_be_any_text_of_12_to_1024_characters(
    identity: Identity, password: str
) -> None:
    identity.register("ada@x.org", password)
    assert identity.login("ada@x.org", password).account == 1
    with pytest.raises(WrongCredentials):
        identity.login("ada@x.org", password[:-1])


def test_bad_email_is_refused(identity: Identity) -> None:
    with pytest.raises(BadEmail):
        identity.register("ada", PASSWORD)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@x.org", PASSWORD + "x"),
        ("ada@x.org", PASSWORD.upper()),
        ("ada@x.org", ""),
        ("ada@x.org", "x" * 2_000),
        ("ada@x.org", "\ud800" * 12),
        ("eve@x.org", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
    ],
)
def test_nobody_learns_whether_email_or_password_was_wrong(
    identity: Identity, email: str, password: str
) -> None:
    identity.register("ada@x.org", PASSWORD)
    with pytest.raises(WrongCredentials) as refused:
        identity.login(email, password)
    assert str(refused.value) == "The e-mail or the password is wrong."


@pytest.mark.parametrize("email", ["ada@x.org", "eve@x.org", "no address"])
def test_every_wrong_login_costs_one_hash_of_the_same_strength(
    identity: Identity, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    identity.register("ada@x.org", PASSWORD)
    strengths: list[argon2.Parameters] = []
    verify = argon2.PasswordHasher.verify

    def watched(hasher: argon2.PasswordHasher, known: str, password: str) -> bool:
        strengths.append(argon2.extract_parameters(known))
        return bool(verify(hasher, known, password))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", watched)
    with pytest.raises(WrongCredentials):
        identity.login(email, "wrong password")
    (strength,) = strengths
    assert (strength.type, strength.memory_cost, strength.time_cost) == (argon2.Type.ID, 64, 1)


def test_refresh_token_buys_one_session_and_that_one_the_next(identity: Identity) -> None:
    first = identity.register("ada@x.org", PASSWORD)
    second = identity.refresh(first.refresh_token)
    third = identity.refresh(second.refresh_token)
    assert {identity.account_of(session.token) for session in (first, second, third)} == {1}
    assert {session.session for session in (first, second, third)} == {first.session}


def test_refresh_token_that_comes_twice_ends_its_session(identity: Identity) -> None:
    first, other = identity.register("ada@x.org", PASSWORD), identity.login("ada@x.org", PASSWORD)
    second = identity.refresh(first.refresh_token)
    with pytest.raises(BadRefreshToken, match="used before"):
        identity.refresh(first.refresh_token)
    assert [identity.account_of(session.token) for session in (first, second)] == [None, None]
    with pytest.raises(BadRefreshToken):
        identity.refresh(second.refresh_token)
    assert identity.account_of(identity.refresh(other.refresh_token).token) == 1


def test_refresh_outlives_the_access_token_but_not_its_own_time(
    identity: Identity, clock: ManualClock
) -> None:
    first = identity.register("ada@x.org", PASSWORD)
    clock.set(first.expires_ns)
    assert identity.account_of(first.token) is None
    second = identity.refresh(first.refresh_token)
    assert identity.account_of(second.token) == 1
    clock.set(first.expires_ns + 3_600 * SECOND_NS)
    with pytest.raises(WrongCredentials):
        identity.refresh(second.refresh_token)


def test_of_many_using_one_refresh_token_at_once_one_gets_a_session(identity: Identity) -> None:
    refresh_token = identity.register("ada@x.org", PASSWORD).refresh_token

    def attempt(_: int) -> Session | None:
        try:
            return identity.refresh(refresh_token)
        except BadRefreshToken:
            return None

    with ThreadPoolExecutor(8) as pool:
        sessions = [session for session in pool.map(attempt, range(8)) if session]
    assert len(sessions) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 100_000, "\ud800", "\u00e9" * 43])
def test_nonsense_is_no_refresh_token(identity: Identity, token: str) -> None:
    with pytest.raises(BadRefreshToken):
        identity.refresh(token)


def test_access_token_and_refresh_token_do_not_stand_in_for_each_other(
    identity: Identity,
) -> None:
    session = identity.register("ada@x.org", PASSWORD)
    assert identity.account_of(session.refresh_token) is None
    with pytest.raises(BadRefreshToken):
        identity.refresh(session.token)


def test_session_for_an_account_needs_no_password_but_somebody_there(identity: Identity) -> None:
    identity.register("ada@x.org", PASSWORD)
    assert identity.account_of(identity.session_for(1).token) == 1
    with pytest.raises(WrongCredentials, match="Nobody"):
        identity.session_for(2)


def test_stolen_store_holds_neither_passwords_nor_sessions(identity: Identity, path: Path) -> None:
    session = identity.register("ada@x.org", PASSWORD)
    stolen = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"ada@x.org" in stolen
    for secret in (PASSWORD, session.refresh_token, session.token):
        assert secret.encode() not in stolen


def test_password_is_kept_as_argon2id_of_the_set_strength(identity: Identity, path: Path) -> None:
    identity.register("ada@x.org", PASSWORD)
    with sqlite3.connect(path) as reader:
        ((kept,),) = reader.execute("SELECT password_hash FROM person").fetchall()
    reader.close()
    assert kept.startswith("$argon2id$v=19$m=64,t=1,p=1$")


def test_no_repr_shows_a_secret(identity: Identity, store: SqliteIdentity) -> None:
    session = identity.register("ada@x.org", PASSWORD)
    with store.work() as work:
        person = person_by_account(work, 1)
    shown = repr([session, SETTINGS, person, identity])
    assert person is not None
    for secret in (session.token, session.refresh_token, "ssss", person.password_hash):
        assert secret not in shown


@pytest.mark.parametrize(
    "wrong", [{"secret": b"s" * 31}, {"access_lifetime_s": 0}, {"refresh_lifetime_s": -1}]
)
def test_settings_that_protect_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fewer than 32|a second or more"):
        IdentitySettings(**{"secret": b"s" * 32, **wrong})  # type: ignore[arg-type]


def test_what_is_set_by_default_is_what_rfc_9106_asks_for() -> None:
    settings = IdentitySettings(b"s" * 32)
    assert (settings.argon2_time_cost, settings.argon2_memory_kib) == (3, 65_536)
    assert (settings.access_lifetime_s, settings.refresh_lifetime_s) == (900, 30 * 86_400)
