"""Who somebody is: registering, logging in, refreshing, and tokens that are none."""

import base64
import json
import re
import time
from typing import Any

import jwt
import pytest

from outcry.adapters.sqlite_identity import secret_file
from outcry.bootstrap import secret_path
from tests.support.gateway import PASSWORD, Answer, House, Person
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEEDS_TOKEN = [
    ("POST", "/api/v1/order/"),
    ("POST", "/order"),
    ("POST", "/api/v1/orders/"),
    ("PATCH", "/api/v1/order/"),
    ("DELETE", "/api/v1/order/"),
    ("GET", "/api/v1/order/1"),
    ("GET", "/api/v1/order/open"),
    ("DELETE", "/api/v1/order/open"),
    ("GET", "/api/v1/orders"),
    ("GET", "/api/v1/fills"),
    ("GET", "/api/v1/balances"),
    ("POST", "/api/v1/dev/faucet"),
    ("POST", "/api/v1/dev/assets"),
    ("POST", "/api/v1/dev/markets"),
    ("POST", "/api/v1/dev/reset"),
]


async def register(house: House, email: Any, password: Any = PASSWORD, **more: Any) -> Answer:
    return await house.call("POST", "/register", {"email": email, "password": password, **more})


async def login(house: House, email: Any, password: Any = PASSWORD, **more: Any) -> Answer:
    return await house.call("POST", "/login", {"email": email, "password": password, **more})


async def test_registering_opens_an_account_and_a_session(house: House) -> None:
    answer = await register(house, "ann@example.com", name="Ann")
    assert answer.status == 201
    assert answer.body.keys() == {"token", "expires_at", "user_id", "refresh_token"}
    assert re.fullmatch(r"20\d\d-.*T.*\.\d{6}Z", answer.body["expires_at"])
    ann = Person(house, "ann@example.com", answer.body)
    assert await ann.get("/api/v1/balances") == {"balances": []}


async def test_login_is_the_same_account_in_another_session(house: House) -> None:
    first = await register(house, "bob@example.com")
    again = await login(house, "  BOB@Example.com ", name="whatever")
    assert again.status == 200
    assert again.body["user_id"] == first.body["user_id"]
    assert again.body["refresh_token"] != first.body["refresh_token"]


async def test_email_is_registered_once(house: House) -> None:
    await register(house, "once@example.com")
    answer = await register(house, "ONCE@example.com", "another password")
    assert (answer.status, answer.code, answer.error["field"]) == (409, "EMAIL_TAKEN", "email")


async def test_wrong_password_and_unknown_person_are_told_alike(house: House) -> None:
    await register(house, "carol@example.com")
    wrong = await login(house, "carol@example.com", "not the password")
    unknown = await login(house, "nobody@example.com")
    no_address = await login(house, "no address")
    for answer in (wrong, unknown, no_address):
        del answer.error["request_id"]
    assert (wrong.status, wrong.code) == (401, "WRONG_CREDENTIALS")
    assert wrong.body == unknown.body == no_address.body


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"email": "no address"}, "BAD_EMAIL", "email"),
        ({"email": "a@b"}, "BAD_EMAIL", "email"),
        ({"email": "a@example.com\r\nBcc: x@example.com"}, "BAD_EMAIL", "email"),
        ({"email": "а@example.com"}, "BAD_EMAIL", "email"),  # the first letter is Cyrillic
        ({"email": "a" * 65 + "@example.com"}, "BAD_EMAIL", "email"),
        ({"email": ""}, "BAD_EMAIL", "email"),
        ({"email": 5}, "BAD_TYPE", "email"),
        ({"email": None}, "BAD_TYPE", "email"),
        ({"email": ["a@example.com"]}, "BAD_TYPE", "email"),
        ({"password": "elevenchars"}, "WEAK_PASSWORD", "password"),
        ({"password": ""}, "WEAK_PASSWORD", "password"),
        ({"password": "a" * 1_025}, "WEAK_PASSWORD", "password"),
        ({"password": True}, "BAD_TYPE", "password"),
        ({"name": 5}, "BAD_TYPE", "name"),
    ],
)
async def test_bad_registration_is_refused(
    house: House, change: dict[str, Any], code: str, field: str
) -> None:
    before = house.state()
    answer = await register(house, **{"email": "dave@example.com", **change})
    assert (answer.status, answer.code, answer.error["field"]) == (422, code, field)
    assert house.state() == before


