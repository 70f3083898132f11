"""One connection: orders are answered here, everything else by the HTTP server behind.

The lane finds where each request ends and gives the server one whole request at a time, so both
always agree on what is a head and what is a body. Where the lane is not sure of a head it gives
the connection up to the server for good. Answers leave in the order of the requests.
"""

import asyncio
from collections import deque
from enum import Enum
from typing import Protocol, cast

from typing_extensions import override

from outcry.gateway.express.head import HEAD_BYTES_MAX, OTHER, Head
from outcry.gateway.express.lanes import IDLE_SWEEPS, Lanes
from outcry.gateway.express.port import reset
from outcry.gateway.limits.origin import peer_of

HEAD_TIMEOUT_S, BODY_TIMEOUT_S = 5.0, 10.0
"""How long a head may take to arrive once its first byte has, and a body once its head has."""
SERVER_HEAD_BYTES_MAX = 65_536
"""What the server is given of a head before it is refused as a whole."""
LINGER_S, LINGER_BYTES_MAX = 1.0, 1 << 18
"""How long, and how much, a client may send on after a refusal: it is not read any more."""
PIPELINED_MAX = 8
"""Orders of one connection that are read before the first of them is answered. With 16 a client who
sends without end gets a third more done, and others wait twice as long beside four of them."""
WAITING_BYTES_MAX = 16_384
"""What may wait behind requests that are not answered."""
_END = b"\r\n\r\n"

Slot = list[bytes | None]
"""A place in the order of answers: a list of one answer, or of None while it is not known."""


class Part(Enum):
    """What of a request has begun to arrive and is not complete."""

    HEAD = "head"
    BODY = "body"


class Server(Protocol):
    """The HTTP server's side of a connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`; so are the others."""

    def connection_lost(self, exc: Exception | None) -> None: ...  # noqa: D102
    def data_received(self, data: bytes) -> None: ...  # noqa: D102
    def pause_writing(self) -> None: ...  # noqa: D102
    def resume_writing(self) -> None: ...  # noqa: D102

    def has_request(self) -> bool:
        """Return whether a head is complete that the server has not begun to work on."""


