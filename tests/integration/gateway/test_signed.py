"""Requests signed with an API key: taken as they were signed, once, in time, and else not."""

import time
from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from outcry.gateway.people import signed
from tests.support.gateway import TATA_INR, House, Person
from tests.support.people import Program, code_of, program, with_factor
from tests.support.scoreboard import add

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
BODY = b'{"market":"TATA_INR","side":"buy","price":"5.00","quantity":"1"}'
PATH = "/api/v1/order/"


async def test_program_trades_and_looks_with_its_key(house: House, ann: Person) -> None:
    bot = await program(ann, "read", "trade", label="bot")
    placed = await bot.call("POST", PATH, ORDER)
    assert placed.status == 201, placed
    path = f"/api/v1/order/{placed.body['order_id']}"
    assert (await bot.call("GET", path)).body["status"] == "open"
    assert (await bot.call("GET", "/api/v1/orders", market=TATA_INR, limit="1")).status == 200
    order_id = placed.body["order_id"]
    assert (await bot.call("DELETE", PATH, order_id=order_id)).body["status"] == "cancelled"
    assert (await bot.call("GET", "/api/v1/balances")).body == await ann.get("/api/v1/balances")


async def test_ed25519_key_is_made_with_its_public_half(house: House, ann: Person) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    wanted = {"kind": "ed25519", "scopes": ["read"], "public_key": pem.decode()}
    made = await ann.call("POST", "/api/v1/keys", wanted)
    assert (made.status, made.body["secret"]) == (201, None)
    moment = str(time.time_ns() // 1_000_000)
    host = house.venue.url.removeprefix("http://")
    payload = f"{moment}\n5000\nGET\n{host}\n/api/v1/balances\n".encode()
    headers = {
        "X-Outcry-Key": made.body["key"],
        "X-Outcry-Time": moment,
        "X-Outcry-Signature": b64encode(private.sign(payload)).decode(),
    }
    assert (await house.call("GET", "/api/v1/balances", headers=headers)).status == 200
    changed = {**headers, "X-Outcry-Signature": b64encode(private.sign(b"x" + payload)).decode()}
    refused = await house.call("GET", "/api/v1/balances", headers=changed)
    assert refused.code == "BAD_SIGNATURE"


async def send(house: House, headers: dict[str, str], **changed: Any) -> Any:
    """Send the order that was signed, but for what is changed."""
    sent = {"method": "POST", "path": PATH, "data": BODY, **changed}
    return await house.call(sent["method"], sent["path"], data=sent["data"], headers=headers)


CHANGES: dict[str, dict[str, Any]] = {
    "method": {"method": "PATCH"},
    "path": {"path": "/order"},
    "slash": {"path": "/api/v1/order"},
    "body": {"data": BODY.replace(b'"1"', b'"2"')},
    "space in the body": {"data": BODY + b" "},
    "no body": {"data": b""},
}


@pytest.mark.parametrize("name", CHANGES)
async def test_request_that_was_changed_is_refused(house: House, ann: Person, name: str) -> None:
    bot = await program(ann, "read", "trade")
    before = house.state()
    answer = await send(house, bot.headers("POST", PATH, BODY), **CHANGES[name])
    assert (answer.status, answer.code) == (401, "BAD_SIGNATURE")
    assert house.state() == before
    add("S4", refused=1, taken=0)


@pytest.mark.parametrize(
    "target", ["?limit=2", "", "?limit=1&market=TATA_INR", "?limit=%31", "/?limit=1"]
)
async def test_query_that_was_changed_is_refused(house: House, ann: Person, target: str) -> None:
    bot = await program(ann, "read")
    headers = bot.headers("GET", "/api/v1/orders?limit=1")
    taken = await house.call("GET", "/api/v1/orders?limit=1", headers=headers)
    url = URL(f"/api/v1/orders{target}", encoded=True)
    refused = await house.call("GET", url, headers=headers)
    assert (taken.status, refused.code) == (200, "BAD_SIGNATURE")
    add("S4", refused=1, taken=0)


async def test_request_to_another_host_is_refused(house: House, ann: Person) -> None:
    bot = await program(ann, "read", "trade")
    headers = bot.headers("POST", PATH, BODY) | {"Host": "another.example"}
    assert (await send(house, headers)).code == "BAD_SIGNATURE"
    add("S4", refused=1, taken=0)


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("X-Outcry-Key", "x" * 64, "BAD_SIGNATURE"),
        ("X-Outcry-Key", "", "BAD_SIGNATURE"),
        ("X-Outcry-Signature", "0" * 64, "BAD_SIGNATURE"),
        ("X-Outcry-Signature", "", "BAD_SIGNATURE"),
        ("X-Outcry-Signature", "é" * 64, "BAD_SIGNATURE"),
        ("X-Outcry-Signature", "0" * 5_000, "BAD_SIGNATURE"),
        ("X-Outcry-Window", "6000", "BAD_SIGNATURE"),
        ("X-Outcry-Window", "60001", "BAD_TIMESTAMP"),
        ("X-Outcry-Window", "0", "BAD_TIMESTAMP"),
        ("X-Outcry-Window", "-1", "BAD_TIMESTAMP"),
        ("X-Outcry-Window", "1e3", "BAD_TIMESTAMP"),
        ("X-Outcry-Window", "", "BAD_TIMESTAMP"),
        ("X-Outcry-Time", "", "BAD_TIMESTAMP"),
        ("X-Outcry-Time", "1800000000", "BAD_TIMESTAMP"),
        ("X-Outcry-Time", "9" * 5_000, "BAD_TIMESTAMP"),
        ("X-Outcry-Time", "１８００００００００００", "BAD_TIMESTAMP"),
        ("Authorization", "Bearer x", "UNAUTHORIZED"),
    ],
)
async def test_header_that_does_not_fit_is_refused(
    house: House, ann: Person, header: str, value: str, code: str
) -> None:
    bot = await program(ann, "read", "trade")
    before = house.state()
    answer = await send(house, bot.headers("POST", PATH, BODY) | {header: value})
    assert (answer.status, answer.code) == (401, code)
    assert house.state() == before
    add("S4", refused=1, taken=0)


