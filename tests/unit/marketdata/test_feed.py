"""What the channels say: a snapshot, then every change, each message continuing the last."""

from typing import Any
from zlib import crc32

import pytest

from outcry.domain import commands as c
from outcry.marketdata.candle import MINUTE_NS
from outcry.marketdata.feed import Feed, UnknownChannel, checksum
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.registry import Registry
from outcry.marketdata.text import Body
from tests.support.trading import START_NS, TradingVenue, limit, opening, random_batches

BUY, SELL = 0, 1
BOOK = "book:BTC_USDT"


class Stream:
    """A venue with a feed over its public data."""

    def __init__(self) -> None:
        self.venue = TradingVenue()
        self.registry = Registry()
        self.data = MarketData(self.registry)
        self.feed = Feed(self.data)
        self.run(*opening())

    def run(self, *commands: c.Command) -> None:
        batch = self.venue.run(*commands)
        self.registry.consume(batch)
        self.data.consume(batch)

    def trade(self, price_ticks: int, lots: int = 1) -> None:
        self.run(limit(1, SELL, price_ticks, lots), limit(2, BUY, price_ticks, lots))

    def subscribe(self, name: str) -> Any:
        return self.feed.subscribe(name, self.venue.now_ns)

    def collect(self) -> list[Any]:
        return [message for _, message in self.feed.collect(self.venue.now_ns)]


@pytest.fixture
def stream() -> Stream:
    return Stream()


class Follower:
    """A client that keeps a book from one channel and checks every message it gets."""

    def __init__(self, snapshot: Any) -> None:
        self.sequence = snapshot["sequence"]
        self.sides = {side: dict(snapshot[side]) for side in ("bids", "asks")}
        self.check(snapshot)

    def take(self, message: Any) -> None:
        assert message["previous"] == self.sequence
        self.sequence = message["sequence"]
        for side, levels in self.sides.items():
            for price, quantity in message[side]:
                if quantity == "0":
                    del levels[price]
                else:
                    levels[price] = quantity
        self.check(message)

    def best(self, side: str) -> list[tuple[str, str]]:
        ordered = sorted(self.sides[side].items(), key=lambda level: float(level[0]))
        return ordered[::-1] if side == "bids" else ordered

    def check(self, message: Any) -> None:
        levels = self.best("asks")[:10] + self.best("bids")[:10]
        text = "|".join(f"{price}:{quantity}" for price, quantity in levels)
        assert message["checksum"] == crc32(text.encode())


def test_checksum_is_over_asks_then_bids() -> None:
    assert checksum([("100.05", "3")], [("100.00", "7")]) == crc32(b"100.05:3|100.00:7")
    many = [(str(i), "1") for i in range(20)]
    assert checksum(many, []) == checksum(many[:10], [])
    assert checksum([], []) == 0


def test_snapshot_is_the_book(stream: Stream) -> None:
    stream.run(limit(1, SELL, 1_001, 3), limit(1, BUY, 1_000, 7))
    assert stream.subscribe(BOOK) == {
        "channel": BOOK,
        "type": "snapshot",
        "sequence": 2,
        "bids": [("50.00", "0.0007")],
        "asks": [("50.05", "0.0003")],
        "checksum": crc32(b"50.05:0.0003|50.00:0.0007"),
    }


def test_delta_names_new_changed_and_gone_levels(stream: Stream) -> None:
    stream.run(limit(1, SELL, 1_001, 3), limit(1, SELL, 1_002, 1))
    stream.subscribe(BOOK)
    stream.run(limit(1, SELL, 1_001, 2), limit(1, SELL, 1_003, 1))
    stream.run(c.CancelOrder(account=1, order_id=2))
    (delta,) = stream.collect()
    assert (delta["previous"], delta["sequence"], delta["bids"]) == (2, 5, [])
    assert delta["asks"] == [("50.05", "0.0005"), ("50.10", "0"), ("50.15", "0.0001")]


def test_nothing_is_sent_when_nothing_changed(stream: Stream) -> None:
    for name in (BOOK, "trades:BTC_USDT", "ticker:BTC_USDT", "kline:BTC_USDT:1m"):
        stream.subscribe(name)
    assert stream.collect() == []


def test_change_that_was_undone_is_not_sent(stream: Stream) -> None:
    stream.subscribe(BOOK)
    stream.run(limit(1, SELL, 1_001, 3))
    stream.run(c.CancelOrder(account=1, order_id=1))
    assert stream.collect() == []
    stream.run(limit(1, SELL, 1_001, 3))
    (delta,) = stream.collect()
    assert (delta["previous"], delta["sequence"]) == (0, 3)


def test_newcomer_gets_what_the_next_delta_continues(stream: Stream) -> None:
    stream.run(limit(1, SELL, 1_001, 3))
    early = Follower(stream.subscribe(BOOK))
    stream.run(limit(1, SELL, 1_001, 2), limit(1, SELL, 1_000, 1))
    late = Follower(stream.subscribe(BOOK))
    assert late.sides == {"bids": {}, "asks": {"50.05": "0.0003"}}
    (delta,) = stream.collect()
    early.take(delta)
    late.take(delta)
    assert early.sides == late.sides == {"bids": {}, "asks": {"50.05": "0.0005", "50.00": "0.0001"}}


