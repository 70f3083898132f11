"""What a bench does to clients, seen by a client that copes with it."""

import asyncio
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from outcry.client import NO_RETRIES, AsyncClient, RateLimited, Unreachable, VenueTrouble
from outcry.client.live.messages import Disconnected
from outcry.client.live.stream import Stream
from outcry.gateway.bench.calls import ROUTES
from tests.support.gateway import House, Person, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_S = 10.0
ORDERS = "/api/v1/order"


async def bench(operator: Person, what: str, **asked: Any) -> Any:
    """Ask something of the bench."""
    answer = await operator.call("POST", f"/api/v1/bench/{what}", asked)
    assert answer.status == 200, answer
    return answer.body


async def fault(operator: Person, **asked: Any) -> Any:
    return await bench(operator, "faults", **asked)


async def test_requests_are_refused_as_often_as_was_asked_for(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    market = await house.market()
    await fault(operator, do="refuse", code="RATE", path=ORDERS, method="POST", count=2)
    order = await bot.place(market=market, side="sell", price="5.00", quantity=1)
    assert order.status == "open"
    (struck,) = (await operator.get("/api/v1/bench"))["faults"]
    assert (struck["struck"], struck["left"]) == (2, 0)


async def test_refusal_has_its_status_and_what_clients_read(house: House, operator: Person) -> None:
    await fault(operator, do="refuse", code="RATE", path="/api/v1/markets")
    answer = await house.call("GET", "/api/v1/markets")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "RATE", "1")
    await fault(operator, do="refuse", code="BUSY", path="/api/v1/markets", skip=1)
    assert [(await house.call("GET", "/api/v1/markets")).status for _ in range(3)] == [
        200, 503, 200,
    ]  # fmt: skip


async def test_any_answer_can_be_given(house: House, operator: Person) -> None:
    body = {"code": -1003, "msg": "Too many requests."}
    headers = {"Retry-After": "7"}
    asked = {"do": "answer", "status": 418, "body": body, "headers": headers}
    await fault(operator, path="/api/v1/depth", **asked)
    answer = await house.call("GET", "/api/v1/depth", market="TATA_INR")
    assert (answer.status, answer.body) == (418, body)
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("do", ["cut", "refuse"])
async def test_order_that_is_done_but_not_answered_is_there_once(
    house: House, operator: Person, bot: AsyncClient, do: str
) -> None:
    market = await house.market()
    await fault(operator, do=do, when="after", code="UNKNOWN_OUTCOME", path=ORDERS, method="POST")
    order = await bot.place(market=market, side="sell", price="5.00", quantity=1)
    (only,) = (await bot.open_orders(market=market)).orders
    assert only.order_id == order.order_id