@pytest.mark.parametrize(
    ("late_ms", "window", "taken"),
    [(0, "1000", True), (4_000, "5000", True), (2_000, "1000", False), (70_000, "60000", False),
     (55_000, "60000", True), (-500, "5000", True), (-5_000, "5000", False)],
)  # fmt: skip
async def test_request_is_taken_within_its_window(
    house: House, ann: Person, late_ms: int, window: str, taken: bool
) -> None:
    bot = await program(ann, "read")
    headers = bot.headers("GET", "/api/v1/balances", late_ms=late_ms, window=window)
    answer = await house.call("GET", "/api/v1/balances", headers=headers)
    assert (answer.status, answer.code) == ((200, "") if taken else (401, "BAD_TIMESTAMP"))


async def test_order_that_is_sent_again_is_refused(house: House, ann: Person) -> None:
    bot = await program(ann, "read", "trade")
    headers = bot.headers("POST", PATH, BODY)
    first = await send(house, headers)
    other_case = headers | {"X-Outcry-Signature": headers["X-Outcry-Signature"].upper()}
    again = [await send(house, sent) for sent in (headers, other_case)]
    assert first.status == 201
    assert [(answer.status, answer.code) for answer in again] == [(401, "REPLAYED")] * 2
    orders = (await ann.get("/api/v1/order/open", market=TATA_INR))["orders"]
    assert len(orders) == 1
    add("S4", replayed=0)


