"""Replacing and cancelling over HTTP, one by one and in batches."""

from typing import Any

import pytest

from outcry.domain.market import VenueMode
from tests.support.gateway import BTC_USDT, TATA_INR, Answer, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = "/api/v1/order/"


async def replace(person: Person, **change: Any) -> Answer:
    return await person.call("PATCH", ORDER, change)


async def shape(person: Person, order_id: int) -> tuple[str, str, str, str]:
    """Return (status, price, quantity, remaining) of an order as it stands."""
    order = await person.get(f"/api/v1/order/{order_id}")
    return order["status"], order["price"], order["quantity"], order["remaining_quantity"]


@pytest.mark.parametrize("name", ["order_id", "client_order_id"])
@pytest.mark.parametrize(
    ("change", "price", "quantity"),
    [
        ({"price": "30.00"}, "30.00", "5"),
        ({"quantity": "9"}, "20.00", "9"),
        ({"price": "30.00", "quantity": "2"}, "30.00", "2"),
    ],
)
async def test_replaced_order_keeps_its_id_and_what_was_not_named(
    house: House, name: str, change: dict[str, str], price: str, quantity: str
) -> None:
    ann = await house.person()
    order = await ann.place("buy", "20.00", "5", client_order_id="mine")
    answer = await replace(ann, **{name: order[name]}, **change)
    assert answer.status == 200
    assert answer.body["order_id"] == order["order_id"]
    assert answer.body["client_order_id"] == "mine"
    assert await shape(ann, order["order_id"]) == ("open", price, quantity, quantity)


async def test_smaller_order_keeps_its_place_and_a_larger_one_loses_it(house: House) -> None:
    market = await house.market()
    ann, bob, carl = [await house.person() for _ in range(3)]
    first = await ann.place("sell", "10.00", "5", market=market)
    second = await bob.place("sell", "10.00", "5", market=market)
    await replace(ann, order_id=first["order_id"], quantity="4")
    await carl.place("buy", "10.00", "1", market=market)
    assert (await shape(ann, first["order_id"]))[3] == "3"
    await replace(ann, order_id=first["order_id"], quantity="6")
    await carl.place("buy", "10.00", "1", market=market)
    assert (await shape(bob, second["order_id"]))[3] == "4"


async def test_replace_that_crosses_trades(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "5", market=market)
    mine = await bob.place("buy", "9.00", "3", market=market)
    answer = await replace(bob, order_id=mine["order_id"], price="10.00")
    assert (answer.body["status"], answer.body["filled_quantity"]) == ("filled", "3")


async def test_replace_to_what_is_filled_ends_the_order(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    order = await ann.place("sell", "10.00", "5", market=market)
    await bob.place("buy", "10.00", "2", market=market)
    below = await replace(ann, order_id=order["order_id"], quantity="1")
    ended = await replace(ann, order_id=order["order_id"], quantity="2")
    assert (below.status, below.code, below.error["valid"]) == (409, "BELOW_FILLED", ["2"])
    assert (ended.status, ended.body["reason"]) == (200, "reduced")
    assert ended.body["filled_quantity"] == "2"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"quantity": "999999999"}, 422, "ORDER_NOTIONAL"),
        ({"price": "90000.00", "quantity": "11"}, 422, "INSUFFICIENT_FUNDS"),
    ],
)
@pytest.mark.parametrize("cancel_first", [False, True])
async def test_refused_replace_leaves_the_old_order_or_says_that_it_is_gone(
    house: House, change: dict[str, str], status: int, code: str, *, cancel_first: bool
) -> None:
    ann = await house.person(INR="900000")
    order = await ann.place("buy", "20.00", "5")
    answer = await replace(ann, order_id=order["order_id"], cancel_first=cancel_first, **change)
    assert (answer.status, answer.code) == (status, code)
    now = (await shape(ann, order["order_id"]))[0]
    assert now == ("cancelled" if cancel_first else "open")
    assert ("the old order was cancelled" in answer.error["message"]) == cancel_first