async def test_connection_that_is_cut_before_leaves_nothing_done(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    market = await house.market()
    await fault(operator, do="cut", path=ORDERS, method="POST")
    async with AsyncClient(house.venue.url, bot.token, retries=NO_RETRIES) as once:
        with pytest.raises(Exception, match="not known") as lost:
            await once.place(market=market, side="sell", price="5.00", quantity=1)
    assert isinstance(lost.value, VenueTrouble | Unreachable)
    assert (await bot.open_orders(market=market)).orders == []


async def test_requests_wait_as_long_as_was_asked_for(operator: Person, bot: AsyncClient) -> None:
    loop = asyncio.get_running_loop()
    await bot.assets()
    await bench(operator, "latency", latency_ms=60, jitter_ms=5)
    began = loop.time()
    await bot.assets()
    assert loop.time() - began >= 0.06
    await bench(operator, "latency")
    await fault(operator, do="delay", delay_ms=70, path="/api/v1/assets")
    began = loop.time()
    await bot.assets()
    assert loop.time() - began >= 0.07


async def reach(stream: Stream, market: str, sequence: int) -> list[Any]:
    """Take events until a book is there; return them."""
    events = []
    async with asyncio.timeout(PATIENCE_S):
        while not stream.book(market).is_synced or stream.book(market).sequence < sequence:
            events.append(await anext(stream))
    return events


async def test_gap_is_noticed_and_the_book_right_again(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    market = await house.market()
    async with bot.stream(f"book:{market}") as stream:
        await reach(stream, market, 0)
        await bench(operator, "gaps", channel=f"book:{market}", messages=1)
        await bot.place(market=market, side="sell", price="5.00", quantity=1)
        while (await operator.get("/api/v1/bench"))["gaps"]:  # noqa: ASYNC110  # the venue knows
            await asyncio.sleep(0.005)
        await bot.place(market=market, side="sell", price="6.00", quantity=1)
        depth = await bot.depth(market)
        await reach(stream, market, depth.sequence)
        assert stream.book(market).asks() == depth.asks
        assert stream.book(market).resyncs == 1


async def test_streams_are_cut_and_come_again(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    market = await house.market()
    async with bot.stream(f"book:{market}") as stream:
        await reach(stream, market, 0)
        assert (await operator.get("/api/v1/bench"))["sockets"] == 1
        assert await bench(operator, "disconnect", path="/nowhere") == {"disconnected": 0}
        assert await bench(operator, "disconnect") == {"disconnected": 1}
        async with asyncio.timeout(PATIENCE_S):
            while not isinstance(await anext(stream), Disconnected):
                pass
        await reach(stream, market, 0)
        assert stream.connections == 2


async def test_clock_goes_on_from_where_it_was_set(operator: Person, bot: AsyncClient) -> None:
    before = await bench(operator, "clock")
    after = await bench(operator, "clock", advance_ms=3_600_000)
    assert after["offset_ms"] - before["offset_ms"] == 3_600_000
    assert after["time"] > before["time"]
    market = (await bot.markets()).markets[0].market
    assert (await bot.tickers(market)).tickers[0].time >= after["time"]
    back = await bench(operator, "clock", time=before["time"])
    assert abs(back["offset_ms"] - before["offset_ms"]) < 60_000


async def test_time_in_the_log_never_goes_back(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    market = await house.market()
    before = (await operator.get("/api/v1/bench"))["time"]
    await bench(operator, "clock", advance_ms=60_000)
    first = await bot.place(market=market, side="sell", price="5.00", quantity=1)
    assert (await bench(operator, "clock", time=before))["time"] < first.created_at
    second = await bot.place(market=market, side="sell", price="5.00", quantity=1)
    assert second.created_at >= first.created_at


async def test_reset_takes_everything_back(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    market = await house.market()
    await bot.place(market=market, side="sell", price="5.00", quantity=1)
    await fault(operator, do="refuse", path="/nowhere", count=None)
    await bench(operator, "gaps", channel="book:X", messages=9)
    state = await bench(operator, "reset")
    assert (state["faults"], state["gaps"], state["latency_ms"]) == ([], {}, 0)
    assert (await bot.open_orders()).orders == []
    assert {b.total.strip("0.") for b in (await bot.balances()).balances} <= {""}


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("faults", {}),
        ("faults", {"do": "explode"}),
        ("faults", {"do": "cut", "count": 0}),
        ("faults", {"do": "refuse", "code": "NO_SUCH"}),
        ("faults", {"do": "cut", "more": 1}),
        ("faults", {"do": "answer", "headers": {"X": "a\r\nY: b"}}),
        ("faults", {"do": "answer", "headers": {"X Y": "a"}}),
        ("latency", {"latency_ms": -1}),
        ("latency", {"latency_ms": 10**9}),
        ("gaps", {}),
        ("gaps", {"channel": "x", "messages": "1"}),
        ("disconnect", {"who": "x"}),
        ("clock", {"time": "yesterday"}),
        ("clock", {"time": 1, "advance_ms": 1}),
        ("clock", {"time": "2200-01-01T00:00:00Z"}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    operator: Person, what: str, asked: dict[str, Any]
) -> None:
    before = await operator.get("/api/v1/bench")
    answer = await operator.call("POST", f"/api/v1/bench/{what}", asked)
    assert answer.status == 422, answer
    after = await operator.get("/api/v1/bench")
    assert after | {"time": 0} == before | {"time": 0}


async def test_calls_of_the_bench_are_described_and_answer_as_described(
    house: House, operator: Person
) -> None:
    document = await house.get("/openapi.json")
    bodies: dict[str, Any] = {
        "bench_fault": {"do": "cut", "path": "/nowhere"}, "bench_latency": {},
        "bench_gap": {"channel": "book:X"}, "bench_disconnect": {"path": "/nowhere"},
        "bench_clock": {},
    }  # fmt: skip
    for route in ROUTES:
        nobody = await house.call(route.method, route.path, bodies.get(route.name))
        assert nobody.status == 401, route
        answer = await operator.call(route.method, route.path, bodies.get(route.name))
        assert answer.status == 200, answer
        operation = document["paths"][route.path][route.method.lower()]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.body)
    await operator.call("POST", "/api/v1/bench/reset")


async def test_without_bench_none_of_it_is_there(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        ann = await house.person()
        for route in ROUTES:
            answer = await ann.call(route.method, route.path)
            assert answer.code == "NOT_FOUND", route
        assert not [path for path in (await house.get("/openapi.json"))["paths"] if "bench" in path]


async def test_faults_never_strike_the_bench_itself(operator: Person) -> None:
    await fault(operator, do="refuse", count=None)
    await operator.get("/api/v1/bench")
    answer = await operator.call("DELETE", "/api/v1/bench/faults")
    assert answer.body["faults"] == []


async def test_limit_of_attempts_is_kept_on_a_bad_day(
    house: House, operator: Person, bot: AsyncClient
) -> None:
    await fault(operator, do="refuse", code="RATE", path="/api/v1/assets", count=None)
    async with AsyncClient(house.venue.url, retries=NO_RETRIES) as once:
        with pytest.raises(RateLimited):
            await once.assets()
    await operator.call("DELETE", "/api/v1/bench/faults")
    await bot.assets()