@pytest.mark.parametrize("path", ["/register", "/login", "/refresh"])
@pytest.mark.parametrize(
    "name", ["is_admin", "role", "account_id", "balance", "user_id", "status", "created_at", "id"]
)
async def test_nobody_gives_themselves_anything(house: House, path: str, name: str) -> None:
    who = {"email": "eve@example.com", "password": PASSWORD}
    body = {"refresh_token": "x"} if path == "/refresh" else who
    answer = await house.call("POST", path, {**body, name: True})
    assert (answer.status, answer.code, answer.error["field"]) == (422, "UNKNOWN_FIELD", name)


@pytest.mark.parametrize(("path", "field"), [("/login", "password"), ("/refresh", "refresh_token")])
async def test_missing_field_is_named(house: House, path: str, field: str) -> None:
    body = {"email": "a@example.com"} if path == "/login" else {}
    answer = await house.call("POST", path, body)
    assert (answer.status, answer.code, answer.error["field"]) == (422, "MISSING_FIELD", field)


async def test_password_is_never_repeated(house: House) -> None:
    secret = "secret elf"
    answers = [
        await register(house, "frank@example.com", secret),
        await register(house, "frank@example.com", {"a": secret}),
        await login(house, "frank@example.com", secret),
    ]
    assert [answer.status for answer in answers] == [422, 422, 401]
    assert not any(secret in json.dumps(answer.body) for answer in answers)


async def test_refresh_token_buys_one_session(house: House) -> None:
    first = (await register(house, "gina@example.com")).body
    body = {"refresh_token": first["refresh_token"]}
    second = await house.call("POST", "/refresh", body)
    third = await house.call("POST", "/refresh", body)
    assert (second.status, second.body["user_id"]) == (200, first["user_id"])
    assert (third.status, third.code) == (401, "WRONG_CREDENTIALS")
    assert third.error["field"] == "refresh_token"


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "é", "\0"])
async def test_refresh_token_that_is_none_is_refused(house: House, token: str) -> None:
    answer = await house.call("POST", "/refresh", {"refresh_token": token})
    assert (answer.status, answer.code) == (401, "WRONG_CREDENTIALS")


# Tokens


