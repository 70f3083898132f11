"""All connections of the listener: how many may be there, and which have been idle for too long."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from outcry.gateway.express.head import (
    BINANCE_ORDER,
    ORDER_LINE,
    SIGNED_LINE,
    SIGNED_ORDER,
    Head,
    read_head,
)
from outcry.gateway.limits.origin import Origins

if TYPE_CHECKING:
    from outcry.gateway.express.lane import Lane

HEADS_KEPT, KEPT_HEAD_BYTES_MAX = 4_096, 1_024
IDLE_TIMEOUT_S = 75.0
IDLE_SWEEPS = 3
"""A connection on which nothing moved between so many looks is closed."""


class Desk(Protocol):
    """Who answers orders."""

    def serve(self, head: Head, body: bytes, client: str, answer: Callable[[bytes], None]) -> None:
        """Answer one request of a client's address, now or later, once. Never raises."""

    def refusal(self, code: str, message: str) -> bytes:
        """Return a whole answer that refuses, and ends the connection."""


class Lanes:
    """All connections of a listener, by the server's side of them.

    Where there are as many as may be, the oldest of those that have never sent a whole request goes
    for a newcomer: whoever opens connections to keep others out loses his own.
    """

    def __init__(self, desk: Desk, connections_max: int, origins: Origins | None = None) -> None:
        self.desk = desk
        self.origins = origins or Origins(())
        self.of: dict[object, Lane] = {}
        self._connections_max = connections_max
        self._strangers: dict[Lane, None] = {}
        """Those that have not sent a whole request yet, the oldest first."""
        self._heads: dict[bytes, Head | None] = {}

    def admit(self, server: object, lane: "Lane") -> bool:
        """Take a connection in; False if there is no room for it."""
        if len(self.of) >= self._connections_max:
            oldest = next(iter(self._strangers), None)
            if oldest is None:
                return False
            del self._strangers[oldest]
            oldest.abort()
        self.of[server] = lane
        self._strangers[lane] = None
        return True

    def known(self, lane: "Lane") -> None:
        """Note that a connection has sent a whole request."""
        self._strangers.pop(lane, None)

    def leave(self, server: object, lane: "Lane") -> bool:
        """Forget a connection; False if it had not been taken in."""
        self._strangers.pop(lane, None)
        return self.of.pop(server, None) is not None

    def head(self, text: bytes) -> Head | None:
        """Return what a head says; clients send the same one again and again.

        A query in Binance's form is signed and never comes again; what is around it does.
        """
        signed = SIGNED_ORDER.match(text) if text.startswith(SIGNED_LINE) else None
        if signed is None:
            return self._known_head(text)
        head = self._known_head(ORDER_LINE + text[signed.end() :])
        if head is None or head.asks != BINANCE_ORDER:
            return head
        return Head(head.asks, head.length, head.token, head.forwarded, signed[1])

    def _known_head(self, text: bytes) -> Head | None:
        try:
            return self._heads[text]
        except KeyError:
            head = read_head(text)
        if len(text) <= KEPT_HEAD_BYTES_MAX:
            if len(self._heads) >= HEADS_KEPT:
                self._heads.clear()
            self._heads[text] = head
        return head

    async def sweep(self) -> None:
        """Close connections on which nothing has moved for long, until cancelled."""
        while True:
            await asyncio.sleep(IDLE_TIMEOUT_S / IDLE_SWEEPS)
            for lane in list(self.of.values()):
                lane.swept()
