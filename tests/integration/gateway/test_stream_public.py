"""The public channels over a WebSocket: snapshots, what follows them, and that they agree."""

import asyncio
import random
from typing import Any

import pytest

from tests.support.gateway import House, Person
from tests.support.stream import PATIENCE_S, StreamedBook

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = ["/ws", "/ws/", "/ws/anything", "/ws/btcusdt@trade/x", "/api/v1/ws"]


async def tail(house: House, market: str, book: StreamedBook) -> dict[str, Any]:
    """Bring a streamed book to where REST depth is; return that depth."""
    depth: dict[str, Any] = await house.get("/api/v1/depth", market=market, limit=5_000)
    await book.reach(depth["sequence"])
    return depth


@pytest.mark.parametrize("path", PATHS)
async def test_socket_is_there_under_all_its_names(house: House, path: str) -> None:
    stream = await house.stream(path)
    assert await stream.ask(op="ping") == "pong"


async def test_book_begins_with_a_snapshot_and_goes_on_from_it(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    await ann.place("sell", "10.00", "5", market=market)
    stream = await house.stream()
    assert await stream.ask(op="subscribe", channels=[f"book:{market}"]) == {
        "channels": [f"book:{market}"]
    }
    book = StreamedBook(stream, market)
    await book.take()
    assert (book.snapshots, book.side("asks"), book.side("bids")) == (1, [["10.00", "5"]], [])
    await ann.place("buy", "9.00", "2", market=market)
    await book.take()
    assert (book.deltas, book.side("bids")) == (1, [["9.00", "2"]])
    await ann.call("DELETE", "/api/v1/order/open", market=market)
    while book.side("bids") or book.side("asks"):
        await book.take()
    assert book.snapshots == 1


async def test_level_that_is_gone_is_told_as_zero(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    stream = await house.stream()
    await stream.ask(op="subscribe", channels=[f"book:{market}"])
    first = await stream.event(f"book:{market}")
    assert (first["type"], first["bids"], first["asks"], first["checksum"]) == (
        "snapshot", [], [], 0,
    )  # fmt: skip
    order = await ann.place("buy", "9.00", "2", market=market)
    added = await stream.event(f"book:{market}")
    await ann.call("DELETE", "/api/v1/order/", order_id=order["order_id"])
    removed = await stream.event(f"book:{market}")
    assert (added["bids"], removed["bids"]) == ([["9.00", "2"]], [["9.00", "0"]])
    assert removed["previous"] == added["sequence"]


class Crowd:
    """People who place, take, replace and cancel at random, the same for the same seed."""

    def __init__(self, people: list[Person], market: str, seed: int) -> None:
        self._people = people
        self._market = market
        self._chance = random.Random(seed)
        self._orders: list[tuple[Person, int]] = []

    async def act(self) -> None:
        """Do one thing; whether it is refused does not matter."""
        chance = self._chance
        pick = chance.random()
        if pick < 0.25 and self._orders:
            person, order_id = chance.choice(self._orders)
            await person.call("DELETE", "/api/v1/order/", order_id=order_id)
        elif pick < 0.35 and self._orders:
            person, order_id = chance.choice(self._orders)
            change = {"order_id": order_id, "price": self._price(), "quantity": "7"}
            await person.call("PATCH", "/api/v1/order/", change)
        else:
            await self._place(chance.choice(self._people))

    async def _place(self, person: Person) -> None:
        order = {
            "market": self._market,
            "side": self._chance.choice(["buy", "sell"]),
            "quantity": str(self._chance.randint(1, 9)),
            "price": self._price(),
        }
        answer = await person.call("POST", "/api/v1/order/", order)
        if answer.status == 201:
            self._orders.append((person, answer.body["order_id"]))

    def _price(self) -> str:
        return f"{9 + self._chance.randint(0, 40) * 5 / 100:.2f}"


@pytest.mark.parametrize("seed", [1, 2])
async def test_streamed_book_equals_depth_throughout_a_busy_time(house: House, seed: int) -> None:
    market = await house.market(maker_ppm=-50, taker_ppm=500)
    crowd = Crowd([await house.person() for _ in range(3)], market, seed)
    streams = [await house.stream(), await house.stream()]
    books = [StreamedBook(stream, market) for stream in streams]
    await streams[0].ask(op="subscribe", channels=[f"book:{market}"])
    for step in range(300):
        await crowd.act()
        if step == 150:  # A newcomer in the middle of it all.
            await streams[1].ask(op="subscribe", channels=[f"book:{market}"])
        if step % 50 == 49 and step > 150:
            for book in books:
                depth = await tail(house, market, book)
                assert book.sequence == depth["sequence"]
                assert (book.side("bids"), book.side("asks")) == (depth["bids"], depth["asks"])
    assert [book.snapshots for book in books] == [1, 1]
    assert books[0].deltas > books[1].deltas > 0


async def test_every_trade_is_told_once_in_order(house: House) -> None:
    market = await house.market()
    channel = f"trades:{market}"
    ann, bob = await house.person(), await house.person()
    await ann.place("sell", "10.00", "1", market=market)
    await bob.place("buy", "10.00", "1", market=market)
    stream = await house.stream()
    await stream.ask(op="subscribe", channels=[channel])
    snapshot = await stream.event(channel)
    assert [trade["trade_id"] for trade in snapshot["trades"]] == [1]
    for price in ("10.00", "10.05", "10.10"):
        await ann.place("sell", price, "2", market=market)
    await bob.place("buy", "10.10", "6", market=market)
    await ann.place("sell", "11.00", "1", market=market)
    await bob.place("buy", "11.00", "1", market=market)
    told, sequence = [], snapshot["sequence"]
    while len(told) < 4:
        update = await stream.event(channel)
        assert update["previous"] == sequence
        sequence = update["sequence"]
        told += update["trades"]
    shown = (await house.get("/api/v1/trades", market=market))["trades"]
    assert told == shown[:-1][::-1]


async def test_ticker_and_candle_follow_the_trades(house: House) -> None:
    market = await house.market()
    ann, bob = await house.person(), await house.person()
    stream = await house.stream()
    ticker, kline = f"ticker:{market}", f"kline:{market}:1d"
    await stream.ask(op="subscribe", channels=[ticker, kline])
    assert (await stream.event(ticker))["ticker"]["last_price"] is None
    assert (await stream.event(kline))["kline"] is None
    await ann.place("sell", "10.00", "4", market=market)
    await bob.place("buy", "10.00", "4", market=market)
    async with asyncio.timeout(PATIENCE_S):
        while (await stream.event(ticker))["ticker"]["last_price"] != "10.00":
            pass
    candle = (await stream.event(kline))["kline"]
    assert (candle["close"], candle["volume"], candle["closed"]) == ("10.00", "4", False)
    (shown,) = (await house.get("/api/v1/klines", market=market, interval="1d"))["klines"]
    assert candle == {**shown, "closed": False}


async def test_short_form_follows_a_book(house: House) -> None:
    stream = await house.stream("/ws")
    answer = await stream.raw('{"SubscribeOrderbook": "TATA_INR"}')
    assert answer == {"id": None, "ok": True, "result": {"channels": ["book:TATA_INR"]}}
    assert (await stream.event("book:TATA_INR"))["type"] == "snapshot"


async def test_subscribing_twice_is_told_once_from_then_on(house: House) -> None:
    market = await house.market()
    channel = f"book:{market}"
    ann = await house.person()
    stream = await house.stream()
    await stream.ask(op="subscribe", channels=[channel, channel])
    await stream.ask(op="subscribe", channels=[channel])
    first, second = await stream.event(channel), await stream.event(channel)
    assert first == second
    assert first["type"] == "snapshot"
    await ann.place("buy", "9.00", "2", market=market)
    assert (await stream.event(channel))["type"] == "delta"
    await ann.place("buy", "9.00", "2", market=market)
    assert (await stream.event(channel))["bids"] == [["9.00", "4"]]
    assert stream.events == []


async def test_unsubscribed_channel_is_silent(house: House) -> None:
    market, other = await house.market(), await house.market()
    ann = await house.person()
    stream = await house.stream()
    names = [f"book:{market}", f"book:{other}"]
    await stream.ask(op="subscribe", channels=names)
    assert await stream.ask(op="unsubscribe", channels=names[:1]) == {"channels": names[:1]}
    await stream.event(names[0])
    await stream.event(names[1])
    await ann.place("buy", "9.00", "2", market=market)
    await ann.place("buy", "9.00", "2", market=other)
    assert (await stream.event(names[1]))["type"] == "delta"
    assert stream.events == []


async def test_unsubscribing_what_is_not_followed_is_no_error(house: House) -> None:
    stream = await house.stream()
    names = ["book:TATA_INR", "orders", "nothing"]
    assert await stream.ask(op="unsubscribe", channels=names) == {"channels": names}


async def test_last_follower_leaves_nothing_behind(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    for _ in range(3):
        stream = await house.stream()
        await stream.ask(op="subscribe", channels=[f"book:{market}", f"trades:{market}"])
        snapshot = await stream.event(f"book:{market}")
        depth = await house.get("/api/v1/depth", market=market)
        assert snapshot["bids"] == depth["bids"]
        await ann.place("buy", "9.00", "2", market=market)
        assert (await stream.event(f"book:{market}"))["type"] == "delta"
        await stream.close()
        await ann.place("buy", "8.00", "2", market=market)


@pytest.mark.parametrize(
    "channel",
    [
        "", "book", "book:", "book:DOGE_INR", "book:tata_inr", "book:TATA_INR:x", "trades",
        "kline:TATA_INR", "kline:TATA_INR:2m", "kline:TATA_INR:1m:x", "depth:TATA_INR", "orders:1",
        "balances:2", "ticker:TATA_INR:1m", "book:*", "book:\0", "book:TATA_INR ", "Orders",
    ],
)  # fmt: skip
async def test_unknown_channel_is_refused(house: House, channel: str) -> None:
    stream = await house.stream()
    error = await stream.refusal(op="subscribe", channels=[channel])
    assert (error["code"], error["given"]) == ("UNKNOWN_CHANNEL", channel)
    assert await stream.ask(op="ping") == "pong"


async def test_refused_subscription_follows_nothing_new(house: House) -> None:
    market, other = await house.market(), await house.market()
    ann = await house.person()
    stream = await house.stream()
    await stream.ask(op="subscribe", channels=[f"book:{other}"])
    await stream.event(f"book:{other}")
    for bad in ("book:DOGE_INR", "orders"):
        names = [f"book:{market}", f"book:{other}", bad]
        error = await stream.refusal(op="subscribe", channels=names)
        assert error["code"] in {"UNKNOWN_CHANNEL", "UNAUTHORIZED"}
    await ann.place("buy", "9.00", "2", market=market)
    await ann.place("buy", "9.00", "2", market=other)
    assert (await stream.event(f"book:{other}"))["type"] == "delta"
    assert stream.events == []


@pytest.mark.parametrize("channels", [[], None, "book:TATA_INR", [5], [None], [["book:TATA_INR"]]])
async def test_channels_are_a_list_of_names(house: House, channels: Any) -> None:
    stream = await house.stream()
    error = await stream.refusal(op="subscribe", channels=channels)
    assert error["code"] in {"MISSING_FIELD", "BAD_TYPE"}


async def test_nobody_follows_more_than_200_channels(house: House) -> None:
    stream = await house.stream()
    markets = [await house.market() for _ in range(12)]
    intervals = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split()  # noqa: SIM905
    names = [f"kline:{market}:{interval}" for market in markets for interval in intervals]
    await stream.ask(op="subscribe", channels=names)
    more = [f"book:{market}" for market in markets]
    assert (await stream.refusal(op="subscribe", channels=more))["code"] == "BAD_VALUE"
    await stream.ask(op="unsubscribe", channels=names)
    await stream.ask(op="subscribe", channels=more)


async def test_public_events_name_no_order_and_no_account(house: House) -> None:
    market = await house.market()
    ann = await house.person()
    stream = await house.stream()
    await stream.ask(op="subscribe", channels=[f"book:{market}", f"trades:{market}"])
    await ann.place("sell", "9.00", "2", market=market, client_order_id="very-private")
    await stream.event(f"book:{market}")
    event = await stream.event(f"book:{market}")
    assert event.keys() == {"channel", "type", "previous", "sequence", "bids", "asks", "checksum"}
