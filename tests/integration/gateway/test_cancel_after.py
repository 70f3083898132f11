"""A dead man's switch over the native API: it fires, is renewed, is called off, is refused."""

import pytest

from outcry.client import AsyncClient
from outcry.client.live.messages import OrdersEvent
from tests.support.gateway import House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/order/cancel-after"
LONG_MS = 3_600_000


async def ended(client: AsyncClient) -> list[tuple[str, str]]:
    """Arm a switch of 100 ms; return (status, reason) of what ends because of it."""
    async with client.stream("orders") as stream:
        await client.cancel_after(100)
        async for event in stream:
            if isinstance(event, OrdersEvent) and not event.snapshot:
                return [(order.status, order.reason or "") for order in event.orders]
    raise AssertionError("the stream ended")


async def test_switch_that_is_not_renewed_cancels_all_of_its_account(house: House) -> None:
    ann, bob = await house.person(), await house.person()
    await ann.place("buy", "20.00", "1")
    await bob.place("buy", "20.00", "1")
    async with AsyncClient(str(house.venue.url), ann.token) as client:
        assert await ended(client) == [("cancelled", "cancelled")]
    assert (await ann.get("/api/v1/order/open"))["orders"] == []
    assert len((await bob.get("/api/v1/order/open"))["orders"]) == 1


async def test_renewed_switch_waits_and_a_disarmed_one_never_fires(house: House) -> None:
    ann = await house.person()
    await ann.place("buy", "20.00", "1")
    first = await ann.call("POST", PATH, {"timeout_ms": LONG_MS})
    again = await ann.call("POST", PATH, {"timeout_ms": 2 * LONG_MS})
    assert (first.status, again.status) == (200, 200)
    assert first.body["deadline"] < again.body["deadline"]
    off = await ann.call("POST", PATH, {"timeout_ms": 0})
    assert off.body == {"timeout_ms": 0, "deadline": None}
    assert len((await ann.get("/api/v1/order/open"))["orders"]) == 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "MISSING_FIELD", "timeout_ms"),
        ({"timeout_ms": 99}, "BAD_VALUE", "timeout_ms"),
        ({"timeout_ms": -1}, "BAD_VALUE", "timeout_ms"),
        ({"timeout_ms": 86_400_001}, "BAD_VALUE", "timeout_ms"),
        ({"timeout_ms": 1 << 70}, "BAD_VALUE", "timeout_ms"),
        ({"timeout_ms": "1000"}, "BAD_TYPE", "timeout_ms"),
        ({"timeout_ms": 1000.5}, "BAD_TYPE", "timeout_ms"),
        ({"timeout_ms": True}, "BAD_TYPE", "timeout_ms"),
        ({"timeout_ms": None}, "BAD_TYPE", "timeout_ms"),
        ({"timeout_ms": 1000, "account": 1}, "UNKNOWN_FIELD", "account"),
    ],
)
async def test_bad_switch_is_refused(
    house: House, ann: Person, body: dict[str, object], code: str, field: str
) -> None:
    before = house.state()
    answer = await ann.call("POST", PATH, body)
    assert (answer.status, answer.code, answer.error["field"]) == (422, code, field)
    assert house.state() == before
