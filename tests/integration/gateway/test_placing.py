"""Placing orders over HTTP: every kind, and what the answer says."""

import re

import pytest

from tests.support.gateway import TATA_INR, House, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ORDER_FIELDS = {
    "order_id", "client_order_id", "market", "side", "type", "time_in_force", "post_only", "price",
    "quantity", "budget", "filled_quantity", "remaining_quantity", "average_price", "quote_filled",
    "fee", "fee_asset", "status", "reason", "created_at", "updated_at", "sequence", "fills",
}  # fmt: skip


async def test_resting_order_is_answered_with_every_field(house: House, ann: Person) -> None:
    order = await ann.place("buy", "50.05", "7", client_order_id="my-order_1")
    assert order.keys() == ORDER_FIELDS
    assert TIME.fullmatch(order["created_at"])
    del order["created_at"], order["updated_at"]
    assert order == {
        "order_id": order["order_id"],
        "client_order_id": "my-order_1",
        "market": TATA_INR,
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "post_only": False,
        "price": "50.05",
        "quantity": "7",
        "budget": None,
        "filled_quantity": "0",
        "remaining_quantity": "7",
        "average_price": None,
        "quote_filled": "0.0000",
        "fee": "0.0000",
        "fee_asset": "INR",
        "status": "open",
        "reason": None,
        "sequence": house.venue.engine.core.sequence,
        "fills": [],
    }


async def test_taker_gets_the_makers_price_and_both_pay_their_fee(house: House) -> None:
    market = await house.market(maker_ppm=-50, taker_ppm=500)
    seller, buyer = await house.person(TATA="100"), await house.person(INR="50000")
    resting = await seller.place("sell", "100.00", "10", market=market)
    bought = await buyer.place("buy", "100.10", "15", market=market)
    (fill,) = bought["fills"]
    assert TIME.fullmatch(fill.pop("time"))
    assert fill == {
        "trade_id": 1,
        "price": "100.00",
        "quantity": "10",
        "fee": "0.5000",
        "liquidity": "taker",
    }
    assert {k: bought[k] for k in ("status", "filled_quantity", "remaining_quantity")} == {
        "status": "partially_filled",
        "filled_quantity": "10",
        "remaining_quantity": "5",
    }
    assert (bought["average_price"], bought["quote_filled"]) == ("100.00", "1000.0000")
    sold = await seller.get(f"/api/v1/order/{resting['order_id']}")
    assert (sold["status"], sold["reason"], sold["fee"]) == ("filled", "filled", "-0.0500")
    assert sold["fills"][0]["liquidity"] == "maker"
    assert await seller.balances() == {"TATA": ("90", "0"), "INR": ("1000.0500", "0.0000")}
    held = "500.7505"  # 5 lots at 100.10 with the highest fee they can cost, rounded up per lot
    assert await buyer.balances() == {"TATA": ("10", "0"), "INR": ("48498.7495", held)}


async def test_fee_of_a_received_market_is_paid_in_what_is_received(house: House) -> None:
    seller, buyer = await house.person(BTC="1"), await house.person(USDT="1000")
    await seller.place("sell", "100.00", "0.5", market="BTC_USDT")
    bought = await buyer.place("buy", "100.00", "0.5", market="BTC_USDT")
    assert (bought["fee"], bought["fee_asset"]) == ("0.00025000", "BTC")
    assert await buyer.balances() == {
        "BTC": ("0.49975000", "0.00000000"),
        "USDT": ("950.000000", "0.000000"),
    }
    assert (await seller.balances())["USDT"] == ("49.990000", "0.000000")


async def test_average_price_of_several_levels_is_rounded_half_up(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    for price in ("100.00", "100.05", "100.05"):
        await ann.place("sell", price, "1", market=market)
    bought = await bob.place("buy", "101.00", "3", market=market)
    # 300.10 / 3 = 100.03333...
    assert bought["average_price"] == "100.0333"
    assert [fill["price"] for fill in bought["fills"]] == ["100.00", "100.05", "100.05"]


async def test_market_order_by_quantity_takes_what_there_is(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "4", market=market)
    order = await bob.place("buy", None, "9", market=market, type="market")
    assert (order["type"], order["time_in_force"], order["price"]) == ("market", "ioc", None)
    assert (order["status"], order["reason"]) == ("expired", "no_liquidity")
    assert (order["filled_quantity"], order["remaining_quantity"]) == ("4", "0")


async def test_market_order_on_an_empty_book_is_accepted_and_expires(house: House) -> None:
    market = await house.market()
    bob = await house.person()
    order = await bob.place("sell", None, "9", market=market, type="market")
    assert (order["status"], order["reason"], order["fills"]) == ("expired", "no_liquidity", [])


async def test_market_order_by_budget_spends_at_most_that(house: House) -> None:
    market = await house.market(taker_ppm=500)
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "100", market=market)
    body = {"market": market, "side": "buy", "type": "market", "budget": "100"}
    answer = await bob.call("POST", "/api/v1/order/", body)
    order = answer.body
    # Ten would cost 100 and a fee of 0.05.
    assert (order["filled_quantity"], order["quantity"]) == ("9", None)
    assert (order["budget"], order["quote_filled"]) == ("100.0000", "90.0000")
    assert (order["status"], order["reason"]) == ("filled", "budget_exhausted")


