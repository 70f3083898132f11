"""The load itself: bare protocols on keep-alive connections, so that it costs little."""

import asyncio
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import cast

from typing_extensions import override

from outcry.bench.orders import Tally, frame_header

HEADER_END = b"\r\n\r\n"
LENGTH = b"content-length:"
CHUNK = 48
"""Orders a maker sends at once; two chunks stay below the open orders an account may have."""
CHUNKS_AHEAD = 2
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class LoadFailed(Exception):
    """A connection broke, or the venue does not speak the protocol."""


class Lane(asyncio.Protocol):
    """What a connection of any kind shares: a transport, a tally, an end."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.stopping = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's.
        self.transport = cast(asyncio.Transport, transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(LoadFailed(f"the venue closed a connection: {exc}"))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        assert self.transport is not None
        self.transport.write(data)

    def finish(self) -> None:
        """End well."""
        if not self.done.done():
            self.done.set_result(None)
        if self.transport is not None:
            self.transport.close()


class HttpLane(Lane):
    """One connection, one request under way; the next follows the answer."""

    def __init__(self, tally: Tally, requests: Iterator[bytes], orders_each: int) -> None:
        super().__init__(tally)
        self._requests = requests
        self._orders_each = orders_each
        self._due_at = 0.0
        self._buffer = b""

    def start(self) -> None:
        """Send the first request."""
        self.send(perf_counter())

    def send(self, due_at: float) -> None:
        """Send a request; its latency counts from `due_at`."""
        self._due_at = due_at
        self.write(next(self._requests))

    def go_on(self) -> None:
        """Follow an answer with the next request."""
        self.send(perf_counter())

    @override
    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        head_end = buffer.find(HEADER_END)
        if head_end < 0 or len(buffer) < head_end + 4 + _content_length(buffer[:head_end]):
            self._buffer = buffer
            return
        self._buffer = b""
        self._count(buffer, buffer[head_end + 4 :])
        if self.stopping:
            self.finish()
        else:
            self.go_on()

    def _count(self, answer: bytes, body: bytes) -> None:
        self.tally.latencies_s.append(perf_counter() - self._due_at)
        if answer[9:10] != b"2":
            self.tally.refuse(self._orders_each, body)
            return
        refused = body.count(b'"error":{') if self._orders_each > 1 else 0
        self.tally.accepted += self._orders_each - refused
        if refused:
            self.tally.refuse(refused, body)


def _content_length(head: bytes) -> int:
    start = head.lower().find(LENGTH)
    if start < 0:
        raise LoadFailed("an answer without Content-Length")
    return int(head[start + len(LENGTH) :].split(b"\r\n", 1)[0])


class SocketLane(Lane):
    """One authenticated WebSocket; chunks of orders go out at once, answers come in order."""

    def __init__(
        self, tally: Tally, frames: Iterator[bytes], token: str, answered: Callable[[], None]
    ) -> None:
        super().__init__(tally)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._frames = frames
        self._token = token
        self._answered = answered
        self._upgraded = False
        self._buffer = b""
        self._sent_at: list[float] = []
        self._left_of_chunk = CHUNK

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.write(HANDSHAKE.format(path="/api/v1/ws").encode())

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self.ready.done():
            self.ready.set_exception(LoadFailed("the venue refused a WebSocket"))

    def send_chunk(self) -> None:
        """Send a chunk of orders in one write."""
        frames = self._frames
        self._sent_at.append(perf_counter())
        self.write(b"".join([next(frames) for _ in range(CHUNK)]))

    @property
    def chunks_under_way(self) -> int:
        """Chunks sent whose last answer has not come."""
        return len(self._sent_at)

    @override
    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            buffer = self._upgrade(buffer)
        offset, end = 0, len(buffer)
        while offset + 2 <= end:
            start, size = offset + 2, buffer[offset + 1]
            if size == 126:
                start, size = start + 2, int.from_bytes(buffer[start : start + 2], "big")
            elif size == 127:
                start, size = start + 8, int.from_bytes(buffer[start : start + 8], "big")
            if start > end or start + size > end:
                break
            self._message(buffer[start : start + size])
            offset = start + size
        self._buffer = buffer[offset:]

    def _upgrade(self, buffer: bytes) -> bytes:
        head, found, rest = buffer.partition(HEADER_END)
        if not found:
            return buffer
        status = head.split(b"\r\n", 1)[0]
        if b" 101 " not in status:
            self.ready.set_exception(LoadFailed(f"no WebSocket: {status.decode('latin-1')}"))
            self.finish()
            return b""
        self._upgraded = True
        auth = f'{{"id":0,"op":"auth","token":"{self._token}"}}'.encode()
        self.write(frame_header(len(auth)) + auth)
        return rest

    def _message(self, message: bytes) -> None:
        accepted = b'"ok":true' in message
        if not self.ready.done():
            if accepted:
                self.ready.set_result(None)
            else:
                self.ready.set_exception(LoadFailed(message.decode("utf-8", "replace")))
            return
        self.tally.latencies_s.append(perf_counter() - self._sent_at[0])
        if accepted:
            self.tally.accepted += 1
        else:
            self.tally.refuse(1, message)
        self._left_of_chunk -= 1
        if not self._left_of_chunk:
            self._left_of_chunk = CHUNK
            self._sent_at.pop(0)
            self._answered()


class SocketPair:
    """A maker's and a taker's socket: each chunk that rests is followed by one that takes it."""

    def __init__(
        self, tally: Tally, frames: list[Iterator[bytes]], tokens: tuple[str, str]
    ) -> None:
        self.maker = SocketLane(tally, frames[0], tokens[0], self._maker_answered)
        self.taker = SocketLane(tally, frames[1], tokens[1], self._taker_answered)
        self.stopping = False
        self._ahead = 0

    def start(self) -> None:
        """Send the first chunks."""
        for _ in range(CHUNKS_AHEAD):
            self._send_maker()

    def _send_maker(self) -> None:
        if not self.stopping:
            self._ahead += 1
            self.maker.send_chunk()

    def _maker_answered(self) -> None:
        self.taker.send_chunk()

    def _taker_answered(self) -> None:
        self._ahead -= 1
        self._send_maker()
        if not self._ahead:
            self.maker.finish()
            self.taker.finish()
