"""What an account is told of itself, as it happens."""

from typing import Any

import pytest

from outcry.domain import commands as c
from tests.integration.binance.test_ws_api import api, signed
from tests.support.binance import Socket, Trader, bare, connect
from tests.support.gateway import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEEDED = set("eEscSofqpPFgCxXrilzLTtIwmMOZYQnNWV")
"""What clients read of an execution report."""


async def listen(house: House, trader: Trader) -> Socket:
    """Return a connection that follows an account by its signature."""
    socket = await api(house)
    answer = await socket.ask("userDataStream.subscribe.signature", signed(trader))
    assert answer["result"] == {"subscriptionId": 0}
    return socket


async def reports(socket: Socket, count: int) -> list[Any]:
    """Return the next execution reports."""
    return [await socket.event("executionReport") for _ in range(count)]


def said(report: Any) -> tuple[str, ...]:
    return tuple(report[name] for name in ("x", "X", "l", "z", "Z"))


async def test_an_order_is_told_through_its_whole_life(
    house: House, ann: Trader, bob: Trader
) -> None:
    socket = await listen(house, ann)
    order = await ann.order("BUY", "LIMIT", "0.5", price="20000", newClientOrderId="life")
    await bob.order("SELL", "LIMIT", "0.2", price="20000")
    await ann.call(
        "DELETE", "order", symbol="BTCUSDT", orderId=order["orderId"], newClientOrderId="bye"
    )
    new, part, gone = await reports(socket, 3)
    assert new.keys() >= NEEDED
    assert said(new) == ("NEW", "NEW", "0.00000000", "0.00000000", "0.00000000")
    assert (new["c"], new["C"], new["w"], new["t"], new["N"]) == ("life", "", True, -1, None)
    assert said(part) == ("TRADE", "PARTIALLY_FILLED", "0.20000000", "0.20000000", "4000.00000000")
    assert (part["L"], part["n"], part["N"], part["m"]) == (
        "20000.00000000", "0.00004000", "BTC", True,
    )  # fmt: skip
    assert said(gone) == ("CANCELED", "CANCELED", "0.00000000", "0.20000000", "4000.00000000")
    assert (gone["c"], gone["C"]) == ("bye", "life")
    for _ in range(3):
        position = await socket.event("outboundAccountPosition")
    last = {row["a"]: (row["f"], row["l"]) for row in position["B"]}
    balances = await ann.balances()
    assert last == {asset: balances[asset] for asset in ("BTC", "USDT")}


async def test_each_fill_of_one_taker_is_told_with_the_sum_so_far(
    house: House, ann: Trader, bob: Trader
) -> None:
    for price in ("30000", "30001", "30002"):
        await bob.order("SELL", "LIMIT", "0.1", price=price)
    socket, other = await listen(house, ann), await listen(house, bob)
    await ann.order("BUY", "MARKET", "0.25")
    told = await reports(socket, 4)
    assert [(r["x"], r["X"], r["l"], r["z"]) for r in told] == [
        ("NEW", "NEW", "0.00000000", "0.00000000"),
        ("TRADE", "PARTIALLY_FILLED", "0.10000000", "0.10000000"),
        ("TRADE", "PARTIALLY_FILLED", "0.10000000", "0.20000000"),
        ("TRADE", "FILLED", "0.05000000", "0.25000000"),
    ]
    made = await reports(other, 3)
    assert [(r["X"], r["m"], r["z"]) for r in made] == [
        ("FILLED", True, "0.10000000"), ("FILLED", True, "0.10000000"),
        ("PARTIALLY_FILLED", True, "0.05000000"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"timeInForce": "IOC"}, [("NEW", "NEW"), ("EXPIRED", "EXPIRED")]),
        ({"timeInForce": "FOK"}, [("NEW", "NEW"), ("EXPIRED", "EXPIRED")]),
    ],
)
async def test_orders_that_cannot_rest_expire(
    house: House, ann: Trader, more: dict[str, str], told: list[tuple[str, str]]
) -> None:
    socket = await listen(house, ann)
    await ann.order("BUY", "LIMIT", "0.5", price="20000", **more)
    assert [(r["x"], r["X"]) for r in await reports(socket, len(told))] == told


