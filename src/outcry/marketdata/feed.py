"""The public channels: what each says to a newcomer, and what is new since it last spoke.

A channel keeps one state for all its subscribers: everybody who follows it has been told the same.
A newcomer's snapshot is therefore of the moment the channel last spoke, not of now, and the next
message continues it. The caller collects every few milliseconds; in between, changes of a level,
a ticker or a candle replace each other, trades queue up.
"""

from collections.abc import Callable, Iterable
from typing import Protocol
from zlib import crc32

from outcry.marketdata.candle import INTERVALS
from outcry.marketdata.depth import BookSide, Levels
from outcry.marketdata.market_data import MarketData
from outcry.marketdata.text import Body, candle_body, ticker_body, trade_body
from outcry.marketdata.trade import TradePrint

SNAPSHOT_LEVELS = 5_000
CHECKSUM_LEVELS = 10
SNAPSHOT_TRADES = 50
CATCH_UP_CANDLES = 100
"""How many candles one collect sends at most after a pause."""


class UnknownChannel(ValueError):
    """There is no such channel, market or interval."""


class Channel(Protocol):
    """One channel and what it has told its subscribers."""

    def snapshot(self, now_ns: int) -> Body:
        """Return the message that brings a newcomer to where the others are."""

    def news(self, now_ns: int) -> list[Body]:
        """Return what has changed since the last call; nothing if nothing has."""

    def close(self) -> None:
        """Stop following: nobody listens any more."""


def checksum(asks: list[tuple[str, str]], bids: list[tuple[str, str]]) -> int:
    """Return the CRC-32 of the best ten asks, then bids, each `price:quantity`, joined by `|`.

    A worked number: asks 100.05 x 3, bids 100.00 x 7 give the CRC of `100.05:3|100.00:7`.
    """
    levels = asks[:CHECKSUM_LEVELS] + bids[:CHECKSUM_LEVELS]
    return crc32("|".join(f"{price}:{quantity}" for price, quantity in levels).encode("ascii"))


class BookChannel(Channel):
    """`book:SYMBOL`. `sequence` is the book's `update_id`, the same as in REST depth."""

    def __init__(self, name: str, data: MarketData, market: int) -> None:
        self._name = name
        self._data = data
        self._market = market
        self._book = data.view(market).book
        self._sequence = self._book.update_id
        self._snapshot: Body | None = None
        for side in self._book.sides:
            side.sent = {}

    def snapshot(self, now_ns: int) -> Body:
        """Return the book as of the last message."""
        if self._snapshot is None:
            scale = self._data.registry.scale(self._market)
            bids = scale.levels(_as_sent(self._book.bids))
            asks = scale.levels(_as_sent(self._book.asks))
            self._snapshot = {
                "channel": self._name,
                "type": "snapshot",
                "sequence": self._sequence,
                "bids": bids,
                "asks": asks,
                "checksum": checksum(asks, bids),
            }
        return self._snapshot

    def news(self, now_ns: int) -> list[Body]:
        """Return one delta, or nothing where every level is as it was."""
        book, scale = self._book, self._data.registry.scale(self._market)
        if book.update_id == self._sequence:
            return []
        bids, asks = _taken_changes(book.bids), _taken_changes(book.asks)
        if not bids and not asks:
            return []
        previous, self._sequence, self._snapshot = self._sequence, book.update_id, None
        best_asks = scale.levels(book.asks.best(CHECKSUM_LEVELS))
        best_bids = scale.levels(book.bids.best(CHECKSUM_LEVELS))
        delta: Body = {
            "channel": self._name,
            "type": "delta",
            "previous": previous,
            "sequence": self._sequence,
            "bids": [(scale.price(p), scale.quantity(q) if q else "0") for p, q in bids],
            "asks": [(scale.price(p), scale.quantity(q) if q else "0") for p, q in asks],
            "checksum": checksum(best_asks, best_bids),
        }
        return [delta]

    def close(self) -> None:
        """Let the book forget what was sent."""
        for side in self._book.sides:
            side.sent = None


def _as_sent(side: BookSide) -> Levels:
    """Return the levels as the last message left them, best first."""
    if not side.sent:
        return side.best(SNAPSHOT_LEVELS)
    levels = side.levels | side.sent
    prices = sorted((p for p, lots in levels.items() if lots), reverse=side.descending)
    return [(price, levels[price]) for price in prices[:SNAPSHOT_LEVELS]]


