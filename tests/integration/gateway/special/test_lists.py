"""Lists over HTTP and WebSocket: OCO, OTO, OTOCO."""

from typing import Any

import pytest
import pytest_asyncio

from outcry.gateway.native.orders import OrderCalls
from tests.support.gateway import House, Person
from tests.support.special import Floor, cancel, get

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/order-lists"
PROFIT = {"side": "sell", "price": "110.00", "quantity": "5"}
STOP = {
    "side": "sell", "type": "stop_limit", "stop_price": "95.00", "price": "94.00", "quantity": "5",
}  # fmt: skip
ENTRY = {"side": "buy", "price": "99.00", "quantity": "5"}
LISTS: dict[str, list[dict[str, Any]]] = {
    "oco": [PROFIT, STOP], "oto": [ENTRY, PROFIT], "otoco": [ENTRY, PROFIT, STOP],
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module")
async def floor(house: House) -> Floor:
    return await Floor.of(house)


async def place(floor: Floor, who: Person, kind: str, **more: Any) -> Any:
    body = {"market": floor.market, "kind": kind, "orders": LISTS[kind], **more}
    answer = await who.call("POST", PATH, body)
    assert answer.status == 201, answer
    return answer.body


def states(found: dict[str, Any]) -> list[tuple[str, str | None, bool]]:
    """Return (status, reason, whether it waits) of each order of a list."""
    orders = found["orders"]
    return [(order["status"], order["reason"], order.get("waiting", False)) for order in orders]


OPEN, WAITING = ("open", None, False), ("open", None, True)


@pytest.mark.parametrize("kind", LISTS)
async def test_list_is_told_with_its_orders(floor: Floor, ann: Person, kind: str) -> None:
    placed = await place(floor, ann, kind, client_order_id=f"told-{kind}")
    assert (placed["kind"], placed["status"], placed["market"]) == (kind, "open", floor.market)
    assert placed["client_order_id"] == f"told-{kind}"
    assert placed["list_id"] == placed["orders"][0]["order_id"]
    assert {order["list_id"] for order in placed["orders"]} == {placed["list_id"]}
    assert {order["list_kind"] for order in placed["orders"]} == {kind}
    assert states(placed) == [OPEN] + [WAITING] * (len(placed["orders"]) - 1)
    assert await ann.get(f"{PATH}/{placed['list_id']}") == placed
    assert (await ann.get(PATH))["lists"] == [placed]


async def test_first_fill_of_an_oco_ends_the_other(floor: Floor, ann: Person) -> None:
    placed = await place(floor, ann, "oco")
    assert (await ann.balances())["TATA"] == ("9995", "5"), "together they hold once"
    await floor.buyer.place("buy", "110.00", "2", market=floor.market)
    found = await ann.get(f"{PATH}/{placed['list_id']}")
    assert states(found) == [("partially_filled", None, False), ("cancelled", "oco", False)]
    assert found["status"] == "open"


async def test_firing_of_one_of_an_oco_ends_the_other(floor: Floor, ann: Person) -> None:
    placed = await place(floor, ann, "oco")
    await floor.trade("95.00")
    found = await ann.get(f"{PATH}/{placed['list_id']}")
    assert states(found) == [("cancelled", "oco", False), OPEN]


async def test_cancel_of_one_of_an_oco_answers_with_that_one(floor: Floor, ann: Person) -> None:
    """Its partner ends after it, under the same command."""
    placed = await place(floor, ann, "oco")
    profit, stop = placed["orders"]
    done = await cancel(ann, profit)
    assert (done["order_id"], done["reason"]) == (profit["order_id"], "cancelled")
    assert (await get(ann, stop))["reason"] == "oco"
    stream = await ann.stream()
    again = await place(floor, ann, "oco")
    done = await stream.ask(op="order.cancel", args={"order_id": again["orders"][0]["order_id"]})
    assert done["order_id"] == again["orders"][0]["order_id"]
    again = await place(floor, ann, "oco", client_order_id="by-key")
    done = await stream.ask(op="order.cancel", args={"client_order_id": "by-key"})
    assert (done["order_id"], done["reason"]) == (again["list_id"], "cancelled")


async def test_venue_that_answers_with_the_last_event_is_caught(
    floor: Floor, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above is able to fail."""
    right = OrderCalls.outcome_now

    def broken(calls: Any, events: Any, side: Any, key: Any, changed: int = 0) -> Any:
        ids = [order_id for event in events if (order_id := getattr(event, "order_id", 0))]
        return right(calls, events, side, key, ids[-1] if ids else changed)

    monkeypatch.setattr(OrderCalls, "outcome_now", broken)
    with pytest.raises(AssertionError):
        await test_cancel_of_one_of_an_oco_answers_with_that_one(floor, ann)


async def test_parent_of_an_otoco_places_the_pair(floor: Floor, ann: Person) -> None:
    placed = await place(floor, ann, "otoco")
    await floor.seller.place("sell", "99.00", "5", market=floor.market)
    found = await ann.get(f"{PATH}/{placed['list_id']}")
    assert states(found) == [("filled", "filled", False), OPEN, WAITING]
    assert [order["triggered"] for order in found["orders"][2:]] == [False]


async def test_parent_that_is_cancelled_takes_its_children_along(floor: Floor, ann: Person) -> None:
    placed = await place(floor, ann, "oto")
    await cancel(ann, placed["orders"][0])
    found = await ann.get(f"{PATH}/{placed['list_id']}")
    assert states(found) == [("cancelled", "cancelled", False), ("cancelled", "parent_done", False)]
    assert found["status"] == "done"


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("over", ["http", "socket"])
async def test_list_is_cancelled_as_a_whole(
    floor: Floor, ann: Person, kind: str, over: str
) -> None:
    before = await ann.balances()
    list_id = (await place(floor, ann, kind))["list_id"]
    if over == "http":
        done = (await ann.call("DELETE", f"{PATH}/{list_id}")).body
    else:
        stream = await ann.stream()
        done = await stream.ask(op="list.cancel", args={"list_id": list_id})
    assert (done["list_id"], done["status"]) == (list_id, "done")
    assert {status for status, *_ in states(done)} == {"cancelled"}
    assert await ann.balances() == before
    again = await ann.call("DELETE", f"{PATH}/{list_id}")
    assert (again.status, again.code) == (404, "UNKNOWN_LIST")


async def test_children_of_a_parent_that_is_filled_are_cancelled(floor: Floor, ann: Person) -> None:
    list_id = (await place(floor, ann, "otoco"))["list_id"]
    await floor.seller.place("sell", "99.00", "5", market=floor.market)
    done = (await ann.call("DELETE", f"{PATH}/{list_id}")).body
    assert [status for status, *_ in states(done)] == ["filled", "cancelled", "cancelled"]


async def test_same_list_again_is_the_same_list(floor: Floor, ann: Person) -> None:
    body = {"market": floor.market, "kind": "oco", "orders": LISTS["oco"], "client_order_id": "l1"}
    first, again = await ann.call("POST", PATH, body), await ann.call("POST", PATH, body)
    assert (first.status, again.status, again.body) == (201, 200, first.body)
    other = await ann.call("POST", PATH, {**body, "orders": LISTS["oco"][::-1]})
    assert (other.status, other.code) == (409, "ID_REUSED")
    refused = {**body, "client_order_id": "l2"}
    poor = await floor.seller.house.person(INR="1")
    for _ in range(2):
        assert (await poor.call("POST", PATH, refused)).code == "INSUFFICIENT_FUNDS"


async def test_lists_are_told_on_their_channel(floor: Floor, ann: Person) -> None:
    kept = await place(floor, ann, "oco")
    stream = await ann.stream("lists")
    assert (await stream.event("lists"))["lists"] == [kept]
    body = {"market": floor.market, "kind": "oco", "orders": LISTS["oco"]}
    placed = await stream.ask(op="list.place", args=body)
    event = await stream.event("lists")
    assert (event["type"], event["lists"]) == ("update", [placed])
    await ann.place("buy", "10.00", "1", market=floor.market)
    await cancel(ann, placed["orders"][0])
    (told,) = (await stream.event("lists"))["lists"]
    assert (told["list_id"], told["status"]) == (placed["list_id"], "done")


async def test_open_lists_come_in_pages_and_by_market(
    house: House, floor: Floor, ann: Person
) -> None:
    other = await Floor.of(house)
    ids = [(await place(floor, ann, "oco"))["list_id"] for _ in range(3)]
    elsewhere = (await place(other, ann, "oco"))["list_id"]
    found, cursor = [], None
    while cursor or not found:
        more = {"cursor": cursor} if cursor else {}
        page = await ann.get(PATH, limit=2, market=floor.market, **more)
        found += [each["list_id"] for each in page["lists"]]
        cursor = page["next_cursor"]
    assert found == ids
    assert [each["list_id"] for each in (await ann.get(PATH))["lists"]] == [*ids, elsewhere]


async def test_nobody_sees_or_cancels_the_list_of_another(
    floor: Floor, ann: Person, bob: Person
) -> None:
    placed = await place(floor, ann, "oco")
    plain = await ann.place("buy", "10.00", "1", market=floor.market)
    member = placed["orders"][1]["order_id"]
    not_theirs = (bob, placed["list_id"]), (ann, plain["order_id"]), (ann, member), (ann, 10**15)
    for who, list_id in not_theirs:
        for method in ("GET", "DELETE"):
            answer = await who.call(method, f"{PATH}/{list_id}")
            assert (answer.status, answer.code) == (404, "UNKNOWN_LIST")
    for text in ("x", "-1", "1.5", "1" * 30):
        assert (await ann.call("GET", f"{PATH}/{text}")).code == "UNKNOWN_LIST"
    stream = await bob.stream()
    for list_id in (placed["list_id"], 0, -1, 1 << 70):
        refused = await stream.refusal(op="list.cancel", args={"list_id": list_id})
        assert refused["code"] == "UNKNOWN_LIST"
    assert (await ann.get(f"{PATH}/{placed['list_id']}")) == placed


MARKET = {"side": "sell", "type": "market", "quantity": "5"}
BAD_LISTS: dict[str, tuple[str, list[dict[str, Any]], str, str]] = {
    "kind": ("ocoo", LISTS["oco"], "BAD_VALUE", "kind"),
    "one": ("oco", [PROFIT], "CONTRADICTION", "orders"),
    "three": ("oco", [PROFIT, STOP, STOP], "CONTRADICTION", "orders"),
    "two-of-otoco": ("otoco", [ENTRY, PROFIT], "CONTRADICTION", "orders"),
    "sides": ("oco", [PROFIT, {**STOP, "side": "buy"}], "CONTRADICTION", "orders"),
    "quantities": ("oco", [PROFIT, {**STOP, "quantity": "4"}], "CONTRADICTION", "orders"),
    "none-waits": ("oco", [PROFIT, PROFIT], "CONTRADICTION", "orders"),
    "ioc": ("oco", [{**PROFIT, "time_in_force": "ioc"}, STOP], "CONTRADICTION", "orders"),
    "market": ("oco", [MARKET, STOP], "CONTRADICTION", "orders"),
    "parent-waits": ("oto", [STOP, PROFIT], "CONTRADICTION", "orders[0].type"),
    "parent-market": ("oto", [MARKET, PROFIT], "CONTRADICTION", "orders[0].type"),
    "tick": ("oco", [{**PROFIT, "price": "110.01"}, STOP], "BAD_TICK", "orders[0].price"),
    "stop": ("oco", [PROFIT, {**STOP, "stop_price": "x"}], "BAD_DECIMAL", "orders[1].stop_price"),
    "no-stop": (
        "oco", [PROFIT, {k: v for k, v in STOP.items() if k != "stop_price"}],
        "MISSING_FIELD", "orders[1].stop_price",
    ),
    "pegged": ("oto", [ENTRY, {**PROFIT, "type": "pegged"}], "BAD_VALUE", "orders[1].type"),
    "budget": ("oto", [ENTRY, {**MARKET, "budget": "1"}], "UNKNOWN_FIELD", "budget"),
    "slide": ("oto", [ENTRY, {**PROFIT, "slide": True}], "UNKNOWN_FIELD", "slide"),
    "its-own-market": ("oto", [ENTRY, {**PROFIT, "market": "A_B"}], "UNKNOWN_FIELD", "market"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_LISTS)
async def test_bad_list_is_refused_with_what_would_be_right(
    house: House, floor: Floor, ann: Person, name: str
) -> None:
    kind, orders, code, field = BAD_LISTS[name]
    body = {"market": floor.market, "kind": kind, "orders": orders}
    before = house.state()
    stream = await ann.stream()
    refused = [
        (await ann.call("POST", PATH, body)).error,
        await stream.refusal(op="list.place", args=body),
    ]
    for error in refused:
        assert (error["code"], error["field"]) == (code, field)
        assert error["message"] != "these values do not go together"
    assert house.state() == before


OCO = {"market": "TATA_INR", "kind": "oco", "orders": LISTS["oco"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"market": "DOGE_INR"}, "UNKNOWN_MARKET"),
        ({"market": None}, "BAD_TYPE"),
        ({"kind": 1}, "BAD_TYPE"),
        ({"orders": {}}, "BAD_TYPE"),
        ({"orders": [1, 2]}, "BAD_TYPE"),
        ({"client_order_id": "a b"}, "BAD_ID"),
        ({"cancel_on_disconnect": True}, "CONTRADICTION"),
    ],
)
async def test_bad_frame_of_a_list_is_refused(
    ann: Person, change: dict[str, Any], code: str
) -> None:
    answer = await ann.call("POST", PATH, {**OCO, **change})
    assert (answer.status, answer.code) == (404 if code == "UNKNOWN_MARKET" else 422, code)
