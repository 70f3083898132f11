"""Cancel-replace, amending, and lists of orders."""

from typing import Any

import pytest

from tests.support.binance import Answer, Trader

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
    "quantity": "0.02", "price": "21000",
}  # fmt: skip


async def replace(trader: Trader, mode: str = "STOP_ON_FAILURE", **more: Any) -> Answer:
    wanted = NEW | {"cancelReplaceMode": mode} | more
    return await trader.call("POST", "order/cancelReplace", form=True, **wanted)


async def test_cancel_replace_gives_a_new_order(ann: Trader) -> None:
    old = await ann.order("BUY", "LIMIT", "0.01", price="20000", newClientOrderId="same")
    answer = await replace(ann, cancelOrderId=old["orderId"], newClientOrderId="same")
    assert answer.status == 200, answer
    body = answer.body
    assert (body["cancelResult"], body["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert body["cancelResponse"]["orderId"] == old["orderId"]
    assert body["cancelResponse"]["status"] == "CANCELED"
    assert body["newOrderResponse"]["clientOrderId"] == "same"
    assert body["newOrderResponse"]["orderId"] != old["orderId"]
    [left] = await ann.get("openOrders", symbol="BTCUSDT")
    assert left["orderId"] == body["newOrderResponse"]["orderId"]


async def test_cancel_replace_stops_or_goes_on_where_there_is_nothing_to_cancel(
    ann: Trader,
) -> None:
    stopped = await replace(ann, cancelOrderId=1)
    assert (stopped.status, stopped.code) == (400, -2022)
    assert stopped.body["data"]["cancelResponse"]["code"] == -2011
    assert stopped.body["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    assert await ann.get("openOrders", symbol="BTCUSDT") == []
    went_on = await replace(ann, "ALLOW_FAILURE", cancelOrderId=1)
    assert (went_on.status, went_on.code) == (409, -2021)
    assert went_on.body["data"]["newOrderResult"] == "SUCCESS"
    assert len(await ann.get("openOrders", symbol="BTCUSDT")) == 1


async def test_cancel_replace_may_cancel_and_then_fail(ann: Trader) -> None:
    old = await ann.order("BUY", "LIMIT", "0.01", price="20000")
    answer = await replace(
        ann, cancelOrderId=old["orderId"], side="SELL", quantity="10", price="40000",
        selfTradePreventionMode="EXPIRE_MAKER",
    )  # fmt: skip
    assert answer.status == 200, answer  # Ten coins are what Ann has.
    more = await replace(
        ann, cancelOrigClientOrderId=answer.body["newOrderResponse"]["clientOrderId"],
        quantity="9", price="89000", side="BUY",
    )  # fmt: skip
    assert (more.status, more.code) == (409, -2021), more
    assert more.body["data"]["cancelResult"] == "SUCCESS"
    assert more.body["data"]["newOrderResponse"]["msg"].startswith("Filter failure")
    assert await ann.get("openOrders", symbol="BTCUSDT") == []


async def test_a_limit_may_become_a_stop(ann: Trader, bob: Trader) -> None:
    await bob.order("BUY", "LIMIT", "0.01", price="30000")
    await ann.order("SELL", "LIMIT", "0.01", price="30000")
    old = await ann.order("SELL", "LIMIT", "0.1", price="40000")
    answer = await replace(
        ann, cancelOrderId=old["orderId"], side="SELL", type="STOP_LOSS_LIMIT", price="27000",
        stopPrice="28000", newOrderRespType="RESULT",
    )  # fmt: skip
    assert answer.body["newOrderResponse"]["stopPrice"] == "28000.00000000"


async def test_an_amend_makes_smaller_and_keeps_the_place(ann: Trader, bob: Trader) -> None:
    first = await ann.order("SELL", "LIMIT", "0.5", price="33000")
    await bob.order("SELL", "LIMIT", "0.5", price="33000")
    named = {"symbol": "BTCUSDT", "orderId": first["orderId"]}
    answer = await ann.call("PUT", "order/amend/keepPriority", **named, newQty="0.2")
    assert answer.status == 200, answer
    assert answer.body["amendedOrder"]["origQty"] == "0.20000000"
    larger = await ann.call("PUT", "order/amend/keepPriority", **named, newQty="0.3")
    assert larger.code == -2038
    buyer = Trader(ann.house, await ann.house.person())
    await buyer.order("BUY", "LIMIT", "0.2", price="33000")
    seen = await ann.get("order", **named)
    assert seen["status"] == "FILLED"


async def oco(trader: Trader, **more: Any) -> Answer:
    wanted = {
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1",
        "aboveType": "LIMIT_MAKER", "abovePrice": "40000", "aboveClientOrderId": "up",
        "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "25000", "belowPrice": "24000",
        "belowTimeInForce": "GTC", "listClientOrderId": "pair", **more,
    }  # fmt: skip
    return await trader.call("POST", "orderList/oco", form=True, **wanted)


async def test_one_cancels_the_other(ann: Trader) -> None:
    answer = await oco(ann, newOrderRespType="FULL")
    assert answer.status == 200, answer
    body = answer.body
    assert (body["contingencyType"], body["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert body["listClientOrderId"] == "pair"
    above, below = body["orderReports"]
    assert (above["type"], below["type"]) == ("LIMIT_MAKER", "STOP_LOSS_LIMIT")
    assert above["clientOrderId"] == "up"
    assert {order["orderListId"] for order in body["orderReports"]} == {body["orderListId"]}
    assert [order["orderId"] for order in body["orders"]] == [above["orderId"], below["orderId"]]
    by_name = await ann.get("order", symbol="BTCUSDT", origClientOrderId="up")
    assert by_name["orderId"] == above["orderId"]
    assert (await ann.get("openOrderList"))[0]["orderListId"] == body["orderListId"]
    same = await ann.get("orderList", origClientOrderId="pair")
    assert same["orders"] == body["orders"]
    assert (await oco(ann)).code == -2010
    gone = await ann.call("DELETE", "orderList", symbol="BTCUSDT", listClientOrderId="pair")
    assert gone.body["listOrderStatus"] == "ALL_DONE"
    assert {order["status"] for order in gone.body["orderReports"]} == {"CANCELED"}
    assert (await ann.balances())["BTC"] == ("10.00000000", "0.00000000")
    assert (await ann.get("allOrderList"))[-1]["listStatusType"] == "ALL_DONE"
    again = await oco(ann)
    assert again.status == 200, again


async def test_cancelling_one_of_a_pair_ends_both(ann: Trader) -> None:
    placed = (await oco(ann, listClientOrderId="", aboveClientOrderId="")).body
    order_id = placed["orders"][1]["orderId"]
    gone = await ann.call("DELETE", "order", symbol="BTCUSDT", orderId=order_id)
    assert gone.body["orderListId"] == placed["orderListId"]
    assert gone.body["listStatusType"] == "ALL_DONE"


async def test_the_old_form_of_a_pair(ann: Trader) -> None:
    answer = await ann.call(
        "POST", "order/oco", symbol="BTCUSDT", side="SELL", quantity="0.1", price="40000",
        stopPrice="25000", stopLimitPrice="24000", stopLimitTimeInForce="GTC",
        newOrderRespType="RESULT",
    )  # fmt: skip
    assert [order["type"] for order in answer.body["orderReports"]] == [
        "LIMIT_MAKER", "STOP_LOSS_LIMIT",
    ]  # fmt: skip


async def test_one_triggers_the_others(ann: Trader, bob: Trader) -> None:
    await bob.order("SELL", "LIMIT", "0.1", price="30000")
    answer = await ann.call(
        "POST", "orderList/otoco", form=True, symbol="BTCUSDT",
        workingType="LIMIT", workingSide="BUY", workingPrice="29000", workingQuantity="0.1",
        workingTimeInForce="GTC", pendingSide="SELL", pendingQuantity="0.1",
        pendingAboveType="LIMIT_MAKER", pendingAbovePrice="35000",
        pendingBelowType="STOP_LOSS", pendingBelowStopPrice="25000", newOrderRespType="RESULT",
    )  # fmt: skip
    assert answer.status == 200, answer
    reports = answer.body["orderReports"]
    assert [order["status"] for order in reports] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    assert answer.body["contingencyType"] == "OTO"
    await bob.order("SELL", "LIMIT", "0.1", price="29000")
    states = [
        (await ann.get("order", symbol="BTCUSDT", orderId=order["orderId"]))["status"]
        for order in reports
    ]
    assert states == ["FILLED", "NEW", "NEW"]


async def test_a_list_is_refused_whole(ann: Trader) -> None:
    before = await ann.balances()
    assert (await oco(ann, abovePrice="40000.001")).code == -1013
    assert (await oco(ann, belowType="LIMIT_MAKER", belowStopPrice="", belowTimeInForce="")
            ).code == -1158  # fmt: skip
    assert (await oco(ann, belowClientOrderId="up")).code == -2010
    assert (await oco(ann, quantity="11")).code == -1013
    assert await ann.balances() == before
