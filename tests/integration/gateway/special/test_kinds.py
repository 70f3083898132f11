"""Every kind of order over HTTP and WebSocket: placed, triggered, filled, cancelled, looked up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.support.gateway import House, Person
from tests.support.special import KINDS, SELL_5, Floor, cancel, get, terms_of, told_done

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def floor(house: House) -> Floor:
    return await Floor.of(house)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_told_as_it_was_placed(floor: Floor, ann: Person, kind: str) -> None:
    """Fields that it was placed with come back, in the answer, in the lists and when looked up."""
    placed = await floor.place(ann, KINDS[kind])
    asked = {**KINDS[kind]}
    same = {name: value for name, value in asked.items() if name in placed}
    assert {name: placed[name] for name in same} == {
        **same,
        **({"trailing_percent": "2.5000"} if "trailing_percent" in same else {}),
        **({"expires_at": "2100-01-01T00:00:00.000000Z"} if "expires_at" in same else {}),
    }
    assert set(asked) - set(placed) == set()
    assert (placed["status"], placed["fills"]) == ("open", [])
    (listed,) = (await ann.get("/api/v1/order/open"))["orders"]
    (of_history,) = (await ann.get("/api/v1/orders"))["orders"]
    assert placed == listed == of_history == await get(ann, placed)


@pytest.mark.parametrize("kind", KINDS)
async def test_cancelling_any_kind_gives_everything_back(
    floor: Floor, ann: Person, kind: str
) -> None:
    before = await ann.balances()
    placed = await floor.place(ann, KINDS[kind])
    assert await ann.balances() != before
    done = await cancel(ann, placed)
    assert (done["status"], done["reason"]) == ("cancelled", "cancelled")
    assert terms_of(done).get("waiting") is None
    assert await ann.balances() == before


@pytest.mark.parametrize("kind", KINDS)
async def test_same_order_again_is_the_same_order(floor: Floor, ann: Person, kind: str) -> None:
    body = {"market": floor.market, "client_order_id": f"again-{kind}", **KINDS[kind]}
    first = await ann.call("POST", "/api/v1/order/", body)
    again = await ann.call("POST", "/api/v1/order/", body)
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    other = await ann.call("POST", "/api/v1/order/", {**body, "quantity": "4"})
    assert (other.status, other.code) == (409, "ID_REUSED")


@pytest.mark.parametrize("kind", KINDS)
async def test_every_door_takes_every_kind(floor: Floor, ann: Person, kind: str) -> None:
    order = {"market": floor.market, **KINDS[kind]}
    stream = await ann.stream("orders")
    await stream.event("orders")
    batch = await ann.call("POST", "/api/v1/orders/", {"orders": [order]})
    placed = [
        (await ann.call("POST", "/api/v1/order/", order)).body,
        batch.body["results"][0],
        await stream.ask(op="order.place", args=order),
        (await stream.ask(op="order.batch", args={"orders": [order]}))["results"][0],
    ]
    said = [terms_of(one) for one in placed]
    assert said == [said[0]] * len(said)
    events = [(await stream.event("orders"))["orders"][-1] for _ in placed]
    assert {event["order_id"] for event in events} == {one["order_id"] for one in placed}
    assert all(terms_of(event) == said[0] for event in events)


async def test_stop_limit_waits_fires_rests_and_is_filled(
    house: House, floor: Floor, ann: Person
) -> None:
    stream = await ann.stream("orders")
    stop = await floor.place(ann, KINDS["stop_limit"])
    assert (stop["waiting"], stop["triggered"]) == (True, False)
    assert (await ann.balances())["TATA"] == ("9995", "5")
    assert (await floor.depth(house))[1] == []
    await floor.trade("95.00")
    fired = await get(ann, stop)
    assert (fired["triggered"], fired["status"], "waiting" in fired) == (True, "open", False)
    assert fired["triggered_at"] >= stop["created_at"]
    assert (await floor.depth(house))[1] == [["90.00", "5"]]
    await floor.buyer.place("buy", "90.00", "5", market=floor.market)
    done = await told_done(stream, stop)
    assert (done["status"], done["reason"], done["average_price"]) == ("filled", "filled", "90.00")
    assert (done["stop_price"], done["triggered_at"]) == ("95.00", fired["triggered_at"])


async def test_stop_market_trades_no_further_than_its_protection(floor: Floor, ann: Person) -> None:
    stop = await floor.place(ann, KINDS["stop_market"])
    assert (stop["price"], stop["protection_price"]) == (None, "90.25")
    await floor.buyer.place("buy", "91.00", "2", market=floor.market)
    await floor.seller.place("sell", "95.00", "1", market=floor.market, time_in_force="gtc")
    await floor.buyer.place("buy", "95.00", "1", market=floor.market)
    done = await get(ann, stop)
    assert (done["filled_quantity"], done["average_price"]) == ("2", "91.00")
    assert (done["status"], done["reason"], done["triggered"]) == ("expired", "protected", True)


@pytest.mark.parametrize("kind", ["take_profit_limit", "take_profit_market"])
async def test_take_profit_fires_where_a_stop_would_not(
    floor: Floor, ann: Person, kind: str
) -> None:
    order = await floor.place(ann, KINDS[kind])
    await floor.trade("94.00")
    assert (await get(ann, order))["triggered"] is False
    await floor.buyer.place("buy", "104.00", "5", market=floor.market)
    await floor.buyer.place("buy", "105.00", "1", market=floor.market)
    await floor.seller.place("sell", "105.00", "1", market=floor.market)
    done = await get(ann, order)
    assert (done["status"], done["average_price"]) == ("filled", "104.00")


async def test_trailing_stop_follows_and_fires_when_the_market_turns(
    floor: Floor, ann: Person
) -> None:
    order = await floor.place(ann, {**KINDS["trailing_stop"], "trailing_percent": "2"})
    for price in ("110.00", "120.00", "117.65"):
        await floor.trade(price)
    assert (await get(ann, order))["triggered"] is False
    await floor.trade("117.60")
    assert (await get(ann, order))["triggered"] is True


async def test_iceberg_shows_a_part_and_refills(house: House, floor: Floor, ann: Person) -> None:
    order = await floor.place(ann, KINDS["iceberg"])
    assert (await floor.depth(house))[1] == [["120.00", "2"]]
    await floor.buyer.place("buy", "120.00", "3", market=floor.market)
    assert (await floor.depth(house))[1] == [["120.00", "1"]]
    assert (await get(ann, order))["remaining_quantity"] == "2"


async def test_peg_follows_the_book_within_its_limit_and_waits_without_one(
    house: House, ann: Person
) -> None:
    market = await house.market()
    floor = Floor(market, await house.person(), await house.person())
    order = await floor.place(ann, KINDS["pegged"])
    assert (order["price"], order["waiting"], "pegged_price" in order) == ("99.00", True, False)
    bid = await floor.buyer.place("buy", "60.00", "1", market=market)
    assert (await get(ann, order))["pegged_price"] == "59.95"
    await floor.buyer.place("buy", "200.00", "1", market=market)
    moved = await get(ann, order)
    assert (moved["pegged_price"], moved["price"], moved["peg"]) == ("99.00", "99.00", "bid")
    answer = await floor.buyer.call("DELETE", "/api/v1/order/open")
    assert answer.body == {"cancelled": 2}, "what follows from a mass cancel is not its answer"
    assert (await get(ann, order))["waiting"] is True
    assert bid["order_id"] != order["order_id"]


async def test_pegged_sell_needs_no_limit(floor: Floor, ann: Person) -> None:
    order = await floor.place(ann, {**SELL_5, "type": "pegged", "peg": "ask"})
    assert (order["price"], order["waiting"]) == (None, True)
    await floor.seller.place("sell", "130.00", "1", market=floor.market)
    assert (await get(ann, order))["pegged_price"] == "130.00"


async def test_slide_rests_a_tick_behind_instead_of_being_refused(
    floor: Floor, ann: Person
) -> None:
    crossing = {**KINDS["slide"], "price": "40.00"}
    order = await floor.place(ann, crossing)
    assert (order["price"], order["slide"], order["status"]) == ("50.05", True, "open")
    body = {"market": floor.market, **crossing, "slide": False}
    assert (await ann.call("POST", "/api/v1/order/", body)).code == "POST_ONLY"


async def test_gtd_ends_at_its_time(floor: Floor, ann: Person) -> None:
    stream = await ann.stream("orders")
    soon = (datetime.now(UTC) + timedelta(milliseconds=700)).isoformat()
    order = await floor.place(ann, {**KINDS["gtd"], "expires_at": soon})
    done = await told_done(stream, order)
    assert (done["status"], done["reason"]) == ("expired", "expired")
    assert done["updated_at"] >= order["expires_at"]


async def test_expiry_in_milliseconds_is_the_same_and_one_that_is_past_is_refused(
    floor: Floor, ann: Person
) -> None:
    order = await floor.place(ann, {**KINDS["gtd"], "expires_at": 4_102_444_800_000})
    assert (order["expires_at"], order["time_in_force"]) == ("2100-01-01T00:00:00.000000Z", "gtd")
    body = {"market": floor.market, **KINDS["gtd"], "expires_at": "2020-01-01T00:00:00Z"}
    answer = await ann.call("POST", "/api/v1/order/", body)
    assert (answer.status, answer.code) == (422, "CONTRADICTION")
    assert "expires_at lies ahead" in answer.error["message"]


async def test_day_order_ends_at_the_next_midnight(floor: Floor, ann: Person) -> None:
    order = await floor.place(ann, KINDS["day"])
    midnight = datetime.fromisoformat(order["expires_at"])
    assert midnight.time() == datetime.min.time()
    assert timedelta() < midnight - datetime.fromisoformat(order["created_at"]) <= timedelta(days=1)


async def test_twap_runs_in_slices(floor: Floor, ann: Person) -> None:
    stream = await ann.stream("orders")
    await floor.seller.place("sell", "84.00", "20", market=floor.market)
    order = await floor.place(ann, {**KINDS["twap"], "slices": 3, "slice_interval_ms": 200})
    done = await told_done(stream, order)
    assert (done["status"], done["slices"]) == ("filled", 3)
    assert [fill["quantity"] for fill in done["fills"]] == ["1", "2", "2"]


async def test_market_order_with_a_worst_price_is_a_limit_that_never_rests(
    floor: Floor, ann: Person
) -> None:
    for price in ("101.00", "102.00"):
        await floor.seller.place("sell", price, "2", market=floor.market)
    order: dict[str, Any] = {"side": "buy", "type": "market", "quantity": "5"}
    done = await floor.place(ann, order, protection_price="101.50")
    assert (done["type"], done["time_in_force"], done["price"]) == ("limit", "ioc", "101.50")
    assert (done["filled_quantity"], done["reason"]) == ("2", "rest")


async def test_stop_may_be_an_iceberg_with_an_end(floor: Floor, ann: Person) -> None:
    more = {"display_quantity": "1", "expires_at": "2100-01-01T00:00:00Z"}
    order = await floor.place(ann, KINDS["stop_limit"], **more)
    assert (order["display_quantity"], order["time_in_force"]) == ("1", "gtd")


async def test_ended_order_says_whether_it_had_fired(floor: Floor, ann: Person) -> None:
    order = await floor.place(ann, KINDS["stop_limit"])
    assert (await cancel(ann, order))["triggered"] is False
    order = await floor.place(ann, KINDS["stop_limit"])
    await floor.trade("95.00")
    assert (await cancel(ann, order))["triggered"] is True
