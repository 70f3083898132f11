"""One WebSocket of a venue, as a client that keeps what it was told until it is asked for."""

import asyncio
import json
from typing import Any
from zlib import crc32

import aiohttp

PATIENCE_S = 10.0


class Stream:
    """Asks and is told; answers and events are kept apart."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self._answers: list[dict[str, Any]] = []
        self._asked = 0

    async def send(self, **message: Any) -> None:
        """Send a message and wait for nothing."""
        await self.socket.send_str(json.dumps(message))

    async def ask(self, **message: Any) -> Any:
        """Send a message and return the result; a refusal is a failure."""
        answer = await self.answer(**message)
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, **message: Any) -> dict[str, Any]:
        """Send a message that is refused; return the error."""
        answer = await self.answer(**message)
        assert not answer["ok"], answer
        error: dict[str, Any] = answer["error"]
        return error

    async def answer(self, **message: Any) -> dict[str, Any]:
        """Send a message and return the whole answer."""
        self._asked += 1
        number = message.setdefault("id", f"n{self._asked}")
        await self.send(**message)
        answer = await self.next_answer()
        assert answer["id"] == number, answer
        return answer

    async def next_answer(self) -> dict[str, Any]:
        """Return the next answer that was not returned yet."""
        while not self._answers:
            self._sort(await self._receive())
        return self._answers.pop(0)

    async def event(self, channel: str) -> dict[str, Any]:
        """Return the next event of a channel."""
        while True:
            for position, event in enumerate(self.events):
                if event["channel"] == channel:
                    return self.events.pop(position)
            self._sort(await self._receive(channel))

    async def raw(self, text: str) -> dict[str, Any]:
        """Send text as it is; return the next answer."""
        await self.socket.send_str(text)
        return await self.next_answer()

    async def closed(self) -> int | None:
        """Read until the venue closes; return its code."""
        while True:
            message = await self.socket.receive(PATIENCE_S)
            if message.type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSING,
                aiohttp.WSMsgType.ERROR,
            ):
                return self.socket.close_code
            self._sort(json.loads(message.data))

    async def close(self) -> None:
        """Close it."""
        await self.socket.close()

    async def _receive(self, wanted: str = "an answer") -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + PATIENCE_S
        try:
            message = await self.socket.receive(PATIENCE_S)
        except TimeoutError:
            late_s = loop.time() - until_s
            kept = [event["channel"] for event in self.events]
            raise AssertionError(
                f"{wanted} did not come; kept: {kept}; the loop was {late_s:.1f} s late"
            ) from None
        assert message.type is aiohttp.WSMsgType.TEXT, message
        content: dict[str, Any] = json.loads(message.data)
        return content

    def _sort(self, message: dict[str, Any]) -> None:
        (self.events if "channel" in message else self._answers).append(message)


class StreamedBook:
    """A book put together from a channel's messages alone, each checked as it comes."""

    def __init__(self, stream: Stream, market: str) -> None:
        self._stream = stream
        self._channel = f"book:{market}"
        self.sequence = -1
        self.snapshots = 0
        self.deltas = 0
        self._sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    async def take(self) -> None:
        """Take in the next message."""
        self.apply(await self._stream.event(self._channel))

    async def reach(self, sequence: int) -> None:
        """Take messages in until the book is at a sequence."""
        async with asyncio.timeout(PATIENCE_S):
            while self.sequence < sequence:
                await self.take()

    def apply(self, message: dict[str, Any]) -> None:
        """Take in a message: deltas follow one another, and the checksum is that of our book."""
        if message["type"] == "snapshot":
            self._sides = {"bids": {}, "asks": {}}
            self.snapshots += 1
        else:
            assert message["previous"] == self.sequence < message["sequence"]
            self.deltas += 1
        self.sequence = message["sequence"]
        for name, levels in self._sides.items():
            for price, quantity in message[name]:
                levels[price] = quantity
                if quantity == "0":
                    del levels[price]
        assert message["checksum"] == self._checksum()

    def side(self, name: str) -> list[list[str]]:
        """Return the levels of "bids" or "asks", best first."""
        levels = self._sides[name].items()
        best_first = sorted(levels, key=lambda level: _number(level[0]), reverse=name == "bids")
        return [list(level) for level in best_first]

    def _checksum(self) -> int:
        levels = self.side("asks")[:10] + self.side("bids")[:10]
        return crc32("|".join(":".join(level) for level in levels).encode())


def _number(price: str) -> tuple[int, str]:
    """Return what orders canonical decimals of equally many places."""
    return len(price), price
