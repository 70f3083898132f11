"""What an account reads of its own: orders, fills, balances, in pages."""

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.support.gateway import TATA_INR, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN, ORDERS, FILLS = "/api/v1/order/open", "/api/v1/orders", "/api/v1/fills"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(house: House) -> str:
    return await house.market(taker_ppm=100)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trader(house: House, market: str) -> AsyncIterator[Person]:
    """Somebody with 12 orders in the market, 6 of them open, and 3 open ones elsewhere."""
    trader, other = await house.person(), await house.person()
    for number in range(6):
        await trader.place("sell", f"{10 + number}.00", "2", market=market)
    await other.place("buy", "13.00", "7", market=market)
    for number in range(5):
        await trader.place("buy", f"{5 + number}.00", "1", market=market)
    ended = await trader.place("buy", "1.00", "1", market=market)
    await trader.call("DELETE", "/api/v1/order/", order_id=ended["order_id"])
    for _ in range(3):
        await trader.place("buy", "2.00", "1")
    yield trader


async def pages(person: Person, path: str, name: str, **query: Any) -> list[list[Any]]:
    """Return every page of a list."""
    found, cursor = [], {}
    while True:
        page = await person.get(path, **query, **cursor)
        assert page.keys() == {name, "next_cursor"}
        found.append(page[name])
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 11),
        ({"market": TATA_INR}, 3),
        ({"symbol": TATA_INR}, 3),
        ({"side": "sell"}, 3),
        ({"side": "BUY"}, 8),
        ({"market": TATA_INR, "side": "sell"}, 0),
    ],
)
async def test_open_orders_are_those_that_were_asked_for(
    trader: Person, query: dict[str, str], count: int
) -> None:
    orders = (await trader.get(OPEN, **query))["orders"]
    assert len(orders) == count
    assert {order["status"] for order in orders} <= {"open", "partially_filled"}


@pytest.mark.parametrize("limit", [1, 2, 4, 11, 12])
@pytest.mark.parametrize("query", [{}, {"side": "buy"}])
async def test_pages_of_open_orders_hold_each_once_oldest_first(
    trader: Person, limit: int, query: dict[str, str]
) -> None:
    everything = (await trader.get(OPEN, **query))["orders"]
    found = await pages(trader, OPEN, "orders", limit=limit, **query)
    assert [order for page in found for order in page] == everything
    assert {len(page) for page in found[:-1]} <= {limit}
    ids = [order["order_id"] for order in everything]
    assert ids == sorted(ids)


async def test_page_goes_on_where_it_was_though_orders_ended(house: House) -> None:
    ann = await house.person()
    orders = [await ann.place("buy", "2.00", "1") for _ in range(4)]
    first = await ann.get(OPEN, limit=2)
    await ann.call("DELETE", "/api/v1/order/", order_id=orders[1]["order_id"])
    second = await ann.get(OPEN, limit=2, cursor=first["next_cursor"])
    ids = [order["order_id"] for order in second["orders"]]
    assert ids == [orders[2]["order_id"], orders[3]["order_id"]]


async def test_order_is_read_by_its_id_long_after_it_ended(trader: Person, market: str) -> None:
    history = (await trader.get(ORDERS, market=market))["orders"]
    for order in history:
        assert await trader.get(f"/api/v1/order/{order['order_id']}") == order
        assert await trader.get(f"/api/v1/order/{order['order_id']}/") == order


