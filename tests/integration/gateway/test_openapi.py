"""The served description: valid, complete, and true of what the venue answers."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import pytest_asyncio
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from outcry.gateway.openapi import ROUTES, Route
from outcry.gateway.server import build_app
from outcry.gateway.web import site
from outcry.identity.staff.roles import ROLES
from tests.support.gateway import PASSWORD, TATA_INR, Answer, House, Person
from tests.support.people import code_of, staff
from tests.support.special import KINDS
from tests.support.wallets import Signer

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_DESCRIBED = {
    "/openapi.json", "/asyncapi.json", "/docs", "/docs.js", "/ws", "/ws/{tail}", "/api/v1/ws",
    "/stream", "/ws-api/v3", "/",
}  # fmt: skip


BINANCE = ("/api/v3/", "/sapi/")
"""What Binance's own documents describe."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(house: House) -> AsyncIterator[dict[str, Any]]:
    yield await house.get("/openapi.json")


async def test_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")


async def test_every_route_of_the_listener_is_described(
    house: House, document: dict[str, Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:  # The pages are told apart from the calls.
        patch.setattr(site, "FOLDER", Path("no site"))
        app = build_app(house.venue.services)
    served = {
        (route.method.lower(), _plain(str(route.resource.canonical)))
        for route in app.router.routes()
        if isinstance(route, web.ResourceRoute)
        if route.resource is not None and _plain(str(route.resource.canonical)) not in NOT_DESCRIBED
        if not str(route.resource.canonical).startswith(BINANCE)
    }
    described = {
        (method, _plain(path)) for path, item in document["paths"].items() for method in item
    }
    assert served == described


PLACES = {"table": "orders"}


def concrete(path: str) -> str:
    """Return a path that can be asked for."""
    return re.sub(r"{(\w+)}", lambda found: PLACES.get(found[1], "1"), path)


def _plain(path: str) -> str:
    return path.rstrip("/") or "/"


async def test_every_described_call_is_there(house: House, document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method in item:
            answer = await house.call(method.upper(), concrete(path))
            assert answer.code not in {"NOT_FOUND", "METHOD_NOT_ALLOWED"}, (method, path)


async def test_calls_that_need_a_token_say_so(house: House, document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answer = await house.call(method.upper(), concrete(path))
            assert (answer.status == 401) == ("security" in operation), (method, path)


async def test_every_operation_says_what_it_answers(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert "default" in operation["responses"]
            for response in operation["responses"].values():
                assert all("schema" in kind for kind in response["content"].values())


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = {reference.rpartition("/")[2] for reference in references(document)}
    assert names == set(document["components"]["schemas"])


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_money_is_never_a_number(document: dict[str, Any]) -> None:
    numbers = {
        name
        for schema in document["components"]["schemas"].values()
        for name, kind in schema.get("properties", {}).items()
        if "number" in str(kind.get("type", "")) and not name.endswith(MEASURES)
    }
    assert numbers <= {"number"}


MEASURES = ("_s", "_bps", "_per_second", "_s_max")
"""Of what is no money."""


class Described:
    """Makes calls and holds every answer against the description; remembers what it has seen."""

    def __init__(self, house: House, document: dict[str, Any]) -> None:
        self.house = house
        self.document = document
        self.seen: set[tuple[str, str, int]] = set()
        self.names: set[str] = set()

    async def call(self, method: str, path: str, who: Person | None, body: Any = None,
                   **query: Any) -> Answer:  # fmt: skip
        plain = path if who is None or "{" not in path else path.format(**query.pop("places"))
        if who is not None:
            answer = await who.call(method, plain, body, **query)
        else:
            answer = await self.house.call(method, plain, body, **query)
        operation = self.document["paths"][_plain(path)][method.lower()]
        responses = operation["responses"]
        response = responses.get(str(answer.status), responses["default"])
        if answer.status < 400:
            assert str(answer.status) in responses, (method, path, answer)
        media_type = answer.headers["Content-Type"].partition(";")[0]
        kind = response["content"][media_type]
        validate(self.document, kind["schema"], answer.body)
        self.seen.add((method, path, answer.status))
        self.names.add(operation["operationId"])
        return answer


def validate(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Hold a value against a schema of the document, and refuse what it does not name."""
    whole = {**schema, "components": document["components"]}
    for part in whole["components"]["schemas"].values():
        if "properties" in part:
            part.setdefault("additionalProperties", False)
    jsonschema.Draft202012Validator(whole).validate(value)


async def test_answers_are_as_described(house: House, document: dict[str, Any]) -> None:
    described = Described(house, document)
    call = described.call
    who = {"email": "described@example.com", "password": PASSWORD}
    registered = await call("POST", "/register", None, who)
    await call("POST", "/register", None, who)
    await call("POST", "/login", None, who)
    await call("POST", "/refresh", None, {"refresh_token": registered.body["refresh_token"]})
    ann, bob = await house.person(), await house.person()
    await _orders(call, ann, bob)
    for path in ("/api/v1/order/open", "/api/v1/orders", "/api/v1/fills"):
        await call("GET", path, ann, limit=1)
        await call("GET", path, bob)
        await call("GET", path, bob, limit=0)
    for path in ("depth", "trades", "klines", "tickers", "markets"):
        await call("GET", f"/api/v1/{path}", None, market=TATA_INR)
        await call("GET", f"/api/v1/{path}", None, market="DOGE")
    for path in ("/api/v1/tickers", "/api/v1/assets", "/api/v1/status", "/health", "/ready"):
        await call("GET", path, None)
    await call("GET", "/metrics", None)
    await call("GET", "/api/v1/balances", ann)
    for path in ("statement", "transfers", "volume", "statistics"):
        await call("GET", f"/api/v1/{path}", bob, limit=2)
        await call("GET", f"/api/v1/{path}", bob, limit=0)
    await call("GET", "/api/v1/export/{table}", bob, places={"table": "statement"})
    await call("GET", "/api/v1/export/{table}", bob, places={"table": "secrets"})
    for path in document["paths"]:
        if path.startswith("/api/v1/proofs/"):
            await call("GET", path, ann)
    await call("DELETE", "/api/v1/order/open", ann)
    await _special(call, ann)
    await call("POST", "/api/v1/dev/faucet", ann, {"asset": "INR", "amount": "1"})
    await call("POST", "/api/v1/dev/assets", ann, {"symbol": "SILK", "decimals": 2})
    market = {"symbol": "SILK_INR", "tick": "0.01", "lot": "0.01"}
    await call("POST", "/api/v1/dev/markets", ann, market)
    await call("POST", "/api/v1/dev/reset", ann)
    await _own(call, ann)
    await _staff(house, call, ann, bob)
    assert described.names == {route.name for route in ROUTES}


async def _special(call: Any, ann: Person) -> None:
    """One of each kind of order, so that each field of an answer is held to its description."""
    for order in KINDS.values():
        body = {"market": TATA_INR, **order, "quantity": "2"}
        placed = await call("POST", "/api/v1/order/", ann, body)
    change = {"cancel": {"order_id": placed.body["order_id"]}}
    change["order"] = {"market": TATA_INR, "side": "buy", "price": "1.00", "quantity": "1"}
    for _ in range(2):
        await call("POST", "/api/v1/cancel-replace", ann, change)
    stop = {"side": "sell", "type": "stop_market", "stop_price": "1.00", "quantity": "1"}
    pair = [{"side": "sell", "price": "300.00", "quantity": "1"}, stop]
    body = {"market": TATA_INR, "kind": "oco", "orders": pair, "client_order_id": "described"}
    for _ in range(2):
        listed = await call("POST", "/api/v1/order-lists", ann, body)
    await call("GET", "/api/v1/order-lists", ann, limit=1)
    await call("GET", "/api/v1/order/open", ann)
    places = {"places": {"list_id": listed.body["list_id"]}}
    await call("GET", "/api/v1/order-lists/{list_id}", ann, **places)
    for _ in range(2):
        await call("DELETE", "/api/v1/order-lists/{list_id}", ann, **places)
    for timeout_ms in (60_000, 0, 1):
        await call("POST", "/api/v1/dead-man-switch", ann, {"timeout_ms": timeout_ms})
    await call("DELETE", "/api/v1/order/open", ann)


async def _own(call: Any, ann: Person) -> None:
    await _wallets(call, ann)
    for path in ("me", "sessions", "logins", "keys", "sub-accounts"):
        await call("GET", f"/api/v1/{path}", ann)
    opened = await call("POST", "/api/v1/sub-accounts", ann, {"label": "grid"})
    await call("GET", "/api/v1/sub-accounts", ann)
    wanted = {"scopes": ["read"], "account": opened.body["account"], "expires_at": "2999-01-01"}
    key = (await call("POST", "/api/v1/keys", ann, wanted)).body["key"]
    await call("GET", "/api/v1/keys", ann)
    for _ in range(2):
        await call("DELETE", "/api/v1/keys/{key}", ann, places={"key": key})
    await call("DELETE", "/api/v1/keys/{key}", ann, places={"key": "nobody"})
    await call("DELETE", "/api/v1/sessions/{session}", ann, places={"session": "nobody"})
    await call("DELETE", "/api/v1/sessions", ann)
    new = {"password": PASSWORD, "new_password": PASSWORD}
    await call("POST", "/api/v1/password", ann, new)
    await call("POST", "/api/v1/password", ann, {**new, "password": "a guess of a thief"})
    await call("POST", "/api/v1/second-factor/code", ann, {"code": "000000"})
    factor = await call("POST", "/api/v1/second-factor", ann, {"password": PASSWORD})
    code = {"code": code_of(factor.body["secret"])}
    await call("POST", "/api/v1/second-factor/confirm", ann, {"code": "x"})
    await call("POST", "/api/v1/second-factor/confirm", ann, code)
    await call("POST", "/api/v1/second-factor/code", ann, code)
    await call("GET", "/api/v1/me", ann)
    await call("DELETE", "/api/v1/second-factor", ann, {"password": PASSWORD})
    await call("POST", "/login", None, {"email": ann.email, "password": PASSWORD, "code": None})


async def _wallets(call: Any, ann: Person) -> None:
    wallet, other = Signer(1), Signer(2)
    nonce = (await call("POST", "/wallet/nonce", None)).body
    await call("POST", "/wallet/login", None, wallet.sign_in(nonce))
    await call("POST", "/wallet/login", None, wallet.sign_in(nonce))
    nonce = (await call("POST", "/wallet/nonce", None)).body
    await call("POST", "/wallet/keys", None, wallet.allow(nonce))
    nonce = (await call("POST", "/wallet/nonce", None)).body
    linked = await call("POST", "/api/v1/wallets", ann, other.sign_in(nonce))
    await call("GET", "/api/v1/wallets", ann)
    places = {"places": {"address": linked.body["address"]}}
    for _ in range(2):
        await call("DELETE", "/api/v1/wallets/{address}", ann, **places)


async def _staff(house: House, call: Any, ann: Person, bob: Person) -> None:
    finn, fay = await staff(house, "finance", "admin"), await staff(house, "finance", "admin")
    await call("GET", "/api/v1/staff/people", finn, email=ann.email)
    await call("GET", "/api/v1/staff/people", bob, email=ann.email)
    places = {"places": {"account": ann.account}}
    frozen = {"status": "frozen", "reason": "asked by the customer"}
    await call("POST", "/api/v1/staff/people/{account}/status", finn, frozen, **places)
    await call("DELETE", "/api/v1/staff/people/{account}/sessions", finn, **places)
    adjust = {
        "act": "adjust", "account": bob.account, "reason": "x", "asset": "INR", "amount": "-1.5",
    }  # fmt: skip
    for amount in ("5", "5", "-999999999999"):
        asked = await call("POST", "/api/v1/staff/requests", finn, {**adjust, "amount": amount})
    number = asked.body["request"]
    await call("GET", "/api/v1/staff/requests", fay)
    path = "/api/v1/staff/requests/{request}/"
    await call("POST", f"{path}approve", finn, places={"request": number - 1})
    await call("POST", f"{path}approve", fay, places={"request": number - 1})
    await call("POST", f"{path}approve", fay, places={"request": number})
    await call("POST", f"{path}refuse", fay, places={"request": number - 2})
    await call("GET", "/api/v1/staff/requests", fay)
    await call("GET", "/api/v1/staff/trail", fay, limit=1000)
    await _withdrawals(house, call, finn, fay)
    await _desk(call, finn, fay, bob)
    await call("POST", "/api/v1/logout", fay)


async def _withdrawals(house: House, call: Any, finn: Person, fay: Person) -> None:
    path, desk = "/api/v1/withdrawals", "/api/v1/staff/withdrawals/{withdrawal}"
    cid = await house.person(INR="9")
    to = {"asset": "INR", "address": "somewhere"}
    numbers = []
    for key in ("a", "b", "c"):
        body = {**to, "amount": "1", "client_withdrawal_id": key}
        asked = await call("POST", path, cid, body)
        await call("POST", path, cid, body)
        numbers.append({"places": {"withdrawal": asked.body["withdrawal"]}})
    first, second, third = numbers
    await call("GET", path, cid, limit=1)
    await call("GET", "/api/v1/withdrawals/{withdrawal}", cid, **first)
    for _ in range(2):
        await call("DELETE", "/api/v1/withdrawals/{withdrawal}", cid, **first)
    for who in (finn, finn, fay):
        await call("POST", f"{desk}/approve", who, **second)
    await call("POST", f"{desk}/failed", finn, {"reason": "x"}, **second)
    await call("POST", f"{desk}/retry", finn, **second)
    await call("POST", f"{desk}/sent", finn, {"reference": "0x"}, **second)
    await call("POST", f"{desk}/reject", finn, {"reason": "x"}, **third)
    await call("GET", desk, finn, **second)
    await call("GET", "/api/v1/staff/withdrawals", finn, limit=2)
    kept = await call("POST", "/api/v1/beneficiaries", cid, {**to, "label": "cold"})
    await call("GET", "/api/v1/beneficiaries", cid)
    places = {"places": {"beneficiary": kept.body["beneficiary"]}}
    for _ in range(2):
        await call("DELETE", "/api/v1/beneficiaries/{beneficiary}", cid, **places)


async def _desk(call: Any, finn: Person, fay: Person, bob: Person) -> None:
    root, why = "/api/v1/staff", {"reason": "x"}
    at, person = {"places": {"market": TATA_INR}}, {"places": {"account": bob.account}}
    await bob.call("POST", "/api/v1/keys", {"scopes": ["read"]})
    key = (await bob.get("/api/v1/keys"))["keys"][0]["key"]
    limits = {**why, "market": TATA_INR, "position": "5"}
    limited = f"{root}/people/{{account}}/limits"
    await call("POST", limited, finn, limits, **person)
    for path in (
        "overview", "health", "risk", "snapshots", "digest", "trail/state", "markets", "directory",
        "orders", "deposits", "ledger", "bots",
    ):  # fmt: skip
        await call("GET", f"{root}/{path}", finn)
    await call("GET", f"{root}/people/{{account}}", finn, **person)
    await call("GET", f"{root}/orders", finn, account=bob.account, limit=1)
    await call("POST", f"{root}/snapshots", finn)
    await call("POST", f"{root}/mode", finn, {**why, "mode": "normal"})
    await call("POST", f"{root}/people/{{account}}/roles", finn, {**why, "roles": []}, **person)
    places = {"places": {**person["places"], "key": key}}
    await call("DELETE", f"{root}/people/{{account}}/keys/{{key}}", finn, **places)
    new = {**why, "symbol": "NEW_INR", "base": "TATA", "tick": "0.05", "lot": "1"}
    await call("POST", f"{root}/markets", finn, new)
    fees = {**why, "fees": {"maker_ppm": 0, "taker_ppm": 1}}
    await call("POST", f"{root}/markets/{{market}}/changes", finn, fees, **at)
    await call("POST", f"{root}/markets/{{market}}/retire", finn, why, **at)
    halted = {**why, "state": "halted"}
    await call("POST", f"{root}/markets/{{market}}/state", finn, halted, **at)
    await call("POST", f"{root}/orders/cancel", finn, {**why, "market": TATA_INR})
    credit = {"account": bob.account, "asset": "INR", "amount": "1", "reference": "r", **why}
    await call("POST", f"{root}/deposits", finn, credit)
    await call("POST", f"{root}/liabilities", fay)
    for what in ("start", "stop"):
        await call("POST", f"{root}/bots/{{bot}}/{what}", finn, places={"bot": "none"})
    levels = {**why, "levels": 3}
    await call("POST", f"{root}/bots/{{bot}}/parameters", finn, levels, places={"bot": "none"})
    await call("GET", f"{root}/ledger", finn)


async def _orders(call: Any, ann: Person, bob: Person) -> None:
    order = {"market": TATA_INR, "side": "sell", "price": "10.00", "quantity": "5"}
    keyed = {**order, "client_order_id": "one"}
    first = await call("POST", "/api/v1/order/", ann, keyed)
    again = await call("POST", "/api/v1/order/", ann, keyed)
    assert (first.status, again.status) == (201, 200)
    await call("POST", "/api/v1/order/", ann, {**order, "price": "10.01"})
    await call("POST", "/api/v1/order/", ann, {**order, "quantity": "999999"})
    short = {"order_type": "Buy", "order_kind": "Limit", "market": TATA_INR}
    await call("POST", "/order", bob, {**short, "price": 10, "quantity": "2"})
    budget = {"market": TATA_INR, "side": "buy", "type": "market", "budget": "15"}
    members = [order, {"cancel": 999_999}, budget, {}]
    await call("POST", "/api/v1/orders/", bob, {"orders": members})
    order_id = first.body["order_id"]
    await call("PATCH", "/api/v1/order/", ann, {"order_id": order_id, "price": "11.00"})
    await call("GET", "/api/v1/order/{order_id}", ann, places={"order_id": order_id})
    await call("GET", "/api/v1/order/{order_id}", bob, places={"order_id": order_id})
    await call("DELETE", "/api/v1/order/", ann, order_id=order_id)
    await call("DELETE", "/api/v1/order/", ann, order_id=order_id)


async def test_described_bodies_are_those_that_are_read(
    house: House, document: dict[str, Any]
) -> None:
    """Each field of a described body is known to its call, and no other is."""
    ann, finn = await house.person(), await staff(house, *ROLES)
    for path, item in document["paths"].items():
        who = finn if path.startswith("/api/v1/staff/") else ann
        for method, operation in item.items():
            if "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            fields = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            for name in (*fields["properties"], "surely_unknown"):
                answer = await who.call(method.upper(), concrete(path), {name: {}})
                unknown = answer.code == "UNKNOWN_FIELD" and answer.error["field"] == name
                assert unknown == (name == "surely_unknown"), (path, name, answer)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_no_call_takes_a_parameter_it_does_not_know(
    house: House, ann: Person, route: Route
) -> None:
    before = house.state()
    path = concrete(route.path)
    body = {} if route.takes is not None else None
    answer = await ann.call(route.method, path, body, surely_unknown="1")
    assert (answer.status, answer.code) == (422, "UNKNOWN_FIELD")
    assert answer.error["field"] == "surely_unknown"
    assert house.state() == before


@pytest.mark.parametrize("name", ["a" * 5_000, "\x80", "'", "\0"], ids=ascii)
async def test_name_of_an_unknown_parameter_is_repeated_in_short(house: House, name: str) -> None:
    answer = await house.call("GET", "/health", **{name: "1"})
    assert (answer.code, answer.error["field"]) == ("UNKNOWN_FIELD", name[:64])
    assert len(answer.error["message"]) < 150


async def test_connection_is_told_of_a_socket_where_there_is_one(house: House) -> None:
    answer = await house.call("GET", "/api/v1/ws")
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await house.http.ws_connect("/api/v1/depth")