async def test_cancel_first_makes_a_new_order(house: House) -> None:
    ann = await house.person()
    order = await ann.place("buy", "20.00", "5", client_order_id="old")
    answer = await replace(ann, order_id=order["order_id"], price="21.00", cancel_first=True)
    assert answer.status == 200
    assert answer.body["order_id"] > order["order_id"]
    assert (answer.body["status"], answer.body["price"]) == ("open", "21.00")
    assert (await ann.get(f"/api/v1/order/{order['order_id']}"))["reason"] == "replaced"


async def test_post_only_order_cannot_be_replaced_into_a_trade(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "5", market=market)
    mine = await bob.place("buy", "9.00", "3", market=market, post_only=True)
    answer = await replace(bob, order_id=mine["order_id"], price="10.00")
    assert (answer.status, answer.code) == (422, "POST_ONLY")
    assert await shape(bob, mine["order_id"]) == ("open", "9.00", "3", "3")


async def test_own_order_is_not_traded_with_on_replace(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    await ann.place("sell", "10.00", "5", market=market)
    mine = await ann.place("buy", "9.00", "3", market=market)
    answer = await replace(ann, order_id=mine["order_id"], price="10.00")
    assert (answer.body["status"], answer.body["reason"]) == ("expired", "self_trade")
    assert (await house.get("/api/v1/trades", market=market))["trades"] == []


async def test_market_named_for_an_order_has_to_be_its(house: House, ann: Person) -> None:
    order_id = (await ann.place("buy", "20.00", "5"))["order_id"]
    wrong = await replace(ann, order_id=order_id, price="21.00", market="BTC_USDT")
    right = await replace(ann, order_id=order_id, price="21.00", symbol=TATA_INR)
    assert (wrong.status, wrong.code, right.status) == (404, "UNKNOWN_ORDER", 200)


# Whose order, and whether it is there


async def others(house: House, ann: Person, bob: Person) -> list[int]:
    """Return ids that Bob cannot touch: unknown, Ann's, and his own that ended."""
    market = await house.market()
    foreign = await ann.place("buy", "20.00", "5", market=market)
    sold = await ann.place("sell", "30.00", "1", market=market)
    filled = await bob.place("buy", "30.00", "1", market=market)
    cancelled = await bob.place("buy", "20.00", "1", market=market)
    await bob.call("DELETE", ORDER, order_id=cancelled["order_id"])
    ids = [one["order_id"] for one in (foreign, sold, filled, cancelled)]
    return [9_999_999, *ids]


async def test_order_that_is_not_yours_or_not_open_is_simply_unknown(house: House) -> None:
    ann, bob = await house.person(), await house.person()
    for order_id in await others(house, ann, bob):
        money = await bob.balances(), await ann.balances()
        answers = [
            await replace(bob, order_id=order_id, price="19.00"),
            await replace(bob, order_id=order_id, price="19.00", cancel_first=True),
            await bob.call("DELETE", ORDER, order_id=order_id),
            await bob.call("DELETE", ORDER, {"order_id": order_id}),
            await bob.call("POST", "/api/v1/orders/", {"orders": [{"cancel": order_id}]}),
        ]
        codes = {a.code or a.body["results"][0]["error"]["code"] for a in answers}
        assert codes == {"UNKNOWN_ORDER"}
        assert [a.status for a in answers] == [404, 404, 404, 404, 200]
        assert (await bob.balances(), await ann.balances()) == money


async def test_foreign_order_is_told_like_one_that_never_was(house: House) -> None:
    ann, bob = await house.person(), await house.person()
    foreign = (await ann.place("buy", "20.00", "5", client_order_id="of-ann"))["order_id"]
    for make in (
        lambda order_id: bob.call("DELETE", ORDER, order_id=order_id),
        lambda order_id: bob.call("GET", f"/api/v1/order/{order_id}"),
        lambda order_id: replace(bob, order_id=order_id, price="19.00"),
    ):
        theirs, nobodys = await make(foreign), await make(9_999_999)
        for answer in (theirs, nobodys):
            for name in ("request_id", "sequence", "given"):
                answer.error.pop(name, None)
        assert theirs[:2] == nobodys[:2]


async def test_client_order_id_of_somebody_else_names_nothing(house: House) -> None:
    ann, bob = await house.person(), await house.person()
    await ann.place("buy", "20.00", "5", client_order_id="of-ann")
    answer = await bob.call("DELETE", ORDER, client_order_id="of-ann")
    assert (answer.status, answer.code) == (404, "UNKNOWN_ORDER")


# Cancelling


@pytest.mark.parametrize("how", ["query", "body"])
@pytest.mark.parametrize("name", ["order_id", "client_order_id"])
@pytest.mark.parametrize("market", [{}, {"market": TATA_INR}, {"symbol": TATA_INR}])
async def test_cancelled_order_frees_its_money(
    house: House, how: str, name: str, market: dict[str, str]
) -> None:
    ann = await house.person(INR="1000")
    order = await ann.place("buy", "20.00", "5", client_order_id="mine")
    named = {name: order[name], **market}
    if how == "query":
        answer = await ann.call("DELETE", ORDER, **named)
    else:
        answer = await ann.call("DELETE", ORDER, named)
    assert answer.status == 200
    assert (answer.body["status"], answer.body["reason"]) == ("cancelled", "cancelled")
    assert await ann.balances() == {"INR": ("1000.0000", "0.0000")}


async def test_cancel_of_a_partly_filled_order_keeps_its_fills(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    order = await ann.place("sell", "10.00", "5", market=market)
    await bob.place("buy", "10.00", "2", market=market)
    answer = await ann.call("DELETE", ORDER, order_id=order["order_id"])
    assert (answer.body["status"], answer.body["filled_quantity"]) == ("cancelled", "2")
    assert (answer.body["remaining_quantity"], len(answer.body["fills"])) == ("0", 1)


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({}, 0),
        ({"market": TATA_INR}, 1),
        ({"symbol": TATA_INR}, 1),
        ({"side": "buy"}, 1),
        ({"side": "sell"}, 2),
        ({"market": TATA_INR, "side": "sell"}, 2),
        ({"market": "BTC_USDT", "side": "sell"}, 3),
    ],
)
async def test_cancel_all_takes_what_was_named(
    house: House, query: dict[str, str], left: int
) -> None:
    ann, bob = await house.person(), await house.person()
    await bob.place("buy", "1.00", "1")
    await ann.place("buy", "20.00", "1")
    await ann.place("sell", "9000.00", "1")
    await ann.place("buy", "100.00", "1", market="BTC_USDT")
    answer = await ann.call("DELETE", "/api/v1/order/open", **query)
    assert answer.body == {"cancelled": 3 - left}
    assert len((await ann.get("/api/v1/order/open"))["orders"]) == left
    assert len((await bob.get("/api/v1/order/open"))["orders"]) == 1