def _taken_changes(side: BookSide) -> Levels:
    """Return the levels that differ from what was sent, best first, and take them as sent."""
    sent, levels = side.sent or {}, side.levels
    side.sent = {}
    return [
        (price, levels.get(price, 0))
        for price in sorted(sent, reverse=side.descending)
        if levels.get(price, 0) != sent[price]
    ]


class TradesChannel(Channel):
    """`trades:SYMBOL`. Every trade, oldest first; `sequence` is the id of the last one."""

    def __init__(self, name: str, data: MarketData, market: int) -> None:
        self._name = name
        self._data = data
        self._market = market
        self._tape = data.view(market).tape
        self._tape.unsent = []
        last = self._tape.last(1)
        self._sequence = last[0].trade_id if last else 0

    def snapshot(self, now_ns: int) -> Body:
        """Return the last trades that were sent."""
        unsent = len(self._tape.unsent or ())
        known = self._tape.last(unsent + SNAPSHOT_TRADES)[unsent:]
        return {
            "channel": self._name,
            "type": "snapshot",
            "sequence": self._sequence,
            "trades": self._bodies(reversed(known)),
        }

    def news(self, now_ns: int) -> list[Body]:
        """Return one message with every trade since the last one."""
        unsent = self._tape.unsent
        if not unsent:
            return []
        self._tape.unsent = []
        previous, self._sequence = self._sequence, unsent[-1].trade_id
        return [
            {
                "channel": self._name,
                "type": "update",
                "previous": previous,
                "sequence": self._sequence,
                "trades": self._bodies(unsent),
            }
        ]

    def _bodies(self, trades: Iterable[TradePrint]) -> list[Body]:
        scale = self._data.registry.scale(self._market)
        return [trade_body(scale, trade) for trade in trades]

    def close(self) -> None:
        """Let the tape forget what was not sent."""
        self._tape.unsent = None


class TickerChannel(Channel):
    """`ticker:SYMBOL`. The newest state only."""

    def __init__(self, name: str, data: MarketData, market: int, now_ns: int) -> None:
        self._name = name
        self._data = data
        self._market = market
        self._body = self._read(now_ns)

    def _read(self, now_ns: int) -> Body:
        registry = self._data.registry
        ticker = self._data.ticker(self._market, now_ns)
        return ticker_body(registry.scale(self._market), registry.market(self._market), ticker)

    def snapshot(self, now_ns: int) -> Body:
        """Return the ticker as it was last sent."""
        return {"channel": self._name, "type": "snapshot", "ticker": self._body}

    def news(self, now_ns: int) -> list[Body]:
        """Return the ticker if anything in it but the time has changed."""
        body = self._read(now_ns)
        if body | {"time": None} == self._body | {"time": None}:
            return []
        self._body = body
        return [{"channel": self._name, "type": "update", "ticker": body}]

    def close(self) -> None:
        """Nothing is kept for a ticker."""


class KlineChannel(Channel):
    """`kline:SYMBOL:INTERVAL`. The open candle when it changes, and each once more when it closes.

    A candle is null before the first trade of the market.
    """

    def __init__(self, name: str, data: MarketData, target: tuple[int, str], now_ns: int) -> None:
        """Follow the (market, interval) of `target`."""
        self._name = name
        self._data = data
        self._market, self._interval = target
        self._open_ns: int | None = None
        self._body: Body | None = None
        self._seen: tuple[int, int] | None = None
        self.news(now_ns)

    def snapshot(self, now_ns: int) -> Body:
        """Return the candle as it was last sent."""
        return {"channel": self._name, "type": "snapshot", "kline": self._body}

    def news(self, now_ns: int) -> list[Body]:
        """Return each candle that has changed or closed, oldest first."""
        candles = self._data.view(self._market).candles
        current_ns = INTERVALS[self._interval].floor(max(now_ns, self._data.now_ns))
        if self._seen == (candles.trades, current_ns):
            return []
        bodies = self._changed(now_ns, current_ns)
        if self._open_ns is None or self._open_ns >= current_ns:
            self._seen = candles.trades, current_ns
        return [{"channel": self._name, "type": "update", "kline": body} for body in bodies]

    def _changed(self, now_ns: int, current_ns: int) -> list[Body]:
        start_ns = current_ns if self._open_ns is None else self._open_ns
        scale = self._data.registry.scale(self._market)
        bodies = []
        for candle in self._data.candles(
            self._market,
            self._interval,
            start_ns=start_ns,
            limit=CATCH_UP_CANDLES,
            now_ns=now_ns,
        ):
            body = candle_body(scale, self._interval, candle)
            body["closed"] = candle.open_ns < current_ns
            if body != self._body:
                bodies.append(body)
                self._open_ns, self._body = candle.open_ns, body
        return bodies

    def close(self) -> None:
        """Nothing is kept for a candle."""