async def test_meeting_oneself_expires_in_match(house: House, ann: Trader) -> None:
    await ann.order("SELL", "LIMIT", "0.5", price="30000")
    socket = await listen(house, ann)
    order = await ann.order("BUY", "LIMIT", "0.5", price="30000")
    assert order["status"] == "EXPIRED_IN_MATCH"
    _, ended = await reports(socket, 2)
    assert (ended["x"], ended["X"]) == ("EXPIRED", "EXPIRED_IN_MATCH")


async def test_a_pair_is_told_with_its_list(house: House, ann: Trader) -> None:
    socket = await listen(house, ann)
    placed = await ann.call(
        "POST", "orderList/oco", symbol="BTCUSDT", side="SELL", quantity="0.1",
        aboveType="LIMIT_MAKER", abovePrice="40000", aboveClientOrderId="high",
        belowType="STOP_LOSS", belowStopPrice="25000", listClientOrderId="both",
    )  # fmt: skip
    assert placed.status == 200, placed
    status = await socket.event("listStatus")
    assert (status["c"], status["l"], status["L"], status["C"]) == (
        "OCO", "EXEC_STARTED", "EXECUTING", "both",
    )  # fmt: skip
    assert status["O"][0]["c"] == "high"
    up, down = await reports(socket, 2)
    assert (up["o"], up["g"], up["c"], up["w"]) == ("LIMIT_MAKER", status["g"], "high", True)
    assert (down["o"], down["P"], down["w"]) == ("STOP_LOSS", "25000.00000000", False)
    await ann.call("DELETE", "orderList", symbol="BTCUSDT", orderListId=status["g"])
    ended = await reports(socket, 2)
    assert {report["X"] for report in ended} == {"CANCELED"}
    assert (await socket.event("listStatus"))["L"] == "ALL_DONE"


async def test_money_from_outside_is_told(house: House, ann: Trader) -> None:
    socket = await listen(house, ann)
    await house.do(c.Deposit(account=ann.account, asset=1, amount_units=150_000_000))
    update = await socket.event("balanceUpdate")
    assert (update["a"], update["d"]) == ("BTC", "1.50000000")
    position = await socket.event("outboundAccountPosition")
    assert position["B"] == [{"a": "BTC", "f": "11.50000000", "l": "0.00000000"}]


async def test_the_same_account_by_every_way_in(house: House, ann: Trader) -> None:
    key = (await ann.call("POST", "userDataStream", signed=False)).body["listenKey"]
    logged_on = await api(house)
    await logged_on.ask("session.logon", signed(ann))
    await logged_on.ask("userDataStream.subscribe")
    ways = [
        await connect(house, f"/ws/{key}"),
        await connect(house, f"/stream?streams={key}"),
        await connect(house, "/ws"),
        await listen(house, ann),
        logged_on,
    ]
    await ways[2].ask("SUBSCRIBE", [key])
    await ann.order("BUY", "LIMIT", "0.01", price="20000")
    told = [await way.event("executionReport") for way in ways]
    assert len({str(report) for report in told}) == 1


async def test_who_comes_back_is_told_again_and_who_left_is_not(house: House, ann: Trader) -> None:
    first = await listen(house, ann)
    await first.socket.close()
    again = await listen(house, ann)
    await ann.order("BUY", "LIMIT", "0.01", price="20000")
    await again.event("executionReport")
    assert (await again.ask("userDataStream.unsubscribe", {"subscriptionId": 0}))["status"] == 200
    before = len(again.heard)
    await ann.order("BUY", "LIMIT", "0.01", price="20000")
    await again.ask("ping")
    assert [told for told in again.heard[before:] if bare(told)["e"] == "executionReport"] == []


async def test_a_revoked_key_is_told_no_more(house: House, ann: Trader) -> None:
    other = Trader(house, ann.person)
    socket = await listen(house, other)
    house.venue.services.identity.keys.revoke(ann.account, other.key)
    await socket.event("eventStreamTerminated")


async def test_events_are_only_of_ones_own_account(house: House, ann: Trader, bob: Trader) -> None:
    socket = await listen(house, ann)
    await bob.order("BUY", "LIMIT", "0.01", price="20000")
    await ann.order("BUY", "LIMIT", "0.02", price="20000")
    assert (await socket.event("executionReport"))["q"] == "0.02000000"
