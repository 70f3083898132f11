"""The WebSocket API: signing, logging on, orders, and the same answers as REST."""

from typing import Any

import pytest

from tests.support.binance import Socket, Trader, connect, now_ms
from tests.support.gateway import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01",
    "price": "20000",
}  # fmt: skip


def signed(trader: Trader, **params: Any) -> dict[str, Any]:
    """Return parameters with key, time and signature."""
    params = {"apiKey": trader.key, "timestamp": now_ms(), **params}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return params | {"signature": trader.sign(text.encode())}


async def api(house: House) -> Socket:
    return await connect(house, "/ws-api/v3")


async def test_public_calls_answer_as_rest_does(house: House) -> None:
    socket = await api(house)
    assert (await socket.ask("ping", number="abc")) | {"rateLimits": 0} == {
        "id": "abc", "status": 200, "result": {}, "rateLimits": 0,
    }  # fmt: skip
    depth = await socket.ask("depth", {"symbol": "BTCUSDT", "limit": 5})
    rest = (await house.call("GET", "/api/v3/depth", symbol="BTCUSDT", limit=5)).body
    assert depth["result"] == rest
    info = await socket.ask("exchangeInfo", {"symbols": ["BTCUSDT"]})
    assert [row["symbol"] for row in info["result"]["symbols"]] == ["BTCUSDT"]
    assert info["rateLimits"][0]["rateLimitType"] == "REQUEST_WEIGHT"
    quiet = await socket.ask("time", {"returnRateLimits": False})
    assert "rateLimits" not in quiet
    refused = await socket.ask("klines", {"symbol": "NOPE", "interval": "1m"})
    assert (refused["status"], refused["error"]["code"]) == (400, -1121)
    assert (await socket.ask("dance"))["error"]["code"] == -1000


async def test_orders_are_placed_asked_for_and_cancelled(house: House, ann: Trader) -> None:
    socket = await api(house)
    placed = await socket.ask("order.place", signed(ann, **ORDER, newClientOrderId="ws1"))
    assert placed["status"] == 200, placed
    assert placed["result"]["status"] == "NEW"
    named = {"symbol": "BTCUSDT", "orderId": placed["result"]["orderId"]}
    seen = await socket.ask("order.status", signed(ann, **named))
    assert seen["result"] == await ann.get("order", **named)
    assert (await socket.ask("openOrders.status", signed(ann)))["result"] == [seen["result"]]
    assert {row["rateLimitType"] for row in placed["rateLimits"]} == {"REQUEST_WEIGHT", "ORDERS"}
    replaced = await socket.ask(
        "order.cancelReplace",
        signed(ann, **ORDER, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=named["orderId"]),
    )
    assert replaced["result"]["newOrderResult"] == "SUCCESS"
    gone = await socket.ask("openOrders.cancelAll", signed(ann, symbol="BTCUSDT"))
    assert [order["status"] for order in gone["result"]] == ["CANCELED"]
    failed = await socket.ask("order.cancel", signed(ann, **named))
    assert failed["error"] == {"code": -2011, "msg": "Unknown order sent."}
    assert (await socket.ask("account.status", signed(ann)))["result"]["uid"] == ann.account


async def test_numbers_are_signed_and_read_as_they_are_written(house: House, ann: Trader) -> None:
    socket = await api(house)
    for quantity, price in (("0.01", "20000.0"), ("1e-02", "2e4"), ("0.010", "20000")):
        texts = {
            "apiKey": ann.key, "price": price, "quantity": quantity, "side": "BUY",
            "symbol": "BTCUSDT", "timeInForce": "GTC", "timestamp": str(now_ms()), "type": "LIMIT",
        }  # fmt: skip
        payload = "&".join(f"{name}={text}" for name, text in sorted(texts.items()))
        bare = {"price", "quantity", "timestamp"}
        fields = ",".join(
            f'"{name}":{text}' if name in bare else f'"{name}":"{text}"'
            for name, text in texts.items()
        )
        signature = ann.sign(payload.encode())
        answer = await socket.say(
            f'{{"id":1,"method":"order.place","params":{{{fields},"signature":"{signature}"}}}}'
        )
        assert answer["status"] == 200, answer
        assert answer["result"]["price"] == "20000.00000000"
        assert answer["result"]["origQty"] == "0.01000000"


async def test_who_does_not_sign_gets_nowhere(house: House, ann: Trader) -> None:
    socket = await api(house)
    good = signed(ann, **ORDER)
    bad = good | {"quantity": "0.02"}
    assert (await socket.ask("order.place", bad))["error"]["code"] == -1022
    nameless = {name: value for name, value in good.items() if name != "apiKey"}
    missing = await socket.ask("order.place", nameless)
    assert (missing["status"], missing["error"]["code"]) == (401, -2014)
    old = await socket.ask("order.place", signed(ann, **ORDER, timestamp=now_ms() - 10_000))
    assert old["error"]["code"] == -1021
    reader = Trader(house, ann.person, ("read",))
    forbidden = await socket.ask("order.place", signed(reader, **ORDER))
    assert forbidden["error"]["code"] == -2015


async def test_who_is_logged_on_need_not_sign(house: House, ann: Trader, bob: Trader) -> None:
    socket = await api(house)
    assert (await socket.ask("userDataStream.subscribe"))["status"] == 401
    on = await socket.ask("session.logon", signed(ann))
    assert on["result"]["apiKey"] == ann.key
    placed = await socket.ask("order.place", ORDER | {"timestamp": now_ms()})
    assert placed["status"] == 200, placed
    other = await socket.ask("order.place", signed(bob, **ORDER))
    assert other["status"] == 200
    assert len(await bob.get("openOrders")) == 1
    refused = await socket.ask("session.logon", signed(bob))
    assert refused["error"]["code"] == -1000
    assert (await socket.ask("session.status"))["result"]["apiKey"] == ann.key
    assert (await socket.ask("session.logout"))["result"]["apiKey"] is None
    assert (await socket.ask("order.place", ORDER))["status"] == 401


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"text"', '{"id":1}', '{"id":1,"method":7}', '{"id":[1],"method":"ping"}',
     '{"id":1,"method":"ping","params":[1]}', '{"method":"ping","id":{"a":1}}', "\u20ac"],
)  # fmt: skip
async def test_what_is_no_request_is_told_so(house: House, text: str) -> None:
    socket = await api(house)
    answer = await socket.say(text)
    assert answer["status"] == 400
    assert answer["error"]["code"] == -1135
    assert (await socket.ask("ping"))["status"] == 200