class StatusChannel(Channel):
    """`status`. The venue's mode, when it changes; `/api/v1/status` says why."""

    def __init__(self, name: str, data: MarketData) -> None:
        self._name = name
        self._registry = data.registry
        self._body = self._read("snapshot")

    def _read(self, kind: str) -> Body:
        mode, sequence = self._registry.mode, self._registry.mode_sequence
        return {
            "channel": self._name, "type": kind, "mode": mode.name.lower(), "sequence": sequence,
        }  # fmt: skip

    def snapshot(self, now_ns: int) -> Body:
        """Return the mode as it was last sent."""
        return self._body | {"type": "snapshot"}

    def news(self, now_ns: int) -> list[Body]:
        """Return the mode if it was changed."""
        if self._registry.mode_sequence == self._body["sequence"]:
            return []
        self._body = self._read("update")
        return [self._body]

    def close(self) -> None:
        """Nothing is kept for the status."""


class Feed:
    """All channels that somebody follows."""

    def __init__(self, data: MarketData) -> None:
        self._data = data
        self._channels: dict[str, tuple[Channel, list[int]]] = {}
        self._makers: dict[str, Callable[[str, int, list[str], int], Channel]] = {
            "book": self._book,
            "trades": self._trades,
            "ticker": self._ticker,
            "kline": self._kline,
        }

    def subscribe(self, name: str, now_ns: int) -> Body:
        """Count one more subscriber in and return the snapshot to send to that one.

        The next message of `collect` continues it.

        Raises:
            UnknownChannel: the name names nothing.
        """
        if name not in self._channels:
            self._channels[name] = self._open(name, now_ns), [0]
        channel, subscribers = self._channels[name]
        subscribers[0] += 1
        return channel.snapshot(now_ns)

    def unsubscribe(self, name: str) -> None:
        """Count one subscriber out; the last one closes the channel."""
        channel, subscribers = self._channels[name]
        subscribers[0] -= 1
        if not subscribers[0]:
            channel.close()
            del self._channels[name]

    def snapshot(self, name: str, now_ns: int) -> Body:
        """Return a snapshot of a followed channel, for a subscriber that fell behind."""
        return self._channels[name][0].snapshot(now_ns)

    def collect(self, now_ns: int) -> list[tuple[str, Body]]:
        """Return (channel, message) for all that is new, in the order to be sent."""
        return [
            (name, message)
            for name, (channel, _) in self._channels.items()
            for message in channel.news(now_ns)
        ]

    def _open(self, name: str, now_ns: int) -> Channel:
        if name == "status":
            return StatusChannel(name, self._data)
        kind, *rest = name.split(":")
        market = self._data.registry.market_by_symbol(rest[0]) if rest else None
        if kind not in self._makers or market is None:
            raise UnknownChannel(name)
        return self._makers[kind](name, market.market, rest[1:], now_ns)

    def _book(self, name: str, market: int, rest: list[str], now_ns: int) -> Channel:
        _nothing_more(name, rest)
        return BookChannel(name, self._data, market)

    def _trades(self, name: str, market: int, rest: list[str], now_ns: int) -> Channel:
        _nothing_more(name, rest)
        return TradesChannel(name, self._data, market)

    def _ticker(self, name: str, market: int, rest: list[str], now_ns: int) -> Channel:
        _nothing_more(name, rest)
        return TickerChannel(name, self._data, market, now_ns)

    def _kline(self, name: str, market: int, rest: list[str], now_ns: int) -> Channel:
        if len(rest) != 1 or rest[0] not in INTERVALS:
            raise UnknownChannel(name)
        return KlineChannel(name, self._data, (market, rest[0]), now_ns)


def _nothing_more(name: str, rest: list[str]) -> None:
    if rest:
        raise UnknownChannel(name)
