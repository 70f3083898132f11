"""When the venue is full, stops, halts or errs: every request still gets one clear answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from outcry.gateway.native.render import Renderer
from outcry.pipeline import PipelineSettings
from outcry.ports import LogFailed
from tests.support.gateway import TATA_INR, Answer, House, Person, open_house
from tests.support.stream import Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
QUEUE = 50


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A venue of its own for each test, with room for few commands."""
    async with open_house(tmp_path, pipeline=PipelineSettings(queue_commands=QUEUE)) as house:
        yield house


def express(person: Person, members: list[Any]) -> bytes:
    """Return a batch as it is sent, so that several can arrive at the same moment."""
    text = json.dumps({"orders": members})
    head = (
        "POST /api/v1/orders/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {person.token}\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return (head + text).encode()


async def at_once(house: House, *requests: bytes) -> list[tuple[int, Any]]:
    """Send requests in one piece; return (status, body) of each."""
    port = int(house.venue.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    answers = []
    for _ in requests:
        async with asyncio.timeout(10):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.split("Content-Length: ")[1].split("\r\n")[0])
            answers.append((int(head.split()[1]), json.loads(await reader.readexactly(length))))
    writer.close()
    await writer.wait_closed()
    return answers


async def every_way(person: Person) -> list[Answer]:
    """Place an order through every kind of call."""
    return [
        await person.call("POST", "/api/v1/order/", ORDER),
        await person.call("POST", "/api/v1/orders/", {"orders": [ORDER]}),
        await person.call(
            "POST", "/order",
            {"order_type": "Buy", "order_kind": "Limit", "price": 5, "quantity": 1,
             "market": TATA_INR},
        ),
        await person.call("DELETE", "/api/v1/order/", order_id=1),
        await person.call("DELETE", "/api/v1/order/open"),
    ]  # fmt: skip


async def test_full_venue_refuses_orders_and_takes_cancels(house: House, ann: Person) -> None:
    orders = [await ann.place("buy", "5.00", "1") for _ in range(5)]
    cancels = [{"cancel": order["order_id"]} for order in orders]
    filled, refused, cancelled = await at_once(
        house, express(ann, [ORDER] * 38), express(ann, [ORDER] * 5), express(ann, cancels)
    )
    assert filled[0] == cancelled[0] == 200
    assert (refused[0], refused[1]["error"]["code"]) == (503, "BUSY")
    assert {result["status"] for result in cancelled[1]["results"]} == {"cancelled"}
    assert len((await ann.get("/api/v1/order/open"))["orders"]) == 38


async def test_refused_order_was_not_done_and_can_be_sent_again(house: House, ann: Person) -> None:
    keyed = [{**ORDER, "client_order_id": f"k{number}"} for number in range(41)]
    answer = await ann.call("POST", "/api/v1/orders/", {"orders": keyed})
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "BUSY", "1")
    assert (await ann.get("/api/v1/order/open"))["orders"] == []
    answer = await ann.call("POST", "/api/v1/orders/", {"orders": keyed[:40]})
    assert {result["status"] for result in answer.body["results"]} == {"open"}


async def test_burst_over_a_stream_is_answered_one_by_one(house: House, ann: Person) -> None:
    stream = await ann.stream()
    for number in range(300):
        await stream.send(id=number, op="order.place", args=ORDER)
    answers = [await stream.next_answer() for _ in range(300)]
    assert [answer["id"] for answer in answers] == list(range(300))
    refused = [answer["error"]["code"] for answer in answers if not answer["ok"]]
    assert set(refused) <= {"BUSY", "OPEN_ORDERS"}
    resting = (await ann.get("/api/v1/order/open", limit=1_000))["orders"]
    assert len(resting) == 300 - len(refused)


async def test_stopping_venue_says_so(house: House, ann: Person) -> None:
    await house.venue.pipeline.drain(1.0)
    before = house.state()
    stream = await ann.stream()
    for answer in await every_way(ann):
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "DRAINING", "5")
    assert (await stream.refusal(op="order.place", args=ORDER))["code"] == "DRAINING"
    assert (await house.call("GET", "/ready")).status == 503
    assert (await house.call("GET", "/health")).status == 200
    assert house.state() == before


