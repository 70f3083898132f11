"""Clients who do nothing wrong, and how long they wait for their answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

THINK_S = 0.002
ORDER = b'{"market":"TATA_INR","side":"buy","price":"0.05","quantity":"1","time_in_force":"ioc"}'
"""An order that leaves nothing behind."""
DEPTH = b"GET /api/v1/depth?market=TATA_INR HTTP/1.1\r\nHost: x\r\n\r\n"


class GoodClient:
    """Orders and looks at the book by turns, on one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        head = (
            "POST /api/v1/order/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(ORDER)}\r\n\r\n"
        )
        self._requests = (head.encode() + ORDER, DEPTH)

    async def wait_times(self, seconds: float) -> list[float]:
        """Ask for a while; return how long each answer took, in seconds."""
        found: list[float] = []
        end = monotonic() + seconds
        while monotonic() < end:
            start = monotonic()
            self._writer.write(self._requests[len(found) % 2])
            status = await self._answer()
            assert status in (200, 201), status
            found.append(monotonic() - start)
            await asyncio.sleep(THINK_S)
        return found

    async def _answer(self) -> int:
        """Read one whole answer and return its status."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.index(b"Content-Length: ") + 16
        await self._reader.readexactly(int(head[length : head.index(b"\r\n", length)]))
        return int(head[9:12])

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()


@asynccontextmanager
async def good_client(port: int, token: str) -> AsyncIterator[GoodClient]:
    """Connect a client."""
    client = GoodClient(*await asyncio.open_connection("127.0.0.1", port), token)
    try:
        yield client
    finally:
        await client.close()


async def p99_ms(clients: list[GoodClient], seconds: float) -> float:
    """Let clients ask for a while; return the 99th percentile of their waits."""
    waits = await asyncio.gather(*(client.wait_times(seconds) for client in clients))
    ordered = sorted(wait for each in waits for wait in each)
    return ordered[int(len(ordered) * 0.99)] * 1_000