class Lane(asyncio.Protocol):
    """One connection.

    Invariant: while the server has a request, or answers wait, nothing else reaches the server.
    """

    def __init__(self, lanes: Lanes, server: Server) -> None:
        self._lanes = lanes
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._at = 0
        """Where in the buffer the next request begins."""
        self._slots: deque[Slot] = deque()
        self._busy = False
        self._serving = False
        self._given_up = False
        self._ending = False
        self._deaf = False
        self._unread_bytes = 0
        self._scheduled = False
        self._asking = False
        self._is_stranger = True
        self._idle_sweeps = 0
        self._awaited: Part | None = None
        self._timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's.
        self._transport = transport = cast(asyncio.Transport, transport)
        self._peer = peer_of(transport.get_extra_info("peername"))
        self._proxied = self._lanes.origins.trusts(self._peer)
        if self._lanes.admit(self._server, self):
            self._server.connection_made(transport)
        else:
            self._given_up = self._ending = True
            transport.write(self._lanes.desk.refusal("BUSY", "there are too many connections"))
            transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._given_up, self._buffer, self._at = True, b"", 0
        self._await(None)
        if self._lanes.leave(self._server, self):
            self._server.connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._given_up:
            self._hand_on(data)
            return
        self._idle_sweeps = 0
        self._buffer = self._buffer[self._at :] + data if self._buffer else data
        self._at = 0
        if not self._busy:
            self._read()
        if self._buffer or self._deaf:  # What is read on already needs no word.
            self._regulate()

    @property
    def _waiting(self) -> int:
        """How many bytes have come that belong to no request yet."""
        return len(self._buffer) - self._at

    def _read(self) -> None:
        """Answer or hand over every whole request in the buffer."""
        awaited: Part | None = None
        while not self._busy and not self._given_up:
            buffer, at = self._buffer, self._at
            if at == len(buffer) or len(self._slots) >= PIPELINED_MAX:
                break
            end = buffer.find(_END, at)
            head = self._lanes.head(buffer[at:end]) if 0 <= end - at <= HEAD_BYTES_MAX else None
            if head is None and (end >= 0 or self._waiting > HEAD_BYTES_MAX):
                self._await(None)
                if not self._slots:
                    self.give_up()
                return
            stop = end + len(_END) + head.length if head is not None else 0
            if head is None or len(buffer) < stop:
                awaited = Part.HEAD if head is None else Part.BODY
                break
            if self._is_stranger or self._awaited is not None:
                self._whole()
            if head.asks != OTHER:
                self._at = stop
                self._ask(head, buffer[end + len(_END) : stop])
            elif self._slots:
                return  # The server's answer would overtake ours.
            else:
                self._at = stop
                self._busy = True
                self._server.data_received(buffer[at:stop])
        if self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
        self._await(awaited)

    def _whole(self) -> None:
        """Note that a request has come whole."""
        self._await(None)
        self._is_stranger = False
        self._lanes.known(self)

    def _ask(self, head: Head, body: bytes) -> None:
        slot: Slot = [None]
        self._slots.append(slot)

        def answer(text: bytes) -> None:
            slot[0] = text
            if self._scheduled:
                return
            if self._asking or self._buffer or self._given_up or len(self._slots) > 1:
                self._scheduled = True
                self._loop.call_soon(self._flush)
                return
            self._slots.clear()  # It goes alone, and nothing waits for it.
            if not self._transport.is_closing():
                self._transport.write(text)

        client = self.client(head.forwarded) if self._proxied else self._peer
        self._asking = True
        self._lanes.desk.serve(head, body, client, answer)
        self._asking = False

    def client(self, forwarded: str) -> str:
        """Return where a request comes from that has this `X-Forwarded-For`."""
        return self._lanes.origins.client(self._peer, forwarded)

    def secure(self, forwarded: str) -> bool:
        """Return whether a request came over TLS to a proxy with this `X-Forwarded-Proto`."""
        return self._lanes.origins.secure(self._peer, forwarded)

    def _flush(self) -> None:
        """Write the answers that are next in order."""
        self._scheduled = False
        slots, ready = self._slots, []
        while slots and (first := slots[0][0]) is not None:
            ready.append(first)
            slots.popleft()
        if ready and not self._transport.is_closing():
            self._transport.write(b"".join(ready))
        if self._waiting and not slots:
            self._go_on()

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._read()
            self._regulate()

    # What the server does

    def begin(self) -> None:
        """Note that the server works on a request."""
        self._serving, self._idle_sweeps = True, 0
        if self._given_up:
            self._whole()

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
        rest, self._buffer, self._at = self._buffer[self._at :], b"", 0
        if rest:
            self._hand_on(rest)
        else:
            self._await(None)
        self._regulate()

    def _hand_on(self, data: bytes) -> None:
        """Give the server what it alone can read, and watch how long it takes to be a request."""
        self._unread_bytes += len(data)
        if self._ending:
            if self._unread_bytes > LINGER_BYTES_MAX:
                self._transport.pause_reading()
            return
        self._server.data_received(data)
        if self._serving or self._server.has_request():
            self._unread_bytes = 0
            self._await(None)
        elif self._unread_bytes > SERVER_HEAD_BYTES_MAX:
            self._refuse("TOO_LARGE", "the head of a request is too long")
        else:
            self._await(Part.HEAD)

    # Limits

    def _regulate(self) -> None:
        """Read on unless much waits for answers, or the client does not read those it got."""
        much = self._waiting > WAITING_BYTES_MAX and bool(self._busy or self._slots)
        if much or self._deaf:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def linger(self) -> None:
        """Read no more, and end the connection once the client has had time to read its answer."""
        if not self._ending:
            self._given_up, self._ending, self._unread_bytes = True, True, 0
            self._await(None)
            self._loop.call_later(LINGER_S, self._transport.close)

    def _refuse(self, code: str, message: str) -> None:
        """Answer that nothing of this will be read, and end the connection."""
        self._transport.write(self._lanes.desk.refusal(code, message))
        self.linger()

    def abort(self) -> None:
        """End the connection at once."""
        reset(self._transport)

    def _await(self, part: Part | None) -> None:
        """Let a head or a body that stays incomplete end the connection."""
        if part is self._awaited:
            return
        self._awaited = part
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if part is not None:
            timeout_s = HEAD_TIMEOUT_S if part is Part.HEAD else BODY_TIMEOUT_S
            self._timer = self._loop.call_later(timeout_s, self._transport.close)

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
        self._deaf = True
        self._regulate()
        self._server.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._deaf = False
        self._regulate()
        self._server.resume_writing()
