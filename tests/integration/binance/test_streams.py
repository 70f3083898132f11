"""The public streams: names, paths, messages, and depth without a gap."""

import asyncio
from typing import Any

import pytest

from outcry.gateway.binance.streams.depth import DepthDiff
from tests.support.binance import Trader, connect
from tests.support.gateway import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def trade(ann: Trader, bob: Trader, price: str = "30000") -> None:
    """Let Ann buy a little from Bob."""
    await bob.order("SELL", "LIMIT", "0.01", price=price)
    await ann.order("BUY", "LIMIT", "0.01", price=price, timeInForce="IOC")


async def test_requests_are_answered_with_their_own_id(house: House) -> None:
    socket = await connect(house, "/ws")
    assert await socket.ask("SUBSCRIBE", ["btcusdt@trade"], 7) == {"result": None, "id": 7}
    assert await socket.ask("SUBSCRIBE", ["btcusdt@depth"], "seven") == {
        "result": None, "id": "seven",
    }  # fmt: skip
    listed = await socket.ask("LIST_SUBSCRIPTIONS")
    assert listed["result"] == ["btcusdt@trade", "btcusdt@depth"]
    assert (await socket.ask("UNSUBSCRIBE", ["btcusdt@trade"]))["result"] is None
    assert (await socket.ask("LIST_SUBSCRIPTIONS"))["result"] == ["btcusdt@depth"]
    assert (await socket.ask("GET_PROPERTY", ["combined"]))["result"] is False
    assert (await socket.ask("SHOUT"))["error"]["code"] == 2
    assert (await socket.ask("SUBSCRIBE", "btcusdt@trade"))["error"]["code"] == 2


async def test_every_path_that_clients_open(house: House, ann: Trader, bob: Trader) -> None:
    plain = [await connect(house, path) for path in (
        "/ws/btcusdt@trade", "/ws/btcusdt@trade/btcusdt@bookTicker", "/ws/0", "/ws/17",
    )]  # fmt: skip
    for socket in plain[2:]:
        await socket.ask("SUBSCRIBE", ["btcusdt@trade"])
    combined = [
        await connect(house, "/stream?streams=btcusdt@trade/btcusdt@miniTicker"),
        await connect(house, "/stream"),
    ]
    await combined[1].ask("SUBSCRIBE", ["btcusdt@trade"])
    await trade(ann, bob)
    told = [await socket.event("trade") for socket in (*plain, *combined)]
    assert len({str(message) for message in told}) == 1
    assert (told[0]["p"], told[0]["q"], told[0]["m"]) == ("30000.00000000", "0.01000000", False)
    await trade(ann, bob)
    wrapped = await combined[0].hear(lambda told: told.get("stream") == "btcusdt@trade")
    assert wrapped.keys() == {"stream", "data"}


async def test_the_venues_own_clients_speak_on_the_same_path(house: House) -> None:
    own = await house.stream("/ws")
    assert await own.ask(op="ping") == "pong"
    refused = await own.refusal(method="SUBSCRIBE", params=["btcusdt@trade"])
    assert refused["code"] == "BAD_REQUEST"


async def test_every_stream_has_its_message(house: House, ann: Trader, bob: Trader) -> None:
    socket = await connect(house, "/stream")
    names = {
        "btcusdt@aggTrade": set("eEsapqflTmM"),
        "btcusdt@bookTicker": {"u", "s", "b", "B", "a", "A"},
        "btcusdt@depth": {"e", "E", "s", "U", "u", "b", "a"},
        "btcusdt@depth5@100ms": {"lastUpdateId", "bids", "asks"},
        "btcusdt@kline_1m": {"e", "E", "s", "k"},
        "btcusdt@miniTicker": {"e", "E", "s", "c", "o", "h", "l", "v", "q"},
        "btcusdt@ticker": set("eEspPwxcQbBaAohlvqOCFLn"),
        "btcusdt@ticker_1h": set("eEspPwcohlvqOCFLn"),
        "btcusdt@avgPrice": {"e", "E", "s", "i", "w", "T"},
    }
    arrays = {"!miniTicker@arr": "24hrMiniTicker", "!ticker@arr": "24hrTicker"}
    await socket.ask("SUBSCRIBE", [*names, *arrays, "nosuch@trade", "btcusdt@noise"])
    await trade(ann, bob)
    for name, fields in names.items():
        told = await socket.hear(lambda told, name=name: told["stream"] == name)
        assert told["data"].keys() == fields, name
    for name, kind in arrays.items():
        told = await socket.hear(lambda told, name=name: told["stream"] == name)
        assert {row["e"] for row in told["data"]} == {kind}


