"""Who may do what at this door: every call of REST and of the WebSocket API, by every caller."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pytest

from outcry.gateway.binance.account.listen_keys import ListenKeys
from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.routes import Route, routes_of
from outcry.gateway.binance.wire.signing import Guard
from outcry.identity.api_keys import SCOPES, ApiKey, NewKey
from tests.support.binance import Trader, connect, now_ms
from tests.support.gateway import House, Person
from tests.support.scoreboard import add, note

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC, KEYED, READ, TRADE, WITHDRAW = "public", "keyed", "read", "trade", "withdraw"
ACCESS = {
    PUBLIC: """GET ping, GET time, GET exchangeInfo, GET depth, GET trades, GET historicalTrades,
        GET aggTrades, GET klines, GET uiKlines, GET avgPrice, GET ticker/24hr,
        GET ticker/tradingDay, GET ticker/price, GET ticker/bookTicker, GET ticker,
        GET system/status""",
    KEYED: """GET margin/allPairs, GET margin/allAssets, POST userDataStream, PUT userDataStream,
        DELETE userDataStream""",
    READ: """GET order, GET openOrders, GET allOrders, GET myTrades, GET orderList,
        GET openOrderList, GET allOrderList, GET account, GET account/commission,
        GET rateLimit/order, GET myPreventedMatches, GET myAllocations,
        GET capital/config/getall, GET capital/deposit/address, GET capital/deposit/hisrec,
        GET capital/withdraw/history, GET asset/tradeFee, GET margin/isolated/allPairs""",
    TRADE: """POST order, POST order/test, DELETE order, POST order/cancelReplace,
        PUT order/amend/keepPriority, DELETE openOrders, POST orderList/oco, POST orderList/oto,
        POST orderList/otoco, POST order/oco, DELETE orderList""",
    WITHDRAW: "POST capital/withdraw/apply",
}
"""By what a call takes: its verb and its path. `keyed`: a key that may read, and no signature."""
KIND_OF = {name.strip(): kind for kind, names in ACCESS.items() for name in names.split(",")}

BAD_FORMAT, BAD_KEY, BAD_SIGNATURE, NO_SIGNATURE = -2014, -2015, -1022, -1102
NOBODY = {
    "no key": BAD_FORMAT,
    "unknown key": BAD_KEY,
    "expired key": BAD_KEY,
    "revoked key": BAD_KEY,
    "key of another address": BAD_KEY,
}
CALLERS = (*NOBODY, "key of another secret", "key without signature", *SCOPES)
REFUSALS = {BAD_FORMAT, BAD_KEY, BAD_SIGNATURE}


def expected(caller: str, kind: str) -> int:
    """Return the code that a caller is told, 0 where they are let through."""
    if kind == PUBLIC:
        return 0
    if caller in NOBODY:
        return NOBODY[caller]
    if caller in SCOPES:
        return 0 if caller == (READ if kind == KEYED else kind) else BAD_KEY
    if kind == KEYED:
        return 0
    return BAD_SIGNATURE if caller == "key of another secret" else NO_SIGNATURE


class Cell(NamedTuple):
    """A call by a caller, and what was told that should not have been."""

    call: str
    caller: str
    told: int
    expected: int


@dataclass
class Stranger(Trader):
    """Somebody with a given key."""

    house: House
    key: str
    secret: str


def callers(house: House, person: Person) -> Iterator[tuple[str, Stranger]]:
    """Yield everybody who may come to this door."""
    keys = house.venue.services.identity.keys

    def made(*scopes: str, **more: Any) -> Stranger:
        row, secret = keys.create(person.account, NewKey("hmac", scopes, **more))
        return Stranger(house, row.key, secret or "")

    whole = made(*SCOPES)
    revoked = made(*SCOPES)
    keys.revoke(person.account, revoked.key)
    expired = made(*SCOPES, expires_ns=time.time_ns() + 1_000_000)
    time.sleep(0.002)
    yield "no key", replace(whole, key="")
    yield "unknown key", replace(whole, key="x" * 64)
    yield "expired key", expired
    yield "revoked key", revoked
    yield "key of another address", made(*SCOPES, networks=("192.0.2.1/32",))
    yield "key of another secret", replace(whole, secret="x" * 64)
    yield "key without signature", whole
    for scope in SCOPES:
        yield scope, made(scope)


def told(code: int, words: str) -> int:
    """Return the code of a refusal that is about the caller, 0 for any other answer."""
    unsigned = code == NO_SIGNATURE and "'signature'" in words
    return code if code in REFUSALS or unsigned else 0


def routes(house: House) -> list[Route]:
    door = BinanceDoor(house.venue.services)
    return routes_of(door, ListenKeys(door))


def name_of(route: Route) -> str:
    return f"{route.verb} {route.path.removeprefix('/api/v3/').removeprefix('/sapi/v1/')}"


async def wrong_at_rest(house: House) -> tuple[list[Cell], int]:
    """Make every call as everybody; return what is wrong, and how many cells there are."""
    wrong, cells = [], 0
    for caller, stranger in callers(house, await house.person()):
        for route in routes(house):
            name = name_of(route)
            signed = caller != "key without signature"
            answer = await stranger.call(route.verb, route.path, signed=signed)
            assert answer.status < 500, answer
            words = answer.body["msg"] if answer.code else ""
            found, should = told(answer.code, words), expected(caller, KIND_OF[name])
            cells += 1
            if found != should:
                wrong.append(Cell(name, caller, found, should))
    return wrong, cells


async def wrong_at_sockets(house: House) -> tuple[list[Cell], int]:
    """Do the same over the WebSocket API, each request signed for itself."""
    wrong, cells = [], 0
    for caller, stranger in callers(house, await house.person()):
        socket = await connect(house, "/ws-api/v3")
        for route in routes(house):
            if not route.method:
                continue
            params = {"apiKey": stranger.key, "timestamp": now_ms()}
            if caller != "key without signature":
                payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
                params["signature"] = stranger.sign(payload.encode())
            answer = await socket.ask(route.method, params)
            assert answer["status"] < 500, answer
            error = answer.get("error", {"code": 0, "msg": ""})
            found = told(error["code"], error["msg"])
            should = expected(caller, KIND_OF[name_of(route)])
            cells += 1
            if found != should:
                wrong.append(Cell(route.method, caller, found, should))
        await socket.socket.close()
    return wrong, cells


async def test_every_call_has_its_row(house: House) -> None:
    """A new call has to be put into the matrix: whoever writes one decides who may make it."""
    assert {name_of(route) for route in routes(house)} == set(KIND_OF)


async def test_no_cell_of_rest_is_wrong(house: House) -> None:
    wrong, cells = await wrong_at_rest(house)
    assert wrong == []
    assert cells == len(KIND_OF) * len(CALLERS)
    add("S1", cells=cells, wrong=0)


async def test_no_cell_of_the_sockets_is_wrong(house: House) -> None:
    wrong, cells = await wrong_at_sockets(house)
    assert wrong == []
    add("S1", cells=cells, wrong=0)


BROKEN = {
    "scopes are not looked at": (Guard, "still", lambda *_: True),
    "keys do not expire": (ApiKey, "valid_at", lambda *_: True),
    "addresses are not looked at": (ApiKey, "allows", lambda *_: True),
    "signatures are not looked at": (ApiKey, "signed_by", lambda *_: True),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_matrix_finds_a_door_that_was_left_open(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(*BROKEN[name])
    wrong, _ = await wrong_at_rest(house)
    assert len(wrong) >= len([kind for kind in KIND_OF.values() if kind == READ])


# Foreign things

NAMING = (
    ("GET", "order", {}),
    ("DELETE", "order", {}),
    ("POST", "order/cancelReplace", {"cancelReplaceMode": "STOP_ON_FAILURE"}),
    ("PUT", "order/amend/keepPriority", {"newQty": "0.0005"}),
    ("GET", "orderList", {}),
    ("DELETE", "orderList", {}),
)
"""Calls that name an order or a list by its number: verb, path, what else they take."""
NEW_ORDER = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "100", "quantity": "1"}
MISSING = 10**12


def naming(path: str, number: int) -> dict[str, Any]:
    """Return the parameter that names an order or a list."""
    if path == "orderList":
        return {"orderListId": number}
    return {"cancelOrderId" if path == "order/cancelReplace" else "orderId": number}


async def test_foreign_orders_are_as_good_as_none(house: House, ann: Trader, bob: Trader) -> None:
    resting = await ann.order("SELL", "LIMIT", "0.001", price="90000")
    both = await ann.call(
        "POST", "orderList/oco", symbol="BTCUSDT", side="SELL", quantity="0.001",
        aboveType="LIMIT_MAKER", abovePrice="95000", belowType="STOP_LOSS", belowStopPrice="100",
    )  # fmt: skip
    assert both.status == 200, both
    before = await ann.get("openOrders", symbol="BTCUSDT")
    leaks = 0
    for verb, path, more in NAMING:
        more = more | (NEW_ORDER if path == "order/cancelReplace" else {})
        foreign = both.body["orderListId"] if path == "orderList" else resting["orderId"]
        answers = [
            await bob.call(verb, path, symbol="BTCUSDT", **naming(path, number), **more)
            for number in (foreign, MISSING)
        ]
        assert all(answer.status == 400 for answer in answers), answers
        leaks += answers[0].body != answers[1].body
        own = await ann.call("GET", path, **naming(path, foreign), symbol="BTCUSDT")
        assert path not in {"order", "orderList"} or own.status == 200
    assert leaks == 0
    assert await ann.get("openOrders", symbol="BTCUSDT") == before
    assert len(before) == 3
    note("S2", binance_leaks=leaks)