UNKNOWN_THINGS = [
    ({"market": "DOGE_INR"}, "UNKNOWN_MARKET", "market"),
    ({"market": ""}, "UNKNOWN_MARKET", "market"),
    ({"side": "both"}, "BAD_VALUE", "side"),
    ({"side": ""}, "BAD_VALUE", "side"),
    ({"account": "1"}, "UNKNOWN_FIELD", "account"),
    ({"market": BTC_USDT, "bad": "1"}, "UNKNOWN_FIELD", "bad"),
]


@pytest.mark.parametrize(("query", "code", "field"), UNKNOWN_THINGS)
async def test_cancel_all_of_something_unknown_cancels_nothing(
    house: House, ann: Person, query: dict[str, str], code: str, field: str
) -> None:
    before = house.state()
    answer = await ann.call("DELETE", "/api/v1/order/open", **query)
    assert (answer.code, answer.error["field"]) == (code, field)
    assert house.state() == before


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        *UNKNOWN_THINGS,
        ({"market": None}, "BAD_TYPE", "market"),
        ({"side": None}, "BAD_TYPE", "side"),
        ({"symbol": None}, "BAD_TYPE", "market"),
        ({"market": 1}, "BAD_TYPE", "market"),
        ({"market": TATA_INR, "symbol": TATA_INR}, "UNKNOWN_FIELD", "symbol"),
    ],
)
async def test_body_of_cancel_all_is_read_as_strictly_as_its_query(
    house: House, ann: Person, body: dict[str, Any], code: str, field: str
) -> None:
    await ann.place("buy", "5.00", "1")
    before = house.state()
    answer = await ann.call("DELETE", "/api/v1/order/open", body)
    assert (answer.code, answer.error["field"]) == (code, field)
    assert house.state() == before


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({}, 0),
        ({"market": TATA_INR}, 1),
        ({"symbol": BTC_USDT}, 2),
        ({"side": "sell"}, 2),
        ({"market": BTC_USDT, "side": "sell"}, 3),
    ],
)
async def test_cancel_all_takes_what_its_body_names(
    house: House, body: dict[str, str], left: int
) -> None:
    ann = await house.person()
    await ann.place("buy", "20.00", "1")
    await ann.place("sell", "9000.00", "1")
    await ann.place("buy", "100.00", "1", market=BTC_USDT)
    answer = await ann.call("DELETE", "/api/v1/order/open", body)
    assert answer.body == {"cancelled": 3 - left}
    assert len((await ann.get("/api/v1/order/open"))["orders"]) == left


