"""Limits at every door of a running venue: what passes, what is refused, what is never starved."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from outcry.adapters.memory import ManualClock
from outcry.gateway.limits.gate import Gate
from outcry.gateway.limits.rates import LimitSettings
from tests.support import scoreboard
from tests.support.gateway import TATA_INR, Answer, House, Person, open_house
from tests.support.stream import Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECOND_NS = 1_000_000_000
START_NS = 1_800_000_000 * SECOND_NS
LIMIT = {"market": TATA_INR, "side": "buy", "price": "100", "quantity": "1"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a venue that takes each test's word for where it calls from."""
    gateway = {"proxies": ("127.0.0.1",)}
    async with open_house(tmp_path_factory.mktemp("venue"), gateway=gateway) as house:
        yield house


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def gate(house: House, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Return the venue's gate; it forgets nothing but the limits of the test."""
    gate = house.venue.services.gate
    monkeypatch.setattr(gate, "_now_ns", clock.now_ns)
    yield gate
    gate.set(LimitSettings())


_addresses = (f"203.0.113.{number}" for number in range(1, 255))


class Caller:
    """Somebody who calls from an address of their own."""

    def __init__(self, house: House, person: Person | None = None) -> None:
        self.house = house
        self.headers = {"X-Forwarded-For": next(_addresses)}
        if person is not None:
            self.headers["Authorization"] = f"Bearer {person.token}"

    async def call(self, method: str, path: str, body: Any = None, **parameters: Any) -> Answer:
        return await self.house.call(method, path, body, headers=self.headers, **parameters)

    async def place(self, **more: Any) -> Answer:
        return await self.call("POST", "/api/v1/order/", LIMIT | more)

    async def stream(self) -> Stream:
        headers = {"X-Forwarded-For": self.headers["X-Forwarded-For"]}
        stream = Stream(await self.house.http.ws_connect("/api/v1/ws", headers=headers))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token:
            await stream.ask(op="auth", token=token)
        return stream


CALLS = {
    "a call": ("GET", "/api/v1/markets"),
    "an order": ("POST", "/api/v1/order/"),
    "a path that is not there": ("GET", "/nowhere"),
    "a method that is not": ("PUT", "/api/v1/markets"),
    "the documents": ("GET", "/openapi.json"),
}


@pytest.mark.parametrize(("method", "path"), CALLS.values(), ids=CALLS)
async def test_address_is_refused_with_429_and_shut_out_with_418(
    house: House, gate: Gate, clock: ManualClock, method: str, path: str
) -> None:
    gate.set(LimitSettings(ip_weight_1m=3, refusals_1m=2))
    caller = Caller(house)
    body = LIMIT if method == "POST" else None
    clock.set(START_NS + 18 * SECOND_NS)
    answers = [await caller.call(method, path, body) for _ in range(7)]
    assert [answer.status for answer in answers[3:]] == [429, 429, 418, 418]
    assert {answer.status for answer in answers[:3]}.isdisjoint({418, 429})
    assert [answer.code for answer in answers[3:]] == ["RATE", "RATE", "SHUT_OUT", "SHUT_OUT"]
    assert [answer.headers["Retry-After"] for answer in answers[3:]] == ["42", "42", "120", "120"]
    assert answers[3].error["retry_after_s"] == 42
    clock.advance(42 * SECOND_NS)
    assert (await caller.call(method, path, body)).status == 418
    clock.advance(78 * SECOND_NS)
    assert (await caller.call(method, path, body)).status not in {418, 429}
    assert (await Caller(house).call("GET", "/api/v1/markets")).status == 200


async def test_no_call_passes_by_the_gate(house: House, gate: Gate) -> None:
    gate.set(LimitSettings(ip_weight_1m=1, cancel_reserve_percent=0, refusals_1m=10_000))
    caller = Caller(house)
    await caller.call("GET", "/health")
    paths = (await house.get("/openapi.json"))["paths"]
    calls = [(method.upper(), path) for path, of in paths.items() for method in of]
    calls += [("GET", path) for path in ("/openapi.json", "/docs", "/docs.js", "/api/v1/ws", "/ws")]
    statuses = {call: (await caller.call(*call)).status for call in calls}
    assert len(statuses) > 60
    assert {call for call, status in statuses.items() if status != 429} == set()
    scoreboard.note("S10", calls_behind_the_gate=len(statuses))


async def test_an_account_has_so_many_open_orders_in_a_market_and_in_all(house: House) -> None:
    ann = await house.person(INR="1000000")
    symbols = [await house.market() for _ in range(11)]
    order = {"side": "buy", "price": "1", "quantity": "10"}

    async def place(symbol: str, count: int) -> list[str]:
        orders = [order | {"market": symbol} for _ in range(count)]
        answer = await ann.call("POST", "/api/v1/orders/", {"orders": orders})
        assert answer.status == 200, answer
        return [result.get("error", {}).get("code", "") for result in answer.body["results"]]

    for symbol in symbols[:10]:
        assert await place(symbol, 100) == [""] * 100
    assert await place(symbols[0], 1) == ["OPEN_ORDERS"]
    assert await place(symbols[10], 1) == ["OPEN_ORDERS_TOTAL"]
    gone = await ann.call("DELETE", "/api/v1/order/open", {})
    assert gone.body == {"cancelled": 1_000}
    scoreboard.note("S10", open_orders_in_a_market=100, open_orders=1_000)


async def test_heavy_calls_weigh_more(house: House, gate: Gate) -> None:
    gate.set(LimitSettings(ip_weight_1m=10))
    caller = Caller(house)
    document = await house.get("/openapi.json")
    assert document["paths"]["/api/v1/depth"]["get"]["x-weight"] == 5
    statuses = [
        (await caller.call("GET", "/api/v1/depth", market=TATA_INR)).status for _ in range(3)
    ]
    assert statuses == [200, 200, 429]


async def test_cancels_pass_when_everything_else_is_refused(
    house: House, gate: Gate, clock: ManualClock
) -> None:
    ann = await house.person()
    clock.advance(60 * SECOND_NS)  # What she was given weighs nothing any more.
    caller = Caller(house, ann)
    orders = [(await caller.place()).body["order_id"] for _ in range(4)]
    small = LimitSettings(ip_weight_1m=4, account_weight_1m=4, refusals_1m=1)
    gate.set(replace(small, cancel_reserve_percent=100))
    assert [(await caller.place()).status for _ in range(3)] == [429, 418, 418]
    for order_id in orders[:2]:
        answer = await caller.call("DELETE", "/api/v1/order/", {"order_id": order_id})
        assert answer.status == 200, answer
    everything = await caller.call("DELETE", "/api/v1/order/open", {})
    assert (everything.status, everything.body) == (200, {"cancelled": 2})
    assert (await caller.place()).status == 418
    scoreboard.note("S10", cancels_passed_while_shut_out=3)


async def test_orders_of_an_account_are_counted_over_all_doors(
    house: House, gate: Gate, clock: ManualClock
) -> None:
    ann = await house.person()
    caller = Caller(house, ann)
    gate.set(LimitSettings(orders_10s=6))
    assert (await caller.place()).status == 201
    short = {"market": TATA_INR, "order_type": "Buy", "order_kind": "Limit"}
    placed = await caller.call("POST", "/order", short | {"price": 100, "quantity": 1})
    assert placed.status == 201
    changed = {"order_id": placed.body["order_id"], "quantity": "2"}
    assert (await caller.call("PATCH", "/api/v1/order/", changed)).status == 200
    batch = {"orders": [LIMIT, LIMIT]}
    assert (await caller.call("POST", "/api/v1/orders/", batch)).status == 200
    stream = await caller.stream()
    await stream.ask(op="order.place", args=LIMIT)
    before = house.state()
    for answer in (
        await caller.place(),
        await caller.call("POST", "/order", short | {"price": 100, "quantity": 1}),
        await caller.call("PATCH", "/api/v1/order/", changed),
        await caller.call("POST", "/api/v1/orders/", batch),
    ):
        assert (answer.status, answer.headers["Retry-After"]) == (429, "10")
    error = await stream.refusal(op="order.place", args=LIMIT)
    assert (error["code"], error["retry_after_s"]) == ("RATE", 10)
    assert house.state() == before
    assert gate.orders_used(ann.account) == (6, 6)
    clock.advance(10 * SECOND_NS)
    assert (await caller.place()).status == 201
    await stream.close()


async def test_what_cannot_be_an_order_is_not_counted_as_one(house: House, gate: Gate) -> None:
    ann = await house.person()
    caller = Caller(house, ann)
    gate.set(LimitSettings(orders_10s=1))
    assert (await caller.place(price="nonsense")).status == 422
    assert gate.orders_used(ann.account) == (0, 0)
    cancels = {"orders": [{"op": "cancel", "order_id": 1}]}
    for _ in range(3):
        assert (await caller.call("POST", "/api/v1/orders/", cancels)).status == 200
    assert gate.orders_used(ann.account) == (0, 0)


async def test_of_orders_sent_together_the_first_ones_pass(house: House, gate: Gate) -> None:
    caller = Caller(house, await house.person())
    gate.set(LimitSettings(orders_10s=3))
    stream = await caller.stream()
    for number in range(5):
        args = LIMIT | {"client_order_id": f"c{number}"}
        await stream.send(op="order.place", id=number, args=args)
    answers = [await stream.next_answer() for _ in range(5)]
    assert [answer["ok"] for answer in answers] == [True] * 3 + [False] * 2
    assert [answer["error"]["client_order_id"] for answer in answers[3:]] == ["c3", "c4"]
    for order in (answer["result"]["order_id"] for answer in answers[:3]):
        await stream.ask(op="order.cancel", args={"order_id": order})
    await stream.close()


async def test_every_message_of_a_stream_weighs(house: House, gate: Gate) -> None:
    caller = Caller(house, await house.person())
    order = (await caller.place()).body["order_id"]
    stream = await caller.stream()
    gate.set(LimitSettings(ip_weight_1m=12, cancel_reserve_percent=50, refusals_1m=100))
    used = gate.weight_used(caller.headers["X-Forwarded-For"])
    assert used == 7  # An order, a connection and its auth.
    await stream.ask(op="ping")
    assert (await stream.raw("{"))["error"]["code"] == "BAD_JSON"
    assert (await stream.refusal(op="dance"))["code"] == "BAD_VALUE"
    assert (await stream.refusal(op="order.place", args={}))["code"] == "MISSING_FIELD"
    await stream.ask(op="subscribe", channels=["trades:TATA_INR"])
    for message in ({"op": "ping"}, {"op": "order.place", "args": LIMIT}, {"op": "dance"}):
        assert (await stream.refusal(**message))["code"] == "RATE"
    assert (await stream.raw("{"))["error"]["code"] == "RATE"
    await stream.ask(op="order.cancel", args={"order_id": order})
    await stream.close()


async def test_ten_connections_speak_for_one_account(house: House, gate: Gate) -> None:
    gate.set(LimitSettings(sockets_per_account=2))
    ann = await house.person()
    caller = Caller(house, ann)
    streams = [await caller.stream() for _ in range(2)]
    third = await Caller(house).stream()
    assert (await third.refusal(op="auth", token=ann.token))["code"] == "SOCKETS"
    await streams[0].ask(op="auth", token=ann.token)  # Again, for the same account.
    await streams[0].close()
    async with asyncio.timeout(10):
        while not (await third.answer(op="auth", token=ann.token))["ok"]:
            pass  # It is asked again, until the venue has seen the end of the other.
    for stream in (streams[1], third):
        await stream.close()


async def test_weight_of_an_account_is_counted_from_all_its_addresses(
    house: House, gate: Gate, clock: ManualClock
) -> None:
    ann = await house.person()
    clock.advance(60 * SECOND_NS)
    gate.set(LimitSettings(account_weight_1m=2))
    answers = [await Caller(house, ann).call("GET", "/api/v1/balances") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "of your account" in answers[2].error["message"]


async def test_refusals_are_counted_for_operators(house: House, gate: Gate) -> None:
    gate.set(LimitSettings(ip_weight_1m=1, refusals_1m=1))
    caller = Caller(house)
    refusals, shut_outs = gate.refusals, gate.shut_outs
    for _ in range(4):
        await caller.call("GET", "/api/v1/markets")
    page = (await Caller(house).call("GET", "/metrics")).body
    assert f"outcry_rate_refusals_total {refusals + 3}.0" in page
    assert f"outcry_shut_outs_total {shut_outs + 1}.0" in page


async def test_who_is_no_trusted_proxy_cannot_choose_an_address(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    limits = LimitSettings(ip_weight_1m=3)
    async with open_house(tmp_path_factory.mktemp("alone"), limits=limits) as alone:
        statuses = []
        for number in range(5):
            headers = {"X-Forwarded-For": f"203.0.113.{number}"}
            order = await alone.call("POST", "/api/v1/order/", LIMIT, headers=headers)
            call = await alone.call("GET", "/api/v1/assets", headers=headers)
            statuses += [order.status, call.status]
        assert statuses.count(429) == 7
        assert statuses[:3] == [401, 200, 401]
