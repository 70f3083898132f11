"""One connection: orders are answered here, everything else by the HTTP server behind.

The lane finds where each request ends and gives the server one whole request at a time, so both
always agree on what is a head and what is a body. Where the lane is not sure of a head it gives
the connection up to the server for good. Answers leave in the order of the requests.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from typing_extensions import override

from outcry.gateway.express.head import HEAD_BYTES_MAX, OTHER, Head, read_head

HEADS_KEPT = 4_096
PARTIAL_TIMEOUT_S = 10.0
"""How long a request may take to arrive once its first byte has."""
IDLE_TIMEOUT_S = 75.0
IDLE_SWEEPS = 3
"""A connection on which nothing moved between so many looks is closed."""
_END = b"\r\n\r\n"

Slot = list[bytes | None]
"""A place in the order of answers: a list of one answer, or of None while it is not known."""


class Server(Protocol):
    """The HTTP server's side of a connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`; so are the others."""

    def connection_lost(self, exc: Exception | None) -> None: ...  # noqa: D102
    def data_received(self, data: bytes) -> None: ...  # noqa: D102
    def pause_writing(self) -> None: ...  # noqa: D102
    def resume_writing(self) -> None: ...  # noqa: D102


class Desk(Protocol):
    """Who answers orders."""

    def serve(self, head: Head, body: bytes, answer: Callable[[bytes], None]) -> None:
        """Answer one request, now or later, once. Never raises."""


class Lanes:
    """All lanes of a listener, by the server's side of their connections."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.of: dict[object, Lane] = {}
        self._heads: dict[bytes, Head | None] = {}

    def head(self, text: bytes) -> Head | None:
        """Return what a head says; clients send the same one again and again."""
        try:
            return self._heads[text]
        except KeyError:
            if len(self._heads) >= HEADS_KEPT:
                self._heads.clear()
            head = self._heads[text] = read_head(text)
            return head

    async def sweep(self) -> None:
        """Close connections on which nothing has moved for long, until cancelled."""
        while True:
            await asyncio.sleep(IDLE_TIMEOUT_S / IDLE_SWEEPS)
            for lane in list(self.of.values()):
                lane.swept()


class Lane(asyncio.Protocol):
    """One connection.

    Invariant: while the server has a request, or answers wait, nothing else reaches the server.
    """

    def __init__(self, lanes: Lanes, server: Server) -> None:
        self._lanes = lanes
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._slots: deque[Slot] = deque()
        self._busy = False
        self._serving = False
        self._given_up = False
        self._scheduled = False
        self._idle_sweeps = 0
        self._timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._lanes.of[self._server] = self
        self._server.connection_made(transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        del self._lanes.of[self._server]
        self._given_up, self._buffer = True, b""
        self._expect_more(False)
        self._server.connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._given_up:
            self._server.data_received(data)
            return
        self._idle_sweeps = 0
        self._buffer = self._buffer + data if self._buffer else data
        if not self._busy:
            self._read()
        if len(self._buffer) > 2 * HEAD_BYTES_MAX and (self._busy or self._slots):
            self._transport.pause_reading()

    def _read(self) -> None:
        """Answer or hand over every whole request in the buffer."""
        while self._buffer and not self._busy and not self._given_up:
            end = self._buffer.find(_END)
            head = self._lanes.head(self._buffer[:end]) if 0 <= end <= HEAD_BYTES_MAX else None
            if head is None and (end >= 0 or len(self._buffer) > HEAD_BYTES_MAX):
                if not self._slots:
                    self.give_up()
                return
            stop = end + len(_END) + head.length if head is not None else 0
            if head is None or len(self._buffer) < stop:
                break
            self._expect_more(False)
            if head.asks != OTHER:
                body = self._buffer[end + len(_END) : stop]
                self._buffer = self._buffer[stop:]
                self._ask(head, body)
            elif self._slots:
                return  # The server's answer would overtake ours.
            else:
                request, self._buffer = self._buffer[:stop], self._buffer[stop:]
                self._busy = True
                self._server.data_received(request)
        self._expect_more(bool(self._buffer) and not self._busy and not self._given_up)

    def _ask(self, head: Head, body: bytes) -> None:
        slot: Slot = [None]
        self._slots.append(slot)

        def answer(text: bytes) -> None:
            slot[0] = text
            if not self._scheduled:
                self._scheduled = True
                self._loop.call_soon(self._flush)

        self._lanes.desk.serve(head, body, answer)

    def _flush(self) -> None:
        """Write the answers that are next in order."""
        self._scheduled = False
        slots, ready = self._slots, []
        while slots and (first := slots[0][0]) is not None:
            ready.append(first)
            slots.popleft()
        if ready and not self._transport.is_closing():
            self._transport.write(b"".join(ready))
        if self._buffer and not slots:
            self._go_on()

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._read()

    # What the server does

    def begin(self) -> None:
        """Note that the server works on a request."""
        self._serving, self._idle_sweeps = True, 0

    def end(self) -> None:
        """Note that the server knows its answer."""
        self._serving = False

    def free(self) -> None:
        """Note that the server has answered what it was given."""
        self._busy = False
        # The server first has to see that its answer is complete.
        self._loop.call_soon(self._go_on)

    def give_up(self) -> None:
        """Leave the connection to the server for good."""
        if self._given_up:
            return
        self._given_up, self._busy = True, False
        self._expect_more(False)
        rest, self._buffer = self._buffer, b""
        if rest:
            self._server.data_received(rest)
        self._transport.resume_reading()

    # Limits

    def _expect_more(self, partial: bool) -> None:
        """Let a request that stays incomplete end the connection."""
        if partial and self._timer is None:
            self._timer = self._loop.call_later(PARTIAL_TIMEOUT_S, self._transport.close)
        elif not partial and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def swept(self) -> None:
        """Close the connection if nothing is under way and nothing has moved for long.

        On one that was given up only whole requests count: bytes that make none are no use of it.
        """
        if self._slots or self._busy or self._serving:
            return
        self._idle_sweeps += 1
        if self._idle_sweeps > IDLE_SWEEPS:
            self._transport.close()

    @override
    def pause_writing(self) -> None:
        # A client that does not read its answers asks nothing more meanwhile.
        self._transport.pause_reading()
        self._server.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._transport.resume_reading()
        self._server.resume_writing()
