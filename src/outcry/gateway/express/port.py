"""The listening socket: what connections inherit from it, how many there may be, how they end."""

import asyncio
import resource
import socket
import struct
from collections.abc import Callable

SEND_BUFFER_BYTES, RECEIVE_BUFFER_BYTES = 1 << 18, 1 << 16
"""What the kernel keeps of a connection, where it would else keep 4 and 32 megabytes."""
BACKLOG = 1_024
"""Connections that may wait to be accepted."""
FILES_KEPT = 2_048
"""Descriptors that are for the venue's own files, and for connections that are about to close."""

_AT_ONCE = struct.pack("ii", 1, 0)


class Entrance:
    """Where a venue will be found: its address is taken, and nobody is let in before it opens."""

    def __init__(self) -> None:
        self._accept: Callable[[], asyncio.BaseProtocol] | None = None
        self._listener: asyncio.Server | None = None

    async def take(self, host: str, port: int, silence_max_s: float) -> int:
        """Take an address; return its port. Until it opens, connections are refused there.

        Raises:
            OSError: the address cannot be had.
        """
        loop = asyncio.get_running_loop()
        self._listener = listener = await loop.create_server(
            self._protocol, host, port, backlog=BACKLOG, start_serving=False
        )
        _prepare(listener, silence_max_s)
        taken: int = listener.sockets[0].getsockname()[1]
        return taken

    def _protocol(self) -> asyncio.BaseProtocol:
        assert self._accept is not None  # It has been opened.
        return self._accept()

    async def open(self, accept: Callable[[], asyncio.BaseProtocol]) -> None:
        """Let connections in; `accept` makes what serves one."""
        assert self._listener is not None  # Its address was taken.
        self._accept = accept
        await self._listener.start_serving()

    def close(self) -> None:
        """Let nobody in any more."""
        if self._listener is not None:
            self._listener.close()


def _prepare(listener: asyncio.Server, silence_max_s: float) -> None:
    """Set what accepted connections inherit; Linux hands all of it on.

    A client that acknowledges nothing for `silence_max_s`, though there is something to read, is
    disconnected by the kernel, whether its host has gone or its program does not read. Where there
    is nothing to read for so long, the kernel asks the host whether it is still there.
    """
    seconds = max(1, int(silence_max_s))
    for plain in listener.sockets:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, seconds // 3))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1_000)


def connections_that_fit(wanted: int) -> int:
    """Return how many connections may be open: as many as wanted, if the process may have them."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(wanted, files - min(FILES_KEPT, files // 2)))


def reset(transport: asyncio.Transport) -> None:
    """End a connection at once, and let the kernel forget what the client has not read of it."""
    plain = transport.get_extra_info("socket")
    if plain is not None and not transport.is_closing():
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
