"""The express lane and the HTTP server answer the same request with the same words."""

import asyncio
import json
import re
from typing import Any

import aiohttp
import pytest

from outcry.gateway.express.desk import OrderDesk
from outcry.gateway.express.lane import IDLE_SWEEPS, Lane
from tests.support.gateway import House, Person
from tests.support.stream import Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = {"market": "TATA_INR", "side": "buy", "price": "90.00", "quantity": "3"}
BODIES = [
    pytest.param("order", LIMIT, id="an order that rests"),
    pytest.param("order", LIMIT | {"client_order_id": "once"}, id="an order with an id"),
    pytest.param("order", LIMIT | {"type": "market"}, id="a contradiction"),
    pytest.param("order", LIMIT | {"price": "90.01"}, id="a price between ticks"),
    pytest.param("order", LIMIT | {"price": 90}, id="a number for money"),
    pytest.param("order", LIMIT | {"market": "X_Y"}, id="no such market"),
    pytest.param("order", LIMIT | {"market": "REST_INR"}, id="a halted market"),
    pytest.param("order", LIMIT | {"user_id": "7777"}, id="somebody else's order"),
    pytest.param("order", LIMIT | {"quantity": "999999"}, id="more than there is"),
    pytest.param("order", '{"market":', id="half an object"),
    pytest.param("order", "", id="nothing"),
    pytest.param("orders", {"orders": [LIMIT, {"cancel": 1}, LIMIT | {"side": 1}]}, id="a batch"),
    pytest.param("orders", {"orders": [{"cancel": "x"}]}, id="a batch with nothing to send"),
    pytest.param("orders", {"orders": []}, id="an empty batch"),
    pytest.param("orders", {"orders": [LIMIT] * 101}, id="too long a batch"),
]
_VOLATILE = re.compile(
    r'"(?:order_id|sequence|trade_id)":\d+|"(?:created_at|updated_at|request_id)":"[^"]*"'
)


async def exchange(house: House, *requests: bytes) -> list[tuple[int, dict[str, str], str]]:
    """Send raw requests over one connection at once; return (status, header fields, body) each."""
    port = int(house.venue.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"".join(requests))
        return [await answer_from(reader) for _ in requests]
    finally:
        writer.close()


async def answer_from(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], str]:
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers["Content-Length"]))
    return int(first.split()[1]), headers, body.decode()


def request(person: Person, call: str, body: Any, kind: str = "application/json") -> bytes:
    text = body if isinstance(body, str) else json.dumps(body)
    head = (
        f"POST /api/v1/{call}/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
        f"Authorization: Bearer {person.token}\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return (head + text).encode()


def by_the_server(person: Person, call: str, body: Any) -> bytes:
    """The same request with a content type that the lane leaves to the server."""
    return request(person, call, body, "application/json; charset=utf-8")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note the bodies that the lane serves."""
    bodies: list[bytes] = []
    serve = OrderDesk.serve

    def noting(self: OrderDesk, head: Any, body: bytes, client: str, answer: Any) -> None:
        bodies.append(body)
        serve(self, head, body, client, answer)

    monkeypatch.setattr(OrderDesk, "serve", noting)
    return bodies


@pytest.mark.parametrize(("call", "body"), BODIES)
async def test_both_give_the_same_answer(
    house: House, served: list[bytes], call: str, body: Any
) -> None:
    one, other = await house.person(), await house.person()
    (express,) = await exchange(house, request(one, call, body))
    assert len(served) == 1
    (usual,) = await exchange(house, by_the_server(other, call, body))
    assert len(served) == 1
    assert express[0] == usual[0]
    assert express[1].keys() == usual[1].keys()
    assert express[1]["Content-Type"] == usual[1]["Content-Type"]
    assert _VOLATILE.sub("", express[2]) == _VOLATILE.sub("", usual[2])


async def test_an_unknown_token_gets_the_same_refusal(house: House, ann: Person) -> None:
    token, ann.token = ann.token, "none"
    raw = request(ann, "order", LIMIT), by_the_server(ann, "order", LIMIT)
    ann.token = token
    express, usual = [(await exchange(house, text))[0] for text in raw]
    assert (express[0], usual[0]) == (401, 401)
    assert express[1]["WWW-Authenticate"] == usual[1]["WWW-Authenticate"] == "Bearer"


async def test_express_and_usual_requests_may_follow_each_other(
    house: House, ann: Person, served: list[bytes]
) -> None:
    balances = (
        "GET /api/v1/balances HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {ann.token}\r\n\r\n"
    ).encode()
    order = request(ann, "order", LIMIT)
    answers = await exchange(house, order, balances, order, balances, order, order)
    assert [status for status, _, _ in answers] == [201, 200, 201, 200, 201, 201]
    assert [sorted(json.loads(body))[0] for _, _, body in answers[:3]] == [
        "average_price", "balances", "average_price",
    ]  # fmt: skip
    assert len(served) == 4


async def test_a_refused_request_does_not_end_the_connection(house: House, ann: Person) -> None:
    missing = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
    order = request(ann, "order", LIMIT)
    answers = await exchange(house, missing, order, missing, order)
    assert [status for status, _, _ in answers] == [404, 201, 404, 201]


async def test_an_order_in_the_body_of_another_request_is_not_placed(
    house: House, ann: Person
) -> None:
    before = house.venue.engine.core.sequence
    hidden = request(ann, "order", LIMIT).decode()
    (answer,) = await exchange(house, by_the_server(ann, "order", hidden))
    assert answer[0] == 400
    assert house.venue.engine.core.sequence == before


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> list[Lane]:
    """Note the lanes of new connections."""
    made: list[Lane] = []
    connected = Lane.connection_made

    def noting(self: Lane, transport: asyncio.BaseTransport) -> None:
        made.append(self)
        connected(self, transport)

    monkeypatch.setattr(Lane, "connection_made", noting)
    return made


def rest_long(lanes: list[Lane]) -> None:
    """Look at the connections as often as in two minutes."""
    for _ in range(IDLE_SWEEPS + 2):
        for lane in lanes:
            lane.swept()


async def test_a_quiet_socket_is_no_idle_connection(house: House, lanes: list[Lane]) -> None:
    async with aiohttp.ClientSession(house.venue.url) as http:  # Of nobody's old connections.
        stream = Stream(await http.ws_connect("/api/v1/ws"))
        rest_long(lanes)
        assert len(lanes) == 1
        assert await stream.ask(op="ping") == "pong"


@pytest.mark.parametrize("more", ["", "TE: trailers\r\n"], ids=["a lane", "the server"])
async def test_an_idle_connection_is_closed_whoever_has_it(
    house: House, lanes: list[Lane], more: str
) -> None:
    port = int(house.venue.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(f"GET /health HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        assert (await answer_from(reader))[0] == 200
    rest_long(lanes)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