@pytest.mark.parametrize("limit", [1, 5, 12, 100])
async def test_history_of_orders_is_newest_first_and_whole(
    trader: Person, market: str, limit: int
) -> None:
    found = await pages(trader, ORDERS, "orders", market=market, limit=limit)
    orders = [order for page in found for order in page]
    ids = [order["order_id"] for order in orders]
    assert (len(ids), ids) == (12, sorted(ids, reverse=True))
    ended = [order["status"] for order in orders if order["remaining_quantity"] == "0"]
    assert sorted(ended) == ["cancelled", "filled", "filled", "filled"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_history_of_fills_is_newest_first_and_whole(
    trader: Person, market: str, limit: int
) -> None:
    found = await pages(trader, FILLS, "fills", market=market, limit=limit)
    fills = [fill for page in found for fill in page]
    ids = [fill["trade_id"] for fill in fills]
    assert ids == sorted(set(ids), reverse=True)
    assert {fill["liquidity"] for fill in fills} == {"maker"}
    assert sum(int(fill["quantity"]) for fill in fills) == 7
    assert fills[0].keys() == {
        "trade_id", "order_id", "market", "side", "price", "quantity", "fee", "fee_asset",
        "liquidity", "time",
    }  # fmt: skip


async def test_both_sides_of_a_trade_with_oneself_are_fills(house: House) -> None:
    market = await house.market(allow_self_trade=True)
    ann = await house.person()
    for _ in range(2):
        await ann.place("sell", "10.00", "1", market=market)
        await ann.place("buy", "10.00", "1", market=market, self_trade_prevention="none")
    found = await pages(ann, FILLS, "fills", limit=1)
    sides = [(fill["trade_id"], fill["liquidity"]) for page in found for fill in page]
    assert sides == [(2, "maker"), (2, "taker"), (1, "maker"), (1, "taker")]


async def test_history_knows_what_was_just_answered(house: House) -> None:
    ann = await house.person()
    for number in range(5):
        order = await ann.place("buy", "2.00", "1")
        newest = (await ann.get(ORDERS, limit=1))["orders"]
        assert newest == [order], number


async def test_span_of_time_bounds_a_history(house: House) -> None:
    ann = await house.person()
    first, second, third = [await ann.place("buy", "2.00", "1") for _ in range(3)]
    moment = datetime.fromisoformat(second["created_at"])
    after = (moment + timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
    since = (await ann.get(ORDERS, start_time=second["created_at"]))["orders"]
    until = (await ann.get(ORDERS, end_time=after))["orders"]
    assert [o["order_id"] for o in since] == [third["order_id"], second["order_id"]]
    assert first["order_id"] in [o["order_id"] for o in until]
    assert third["order_id"] not in [o["order_id"] for o in until]
    milliseconds = str(int(moment.timestamp()) * 1_000 - 60_000)
    assert len((await ann.get(ORDERS, start_time=milliseconds))["orders"]) == 3
    assert (await ann.get(ORDERS, end_time=milliseconds))["orders"] == []


@pytest.mark.parametrize(
    "time",
    [
        "2020-01-01T00:00:00Z", "2020-01-01T00:00:00.123456Z", "2020-01-01T00:00:00+05:30",
        "2020-01-01", "0", "1577836800000", "999999999999999",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [ORDERS, FILLS])
async def test_times_are_read_in_both_forms(ann: Person, path: str, time: str) -> None:
    assert (await ann.call("GET", path, start_time=time)).status == 200


BAD_QUERIES = {
    "limit-zero": ({"limit": "0"}, "BAD_VALUE", "limit"),
    "limit-negative": ({"limit": "-1"}, "BAD_VALUE", "limit"),
    "limit-billion": ({"limit": "1000000000"}, "BAD_VALUE", "limit"),
    "limit-1001": ({"limit": "1001"}, "BAD_VALUE", "limit"),
    "limit-word": ({"limit": "all"}, "BAD_VALUE", "limit"),
    "limit-float": ({"limit": "1.5"}, "BAD_VALUE", "limit"),
    "limit-digits": ({"limit": "１"}, "BAD_VALUE", "limit"),
    "limit-superscript": ({"limit": "²"}, "BAD_VALUE", "limit"),
    "limit-empty": ({"limit": ""}, "BAD_VALUE", "limit"),
    "limit-long": ({"limit": "1" * 5_000}, "BAD_VALUE", "limit"),
    "cursor-word": ({"cursor": "abc"}, "BAD_CURSOR", "cursor"),
    "cursor-long": ({"cursor": "a" * 5_000}, "BAD_CURSOR", "cursor"),
    "cursor-accent": ({"cursor": "é"}, "BAD_CURSOR", "cursor"),
    "cursor-empty": ({"cursor": ""}, "BAD_CURSOR", "cursor"),
    "market-unknown": ({"market": "DOGE_INR"}, "UNKNOWN_MARKET", "market"),
    "market-lower": ({"market": "tata_inr"}, "UNKNOWN_MARKET", "market"),
    "market-empty": ({"market": ""}, "UNKNOWN_MARKET", "market"),
    "unknown": ({"user_id": "1"}, "UNKNOWN_FIELD", "user_id"),
    "account": ({"account": "1"}, "UNKNOWN_FIELD", "account"),
}
BAD_TIMES = ["yesterday", "2020-13-01", "1e9", "-1", "1969-12-31T23:59:59Z", "", "１", "9" * 16]


@pytest.mark.parametrize("path", [OPEN, ORDERS, FILLS])
@pytest.mark.parametrize(("query", "code", "field"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
async def test_bad_query_is_refused(
    ann: Person, path: str, query: dict[str, str], code: str, field: str
) -> None:
    answer = await ann.call("GET", path, **query)
    assert (answer.code, answer.error["field"]) == (code, field)
    assert answer.status in {404, 422}


@pytest.mark.parametrize("path", [ORDERS, FILLS])
@pytest.mark.parametrize("name", ["start_time", "end_time"])
@pytest.mark.parametrize("time", BAD_TIMES)
async def test_bad_time_is_refused(ann: Person, path: str, name: str, time: str) -> None:
    answer = await ann.call("GET", path, **{name: time})
    assert (answer.status, answer.code, answer.error["field"]) == (422, "BAD_TIME", name)


async def test_parameter_that_comes_twice_is_refused(house: House, ann: Person) -> None:
    headers = {"Authorization": f"Bearer {ann.token}"}
    answer = await house.call("GET", f"{ORDERS}?limit=1&limit=2", headers=headers)
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    answer = await house.call("GET", f"{ORDERS}?market=TATA_INR&symbol=BTC_USDT", headers=headers)
    assert (answer.status, answer.code) == (422, "CONTRADICTION")


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


FORGED = [
    "p.-1",
    "p.01",
    "p.99999999999999999999",
    "o.1.2",
    "x.1",
    "p.1 OR 1=1",
    "f.1.1.1",
    "o.",
    "",
]


@pytest.mark.parametrize("path", [OPEN, ORDERS, FILLS])
@pytest.mark.parametrize("text", FORGED)
async def test_forged_cursor_is_refused(ann: Person, path: str, text: str) -> None:
    answer = await ann.call("GET", path, cursor=cursor_of(text))
    assert (answer.status, answer.code) == (422, "BAD_CURSOR")


async def test_cursor_of_somebody_else_shows_only_ones_own(trader: Person, ann: Person) -> None:
    mine = await ann.place("buy", "2.00", "1")
    theirs = (await trader.get(OPEN, limit=1))["next_cursor"]
    seen = (await ann.get(OPEN, cursor=theirs))["orders"]
    assert [order["order_id"] for order in seen] == [mine["order_id"]]


@pytest.mark.parametrize(
    "order_id", ["0", "999999", "-1", "x", "1.0", "1e3", "１", "9" * 30, "%00", "%ff", "1%20"]
)
async def test_order_that_is_none_of_yours_is_unknown(ann: Person, order_id: str) -> None:
    answer = await ann.call("GET", f"/api/v1/order/{order_id}")
    assert (answer.status, answer.code) == (404, "UNKNOWN_ORDER")


async def test_foreign_order_is_unknown_open_or_done(house: House, trader: Person) -> None:
    ann = await house.person()
    history = (await trader.get(ORDERS))["orders"]
    answers = [await ann.call("GET", f"/api/v1/order/{o['order_id']}") for o in history]
    assert {(a.status, a.code) for a in answers} == {(404, "UNKNOWN_ORDER")}


async def test_balances_say_what_is_held(house: House) -> None:
    ann = await house.person(INR="100", TATA="5")
    await ann.place("buy", "10.00", "3")
    await ann.place("sell", "9000.00", "2")
    rows = (await ann.get("/api/v1/balances"))["balances"]
    # A hold is for the highest fee: 10 x 3 and 500 ppm of it, rounded up per lot.
    assert rows == [
        {"asset": "INR", "available": "69.9850", "held": "30.0150", "total": "100.0000"},
        {"asset": "TATA", "available": "3", "held": "2", "total": "5"},
    ]


async def test_balances_take_no_parameters(ann: Person) -> None:
    answer = await ann.call("GET", "/api/v1/balances", asset="INR")
    assert (answer.status, answer.code, answer.error["field"]) == (422, "UNKNOWN_FIELD", "asset")
