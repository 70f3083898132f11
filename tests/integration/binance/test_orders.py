"""Orders of every type, what the answers say, and what is refused with which words."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from tests.support.binance import Trader, now_ms

pytestmark = pytest.mark.asyncio(loop_scope="module")

FULL_FIELDS = {
    "symbol", "orderId", "orderListId", "clientOrderId", "transactTime", "price", "origQty",
    "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type",
    "side", "workingTime", "selfTradePreventionMode", "fills",
}  # fmt: skip


async def test_limit_order_is_answered_in_full(ann: Trader) -> None:
    order = await ann.order("BUY", "LIMIT", "0.5", price="20000.5", newClientOrderId="x-1.a:/b")
    assert order.keys() == FULL_FIELDS
    told = {name: order[name] for name in FULL_FIELDS - {"orderId", "transactTime", "workingTime"}}
    assert told == {
        "symbol": "BTCUSDT",
        "orderListId": -1,
        "clientOrderId": "x-1.a:/b",
        "price": "20000.50000000",
        "origQty": "0.50000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "selfTradePreventionMode": "EXPIRE_TAKER",
        "fills": [],
    }
    assert isinstance(order["orderId"], int)
    seen = await ann.get("order", symbol="BTCUSDT", orderId=order["orderId"])
    assert seen["isWorking"] is True
    assert seen["time"] == order["transactTime"]
    [open_one] = await ann.get("openOrders", symbol="BTCUSDT")
    assert open_one == seen


async def test_fills_fees_and_balances_are_those_of_the_ledger(ann: Trader, bob: Trader) -> None:
    before = await ann.balances()
    await bob.order("SELL", "LIMIT", "0.3", price="30000")
    await bob.order("SELL", "LIMIT", "0.3", price="30010")
    bought = await ann.order("BUY", "MARKET", "0.4")
    assert bought["status"] == "FILLED"
    assert bought["cummulativeQuoteQty"] == "12001.00000000"
    assert [(fill["price"], fill["qty"], fill["commission"], fill["commissionAsset"])
            for fill in bought["fills"]] == [
        ("30000.00000000", "0.30000000", "0.00015000", "BTC"),
        ("30010.00000000", "0.10000000", "0.00005000", "BTC"),
    ]  # fmt: skip
    after = await ann.balances()
    assert float(after["BTC"][0]) - float(before["BTC"][0]) == pytest.approx(0.4 - 0.0002)
    ledger = await ann.person.balances()
    assert {a: (float(free), float(held)) for a, (free, held) in after.items() if a in ledger} == {
        a: (float(free), float(held)) for a, (free, held) in ledger.items()
    }
    mine = await ann.get("myTrades", symbol="BTCUSDT", orderId=bought["orderId"])
    assert [trade["id"] for trade in mine] == [fill["tradeId"] for fill in bought["fills"]]
    assert all(trade["isBuyer"] and not trade["isMaker"] for trade in mine)
    await bob.call("DELETE", "openOrders", symbol="BTCUSDT")


async def test_market_order_by_quote_spends_a_budget(ann: Trader, bob: Trader) -> None:
    await bob.order("SELL", "LIMIT", "1", price="30000")
    bought = await ann.order("BUY", "MARKET", quoteOrderQty="3000")
    assert bought["status"] == "FILLED"
    assert bought["origQuoteOrderQty"] == "3000.00000000"
    assert bought["executedQty"] == bought["origQty"] == "0.10000000"
    await bob.call("DELETE", "openOrders", symbol="BTCUSDT")


@pytest.mark.parametrize(
    ("time", "status"), [("IOC", "EXPIRED"), ("FOK", "EXPIRED"), ("GTC", "NEW")]
)
async def test_time_in_force(ann: Trader, time: str, status: str) -> None:
    order = await ann.order("BUY", "LIMIT", "0.01", price="20000", timeInForce=time)
    assert order["status"] == status
    assert order["timeInForce"] == time


async def test_maker_only_rests_or_is_refused(ann: Trader, bob: Trader) -> None:
    made = await bob.order("SELL", "LIMIT_MAKER", "0.1", price="31000", newOrderRespType="RESULT")
    assert (made["type"], made["status"]) == ("LIMIT_MAKER", "NEW")
    refused = await ann.try_order("BUY", "LIMIT_MAKER", "0.1", price="31000")
    assert refused.body == {
        "code": -2010, "msg": "Order would immediately match and take.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "side", "stop"),
    [("STOP_LOSS", "SELL", "28000"), ("TAKE_PROFIT", "SELL", "32000")],
)
@pytest.mark.parametrize("limit", [False, True])
async def test_stops_wait_and_say_for_what(
    ann: Trader, bob: Trader, kind: str, side: str, stop: str, limit: bool
) -> None:
    await bob.order("BUY", "LIMIT", "0.01", price="30000")
    await ann.order("SELL", "LIMIT", "0.01", price="30000")
    more = {"price": stop} if limit else {}
    name = f"{kind}_LIMIT" if limit else kind
    order = await ann.order(side, name, "0.1", stopPrice=stop, newOrderRespType="RESULT", **more)
    assert order["type"] == name
    assert order["stopPrice"] == f"{stop}.00000000"
    assert order["workingTime"] == -1
    seen = await ann.get("order", symbol="BTCUSDT", orderId=order["orderId"])
    assert (seen["isWorking"], seen["status"]) == (False, "NEW")
    reached = await ann.try_order(
        side, name, "0.1", stopPrice="30000", **({"price": "30000"} if limit else {})
    )
    assert reached.body["msg"] == "Stop price would trigger immediately."
    gone = await ann.call("DELETE", "order", symbol="BTCUSDT", orderId=order["orderId"])
    assert (gone.body["status"], gone.body["type"]) == ("CANCELED", name)
    again = await ann.get("order", symbol="BTCUSDT", orderId=order["orderId"])
    assert again["stopPrice"] == f"{stop}.00000000"


async def test_trailing_and_iceberg(ann: Trader) -> None:
    trail = await ann.order(
        "SELL", "STOP_LOSS_LIMIT", "0.1", price="20000", trailingDelta=200,
        newOrderRespType="FULL",
    )  # fmt: skip
    assert (trail["trailingDelta"], trail["type"]) == (200, "STOP_LOSS_LIMIT")
    berg = await ann.order("BUY", "LIMIT", "1", price="20000", icebergQty="0.1")
    assert berg["icebergQty"] == "0.10000000"
    depth = (await ann.call("GET", "depth", signed=False, symbol="BTCUSDT")).body
    assert ["20000.00000000", "0.10000000"] in depth["bids"]


async def test_stops_answer_shortly_unless_asked(ann: Trader) -> None:
    order = await ann.order("BUY", "STOP_LOSS_LIMIT", "0.1", price="90000", stopPrice="90000")
    assert order.keys() == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        ({"price": "20000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "20000.123456789"}, -1111, "Parameter 'price' has too much precision."),
        ({"price": "0"}, -1013, "Invalid price."),
        ({"price": "-1"}, -1100, "Illegal characters found in parameter 'price'"),
        ({"price": "1e5"}, -1100, "Illegal characters found in parameter 'price'"),
        ({"quantity": "0.00015"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.0001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "11"}, -1013, "Filter failure: LOT_SIZE"),
        ({"price": "0.01"}, -1013, "Filter failure: NOTIONAL"),
        ({"price": ""}, -1102, "Mandatory parameter 'price' was not sent"),
        ({"quantity": ""}, -1102, "Mandatory parameter 'quantity' was not sent"),
        ({"timeInForce": ""}, -1102, "Mandatory parameter 'timeInForce' was not sent"),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ({"symbol": "BTCEUR"}, -1121, "Invalid symbol."),
        ({"symbol": "BTC_USDT"}, -1121, "Invalid symbol."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "MAGIC"}, -1116, "Invalid orderType."),
        ({"stopPrice": "1"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({"quoteOrderQty": "1"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
        ({"newClientOrderId": "a b"}, -1100, "Illegal characters found"),
        ({"newClientOrderId": "a" * 37}, -1100, "Illegal characters found"),
        ({"newOrderRespType": "LOUD"}, -1130, "Data sent for parameter 'newOrderRespType'"),
        ({"selfTradePreventionMode": "NONE"}, -1013, "This combination"),
        ({"side": "SELL", "quantity": "10", "price": "40000"}, -2010,
         "Account has insufficient balance for requested action."),
    ],
)  # fmt: skip
async def test_refusals_have_the_words_that_clients_map(
    ann: Trader, more: dict[str, str], code: int, text: str
) -> None:
    await ann.order("SELL", "LIMIT", "1", price="60000")
    wanted = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "quantity": "0.01", "price": "20000", **more,
    }  # fmt: skip
    answer = await ann.call("POST", "order", **wanted)
    assert (answer.code, answer.status) == (code, 400), answer.body
    assert answer.body["msg"].startswith(text)


async def test_a_test_order_changes_nothing(ann: Trader) -> None:
    wanted = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    before = ann.house.state()
    assert (await ann.call("POST", "order/test", **wanted)).body == {}
    rates = await ann.call("POST", "order/test", computeCommissionRates="true", **wanted)
    assert rates.body["standardCommissionForOrder"]["taker"] == "0.00050000"
    assert ann.house.state() == before


async def test_client_ids_are_unique_among_open_orders_only(ann: Trader) -> None:
    for _ in range(4):
        order = await ann.order("BUY", "LIMIT", "0.01", price="20000", newClientOrderId="mine")
        assert order["clientOrderId"] == "mine"
        twice = await ann.try_order("BUY", "LIMIT", "0.02", price="20000", newClientOrderId="mine")
        assert twice.body == {"code": -2010, "msg": "Duplicate order sent."}
        seen = await ann.get("order", symbol="BTCUSDT", origClientOrderId="mine")
        assert seen["orderId"] == order["orderId"]
        gone = await ann.call("DELETE", "order", symbol="BTCUSDT", origClientOrderId="mine")
        assert gone.body["origClientOrderId"] == "mine"
        assert gone.body["orderId"] == order["orderId"]


async def test_an_id_that_was_refused_may_be_sent_again(ann: Trader) -> None:
    for _ in range(3):
        refused = await ann.try_order("SELL", "LIMIT", "10", price="60000", newClientOrderId="poor")
        if refused.status == 200:
            await ann.call("DELETE", "openOrders", symbol="BTCUSDT")
            refused = await ann.try_order(
                "SELL", "LIMIT", "10", price="600000", newClientOrderId="poor"
            )
        assert refused.code in {-2010, -1013}
    good = await ann.order("BUY", "LIMIT", "0.01", price="20000", newClientOrderId="poor")
    assert good["status"] == "NEW"


async def test_cancels_of_what_is_not_open(ann: Trader, bob: Trader) -> None:
    order = await ann.order("BUY", "LIMIT", "0.01", price="20000")
    named = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    assert (await bob.call("DELETE", "order", **named)).code == -2011
    assert (await bob.call("GET", "order", **named)).code == -2013
    assert (await ann.call("DELETE", "order", **named, cancelRestrictions="ONLY_PARTIALLY_FILLED")
            ).code == -2011  # fmt: skip
    assert (await ann.call("DELETE", "order", **named)).status == 200
    gone = await ann.call("DELETE", "order", **named)
    assert gone.body == {"code": -2011, "msg": "Unknown order sent."}
    assert (await ann.call("DELETE", "openOrders", symbol="BTCUSDT")).code == -2011
    assert (await ann.call("GET", "order", symbol="BTCUSDT")).code == -1102
    assert (await ann.call("GET", "order", symbol="BTCUSDT", orderId=10**18)).body == {
        "code": -2013, "msg": "Order does not exist.",
    }  # fmt: skip


async def test_all_orders_are_told_oldest_first(ann: Trader) -> None:
    ids = [
        (await ann.order("BUY", "LIMIT", "0.01", price="20000", timeInForce=time))["orderId"]
        for time in ("IOC", "GTC", "FOK")
    ]
    everything = await ann.get("allOrders", symbol="BTCUSDT")
    assert [order["orderId"] for order in everything] == ids
    from_second = await ann.get("allOrders", symbol="BTCUSDT", orderId=ids[1], limit=1)
    assert [order["orderId"] for order in from_second] == [ids[1]]
    since = await ann.get("allOrders", symbol="BTCUSDT", startTime=everything[0]["time"])
    assert [order["orderId"] for order in since] == ids
    assert await ann.get("allOrders", symbol="BTCUSDT", limit=2) == everything[1:]


async def test_my_trades_are_paged_from_an_id(ann: Trader, bob: Trader) -> None:
    for price in ("30000", "30001", "30002"):
        await bob.order("SELL", "LIMIT", "0.01", price=price)
        await ann.order("BUY", "LIMIT", "0.01", price=price)
    trades = await ann.get("myTrades", symbol="BTCUSDT")
    assert [trade["price"][:5] for trade in trades] == ["30000", "30001", "30002"]
    second = trades[1]["id"]
    assert await ann.get("myTrades", symbol="BTCUSDT", fromId=second) == trades[1:]
    assert await ann.get("myTrades", symbol="BTCUSDT", fromId=second, limit=1) == trades[1:2]
    assert await ann.get("myTrades", symbol="BTCUSDT", startTime=trades[0]["time"]) == trades
    made = await bob.get("myTrades", symbol="BTCUSDT", limit=1)
    assert (made[0]["isMaker"], made[0]["isBuyer"]) == (True, False)


async def test_orders_of_before_are_told_with_their_terms_from_the_ledger(
    ann: Trader,
) -> None:
    order = await ann.order(
        "BUY", "STOP_LOSS_LIMIT", "0.1", price="90000", stopPrice="89000", newOrderRespType="FULL"
    )
    await ann.call("DELETE", "openOrders", symbol="BTCUSDT")
    await ann.house.venue.ledger.caught_up()
    specials = ann.house.venue.services.specials
    specials.known.clear()
    specials.complete_from = 1 << 60
    told = await ann.get("order", symbol="BTCUSDT", orderId=order["orderId"])
    assert (told["type"], told["stopPrice"]) == ("STOP_LOSS_LIMIT", "89000.00000000")


async def test_both_listeners_answer_alike(ann: Trader) -> None:
    # A body in pieces is for the HTTP server; a whole one takes the express lane.
    answers = []
    for pieces in (False, True):
        params = {
            "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
            "quantity": "0.01", "price": "20000", "timestamp": now_ms(),
        }  # fmt: skip
        text = urlencode(params)
        body = f"{text}&signature={ann.sign(text.encode())}".encode()

        async def cut(body: bytes = body) -> AsyncIterator[bytes]:
            yield body[:20]
            yield body[20:]

        async with ann.house.http.post(
            "/api/v3/order", data=cut() if pieces else body, headers={"X-MBX-APIKEY": ann.key}
        ) as answer:
            assert answer.status == 200
            answers.append((await answer.json(), set(answer.headers) - {"Date"}))
    changing = {"orderId", "clientOrderId", "transactTime", "workingTime"}
    plain = [
        ({name: value for name, value in body.items() if name not in changing}, headers)
        for body, headers in answers
    ]
    assert plain[0] == plain[1]


async def test_a_forged_order_is_refused_on_both_listeners(ann: Trader) -> None:
    text = f"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timestamp={now_ms()}"
    body = f"{text}&signature={'0' * 64}".encode()

    async def whole() -> AsyncIterator[bytes]:
        yield body

    for data in (body, whole()):
        async with ann.house.http.post(
            "/api/v3/order", data=data, headers={"X-MBX-APIKEY": ann.key}
        ) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, -1022)
