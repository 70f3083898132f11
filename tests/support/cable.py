"""A cable between a client and a venue that can be cut, and mended, at any moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PIECE_BYTES = 65_536


class Cable:
    """Carries bytes both ways between its own port and a venue's."""

    def __init__(self, port: int) -> None:
        self._venue_port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.carried = 0
        """Connections that have been carried so far."""
        self.deaf = False
        """Whether what the venue says is thrown away, and its connections then cut."""
        self.deaf_once = False
        """The same, for the next word only."""

    @property
    def url(self) -> str:
        """The address of a venue, as it were."""
        return f"http://127.0.0.1:{self.port}"

    async def plug_in(self) -> None:
        """Accept connections, always at the same port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def pull_out(self) -> None:
        """Cut every connection and accept no other."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def cut(self) -> None:
        """Cut every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._venue_port)
            self.carried += 1
            self._writers |= {writer, back}
            ways = (self._pass(reader, back, out=True), self._pass(there, writer, out=False))
            await asyncio.gather(*ways)
            self._writers -= {writer, back}
        finally:
            self._tasks.discard(task)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, out: bool
    ) -> None:
        try:
            while data := await reader.read(PIECE_BYTES):
                if (self.deaf or self.deaf_once) and not out:
                    self.deaf_once = False
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def cable_to(url: str) -> AsyncIterator[Cable]:
    """Lay a cable to a venue."""
    cable = Cable(int(url.rpartition(":")[2]))
    await cable.plug_in()
    try:
        yield cable
    finally:
        await cable.pull_out()