def part(content: Any) -> str:
    text = json.dumps(content) if not isinstance(content, str) else content
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def claims(person: Person, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {
        "iss": "outcry",
        "aud": "outcry-access",
        "sub": str(person.account),
        "sid": "made-like-ours",
        "iat": now,
        "exp": now + 900,
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def forged(person: Person, name: str, secret: bytes) -> str:
    """Return one of the known ways to make a token that should not be taken."""
    header, payload, signature = person.token.split(".")
    good, other = claims(person), claims(person, sub="1")

    def signed(key: bytes = secret, algorithm: str = "HS256", **changes: Any) -> str:
        headers = changes.pop("headers", None)
        return jwt.encode(claims(person, **changes), key, algorithm, headers)

    makers = {
        "empty": lambda: "",
        "word": lambda: "token",
        "dots": lambda: "..",
        "no-signature": lambda: f"{header}.{payload}.",
        "alg-none": lambda: f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(good)}.",
        "alg-none-signed": lambda: f"{part({'alg': 'none'})}.{part(good)}.{signature}",
        "alg-None": lambda: f"{part({'alg': 'None'})}.{part(good)}.",
        "alg-missing": lambda: f"{part({'typ': 'JWT'})}.{part(good)}.{signature}",
        "other-payload": lambda: f"{header}.{part(other)}.{signature}",
        "wrong-key": lambda: signed(b"x" * 32),
        "hs512": lambda: signed(secret * 2, "HS512"),
        "key-id-path": lambda: signed(b"x" * 32, headers={"kid": "../../dev/null"}),
        "key-id-sql": lambda: signed(b"x" * 32, headers={"kid": "' UNION SELECT 'x"}),
        "key-url": lambda: signed(b"x" * 32, headers={"jku": "http://127.0.0.1:1/keys"}),
        "x5u": lambda: signed(b"x" * 32, headers={"x5u": "http://127.0.0.1:1/cert"}),
        "expired": lambda: signed(exp=int(time.time()) - 1),
        "no-expiry": lambda: signed(exp=None),
        "wrong-audience": lambda: signed(aud="other"),
        "audience-list": lambda: signed(aud=["other"]),
        "no-audience": lambda: signed(aud=None),
        "wrong-issuer": lambda: signed(iss="other"),
        "no-issuer": lambda: signed(iss=None),
        "no-subject": lambda: signed(sub=None),
        "subject-zero": lambda: signed(sub="0"),
        "subject-negative": lambda: signed(sub="-1"),
        "subject-word": lambda: signed(sub="admin"),
        "subject-full-width": lambda: signed(sub="１"),
        "no-session": lambda: signed(sid=None),
        "session-empty": lambda: signed(sid=""),
        "session-number": lambda: signed(sid=5),
        "not-before": lambda: signed(nbf=int(time.time()) + 3_600),
        "not-before-word": lambda: signed(nbf="now"),
        "changed-signature": lambda: f"{header}.{payload}.{signature[::-1]}",
        "huge": lambda: signed(extra="x" * 5_000),
        "not-ascii": lambda: person.token + "é",
        "twice": lambda: f"{person.token}.{person.token}",
        "space-inside": lambda: person.token.replace(".", ". "),
    }  # fmt: skip
    return makers[name]()


FORGERIES = [
    "empty", "word", "dots", "no-signature", "alg-none", "alg-none-signed", "alg-None",
    "alg-missing", "other-payload", "wrong-key", "hs512", "key-id-path", "key-id-sql", "key-url",
    "x5u", "expired", "no-expiry", "wrong-audience", "audience-list", "no-audience",
    "wrong-issuer", "no-issuer", "no-subject", "subject-zero", "subject-negative", "subject-word",
    "subject-full-width", "no-session", "session-empty", "session-number", "not-before",
    "not-before-word", "changed-signature", "huge", "not-ascii", "twice", "space-inside",
]  # fmt: skip


def secret_of(house: House) -> bytes:
    return secret_file(secret_path(house.venue.settings))


async def test_token_made_like_ours_is_taken(house: House, ann: Person) -> None:
    ann.token = jwt.encode(claims(ann), secret_of(house), "HS256")
    assert (await ann.call("GET", "/api/v1/balances")).status == 200


@pytest.mark.parametrize("name", FORGERIES)
async def test_forged_token_is_not_taken(house: House, ann: Person, name: str) -> None:
    ann.token = forged(ann, name, secret_of(house))
    stream = await house.stream()
    answer = await ann.call("GET", "/api/v1/balances")
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (await stream.refusal(op="auth", token=ann.token))["code"] == "UNAUTHORIZED"
    add("S5", forged=1, taken=0)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Token {}", "{}", "Bearer  {}"])
async def test_only_a_bearer_token_speaks_for_somebody(
    house: House, ann: Person, header: str
) -> None:
    headers = {"Authorization": header.format(ann.token)}
    answer = await house.call("GET", "/api/v1/balances", headers=headers)
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


async def test_scheme_is_read_in_any_case(house: House, ann: Person) -> None:
    headers = {"Authorization": f"bearer {ann.token}"}
    assert (await house.call("GET", "/api/v1/balances", headers=headers)).status == 200


@pytest.mark.parametrize(("method", "path"), NEEDS_TOKEN)
async def test_call_without_a_token_is_refused_before_anything_is_read(
    house: House, method: str, path: str
) -> None:
    before = house.state()
    answer = await house.call(method, path, data=b"not even JSON")
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert house.state() == before


async def test_token_in_the_query_is_none(house: House, ann: Person) -> None:
    answer = await house.call("GET", "/api/v1/balances", token=ann.token)
    assert (answer.status, answer.code) == (422, "UNKNOWN_FIELD")
    assert ann.token not in str(answer.body)
