"""One connection's outgoing side: replies in the order asked, frames built once, one write a turn.

A reply takes its place in the queue when its request is read and is sent when everything before it
is ready. Whatever became ready during one turn of the event loop leaves in one write.
"""

import asyncio
from collections import deque
from struct import Struct

from aiohttp import WSCloseCode, web

from outcry.gateway.express.port import reset

_TEXT = 0x81
_MEDIUM = Struct("!BBH").pack
_LARGE = Struct("!BBQ").pack
_SMALL_MAX, _MEDIUM_MAX = 125, 65_535
SLOTS_MAX = 20_000
"""Replies that may wait for one connection before it is closed."""
TURN_BYTES_MAX = 1 << 17
"""How much one client's requests may have us send before the others have their turn."""
STUCK_AFTER_S, LOOK_EVERY_S = 10.0, 0.02

Slot = list[bytes | None]
"""A place in the queue: a list of one frame, or of None while it is not known yet."""


def frame(text: bytes) -> bytes:
    """Return one unmasked, whole text frame. RFC 6455 section 5.2."""
    size = len(text)
    if size <= _SMALL_MAX:
        return bytes((_TEXT, size)) + text
    if size <= _MEDIUM_MAX:
        return _MEDIUM(_TEXT, 126, size) + text
    return _LARGE(_TEXT, 127, size) + text


class Outlet:
    """Frames on their way to one client."""

    __slots__ = (
        "_closes", "_loop", "_response", "_scheduled", "_slots", "_transport", "closing",
        "turn_bytes",
    )  # fmt: skip

    def __init__(self, response: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.closing = False
        self.turn_bytes = 0
        """What was sent to the client besides replies since it last had to wait."""
        self._response = response
        self._transport = transport
        self._slots: deque[Slot] = deque()
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self._closes: asyncio.Task[None] | None = None

    def slot(self) -> Slot:
        """Take the next place in the queue."""
        slot: Slot = [None]
        self._slots.append(slot)
        if len(self._slots) > SLOTS_MAX:
            self.close(WSCloseCode.TRY_AGAIN_LATER, b"too many requests wait for an answer")
        return slot

    def fill(self, slot: Slot, text: str) -> None:
        """Say what goes into a place."""
        slot[0] = frame(text.encode())
        if not self._scheduled:
            self.wake()

    def send(self, ready: bytes) -> None:
        """Send a frame that is ready, after what is queued before it."""
        self.turn_bytes += len(ready)
        if self._slots or self._scheduled:
            self._slots.append([ready])
            self.wake()
        elif not self._transport.is_closing():
            self._transport.write(ready)

    async def room(self) -> None:
        """Let the others have their turn, and wait until the client has read what it asked for.

        A snapshot is a thousand times larger than its request; asked for faster than it is read, it
        would fill the memory.
        """
        await asyncio.sleep(0)
        looks = STUCK_AFTER_S / LOOK_EVERY_S
        while self.backlog_bytes > TURN_BYTES_MAX and not self._transport.is_closing():
            looks -= 1
            if looks < 0:
                self.close(WSCloseCode.TRY_AGAIN_LATER, b"you do not read")
            await asyncio.sleep(LOOK_EVERY_S)
        self.turn_bytes = 0

    def wake(self) -> None:
        """Write what is ready at the end of this turn of the loop."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        slots, ready = self._slots, []
        while slots and (first := slots[0][0]) is not None:
            ready.append(first)
            slots.popleft()
        if ready and not self._transport.is_closing():
            self._transport.write(b"".join(ready))

    @property
    def backlog_bytes(self) -> int:
        """What the client has not read yet."""
        return self._transport.get_write_buffer_size()

    def close(self, code: int, why: bytes) -> None:
        """End the connection; a client that does not read is not waited for."""
        if self.closing:
            return
        self.closing = True
        if self.backlog_bytes:
            self._loop.call_later(1.0, reset, self._transport)
        self._closes = self._loop.create_task(self._close(code, why))

    async def _close(self, code: int, why: bytes) -> None:
        await self._response.close(code=code, message=why, drain=False)
