"""Sessions, guesses, passwords and second factors, as people meet them over HTTP."""

import time

import pytest

from tests.support.gateway import PASSWORD, House, Person
from tests.support.people import code_of, with_factor
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "another horse battery"


async def log_in(house: House, person: Person, password: str = PASSWORD, **more: str) -> Person:
    """Return somebody in a new session."""
    who = {"email": person.email, "password": password, **more}
    answer = await house.call("POST", "/login", who)
    assert answer.status == 200, answer
    return Person(house, person.email, answer.body)


async def test_sessions_are_listed_with_where_they_came_from(house: House, ann: Person) -> None:
    other = await log_in(house, ann)
    rows = (await other.get("/api/v1/sessions"))["sessions"]
    assert [row["current"] for row in rows] == [True, False]
    assert {row["address"] for row in rows} == {"127.0.0.1"}
    assert all("aiohttp" in row["agent"] for row in rows)
    logins = (await ann.get("/api/v1/logins"))["logins"]
    assert [login["outcome"] for login in logins] == ["ok"]


async def test_ended_session_stops_at_once_and_on_its_socket_within_five_seconds(
    house: House, ann: Person
) -> None:
    other = await log_in(house, ann)
    stream = await other.stream("orders")
    (row,) = [row for row in (await ann.get("/api/v1/sessions"))["sessions"] if not row["current"]]
    assert (await ann.call("DELETE", f"/api/v1/sessions/{row['session']}")).status == 200
    ended = time.monotonic()
    assert (await other.call("GET", "/api/v1/balances")).code == "UNAUTHORIZED"
    order = {"market": "TATA_INR", "side": "buy", "price": "5.00", "quantity": "1"}
    assert (await other.call("POST", "/api/v1/order/", order)).code == "UNAUTHORIZED"
    await stream.closed()
    assert time.monotonic() - ended <= 5.0
    assert (await ann.call("GET", "/api/v1/balances")).status == 200
    add("S7", ended_sockets_still_open_after_5_s=0)


async def test_logging_out_ends_this_session_and_all_others_can_be_ended(
    house: House, ann: Person
) -> None:
    first, second, third = [await log_in(house, ann) for _ in range(3)]
    assert (await first.call("POST", "/api/v1/logout")).status == 200
    assert (await first.call("GET", "/api/v1/me")).code == "UNAUTHORIZED"
    assert (await second.call("DELETE", "/api/v1/sessions")).body == {"ended": 2}
    codes = [(await who.call("GET", "/api/v1/me")).code for who in (ann, second, third)]
    assert codes == ["UNAUTHORIZED", "", "UNAUTHORIZED"]


async def test_refresh_token_that_comes_twice_ends_its_session(house: House, ann: Person) -> None:
    who = {"email": ann.email, "password": PASSWORD}
    first = (await house.call("POST", "/login", who)).body
    body = {"refresh_token": first["refresh_token"]}
    second = Person(house, ann.email, (await house.call("POST", "/refresh", body)).body)
    assert (await second.call("GET", "/api/v1/me")).status == 200
    assert (await house.call("POST", "/refresh", body)).code == "WRONG_CREDENTIALS"
    assert (await second.call("GET", "/api/v1/me")).code == "UNAUTHORIZED"


async def test_ten_wrong_passwords_lock_and_say_for_how_long(house: House, ann: Person) -> None:
    who = {"email": ann.email, "password": "a guess of a thief"}
    answers = [await house.call("POST", "/login", who) for _ in range(10)]
    assert {answer.code for answer in answers} == {"WRONG_CREDENTIALS"}
    locked = await house.call("POST", "/login", {**who, "password": PASSWORD})
    assert (locked.status, locked.code) == (429, "LOCKED_OUT")
    assert 890 <= int(locked.headers["Retry-After"]) <= 900
    assert (await ann.call("GET", "/api/v1/me")).status == 200


async def test_changed_password_ends_the_others_and_holds_withdrawals(
    house: House, ann: Person
) -> None:
    other = await log_in(house, ann)
    assert (await ann.get("/api/v1/me"))["withdrawals_held_until"] is None
    wrong = {"password": OTHER, "new_password": OTHER}
    assert (await ann.call("POST", "/api/v1/password", wrong)).code == "WRONG_CREDENTIALS"
    weak = {"password": PASSWORD, "new_password": "short"}
    assert (await ann.call("POST", "/api/v1/password", weak)).code == "WEAK_PASSWORD"
    change = {"password": PASSWORD, "new_password": OTHER}
    assert (await ann.call("POST", "/api/v1/password", change)).status == 200
    assert (await other.call("GET", "/api/v1/me")).code == "UNAUTHORIZED"
    assert (await ann.get("/api/v1/me"))["withdrawals_held_until"] is not None
    await log_in(house, ann, OTHER)


async def test_second_factor_is_asked_for_and_taken_away(house: House, ann: Person) -> None:
    secret = await with_factor(ann)
    assert (await ann.get("/api/v1/me"))["second_factor"] is True
    who = {"email": ann.email, "password": PASSWORD}
    assert (await house.call("POST", "/login", who)).code == "SECOND_FACTOR"
    code = code_of(secret)
    other = await log_in(house, ann, code=code)
    again = await house.call("POST", "/login", {**who, "code": code})
    assert (again.status, again.code) == (403, "WRONG_CODE")
    proof = {"password": PASSWORD}
    assert (await other.call("DELETE", "/api/v1/second-factor", proof)).status == 200
    await log_in(house, ann)


async def test_password_and_code_are_never_repeated(house: House, ann: Person) -> None:
    secret = "secret-elf-of-the-house"
    for path, body in (
        ("/api/v1/password", {"password": secret, "new_password": secret}),
        ("/api/v1/password", {"password": [secret], "new_password": [secret]}),
        ("/api/v1/second-factor", {"password": {"a": secret}}),
        ("/api/v1/second-factor/code", {"code": secret}),
        ("/api/v1/second-factor/code", {"code": [secret]}),
    ):
        answer = await ann.call("POST", path, body)
        assert answer.status >= 400
        assert secret not in str(answer.body)