@pytest.mark.parametrize(
    ("time_in_force", "status", "reason", "filled"),
    [
        ("gtc", "partially_filled", None, "3"),
        ("ioc", "expired", "rest", "3"),
        ("fok", "expired", "fok_killed", "0"),
    ],
)
async def test_time_in_force_decides_over_the_rest(
    house: House, time_in_force: str, status: str, reason: str | None, filled: str
) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "3", market=market)
    order = await bob.place("buy", "10.00", "5", market=market, time_in_force=time_in_force)
    assert (order["status"], order["reason"]) == (status, reason)
    assert order["filled_quantity"] == filled


async def test_fok_that_fits_is_filled(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "3", market=market)
    order = await bob.place("buy", "10.00", "3", market=market, time_in_force="FOK")
    assert (order["status"], order["time_in_force"]) == ("filled", "fok")


async def test_post_only_order_rests_or_is_refused_with_the_price_in_its_way(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    order = await ann.place("sell", "10.00", "3", market=market, post_only=True)
    assert (order["post_only"], order["status"]) == (True, "open")
    body = {"market": market, "side": "buy", "price": "10.00", "quantity": "1", "post_only": True}
    answer = await bob.call("POST", "/api/v1/order/", body)
    assert (answer.status, answer.code) == (422, "POST_ONLY")
    assert answer.error["message"].endswith("would trade with the best price, 10.00")


@pytest.mark.parametrize(
    ("mode", "taker", "maker"),
    [
        ("expire_taker", ("expired", "self_trade", "0"), ("open", None, "0")),
        ("expire_maker", ("open", None, "0"), ("expired", "self_trade", "0")),
        ("expire_both", ("expired", "self_trade", "0"), ("expired", "self_trade", "0")),
        ("decrement", ("expired", "prevented", "0"), ("open", None, "0")),
    ],
)
async def test_own_order_is_never_traded_with(
    house: House, mode: str, taker: tuple[str, str, str], maker: tuple[str, str, str]
) -> None:
    market = await house.market()
    ann = await house.person()
    resting = await ann.place("sell", "10.00", "5", market=market)
    mine = await ann.place("buy", "10.00", "3", market=market, self_trade_prevention=mode)
    resting = await ann.get(f"/api/v1/order/{resting['order_id']}")
    assert (mine["status"], mine["reason"], mine["filled_quantity"]) == taker
    assert (resting["status"], resting["reason"], resting["filled_quantity"]) == maker
    assert (await house.get("/api/v1/trades", market=market))["trades"] == []


async def test_self_trade_is_done_where_market_and_order_allow_it(house: House) -> None:
    market = await house.market(allow_self_trade=True)
    ann = await house.person()
    await ann.place("sell", "10.00", "5", market=market)
    mine = await ann.place("buy", "10.00", "3", market=market, self_trade_prevention="none")
    assert mine["status"] == "filled"


@pytest.mark.parametrize("side", ["buy", "BUY", "Buy", "bUy"])
async def test_names_are_read_in_any_case(ann: Person, side: str) -> None:
    order = await ann.place(side, "20.00", "1", type="LImit", time_in_force="GtC")
    assert (order["side"], order["type"]) == ("buy", "limit")


async def test_every_door_reads_names_in_any_case(house: House) -> None:
    ann = await house.person()
    order = {"market": TATA_INR, "side": "bUY", "type": "LiMit", "price": "5.00", "quantity": "1"}
    short = {"order_type": "bUY", "order_kind": "LiMit", "price": 5, "quantity": 1}
    stream = await ann.stream()
    batch = await ann.call("POST", "/api/v1/orders/", {"orders": [order]})
    placed = [
        (await ann.call("POST", "/api/v1/order/", order)).body,
        (await ann.call("POST", "/order", short | {"market": TATA_INR})).body,
        batch.body["results"][0],
        await stream.ask(op="order.place", args=order),
    ]
    assert [o["side"] for o in placed] == ["buy"] * 4
    found = await ann.get("/api/v1/order/open", side="bUy")
    assert len(found["orders"]) == 4


async def test_same_id_and_content_is_answered_with_the_original(ann: Person) -> None:
    body = {"market": TATA_INR, "side": "buy", "price": "20.00", "quantity": "2"}
    body["client_order_id"] = "again"
    first = await ann.call("POST", "/api/v1/order/", body)
    second = await ann.call("POST", "/api/v1/order/", body)
    assert (first.status, second.status) == (201, 200)
    assert second.body == first.body


async def test_replayed_order_is_answered_as_it_stands_now(house: House, ann: Person) -> None:
    first = await ann.place("buy", "20.00", "2", client_order_id="now")
    await ann.call("DELETE", "/api/v1/order/", order_id=first["order_id"])
    body = {"market": TATA_INR, "side": "buy", "price": "20.00", "quantity": "2"}
    again = await ann.call("POST", "/api/v1/order/", {**body, "client_order_id": "now"})
    assert (again.status, again.body["status"]) == (200, "cancelled")
    assert again.body["order_id"] == first["order_id"]


async def test_same_id_with_other_content_is_a_conflict(ann: Person) -> None:
    await ann.place("buy", "20.00", "2", client_order_id="used")
    body = {"market": TATA_INR, "side": "buy", "price": "20.00", "quantity": "3"}
    answer = await ann.call("POST", "/api/v1/order/", {**body, "client_order_id": "used"})
    assert (answer.status, answer.code) == (409, "ID_REUSED")
    assert answer.error["client_order_id"] == "used"


async def test_refusal_of_the_engine_is_repeated_for_the_same_id(ann: Person) -> None:
    body = {"market": TATA_INR, "side": "sell", "price": "1.00", "quantity": "999999"}
    body["client_order_id"] = "poor"
    first = await ann.call("POST", "/api/v1/order/", body)
    second = await ann.call("POST", "/api/v1/order/", body)
    assert (first.status, first.code) == (second.status, second.code) == (422, "INSUFFICIENT_FUNDS")
    assert first.error["sequence"] == second.error["sequence"]


async def test_client_order_ids_of_others_are_free(ann: Person, bob: Person) -> None:
    orders = [await who.place("buy", "20.00", "1", client_order_id="same") for who in (ann, bob)]
    assert orders[0]["order_id"] != orders[1]["order_id"]


@pytest.mark.parametrize("form", [str, int])
async def test_user_id_of_the_caller_is_accepted(ann: Person, form: type) -> None:
    order = await ann.place("buy", "20.00", "1", user_id=form(ann.account))
    assert order["status"] == "open"


async def test_user_id_of_somebody_else_is_forbidden(ann: Person, bob: Person) -> None:
    body = {"market": TATA_INR, "side": "buy", "price": "20.00", "quantity": "2"}
    answer = await ann.call("POST", "/api/v1/order/", {**body, "user_id": bob.account})
    assert (answer.status, answer.code, answer.error["field"]) == (403, "FORBIDDEN", "user_id")


@pytest.mark.parametrize(
    ("price", "quantity"), [("100.05", "10"), ('"100.05"', '"10"'), ("100.050", "10.0")]
)
async def test_short_form_reads_numbers_and_strings_by_their_text(
    house: House, ann: Person, price: str, quantity: str
) -> None:
    text = (
        f'{{"order_type": "Sell", "order_kind": "Limit", "price": {price},'
        f' "quantity": {quantity}, "market": "TATA_INR"}}'
    )
    headers = {"Authorization": f"Bearer {ann.token}"}
    answer = await house.call("POST", "/order", data=text.encode(), headers=headers)
    assert answer.status == 201
    assert (answer.body["price"], answer.body["quantity"]) == ("100.05", "10")
    assert (answer.body["side"], answer.body["type"]) == ("sell", "limit")


async def test_short_form_places_market_orders(ann: Person) -> None:
    body = {"order_type": "Buy", "order_kind": "Market", "market": TATA_INR, "quantity": 3}
    answer = await ann.call("POST", "/order", body)
    assert (answer.status, answer.body["type"]) == (201, "market")


@pytest.mark.parametrize("number", ["1e2", "1E2", "1.0e1", "-5", "true", "[1]", "{}", '"1e2"'])
async def test_short_form_takes_plain_numbers_only(house: House, ann: Person, number: str) -> None:
    text = (
        f'{{"order_type": "Sell", "order_kind": "Limit", "price": {number},'
        f' "quantity": 1, "market": "TATA_INR"}}'
    )
    headers = {"Authorization": f"Bearer {ann.token}"}
    before = house.state()
    answer = await house.call("POST", "/order", data=text.encode(), headers=headers)
    assert (answer.status, answer.error["field"]) == (422, "price")
    assert answer.code in {"BAD_DECIMAL", "BAD_TYPE"}
    assert house.state() == before


async def test_the_short_form_calls_a_market_symbol_too(house: House, ann: Person) -> None:
    order = {"order_type": "Buy", "order_kind": "Limit", "price": 90.5, "quantity": 1}
    answer = await ann.call("POST", "/order", order | {"symbol": TATA_INR})
    assert (answer.status, answer.body["market"]) == (201, TATA_INR)
    both = await ann.call("POST", "/order", order | {"symbol": TATA_INR, "market": TATA_INR})
    assert (both.status, both.code) == (422, "UNKNOWN_FIELD")