@pytest.mark.parametrize("path", ["/api/v1/order/", "/api/v1/order/open"])
@pytest.mark.parametrize("body", [{}, {"market": TATA_INR}])
async def test_delete_with_a_body_and_a_query_is_refused(
    house: House, ann: Person, path: str, body: dict[str, str]
) -> None:
    await ann.place("buy", "5.00", "1")
    before = house.state()
    answer = await ann.call("DELETE", path, body, market=TATA_INR)
    assert (answer.status, answer.code) == (422, "CONTRADICTION")
    assert house.state() == before


# Batches


async def batch(person: Person, *members: Any) -> list[Any]:
    answer = await person.call("POST", "/api/v1/orders/", {"orders": list(members)})
    assert answer.status == 200, answer
    results: list[Any] = answer.body["results"]
    return results


async def test_batch_answers_each_member_in_its_place(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    old = await ann.place("buy", "1.00", "1", market=market)
    good = {"market": market, "side": "buy", "price": "10.00", "quantity": "1"}
    results = await batch(
        ann,
        good,
        {**good, "price": "10.01"},
        {"cancel": old["order_id"]},
        {**good, "side": "sell", "quantity": "99999"},
        {"cancel": 9_999_999},
        {**good, "client_order_id": "last"},
        {},
        {"cancel": old["order_id"], "side": "buy"},
    )
    found = [r.get("status") or r["error"]["code"] for r in results]
    assert found == [
        "open", "BAD_TICK", "cancelled", "INSUFFICIENT_FUNDS", "UNKNOWN_ORDER", "open",
        "MISSING_FIELD", "UNKNOWN_FIELD",
    ]  # fmt: skip
    assert results[5]["client_order_id"] == "last"


async def test_members_see_what_those_before_them_did(house: House) -> None:
    market = await house.market(allow_self_trade=True)
    ann = await house.person()
    one = {"market": market, "side": "sell", "price": "10.00", "quantity": "1"}
    taker = {**one, "side": "buy", "self_trade_prevention": "none"}
    results = await batch(ann, one, taker, one, taker)
    # An answer shows its order as it stands when the whole batch is done.
    assert [r["status"] for r in results] == ["filled"] * 4
    assert [r["sequence"] for r in results] == sorted(r["sequence"] for r in results)


async def test_same_batch_again_does_nothing_twice(house: House) -> None:
    ann = await house.person()
    members = [
        {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1", "client_order_id": i}
        for i in ("one", "two")
    ]
    first, second = await batch(ann, *members), await batch(ann, *members)
    assert first == second
    assert len((await ann.get("/api/v1/order/open"))["orders"]) == 2


async def test_hundred_members_are_the_most(house: House, ann: Person) -> None:
    market = await house.market()
    good = {"market": market, "side": "buy", "price": "5.00", "quantity": "1"}
    results = await batch(ann, *[good] * 100)
    assert {r["status"] for r in results} == {"open"}
    ids = [r["order_id"] for r in results]
    assert ids == sorted(ids)
    before = house.state()
    for members in ([good] * 101, []):
        answer = await ann.call("POST", "/api/v1/orders/", {"orders": members})
        assert (answer.status, answer.code, answer.error["field"]) == (422, "BAD_VALUE", "orders")
    assert house.state() == before


@pytest.mark.parametrize("orders", ["all", {"cancel": 1}, None, 5, [5], ["x"], [None], [[]]])
async def test_batch_that_is_no_list_of_objects_is_refused(
    house: House, ann: Person, orders: Any
) -> None:
    before = house.state()
    answer = await ann.call("POST", "/api/v1/orders/", {"orders": orders})
    assert (answer.status, answer.code) == (422, "BAD_TYPE")
    assert house.state() == before


@pytest.mark.parametrize("cancel", ["1", None, True, 1.5, [1], {}])
async def test_member_that_cancels_no_number_is_refused(
    house: House, ann: Person, cancel: Any
) -> None:
    before = house.state()
    (result,) = await batch(ann, {"cancel": cancel})
    assert (result["error"]["code"], result["error"]["field"]) == ("BAD_TYPE", "cancel")
    assert house.state() == before


# Modes of the venue


async def test_cancel_only_venue_takes_cancels(house: House) -> None:
    ann = await house.person()
    order = await ann.place("buy", "5.00", "2")
    body = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
    async with house.mode(VenueMode.CANCEL_ONLY):
        placed = await ann.call("POST", ORDER, body)
        replaced = await replace(ann, order_id=order["order_id"], price="6.00")
        ready = await house.call("GET", "/ready")
        cancelled = await ann.call("DELETE", ORDER, order_id=order["order_id"])
    assert (placed.status, placed.code) == (503, "VENUE_CANCEL_ONLY")
    assert (replaced.code, ready.status, cancelled.status) == ("VENUE_CANCEL_ONLY", 503, 200)
    assert placed.headers["Retry-After"] == "30"


@pytest.mark.parametrize(
    ("mode", "code"),
    [(VenueMode.READ_ONLY, "VENUE_READ_ONLY"), (VenueMode.HALTED, "VENUE_HALTED")],
)
async def test_closed_venue_says_so_and_can_be_read(
    house: House, mode: VenueMode, code: str
) -> None:
    ann = await house.person()
    order = await ann.place("buy", "5.00", "2")
    body = {"market": TATA_INR, "side": "buy", "price": "5.00", "quantity": "1"}
    async with house.mode(mode):
        answers = [
            await ann.call("POST", ORDER, body),
            await ann.call("DELETE", ORDER, order_id=order["order_id"]),
            await ann.call("DELETE", "/api/v1/order/open"),
        ]
        seen = await ann.get(f"/api/v1/order/{order['order_id']}")
        health = await house.get("/health")
    assert [(a.status, a.code) for a in answers] == [(503, code)] * 3
    assert (seen["status"], health["mode"]) == ("open", mode.name.lower())
    again = await ann.call("POST", ORDER, body)
    assert again.status == 201
