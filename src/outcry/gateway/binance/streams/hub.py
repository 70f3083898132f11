"""All public streams that somebody follows: opened by the first, closed with the last.

What is new is collected at each stream's own pace, written once, framed once, and sent to whoever
follows, some hundreds at a time. A diff cannot be conflated, so one that does not read what it is
sent is disconnected. Nobody is ever waited for.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

import structlog
from aiohttp import WSCloseCode

from outcry.gateway.binance.door import BinanceDoor
from outcry.gateway.binance.streams.depth import BookTicker, Changes, DepthDiff, PartialDepth
from outcry.gateway.binance.streams.tickers import WINDOWS, Tickers
from outcry.gateway.binance.streams.trades import AveragePrice, Klines, Trades
from outcry.gateway.binance.symbols import Form
from outcry.gateway.binance.wire.errors import BinanceError
from outcry.gateway.live.socket import Outlet, frame
from outcry.marketdata.candle import INTERVALS

FAST_S, MEDIUM_S, SLOW_S = 0.02, 0.1, 1.0
TOLD_A_TURN = 200
_log = structlog.get_logger("gateway")
_PARTIAL = re.compile(r"depth(5|10|20)(@100ms)?")
_KLINE = re.compile(r"kline_([0-9]+[smhdwM])(@\+08:00)?")


class Source(Protocol):
    """What one stream tells."""

    def news(self, now_ns: int) -> list[str]:
        """Return what is new since the last call, as JSON texts."""

    def close(self) -> None:
        """Stop: nobody follows any more."""


class Follower:
    """One connection: what it follows, and whether its messages name their stream."""

    __slots__ = ("combined", "outlet", "streams")

    def __init__(self, outlet: Outlet, *, combined: bool) -> None:
        self.outlet = outlet
        self.combined = combined
        self.streams: dict[str, None] = {}


class _Stream:
    """A stream that somebody follows."""

    __slots__ = ("due_s", "every_s", "followers", "source")

    def __init__(self, source: Source, every_s: float) -> None:
        self.source = source
        self.every_s = every_s
        self.due_s = 0.0
        self.followers: set[Follower] = set()


class StreamHub:
    """Opens streams by their names, and tells what is new."""

    def __init__(self, door: BinanceDoor) -> None:
        self._door = door
        self._data = door.services.market_data
        self._limit_bytes = door.services.settings.socket_buffer_bytes
        self._streams: dict[str, _Stream] = {}
        self._changes: dict[int, Changes] = {}
        self.deliveries = 0

    # Following

    def follow(self, follower: Follower, name: str) -> None:
        """Follow a stream. A name that means nothing is followed too: nothing will be told."""
        follower.streams[name] = None
        stream = self._streams.get(name)
        if stream is None:
            opened = self._open(name)
            if opened is None:
                return
            stream = self._streams[name] = _Stream(*opened)
        else:
            again = getattr(stream.source, "again", None)
            if again is not None:
                again()
        stream.followers.add(follower)

    def leave(self, follower: Follower, name: str) -> None:
        """Stop following a stream."""
        follower.streams.pop(name, None)
        stream = self._streams.get(name)
        if stream is None:
            return
        stream.followers.discard(follower)
        if not stream.followers:
            stream.source.close()
            del self._streams[name]

    def leave_all(self, follower: Follower) -> None:
        """Forget a connection."""
        for name in list(follower.streams):
            self.leave(follower, name)

    # Names

    def _open(self, name: str) -> tuple[Source, float] | None:
        """Return what a stream tells and how often; None for a name that means nothing."""
        if name.startswith("!"):
            return self._open_all(name[1:])
        symbol, _, kind = name.partition("@")
        try:
            form = self._door.symbols.form(symbol.upper())
        except BinanceError:
            return None
        maker = _MAKERS.get(kind)
        return maker(self, form) if maker is not None else self._open_with(form, kind)

    def _open_with(self, form: Form, kind: str) -> tuple[Source, float] | None:
        """Return what a stream tells whose name has a number in it."""
        if match := _PARTIAL.fullmatch(kind):
            pace = MEDIUM_S if match[2] else SLOW_S
            return PartialDepth(self._data, form, int(match[1])), pace
        match = _KLINE.fullmatch(kind)
        if match is not None and match[1] in INTERVALS:
            return Klines(self._data, form, match[1]), SLOW_S
        length = kind.removeprefix("ticker_")
        if kind.startswith("ticker_") and length in WINDOWS:
            return Tickers(self._door, form, window=length), SLOW_S
        return None

    def _open_all(self, kind: str) -> tuple[Source, float] | None:
        kind = kind.removesuffix("@1000ms").removesuffix("@3000ms")
        if kind == "miniTicker@arr":
            return Tickers(self._door, None, mini=True), SLOW_S
        if kind == "ticker@arr":
            return Tickers(self._door, None), SLOW_S
        length = kind.removeprefix("ticker_").removesuffix("@arr")
        if kind == f"ticker_{length}@arr" and length in WINDOWS:
            return Tickers(self._door, None, window=length), SLOW_S
        return None

    def _diff(self, form: Form) -> DepthDiff:
        changes = self._changes.get(form.number)
        if changes is None:
            changes = self._changes[form.number] = Changes(self._data, form.number)
        return DepthDiff(self._data, changes, form)

    # Telling

    async def run(self) -> None:
        """Tell the news until cancelled."""
        while True:
            await asyncio.sleep(FAST_S)
            if self._streams:
                await self.tell(asyncio.get_running_loop().time())

    async def tell(self, time_s: float) -> None:
        """Hand out what is new on the streams that are due."""
        now_ns = self._door.clock.now_ns()
        news: list[tuple[str, _Stream, list[str]]] = []
        for name, stream in self._streams.items():
            if time_s < stream.due_s:
                continue
            stream.due_s = time_s + stream.every_s
            try:
                texts = stream.source.news(now_ns)
            except Exception:  # One stream's trouble is not another's.
                _log.exception("internal error", stream=name)
                for follower in stream.followers:  # Nobody goes on as if nothing were missing.
                    follower.outlet.close(WSCloseCode.INTERNAL_ERROR, b"the venue made a mistake")
                continue
            if texts:
                news.append((name, stream, texts))
        told = 0
        for name, stream, texts in news:
            plain = combined = b""
            for follower in list(stream.followers):
                if follower.combined:
                    combined = combined or framed(name, texts)
                else:
                    plain = plain or b"".join(frame(text.encode()) for text in texts)
                self._deliver(follower, combined if follower.combined else plain)
                told += 1
                if told % TOLD_A_TURN == 0:
                    await asyncio.sleep(0)

    def _deliver(self, follower: Follower, ready: bytes) -> None:
        outlet = follower.outlet
        if outlet.closing:
            return
        if outlet.backlog_bytes + len(ready) > self._limit_bytes:
            outlet.close(WSCloseCode.TRY_AGAIN_LATER, b"you do not read")
            return
        outlet.send(ready)
        self.deliveries += 1


def framed(name: str, texts: list[str]) -> bytes:
    """Return frames of messages that name their stream."""
    return b"".join(frame(f'{{"stream":"{name}","data":{text}}}'.encode()) for text in texts)


_Maker = Callable[[StreamHub, Form], tuple[Source, float]]
_MAKERS: dict[str, _Maker] = {
    "depth": lambda hub, form: (hub._diff(form), SLOW_S),
    "depth@1000ms": lambda hub, form: (hub._diff(form), SLOW_S),
    "depth@100ms": lambda hub, form: (hub._diff(form), MEDIUM_S),
    "trade": lambda hub, form: (Trades(hub._data, form, aggregates=False), FAST_S),
    "aggTrade": lambda hub, form: (Trades(hub._data, form, aggregates=True), FAST_S),
    "bookTicker": lambda hub, form: (BookTicker(hub._data, form), FAST_S),
    "ticker": lambda hub, form: (Tickers(hub._door, form), SLOW_S),
    "miniTicker": lambda hub, form: (Tickers(hub._door, form, mini=True), SLOW_S),
    "avgPrice": lambda hub, form: (AveragePrice(hub._door, form), SLOW_S),
}