class Book:
    """A book as a client keeps it: a snapshot, and every change since, without a gap."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.last = snapshot["lastUpdateId"]
        self.sides = {side: dict(snapshot[side]) for side in ("bids", "asks")}
        self._begun = False

    def apply(self, event: dict[str, Any]) -> None:
        if event["u"] <= self.last and not self._begun:
            return
        if self._begun:
            assert event["U"] == self.last + 1, (event["U"], self.last)
        else:
            assert event["U"] - 1 <= self.last <= event["u"] - 1
        self._begun, self.last = True, event["u"]
        for side, changes in (("bids", event["b"]), ("asks", event["a"])):
            for price, quantity in changes:
                if float(quantity):
                    self.sides[side][price] = quantity
                else:
                    self.sides[side].pop(price, None)


@pytest.mark.parametrize("name", ["btcusdt@depth@100ms", "btcusdt@depth"])
async def test_depth_has_no_gap_and_equals_the_book(
    house: House, ann: Trader, bob: Trader, name: str
) -> None:
    socket = await connect(house, f"/ws/{name}")
    other = await connect(house, "/ws/btcusdt@depth@100ms")
    for n in range(9):
        await ann.order("BUY", "LIMIT", "0.01", price=f"{20_000 + n}")
    first = await socket.event("depthUpdate")
    book = Book((await house.call("GET", "/api/v3/depth", symbol="BTCUSDT", limit=5000)).body)
    book.apply(first)
    for n in range(12):
        await bob.order("SELL", "LIMIT", "0.01", price=f"{32_000 + n % 5}")
        await ann.order("BUY", "MARKET", "0.02" if n % 3 else "0.01")
        if n % 4 == 3:
            await ann.call("DELETE", "openOrders", symbol="BTCUSDT")
    final = (await house.call("GET", "/api/v3/depth", symbol="BTCUSDT", limit=5000)).body
    while book.last < final["lastUpdateId"]:
        book.apply(await socket.event("depthUpdate"))
    assert book.last == final["lastUpdateId"]
    assert book.sides == {side: dict(final[side]) for side in ("bids", "asks")}
    # The other stream of the same book was told everything too.
    lasts = [await other.event("depthUpdate")]
    while lasts[-1]["u"] < final["lastUpdateId"]:
        lasts.append(await other.event("depthUpdate"))
        assert lasts[-1]["U"] == lasts[-2]["u"] + 1


async def test_nothing_is_kept_of_a_book_that_nobody_follows(house: House) -> None:
    book = house.venue.services.market_data.view(2).book
    socket = await connect(house, "/ws")
    await socket.ask("SUBSCRIBE", ["tatainr@depth", "tatainr@depth@100ms"])
    assert book.bids.touched is not None
    await socket.ask("UNSUBSCRIBE", ["tatainr@depth"])
    assert book.bids.touched is not None
    await socket.ask("UNSUBSCRIBE", ["tatainr@depth@100ms"])
    assert book.bids.touched is None


async def test_a_build_that_loses_a_message_is_found_out(
    house: House, ann: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = DepthDiff.news

    def news(self: DepthDiff, now_ns: int) -> list[str]:
        told = whole(self, now_ns)
        lost[0] += len(told)
        return told if lost[0] % 3 else []

    lost = [0]
    monkeypatch.setattr(DepthDiff, "news", news)
    socket = await connect(house, "/ws/tatainr@depth@100ms")
    book = Book({"lastUpdateId": house.venue.services.market_data.view(2).book.update_id,
                 "bids": [], "asks": []})  # fmt: skip

    async def follow() -> None:
        while True:
            book.apply(await socket.event("depthUpdate"))

    async def move() -> None:
        for n in range(200):
            await ann.try_order("BUY", "LIMIT", "1", symbol="TATAINR", price=f"{50 + n % 9}")
            await asyncio.sleep(0.03)

    moving = asyncio.create_task(move())
    with pytest.raises(AssertionError):
        await follow()
    moving.cancel()
    await asyncio.wait([moving])


async def test_a_path_with_too_many_streams_opens_with_those_that_fit(house: House) -> None:
    names = "/".join(f"{n:x}" for n in range(1_100))
    socket = await connect(house, f"/stream?streams={names}")
    assert len((await socket.ask("LIST_SUBSCRIPTIONS"))["result"]) == 1_024