async def test_order_signed_before_the_start_is_refused(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A venue that was started again does not know what it took before."""
    bot = await program(ann, "read", "trade")
    judge = signed.SignedRequests(house.venue.services.identity, house.venue.services.clock)
    headers = bot.headers("POST", PATH, BODY, late_ms=1_000)
    asked = signed.Signed(
        headers["X-Outcry-Key"], headers["X-Outcry-Time"], headers["X-Outcry-Window"],
        headers["X-Outcry-Signature"], "POST", house.venue.url.removeprefix("http://"), PATH, BODY,
    )  # fmt: skip
    with pytest.raises(signed.ApiError, match="outside its window"):
        judge.key_of(asked, "127.0.0.1", once=True)
    assert judge.key_of(asked, "127.0.0.1", once=False).account == ann.account


async def test_key_of_other_networks_is_refused_by_name(house: House, ann: Person) -> None:
    away = await program(ann, "read", networks=["192.0.2.0/24", "2001:db8::/32"])
    home = await program(ann, "read", networks=["127.0.0.0/8", "::1/128"])
    answers = [await bot.call("GET", "/api/v1/balances") for bot in (away, home)]
    assert [(a.status, a.code) for a in answers] == [(403, "KEY_ADDRESS"), (200, "")]


async def test_sub_account_is_spoken_for_by_its_own_key(house: House, ann: Person) -> None:
    opened = await ann.call("POST", "/api/v1/sub-accounts", {"label": "grid"})
    account = opened.body["account"]
    bot = await program(ann, "read", "trade", account=account)
    assert (await bot.call("GET", "/api/v1/balances")).body == {"balances": []}
    refused = await bot.call("POST", PATH, ORDER)
    assert refused.code == "INSUFFICIENT_FUNDS"
    assert (await ann.get("/api/v1/sub-accounts"))["sub_accounts"][0]["label"] == "grid"


async def test_revoked_key_stops_at_once_and_on_its_socket_within_five_seconds(
    house: House, ann: Person
) -> None:
    bot = await program(ann, "read", "trade")
    stream = await house.stream()
    await stream.ask(op="auth", **auth_of(bot))
    await stream.ask(op="subscribe", channels=["orders"])
    listed = (await ann.get("/api/v1/keys"))["keys"]
    assert [(key["key"], key["revoked_at"]) for key in listed] == [(bot.key, None)]
    assert (await ann.call("DELETE", f"/api/v1/keys/{bot.key}")).status == 200
    revoked = time.monotonic()
    assert (await bot.call("GET", "/api/v1/balances")).code == "BAD_SIGNATURE"
    await stream.closed()
    late_s = time.monotonic() - revoked
    assert late_s <= 5.0
    add("S7", revoked_sockets_still_open_after_5_s=0)


def auth_of(bot: Program) -> dict[str, str]:
    headers = bot.headers("GET", "/api/v1/ws")
    return {
        name: headers[f"X-Outcry-{name.title()}"] for name in ("key", "time", "window", "signature")
    }


async def test_signature_of_a_socket_is_taken_once(house: House, ann: Person) -> None:
    bot = await program(ann, "read", "trade")
    auth = auth_of(bot)
    streams = [await house.stream() for _ in range(2)]
    assert await streams[0].ask(op="auth", **auth) == {"user_id": ann.account}
    assert (await streams[1].refusal(op="auth", **auth))["code"] == "REPLAYED"
    both = {**auth_of(bot), "token": ann.token}
    assert (await streams[1].refusal(op="auth", **both))["code"] == "CONTRADICTION"
    assert (await streams[1].refusal(op="auth", key=bot.key))["code"] == "BAD_TIMESTAMP"
    placed = await streams[0].ask(op="order.place", args=ORDER)
    assert placed["status"] == "open"


async def test_key_is_made_with_a_fresh_code_where_there_is_a_second_factor(
    house: House, ann: Person
) -> None:
    secret = await with_factor(ann)
    who = {"email": ann.email, "password": "correct horse battery"}
    assert (await house.call("POST", "/login", who)).code == "SECOND_FACTOR"
    session = await house.call("POST", "/login", {**who, "code": code_of(secret)})
    assert session.status == 200
    ann.token = session.body["token"]
    await program(ann, "read")
    house.venue.services.identity.credentials._factors.required = True
    try:
        plain = await house.person()
        refused = await plain.call("POST", "/api/v1/keys", {"scopes": ["read"]})
    finally:
        house.venue.services.identity.credentials._factors.required = False
    assert (refused.status, refused.code) == (403, "SECOND_FACTOR")
