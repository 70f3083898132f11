"""Changing orders: in place, keeping its place, cancel-replace in both modes."""

from typing import Any

import pytest
import pytest_asyncio

from tests.support.gateway import House, Person
from tests.support.special import KINDS, Floor, cancel, get

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER: dict[str, Any] = {"side": "buy", "price": "40.00", "quantity": "5"}
PATH = "/api/v1/cancel-replace"


@pytest_asyncio.fixture(loop_scope="module")
async def floor(house: House) -> Floor:
    return await Floor.of(house)


async def change(who: Person, order: dict[str, Any], **wanted: Any) -> Any:
    return await who.call("PATCH", "/api/v1/order/", {"order_id": order["order_id"], **wanted})


async def test_order_that_becomes_smaller_keeps_its_place(
    house: House, ann: Person, bob: Person
) -> None:
    market = await house.market()
    floor = Floor(market, await house.person(), await house.person())
    first, second = await floor.place(ann, ORDER), await floor.place(bob, ORDER)
    smaller = await change(ann, first, quantity="4", keep_priority=True)
    assert (smaller.status, smaller.body["quantity"]) == (200, "4")
    await floor.seller.place("sell", "40.00", "1", market=market)
    assert (await get(ann, first))["filled_quantity"] == "1"
    assert (await get(bob, second))["filled_quantity"] == "0"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"price": "41.00"}, "price"),
        ({"quantity": "6"}, "quantity"),
        ({"quantity": "4", "cancel_first": True}, "keep_priority"),
    ],
)
async def test_change_that_would_lose_its_place_is_refused_where_it_shall_not(
    house: House, floor: Floor, ann: Person, wanted: dict[str, Any], field: str
) -> None:
    order = await floor.place(ann, ORDER)
    before = house.state()
    answer = await change(ann, order, keep_priority=True, **wanted)
    assert (answer.status, answer.code, answer.error["field"]) == (422, "CONTRADICTION", field)
    assert house.state() == before
    if "cancel_first" not in wanted:
        assert "a quantity of at most 5" in answer.error["message"]
        assert (await change(ann, order, **wanted)).status == 200


@pytest.mark.parametrize(
    "kind", ["stop_limit", "stop_market", "iceberg", "pegged", "gtd", "trailing_stop"]
)
async def test_order_with_terms_is_changed_in_place_and_keeps_them(
    floor: Floor, ann: Person, kind: str
) -> None:
    order = await floor.place(ann, KINDS[kind])
    changed = await change(ann, order, quantity="4")
    assert changed.status == 200, changed
    moves = ("updated_at", "sequence", "quantity", "remaining_quantity", "pegged_price", "waiting")
    assert {k: v for k, v in changed.body.items() if k not in moves} == {
        k: v for k, v in order.items() if k not in moves
    }
    assert changed.body["quantity"] == "4"
    refused = await change(ann, order, quantity="3", cancel_first=True)
    assert (refused.code, refused.error["field"]) == ("CONTRADICTION", "cancel_first")


async def test_stop_market_has_no_price_to_change_and_a_twap_cannot_be_changed(
    floor: Floor, ann: Person
) -> None:
    order = await floor.place(ann, KINDS["stop_market"])
    refused = await change(ann, order, price="80.00")
    assert (refused.code, refused.error["field"]) == ("CONTRADICTION", "price")
    order = await floor.place(ann, KINDS["twap"])
    assert (await change(ann, order, quantity="4")).code == "TRANSITION"


@pytest.mark.parametrize("mode", ["stop_on_failure", "allow_failure", "Allow_Failure", None])
@pytest.mark.parametrize("over", ["http", "socket"])
async def test_cancel_replace_cancels_one_and_places_another(
    floor: Floor, ann: Person, mode: str | None, over: str
) -> None:
    old = await floor.place(ann, KINDS["stop_limit"])
    new = {"market": floor.market, **ORDER, "client_order_id": f"cr-{mode}-{over}"}
    body = {"cancel": {"order_id": old["order_id"]}, "order": new}
    body |= {"mode": mode} if mode else {}
    if over == "http":
        answer = await ann.call("POST", PATH, body)
        assert answer.status == 201, answer
        done = answer.body
        again = await ann.call("POST", PATH, body)
        assert (again.status, again.body) == (200, {"cancelled": None, "order": done["order"]})
    else:
        done = await (await ann.stream()).ask(op="order.cancel_replace", args=body)
    assert (done["cancelled"]["order_id"], done["cancelled"]["reason"]) == (
        old["order_id"],
        "replaced",
    )
    assert (done["order"]["price"], done["order"]["status"]) == ("40.00", "open")
    assert (await get(ann, old))["status"] == "cancelled"


