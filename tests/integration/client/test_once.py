"""What must not be sent twice is not, not even by a library underneath that means well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from outcry.client import AsyncClient, Client, Unreachable

HEALTH = (
    b'{"status":"ok","version":"0","core":"x","mode":"normal","development":false,"sequence":1,'
    b'"reason":null,"by":null,"since":null,"circuits":{}}'
)


class Forgetful:
    """A venue that answers `/health`, and ends the connection at anything else."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head.partition(b" HTTP")[0])
                if not head.startswith(b"GET /health"):
                    return
                size = str(len(HEALTH)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: " + size + b"\r\n\r\n" + HEALTH)
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def forgetful() -> AsyncIterator[Forgetful]:
    venue = Forgetful()
    server = await asyncio.start_server(venue.serve, "127.0.0.1", 0)
    async with server:
        venue.port = server.sockets[0].getsockname()[1]
        yield venue


async def awaiting(url: str) -> None:
    async with AsyncClient(url) as client:
        await client.health()
        await client.cancel_all()


async def blocking(url: str) -> None:
    def ask() -> None:
        with Client(url) as client:
            client.health()
            client.cancel_all()

    await asyncio.to_thread(ask)


@pytest.mark.parametrize("ask", [awaiting, blocking], ids=["awaiting", "blocking"])
async def test_cancel_all_over_a_kept_connection_that_breaks_is_sent_once(ask: object) -> None:
    async with forgetful() as venue:
        with pytest.raises(Unreachable) as lost:
            await ask(f"http://127.0.0.1:{venue.port}")  # type: ignore[operator]
    assert lost.value.maybe_done
    assert venue.asked == [b"GET /health", b"DELETE /api/v1/order/open"]


async def test_reading_over_a_kept_connection_that_breaks_is_sent_again() -> None:
    async with forgetful() as venue, AsyncClient(f"http://127.0.0.1:{venue.port}") as client:
        await client.health()
        with pytest.raises(Unreachable):
            await client.assets()
    assert venue.asked.count(b"GET /api/v1/assets") == 5
