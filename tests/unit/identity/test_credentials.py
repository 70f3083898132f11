"""Guesses that are stopped, the second factor, changed credentials, sessions: over a real store."""

from base64 import b32decode, b32encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcry.adapters.memory import ManualClock
from outcry.adapters.sqlite_identity import SqliteIdentity
from outcry.identity import totp
from outcry.identity.access import lockout, sessions
from outcry.identity.access_tokens import Facts
from outcry.identity.api_keys import NewKey
from outcry.identity.errors import (
    BadRefreshToken,
    FactorNeeded,
    FactorThere,
    LockedOut,
    NoFactor,
    UnknownSession,
    WeakPassword,
    WrongCode,
    WrongCredentials,
)
from outcry.identity.identity import Identity, IdentitySettings, Session
from outcry.identity.records.trail import Origin, entries
from tests.support.scoreboard import add

SECOND_NS = 1_000_000_000
START_NS = 1_800_000_000 * SECOND_NS
PASSWORD, OTHER = "correct horse battery", "another horse battery"
SETTINGS = IdentitySettings(
    b"s" * 32, refresh_lifetime_s=86_400 * 30, argon2_time_cost=1, argon2_memory_kib=8
)
HOME, AWAY = Origin("192.0.2.1", "browser"), Origin("198.51.100.1", "guesser\n")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteIdentity]:
    opened = SqliteIdentity(tmp_path / "identity.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def identity(store: SqliteIdentity, clock: ManualClock) -> Identity:
    identity = Identity(store, clock, SETTINGS)
    identity.register("ada@x.org", PASSWORD, HOME)
    return identity


def facts(identity: Identity, session: Session) -> Facts:
    found = identity.caller_of(session.token)
    assert found is not None
    return found


def fail(identity: Identity, times: int, origin: Origin = AWAY, email: str = "ada@x.org") -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            identity.login(email, "not the password", origin=origin)


def with_factor(identity: Identity, clock: ManualClock) -> bytes:
    """Give ada a second factor; return its secret."""
    caller = facts(identity, identity.login("ada@x.org", PASSWORD, origin=HOME))
    new = identity.credentials.begin_factor(1, PASSWORD, HOME)
    secret = b32decode(new.secret)
    identity.credentials.confirm_factor(caller, code(secret, clock), HOME)
    clock.advance(60 * SECOND_NS)
    return secret


def code(secret: bytes, clock: ManualClock) -> str:
    return totp.hotp(secret, totp.step_at(clock.now_ns()))


# Guessing


@pytest.mark.parametrize("email", ["ada@x.org", "nobody@x.org", "no address"])
def test_ten_failures_lock_for_a_quarter_of_an_hour(
    identity: Identity, clock: ManualClock, email: str
) -> None:
    fail(identity, 10, email=email)
    with pytest.raises(LockedOut) as refused:
        identity.login(email, PASSWORD, origin=AWAY)
    assert refused.value.retry_after_s == 900
    clock.advance(899 * SECOND_NS)
    with pytest.raises(LockedOut):
        identity.login(email, PASSWORD, origin=AWAY)
    clock.advance(SECOND_NS)
    fail(identity, 1, email=email)
    add("S6", locks=1)


def test_lock_is_of_one_name_from_one_address(identity: Identity) -> None:
    fail(identity, 10)
    assert identity.login("ada@x.org", PASSWORD, origin=HOME).account == 1
    identity.register("bob@x.org", PASSWORD, AWAY)
    assert identity.login("bob@x.org", PASSWORD, origin=AWAY).account == 2


def test_nine_failures_and_a_success_begin_anew(identity: Identity) -> None:
    for _ in range(3):
        fail(identity, 9)
        identity.login("ada@x.org", PASSWORD, origin=AWAY)


def test_failures_of_long_ago_do_not_count(identity: Identity, clock: ManualClock) -> None:
    for _ in range(25):
        fail(identity, 1)
        clock.advance(100 * SECOND_NS)


def test_many_addresses_do_not_guess_more_of_one_name_and_one_address_not_of_many_names(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "FAILURES_MAX_WIDE", 12)
    for number in range(12):
        fail(identity, 1, Origin(f"203.0.113.{number}"))
    with pytest.raises(LockedOut):
        identity.login("ada@x.org", PASSWORD, origin=HOME)
    for number in range(12):
        fail(identity, 1, AWAY, f"p{number}@x.org")
    with pytest.raises(LockedOut):
        identity.login("p99@x.org", PASSWORD, origin=AWAY)


def test_failures_that_are_remembered_are_bounded(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "PLACES_MAX", 10)
    for number in range(20):
        fail(identity, 1, Origin(f"203.0.113.{number}"), f"p{number}@x.org")
    assert len(identity.credentials.lockout._failures) == 10


def test_lock_of_somebody_is_in_the_trail_and_attempts_in_their_history(
    identity: Identity, store: SqliteIdentity
) -> None:
    fail(identity, 10)
    identity.login("ada@x.org", PASSWORD, origin=HOME)
    found = identity.logins(1)
    assert [login.outcome for login in found] == ["ok", *["wrong password"] * 10]
    assert (found[1].address, found[1].agent) == ("198.51.100.1", "guesser?")
    with store.work() as work:
        acts = [(entry.act, entry.subject) for entry in entries(work, 0, 100)]
    assert acts == [("registered", 1), ("locked_out", 1), ("logged_in", 1)]


def test_history_of_logins_is_bounded(identity: Identity) -> None:
    for _ in range(110):
        identity.login("ada@x.org", PASSWORD, origin=HOME)
    assert len(identity.logins(1)) == 100


# The second factor


def test_second_factor_is_asked_for_once_it_is_confirmed(
    identity: Identity, clock: ManualClock
) -> None:
    identity.credentials.begin_factor(1, PASSWORD, HOME)
    identity.login("ada@x.org", PASSWORD, origin=HOME)
    secret = with_factor(identity, clock)
    for nothing in (None, ""):
        with pytest.raises(FactorNeeded):
            identity.login("ada@x.org", PASSWORD, nothing, HOME)
    with pytest.raises(WrongCredentials):
        identity.login("ada@x.org", OTHER, code(secret, clock), HOME)
    assert identity.login("ada@x.org", PASSWORD, code(secret, clock), HOME).account == 1


def test_code_is_taken_once(identity: Identity, clock: ManualClock) -> None:
    secret = with_factor(identity, clock)
    once = code(secret, clock)
    caller = facts(identity, identity.login("ada@x.org", PASSWORD, once, HOME))
    with pytest.raises(WrongCode):
        identity.login("ada@x.org", PASSWORD, once, HOME)
    with pytest.raises(WrongCode):
        identity.credentials.give_code(caller, once, HOME)
    clock.advance(30 * SECOND_NS)
    identity.credentials.give_code(caller, code(secret, clock), HOME)
    add("S6", codes_taken_twice=0)


def test_older_code_is_not_taken_after_a_newer_one(identity: Identity, clock: ManualClock) -> None:
    secret = with_factor(identity, clock)
    older = code(secret, clock)
    clock.advance(30 * SECOND_NS)
    identity.login("ada@x.org", PASSWORD, code(secret, clock), HOME)
    with pytest.raises(WrongCode):
        identity.login("ada@x.org", PASSWORD, older, HOME)


@pytest.mark.parametrize(
    "wrong", ["000000", "12345", "1234567", "12345a", "１２３４５６", "\0" * 6]
)
def test_wrong_codes_lock_as_wrong_passwords_do(
    identity: Identity, clock: ManualClock, wrong: str
) -> None:
    secret = with_factor(identity, clock)
    for _ in range(10):
        with pytest.raises(WrongCode):
            identity.login("ada@x.org", PASSWORD, wrong, AWAY)
    with pytest.raises(LockedOut):
        identity.login("ada@x.org", PASSWORD, code(secret, clock), AWAY)


def test_recovery_code_stands_in_once(identity: Identity, clock: ManualClock) -> None:
    caller = facts(identity, identity.login("ada@x.org", PASSWORD, origin=HOME))
    secret = b32decode(identity.credentials.begin_factor(1, PASSWORD, HOME).secret)
    codes = identity.credentials.confirm_factor(caller, code(secret, clock), HOME)
    for written in (codes[0].upper(), codes[1].replace("-", " ")):
        assert identity.login("ada@x.org", PASSWORD, written, HOME).account == 1
        with pytest.raises(WrongCode):
            identity.login("ada@x.org", PASSWORD, written, HOME)
    identity.credentials.remove_factor(caller, PASSWORD, HOME)
    with_factor(identity, clock)
    with pytest.raises(WrongCode):
        identity.login("ada@x.org", PASSWORD, codes[2], HOME)


def test_second_factor_is_there_after_a_restart_and_its_step_too(
    identity: Identity, store: SqliteIdentity, clock: ManualClock
) -> None:
    secret = with_factor(identity, clock)
    once = code(secret, clock)
    identity.login("ada@x.org", PASSWORD, once, HOME)
    restarted = Identity(store, clock, SETTINGS)
    with pytest.raises(WrongCode):
        restarted.login("ada@x.org", PASSWORD, once, HOME)


def test_second_factor_is_not_replaced_while_it_is_in_force(
    identity: Identity, clock: ManualClock
) -> None:
    with_factor(identity, clock)
    with pytest.raises(FactorThere):
        identity.credentials.begin_factor(1, PASSWORD, HOME)


def test_thief_of_a_session_adds_and_removes_no_second_factor(
    identity: Identity, clock: ManualClock
) -> None:
    caller = facts(identity, identity.login("ada@x.org", PASSWORD, origin=HOME))
    with pytest.raises(WrongCredentials):
        identity.credentials.begin_factor(1, "a guess of a thief", HOME)
    with pytest.raises(NoFactor):
        identity.credentials.confirm_factor(caller, "000000", HOME)
    secret = with_factor(identity, clock)
    clock.advance(600 * SECOND_NS)
    with pytest.raises(FactorNeeded):
        identity.credentials.remove_factor(caller, PASSWORD, HOME)
    identity.credentials.give_code(caller, code(secret, clock), HOME)
    with pytest.raises(WrongCredentials):
        identity.credentials.remove_factor(caller, "a guess of a thief", HOME)
    identity.credentials.remove_factor(caller, PASSWORD, HOME)
    assert identity.login("ada@x.org", PASSWORD, origin=HOME).account == 1


def test_key_is_made_with_a_fresh_code_alone(identity: Identity, clock: ManualClock) -> None:
    wanted = NewKey("hmac", ["read"])
    without = facts(identity, identity.login("ada@x.org", PASSWORD, origin=HOME))
    with pytest.raises(FactorNeeded):
        identity.create_key(without, wanted)
    secret = with_factor(identity, clock)
    session = identity.login("ada@x.org", PASSWORD, code(secret, clock), HOME)
    identity.create_key(facts(identity, session), wanted)
    clock.advance(300 * SECOND_NS)
    with pytest.raises(FactorNeeded):
        identity.create_key(facts(identity, session), wanted)
    identity.credentials.give_code(facts(identity, session), code(secret, clock))
    identity.create_key(facts(identity, session), wanted)


def test_where_no_factor_is_required_only_people_who_have_one_need_it(
    store: SqliteIdentity, clock: ManualClock
) -> None:
    lenient = IdentitySettings(
        b"s" * 32, argon2_time_cost=1, argon2_memory_kib=8, factor_required=False
    )
    identity = Identity(store, clock, lenient)
    session = identity.register("ada@x.org", PASSWORD)
    identity.create_key(facts(identity, session), NewKey("hmac", ["read"]))
    with_factor(identity, clock)
    with pytest.raises(FactorNeeded):
        identity.create_key(facts(identity, session), NewKey("hmac", ["read"]))


# Changed credentials


def test_changed_password_ends_every_other_session(identity: Identity) -> None:
    mine, other = (identity.login("ada@x.org", PASSWORD, origin=HOME) for _ in range(2))
    identity.credentials.change_password(facts(identity, mine), PASSWORD, OTHER, HOME)
    assert [identity.account_of(session.token) for session in (mine, other)] == [1, None]
    with pytest.raises(BadRefreshToken):
        identity.refresh(other.refresh_token)
    with pytest.raises(WrongCredentials):
        identity.login("ada@x.org", PASSWORD, origin=HOME)
    assert identity.login("ada@x.org", OTHER, origin=HOME).account == 1


def test_password_is_changed_by_whoever_knows_it_to_one_that_can_be(identity: Identity) -> None:
    caller = facts(identity, identity.login("ada@x.org", PASSWORD, origin=HOME))
    with pytest.raises(WrongCredentials):
        identity.credentials.change_password(caller, "a guess of a thief", OTHER, HOME)
    with pytest.raises(WeakPassword):
        identity.credentials.change_password(caller, PASSWORD, "short", HOME)
    assert identity.login("ada@x.org", PASSWORD, origin=HOME).account == 1
    assert identity.credentials.withdrawals_held_until_ns(1) == 0


def test_withdrawals_are_held_for_a_day_after_each_change(
    identity: Identity, clock: ManualClock
) -> None:
    held, day_ns = identity.credentials.withdrawals_held_until_ns, 86_400 * SECOND_NS
    caller = facts(identity, identity.login("ada@x.org", PASSWORD, origin=HOME))
    identity.credentials.change_password(caller, PASSWORD, OTHER, HOME)
    assert held(1) == START_NS + day_ns
    clock.advance(day_ns)
    assert held(1) == 0
    caller = facts(identity, identity.login("ada@x.org", OTHER, origin=HOME))
    new = identity.credentials.begin_factor(1, OTHER, HOME)
    assert held(1) == 0
    secret = b32decode(new.secret)
    identity.credentials.confirm_factor(caller, code(secret, clock), HOME)
    assert held(1) == START_NS + 2 * day_ns
    clock.advance(day_ns)
    caller = facts(identity, identity.login("ada@x.org", OTHER, code(secret, clock), HOME))
    identity.create_key(caller, NewKey("hmac", ["read", "trade"]), HOME)
    assert held(1) == 0
    identity.create_key(caller, NewKey("hmac", ["withdraw"]), HOME)
    assert held(1) == START_NS + 3 * day_ns
    add("S6", holds=3)


# Sessions


def test_sessions_are_listed_and_ended_one_by_one(identity: Identity, clock: ManualClock) -> None:
    clock.advance(SECOND_NS)
    session = identity.login("ada@x.org", PASSWORD, origin=AWAY)
    newest, first = identity.sessions.of(1)
    assert (newest.session, newest.address, newest.agent) == (
        session.session, "198.51.100.1", "guesser?",
    )  # fmt: skip
    identity.sessions.end(1, session.session, 1, HOME)
    assert identity.account_of(session.token) is None
    assert [row.session for row in identity.sessions.of(1)] == [first.session]
    with pytest.raises(BadRefreshToken):
        identity.refresh(session.refresh_token)
    with pytest.raises(UnknownSession):
        identity.sessions.end(1, session.session, 1, HOME)


def test_nobody_ends_a_session_of_somebody_else(identity: Identity) -> None:
    session = identity.login("ada@x.org", PASSWORD, origin=HOME)
    identity.register("bob@x.org", PASSWORD)
    with pytest.raises(UnknownSession):
        identity.sessions.end(2, session.session, 2, AWAY)
    assert identity.account_of(session.token) == 1


def test_ended_session_stays_so_after_a_restart(
    identity: Identity, store: SqliteIdentity, clock: ManualClock
) -> None:
    session, other = (identity.login("ada@x.org", PASSWORD, origin=HOME) for _ in range(2))
    identity.sessions.end(1, session.session, 1, HOME)
    restarted = Identity(store, clock, SETTINGS)
    assert [restarted.account_of(found.token) for found in (session, other)] == [None, 1]


def test_what_has_ended_is_not_remembered_for_ever(identity: Identity, clock: ManualClock) -> None:
    for _ in range(3):
        session = identity.login("ada@x.org", PASSWORD, origin=HOME)
        identity.sessions.end(1, session.session, 1, HOME)
        clock.advance(900 * SECOND_NS)
    assert len(identity.sessions._ended) == 1


def test_used_refresh_tokens_that_are_kept_are_bounded(
    identity: Identity,
    store: SqliteIdentity,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "USED_KEPT", 3)
    held = [identity.login("ada@x.org", PASSWORD, origin=HOME)]
    for _ in range(6):
        clock.advance(SECOND_NS)
        held.append(identity.refresh(held[-1].refresh_token))
    with store.work() as work:
        ((kept,),) = work.rows(
            "SELECT count(*) FROM session_token WHERE session = ?", held[0].session
        )
    assert kept == 4
    with pytest.raises(BadRefreshToken):
        identity.refresh(held[0].refresh_token)
    assert identity.account_of(held[-1].token) == 1
    with pytest.raises(BadRefreshToken):
        identity.refresh(held[4].refresh_token)
    assert identity.account_of(held[-1].token) is None


def test_one_session_too_many_ends_the_oldest(
    identity: Identity, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SESSIONS_MAX", 3)
    opened = []
    for _ in range(5):
        clock.advance(SECOND_NS)
        opened.append(identity.login("ada@x.org", PASSWORD, origin=HOME))
    alive = [identity.account_of(session.token) for session in opened]
    assert alive == [None, None, 1, 1, 1]
    assert len(identity.sessions.of(1)) == 3


def test_stolen_store_holds_no_second_factor(
    identity: Identity, clock: ManualClock, tmp_path: Path
) -> None:
    secret = with_factor(identity, clock)
    stolen = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret not in stolen
    assert b32encode(secret) not in stolen
