"""All connections, and who follows which public channel.

News is collected every few milliseconds, encoded once, framed once, and written to whoever
follows: to some hundreds at a time, so that orders need not wait until ten thousand were told.
A subscriber whose backlog passes the limit gets no more of it; once it has read what it had, it
gets a fresh snapshot. One that reads nothing for long is disconnected. Nobody is ever waited for.
"""

import asyncio

import msgspec
from aiohttp import WSCloseCode

from outcry.gateway.live.socket import Outlet, frame
from outcry.gateway.services import Services
from outcry.marketdata.text import Body

STUCK_AFTER_S = 10.0
TOLD_A_TURN = 200
"""Subscribers told before everything else has its turn: about two milliseconds."""
_encode = msgspec.json.Encoder().encode


class Subscriber:
    """One connection as the hub sees it. `stale` are channels whose news it has missed."""

    __slots__ = ("channels", "outlet", "stale", "stuck_since")

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.channels: set[str] = set()
        self.stale: set[str] = set()
        self.stuck_since = 0.0


class Hub:
    """Hands the feed's news to the connections that follow it."""

    def __init__(self, services: Services) -> None:
        self._feed = services.feed
        self._clock = services.clock
        self._limit = services.settings.socket_buffer_bytes
        self._interval_s = services.settings.feed_interval_s
        self._followers: dict[str, set[Subscriber]] = {}
        self._lagging: set[Subscriber] = set()
        self._untold: dict[str, set[Subscriber]] = {}
        """Who has not been told yet what was collected last. A newcomer is none of them: it is in
        the snapshot."""
        self._snapshots: dict[str, tuple[Body, bytes]] = {}
        self.connections: set[Subscriber] = set()
        self.deliveries = 0
        self.resyncs = 0
        self.dropped = 0

    # Following

    def subscribe(self, subscriber: Subscriber, channel: str) -> bytes:
        """Follow a channel and return the frame of its snapshot.

        Raises:
            UnknownChannel: the name names nothing.
        """
        message = self._feed.subscribe(channel, self._clock.now_ns())
        if channel in subscriber.channels:
            self._feed.unsubscribe(channel)
        subscriber.channels.add(channel)
        self._followers.setdefault(channel, set()).add(subscriber)
        self._untold.get(channel, set()).discard(subscriber)
        return self._framed(channel, message)

    def _framed(self, channel: str, snapshot: Body) -> bytes:
        """Return the frame of a snapshot; many who come at once are given the same."""
        known = self._snapshots.get(channel)
        if known is None or known[0] is not snapshot:
            known = self._snapshots[channel] = (snapshot, frame(_encode(snapshot)))
        return known[1]

    def unsubscribe(self, subscriber: Subscriber, channel: str) -> None:
        """Stop following a channel."""
        if channel not in subscriber.channels:
            return
        subscriber.channels.discard(channel)
        subscriber.stale.discard(channel)
        followers = self._followers[channel]
        followers.discard(subscriber)
        self._untold.get(channel, set()).discard(subscriber)
        if not followers:
            del self._followers[channel]
            self._snapshots.pop(channel, None)
        self._feed.unsubscribe(channel)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a connection."""
        for channel in list(subscriber.channels):
            self.unsubscribe(subscriber, channel)
        self._lagging.discard(subscriber)
        self.connections.discard(subscriber)

    # Telling

    async def run(self) -> None:
        """Tell the news until cancelled."""
        while True:
            await asyncio.sleep(self._interval_s)
            if self._followers:
                await self.tell()

    async def tell(self) -> None:
        """Hand out what is new since the last time."""
        news: dict[str, bytes] = {}
        for channel, message in self._feed.collect(self._clock.now_ns()):
            news[channel] = news.get(channel, b"") + frame(_encode(message))
        self._untold = {channel: set(self._followers.get(channel, ())) for channel in news}
        told = 0
        for channel, untold in self._untold.items():
            while untold:
                self._deliver(untold.pop(), channel, news[channel])
                told += 1
                if told % TOLD_A_TURN == 0:
                    await asyncio.sleep(0)
        self._untold = {}
        if self._lagging:
            self._catch_up()

    def _deliver(self, subscriber: Subscriber, channel: str, ready: bytes) -> None:
        if channel in subscriber.stale:
            return
        if subscriber.outlet.backlog_bytes + len(ready) > self._limit:
            subscriber.stale.add(channel)
            if subscriber not in self._lagging:
                self._lagging.add(subscriber)
                subscriber.stuck_since = asyncio.get_running_loop().time()
            return
        subscriber.outlet.send(ready)
        self.deliveries += 1

    def _catch_up(self) -> None:
        """Bring those that have read their backlog to where the others are; drop the stuck."""
        now = asyncio.get_running_loop().time()
        for subscriber in list(self._lagging):
            if subscriber.outlet.backlog_bytes <= self._limit // 4:
                for channel in sorted(subscriber.stale):
                    message = self._feed.snapshot(channel, self._clock.now_ns())
                    subscriber.outlet.send(self._framed(channel, message))
                    self.resyncs += 1
                subscriber.stale.clear()
                self._lagging.discard(subscriber)
            elif now - subscriber.stuck_since > STUCK_AFTER_S:
                self.dropped += 1
                self._lagging.discard(subscriber)
                subscriber.outlet.close(WSCloseCode.TRY_AGAIN_LATER, b"you do not read")