async def test_mode_decides_where_there_is_nothing_to_cancel(floor: Floor, ann: Person) -> None:
    old = await floor.place(ann, ORDER)
    await cancel(ann, old)
    body = {
        "cancel": {"order_id": old["order_id"]},
        "order": {"market": floor.market, **ORDER},
        "mode": "stop_on_failure",
    }
    answer = await ann.call("POST", PATH, body)
    assert (answer.status, answer.code) == (404, "UNKNOWN_ORDER")
    assert (await ann.get("/api/v1/order/open"))["orders"] == []
    answer = await ann.call("POST", PATH, {**body, "mode": "allow_failure"})
    assert (answer.status, answer.body["cancelled"]) == (201, None)


async def test_new_order_that_fails_leaves_the_old_one_cancelled_and_says_so(
    floor: Floor, ann: Person
) -> None:
    old = await floor.place(ann, ORDER)
    dear = {"market": floor.market, "side": "sell", "price": "40.00", "quantity": "20000"}
    body = {"cancel": {"order_id": old["order_id"]}, "order": dear}
    answer = await ann.call("POST", PATH, body)
    assert (answer.status, answer.code) == (422, "INSUFFICIENT_FUNDS")
    assert answer.error["message"].endswith("the old order was cancelled first and is gone")
    assert (await get(ann, old))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("part", "value", "code", "field"),
    [
        ("mode", "atomic", "BAD_VALUE", "mode"),
        ("cancel", {}, "CONTRADICTION", "order_id"),
        ("cancel", {"order_id": 1, "client_order_id": "a"}, "CONTRADICTION", "order_id"),
        ("cancel", {"order_id": 1, "market": "TATA_INR"}, "CONTRADICTION", "market"),
        ("cancel", None, "BAD_TYPE", "cancel"),
        ("order", KINDS["stop_limit"], "CONTRADICTION", "order"),
        ("order", {**ORDER, "price": "40.01"}, "BAD_TICK", "price"),
        ("order", {**ORDER, "cancel_on_disconnect": True}, "CONTRADICTION", "cancel_on_disconnect"),
    ],
)  # fmt: skip
async def test_bad_cancel_replace_is_refused_and_the_order_stays(
    house: House, floor: Floor, ann: Person, part: str, value: Any, code: str, field: str
) -> None:
    old = await floor.place(ann, ORDER)
    good = {"cancel": {"order_id": old["order_id"]}, "order": ORDER, "mode": "stop_on_failure"}
    body: dict[str, Any] = {**good, part: value}
    body["order"] = {"market": floor.market, **body["order"]}
    before = house.state()
    answer = await ann.call("POST", PATH, body)
    assert (answer.status, answer.code, answer.error["field"]) == (422, code, field)
    assert house.state() == before


async def test_mass_cancel_over_the_socket_takes_a_market_and_a_side(
    house: House, floor: Floor, ann: Person
) -> None:
    other = await house.market()
    stream = await ann.stream()
    await floor.place(ann, ORDER)
    await floor.place(ann, KINDS["stop_limit"])
    await floor.place(ann, KINDS["iceberg"])
    await floor.place(ann, ORDER, market=other)
    args = {"market": floor.market, "side": "sell"}
    assert await stream.ask(op="order.cancel_all", args=args) == {"cancelled": 2}
    assert await stream.ask(op="order.cancel_all", args={"market": other}) == {"cancelled": 1}
    assert await stream.ask(op="order.cancel_all") == {"cancelled": 1}
    refused = await stream.refusal(op="order.cancel_all", args={"market": "DOGE_INR"})
    assert refused["code"] == "UNKNOWN_MARKET"
