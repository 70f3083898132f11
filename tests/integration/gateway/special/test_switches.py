"""A dead man's switch, and orders that end with their WebSocket."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from outcry.domain.market import VenueMode
from tests.support.gateway import House, Person
from tests.support.special import KINDS, Floor, get, told_done
from tests.support.stream import Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

SWITCH = "/api/v1/dead-man-switch"
RESTING: dict[str, Any] = {"side": "buy", "price": "40.00", "quantity": "1"}


@pytest_asyncio.fixture(loop_scope="module")
async def floor(house: House) -> Floor:
    return await Floor.of(house)


async def renew(who: Person, timeout_ms: int) -> Any:
    answer = await who.call("POST", SWITCH, {"timeout_ms": timeout_ms})
    assert answer.status == 200, answer
    return answer.body


async def test_switch_that_is_not_renewed_cancels_everything(
    floor: Floor, ann: Person, bob: Person
) -> None:
    stream = await ann.stream("orders")
    placed = [await floor.place(ann, order) for order in (RESTING, KINDS["stop_limit"])]
    others = await floor.place(bob, RESTING)
    armed = await renew(ann, 1_000)
    await told_done(stream, placed[0])
    for order in placed:
        done = await get(ann, order)
        assert (done["status"], done["reason"]) == ("cancelled", "cancelled")
        assert done["updated_at"] >= armed["expires_at"]
    assert (await get(bob, others))["status"] == "open"
    again = await floor.place(ann, RESTING)
    assert (await get(ann, again))["status"] == "open", "it fires once"


async def test_switch_that_is_renewed_or_disarmed_cancels_nothing(
    floor: Floor, ann: Person
) -> None:
    stream = await ann.stream("orders")
    kept = await floor.place(ann, RESTING)
    first = await renew(ann, 1_000)
    renewed = await stream.ask(op="switch.renew", args={"timeout_ms": 60_000})
    assert renewed["timeout_ms"] == 60_000
    late, early = (datetime.fromisoformat(each["expires_at"]) for each in (renewed, first))
    assert late - early >= timedelta(seconds=59)
    # Something else of hers ends after the first deadline: by then the switch would have fired.
    soon = (early + timedelta(milliseconds=200)).isoformat()
    ends = await floor.place(ann, RESTING, expires_at=soon)
    assert (await told_done(stream, ends))["reason"] == "expired"
    assert (await get(ann, kept))["status"] == "open"
    assert await renew(ann, 0) == {"timeout_ms": 0, "expires_at": None}


@pytest.mark.parametrize("timeout_ms", [-1, 1, 999, 86_400_001, 1 << 62])
async def test_timeout_that_cannot_be_is_refused(
    house: House, ann: Person, timeout_ms: int
) -> None:
    before = house.state()
    answer = await ann.call("POST", SWITCH, {"timeout_ms": timeout_ms})
    assert (answer.status, answer.code, answer.error["field"]) == (422, "BAD_VALUE", "timeout_ms")
    assert answer.error["message"] == "timeout_ms must be 0, or 1000 to 86400000"
    for value in ("1000", 1.5, None, True, [1000]):
        answer = await ann.call("POST", SWITCH, {"timeout_ms": value})
        assert (answer.status, answer.code) == (422, "BAD_TYPE")
    assert house.state() == before


async def until(who: Person, order: dict[str, Any], status: str) -> Any:
    """Return an order once it has a status; each look is a call, so others have their turn."""
    async with asyncio.timeout(10):
        while (found := await get(who, order))["status"] != status:
            pass
    return found


async def test_tied_orders_end_with_their_connection_and_no_others(
    floor: Floor, ann: Person
) -> None:
    leaving, staying = await ann.stream(), await ann.stream()
    order = {"market": floor.market, **RESTING}
    tied = {**order, "cancel_on_disconnect": True}
    pair = {
        "market": floor.market, "kind": "oco", "cancel_on_disconnect": True,
        "orders": [{"side": "sell", "price": "110.00", "quantity": "5"}, KINDS["stop_limit"]],
    }  # fmt: skip
    placed = [
        await leaving.ask(op="order.place", args=tied),
        (await leaving.ask(op="order.batch", args={"orders": [tied]}))["results"][0],
        *(await leaving.ask(op="list.place", args=pair))["orders"],
    ]
    assert all(one["cancel_on_disconnect"] for one in placed)
    kept = [
        await leaving.ask(op="order.place", args=order),
        await staying.ask(op="order.place", args=tied),
        await floor.place(ann, RESTING),
    ]
    await leaving.close()
    for one in placed:
        assert (await until(ann, one, "cancelled"))["cancel_on_disconnect"] is True
    assert [(await get(ann, one))["status"] for one in kept] == ["open"] * 3


async def test_connection_may_tie_all_that_it_places(floor: Floor, ann: Person) -> None:
    stream = await floor.seller.house.stream()
    await stream.ask(op="auth", token=ann.token, cancel_on_disconnect=True)
    order = {"market": floor.market, **RESTING}
    placed = await stream.ask(op="order.place", args=order)
    assert placed["cancel_on_disconnect"] is True
    args = {"cancel": {"order_id": placed["order_id"]}, "order": order}
    refused = await stream.refusal(op="order.cancel_replace", args=args)
    assert (refused["code"], refused["field"]) == ("CONTRADICTION", "op")
    change = {"order_id": placed["order_id"], "price": "41.00"}
    refused = await stream.refusal(op="order.replace", args={**change, "cancel_first": True})
    assert refused["code"] == "CONTRADICTION"
    moved = await stream.ask(op="order.replace", args=change)
    assert (moved["price"], moved["cancel_on_disconnect"]) == ("41.00", True)
    await stream.close()
    await until(ann, placed, "cancelled")


async def test_market_order_by_budget_may_be_tied_and_keeps_its_words(
    floor: Floor, ann: Person
) -> None:
    stream = await ann.stream()
    order = {"market": floor.market, "side": "buy", "type": "market", "budget": "60"}
    done = await stream.ask(op="order.place", args={**order, "cancel_on_disconnect": True})
    plain = await stream.ask(op="order.place", args=order)
    own = {"order_id", "created_at", "updated_at", "sequence"}
    told = {name: value for name, value in done.items() if name not in own}
    assert told.pop("cancel_on_disconnect") is True
    assert told == {name: value for name, value in plain.items() if name not in own}
    assert (told["type"], told["budget"], told["quantity"]) == ("market", "60.0000", None)


async def test_order_by_http_cannot_be_tied(floor: Floor, ann: Person) -> None:
    body = {"market": floor.market, **RESTING, "cancel_on_disconnect": True}
    answer = await ann.call("POST", "/api/v1/order/", body)
    assert (answer.status, answer.code) == (422, "CONTRADICTION")
    assert answer.error["field"] == "cancel_on_disconnect"


async def test_connection_that_ends_while_the_venue_refuses_is_ended_later(
    house: House, floor: Floor, ann: Person
) -> None:
    stream: Stream = await ann.stream()
    args = {"market": floor.market, **RESTING, "cancel_on_disconnect": True}
    placed = await stream.ask(op="order.place", args=args)
    async with house.mode(VenueMode.HALTED):
        await stream.close()
        assert (await get(ann, placed))["status"] == "open"
    await until(ann, placed, "cancelled")