@pytest.mark.parametrize("seed", range(3))
def test_followers_hold_the_book_of_the_core_all_day(seed: int) -> None:
    stream, followers = Stream(), []
    source = random_batches(seed, 200)
    next(source)
    for number, (venue, batch) in enumerate(source):
        stream.registry.consume(batch)
        stream.data.consume(batch)
        if number % 40 == 0:
            followers.append(Follower(stream.subscribe(BOOK)))
        if number % 3 == 0:
            for message in stream.collect():
                for follower in followers:
                    follower.take(message)
            _, bids, asks = venue.engine.core.depth(1, 5_000)
            scale = stream.registry.scale(1)
            for follower in followers:
                assert follower.best("bids") == scale.levels(bids)
                assert follower.best("asks") == scale.levels(asks)
    assert len(followers) == 5


def test_every_trade_is_sent_oldest_first(stream: Stream) -> None:
    stream.trade(1_000)
    snapshot = stream.subscribe("trades:BTC_USDT")
    for price in (1_001, 1_002):
        stream.trade(price)
    (message,) = stream.collect()
    assert [trade["trade_id"] for trade in snapshot["trades"]] == [1]
    assert (message["previous"], message["sequence"]) == (1, 3)
    assert [trade["price"] for trade in message["trades"]] == ["50.05", "50.10"]


def test_late_follower_of_trades_gets_each_trade_once(stream: Stream) -> None:
    stream.subscribe("trades:BTC_USDT")
    stream.trade(1_000)
    late = stream.subscribe("trades:BTC_USDT")
    (message,) = stream.collect()
    assert (late["trades"], late["sequence"]) == ([], 0)
    assert [trade["trade_id"] for trade in message["trades"]] == [1]


def test_ticker_is_sent_once_for_many_changes(stream: Stream) -> None:
    stream.subscribe("ticker:BTC_USDT")
    for price in (1_000, 1_001, 1_002):
        stream.trade(price)
    (message,) = stream.collect()
    assert (message["type"], message["ticker"]["last_price"]) == ("update", "50.10")
    assert stream.collect() == []


def test_candle_is_sent_when_it_changes_and_when_it_closes(stream: Stream) -> None:
    snapshot = stream.subscribe("kline:BTC_USDT:1m")
    stream.trade(1_000)
    (first,) = stream.collect()
    stream.venue.now_ns += MINUTE_NS
    closed, opened = stream.collect()
    assert (snapshot["kline"], first["kline"]["closed"]) == (None, False)
    assert (closed["kline"]["closed"], closed["kline"]["trades"]) == (True, 1)
    assert (opened["kline"]["closed"], opened["kline"]["trades"]) == (False, 0)


def test_newcomer_does_not_take_an_update_from_the_others(stream: Stream) -> None:
    stream.subscribe("kline:BTC_USDT:1m")
    stream.trade(1_000)
    assert stream.subscribe("kline:BTC_USDT:1m")["kline"] is None
    assert len(stream.collect()) == 1


def test_channel_that_nobody_follows_is_silent(stream: Stream) -> None:
    stream.subscribe(BOOK)
    stream.subscribe(BOOK)
    stream.feed.unsubscribe(BOOK)
    stream.run(limit(1, SELL, 1_001, 3))
    assert len(stream.collect()) == 1
    stream.feed.unsubscribe(BOOK)
    stream.run(limit(1, SELL, 1_001, 3))
    assert stream.collect() == []


def test_follower_that_fell_behind_gets_a_snapshot_to_go_on_from(stream: Stream) -> None:
    stream.subscribe(BOOK)
    stream.run(limit(1, SELL, 1_001, 3))
    stream.collect()
    again: Body = stream.feed.snapshot(BOOK, START_NS)
    stream.run(limit(1, SELL, 1_002, 3))
    (delta,) = stream.collect()
    follower = Follower(again)
    follower.take(delta)
    assert follower.sequence == 2


@pytest.mark.parametrize(
    "name",
    [
        "",
        "book",
        "book:",
        "book:btc_usdt",
        "book:NONE_USDT",
        "book:BTC_USDT:1m",
        "books:BTC_USDT",
        "kline:BTC_USDT",
        "kline:BTC_USDT:7m",
        "kline:BTC_USDT:1m:1m",
        "ticker:BTC_USDT:",
    ],
)
def test_channel_that_does_not_exist_is_refused(stream: Stream, name: str) -> None:
    with pytest.raises(UnknownChannel):
        stream.subscribe(name)


def test_public_messages_name_neither_orders_nor_accounts(stream: Stream) -> None:
    names = (BOOK, "trades:BTC_USDT", "ticker:BTC_USDT", "kline:BTC_USDT:1m")
    snapshots = [stream.subscribe(name) for name in names]
    stream.trade(1_000)
    stream.run(limit(1, SELL, 1_001, 3))
    text = repr([*snapshots, *stream.collect()])
    assert "order" not in text
    assert "account" not in text