def break_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next commands be lost, or not: nobody knows."""

    def fail(_: object) -> None:
        raise LogFailed("the disk is gone")

    monkeypatch.setattr(house.venue.pipeline._sequencer, "commit", fail)


NAMED = {"client_order_id": "in-doubt"}
CHANGES = {
    "replace": ("PATCH", "order.replace", {**NAMED, "price": "6.00"}),
    "cancel-first": ("PATCH", "order.replace", {**NAMED, "price": "6.00", "cancel_first": True}),
    "cancel": ("DELETE", "order.cancel", NAMED),
}


@pytest.mark.parametrize(("method", "op", "change"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("door", ["http", "stream"])
async def test_changed_order_whose_outcome_is_not_known_is_named(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch, door: str, method: str, op: str,
    change: dict[str, Any],
) -> None:  # fmt: skip
    await ann.place("buy", "5.00", "1", **NAMED)
    stream = await ann.stream()
    break_disk(house, monkeypatch)
    if door == "stream":
        error = await stream.refusal(op=op, args=change)
    else:
        error = (await ann.call(method, "/api/v1/order/", change)).error
    assert error["code"] == "UNKNOWN_OUTCOME"
    assert error["client_order_id"] == "in-doubt"


async def test_order_whose_outcome_is_not_known_is_named(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await ann.stream()
    break_disk(house, monkeypatch)
    keyed = {**ORDER, "client_order_id": "in-doubt"}
    answer = await ann.call("POST", "/api/v1/order/", keyed)
    assert (answer.status, answer.code) == (504, "UNKNOWN_OUTCOME")
    assert answer.error["client_order_id"] == "in-doubt"
    assert "the disk" not in str(answer.body)
    for later in await every_way(ann):
        assert (later.status, later.code) == (503, "VENUE_HALTED")
    assert (await stream.refusal(op="order.place", args=keyed))["code"] == "VENUE_HALTED"
    assert (await ann.get("/api/v1/order/open"))["orders"] == []


async def test_unknown_outcome_is_told_over_a_stream_too(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await ann.stream()
    break_disk(house, monkeypatch)
    for number in range(3):
        await stream.send(id=number, op="order.place", args={**ORDER, "client_order_id": "k"})
    answers = [await stream.next_answer() for _ in range(3)]
    assert {a["error"]["code"] for a in answers} <= {"UNKNOWN_OUTCOME", "VENUE_HALTED"}
    assert answers[0]["error"]["code"] == "UNKNOWN_OUTCOME"
    assert answers[0]["error"]["client_order_id"] == "k"


async def test_mistake_of_ours_is_an_answer_and_tells_nothing(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await ann.stream()
    plain = Renderer.plain

    def mistake(*_: object) -> str:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setattr(Renderer, "plain", mistake)
    answers = (await every_way(ann))[:3]
    told = [await stream.answer(op="order.place", args=ORDER) for _ in range(2)]
    batch = await stream.answer(op="order.batch", args={"orders": [ORDER]})
    listing = await stream.answer(op="subscribe", channels=["orders"])
    monkeypatch.setattr(Renderer, "plain", plain)
    assert [(a.status, a.code) for a in answers] == [(500, "INTERNAL")] * 3
    assert [a["error"]["code"] for a in (*told, batch, listing)] == ["INTERNAL"] * 4
    assert "secret" not in str([answers, told, batch, listing])
    assert (await stream.ask(op="order.place", args=ORDER))["status"] == "open"
    assert (await ann.place("buy", "5.00", "1"))["status"] == "open"


async def test_mistake_in_what_one_is_told_halts_nobody(
    house: House, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await ann.stream("orders")
    await stream.event("orders")
    plain = Renderer.plain

    def mistake(self: Renderer, view: Any) -> str:
        if view.account == ann.account:
            raise ZeroDivisionError
        return plain(self, view)

    monkeypatch.setattr(Renderer, "plain", mistake)
    answer = await ann.call("POST", "/api/v1/order/", ORDER)
    assert answer.code == "INTERNAL"
    assert await stream.closed() == 1011
    assert (await bob.place("buy", "5.00", "1"))["status"] == "open"


async def test_mistake_with_one_answer_is_not_the_others(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = await ann.stream()
    plain = Renderer.plain

    def mistake(self: Renderer, view: Any) -> str:
        if view.key == "bad":
            raise ZeroDivisionError
        return plain(self, view)

    monkeypatch.setattr(Renderer, "plain", mistake)
    for key in ("good1", "bad", "good2"):
        await stream.send(id=key, op="order.place", args={**ORDER, "client_order_id": key})
    answers = [await stream.next_answer() for _ in range(3)]
    assert [(a["id"], a["ok"]) for a in answers] == [
        ("good1", True), ("bad", False), ("good2", True),
    ]  # fmt: skip


async def test_stopping_venue_closes_its_streams_by_the_book(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as http:
        async with open_house(tmp_path / "other") as house:
            stream = Stream(await http.ws_connect(f"{house.venue.url}/ws"))
            await stream.ask(op="subscribe", channels=[f"book:{TATA_INR}"])
            closed = asyncio.create_task(stream.closed())
        assert await closed == aiohttp.WSCloseCode.GOING_AWAY
