"""One kept connection: opens when first needed, opens again when the venue has closed it.

Why not the standard library's http.client, and not what is built on it: it sends a body apart from
its head and reads headers as those of an e-mail, which cost six times the CPU of this for a small
order. See docs/dependencies.md.
"""

import select
import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from outcry.client.wire.reply import BadReply, Reply, ReplyReader

READ_BYTES = 65_536
PORTS = {"http": 80, "https": 443}


class Lost(NamedTuple):
    """No reply. `sent` says whether anything of the request may have reached the venue."""

    why: str
    sent: bool


class Address(NamedTuple):
    """Where a venue is."""

    scheme: str
    host: str
    port: int
    name: str
    """What the `Host` header says."""

    @property
    def url(self) -> str:
        """Return the address as text, without a slash at its end."""
        return f"{self.scheme}://{self.name}"


def address_of(url: str) -> Address:
    """Return the address that a text names; without a scheme it is http.

    Raises:
        ValueError: it is not an http or https address.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url} is not the address of a venue")
    port = parts.port or PORTS[parts.scheme]
    return Address(parts.scheme, parts.hostname, port, parts.netloc)


class Connection:
    """Sends one request at a time. Not for use by several threads at once."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._tls = ssl.create_default_context() if address.scheme == "https" else None

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, request: bytes) -> Reply | Lost:
        """Send a whole request and return its reply, or that there is none."""
        try:
            connected = self._ready()
        except OSError as error:
            self.close()
            return Lost(f"{self.address.url} does not answer: {error}", sent=False)
        try:
            connected.sendall(request)
            return self._receive(connected)
        except (OSError, BadReply) as error:
            self.close()
            return Lost(f"{self.address.url} does not answer: {error}", sent=True)

    def _ready(self) -> socket.socket:
        if self._socket is not None and _has_ended(self._socket):
            self.close()
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> socket.socket:
        where = (self.address.host, self.address.port)
        made = socket.create_connection(where, self._timeout_s)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return made
        try:
            return self._tls.wrap_socket(made, server_hostname=self.address.host)
        except BaseException:
            made.close()
            raise

    def _receive(self, connected: socket.socket) -> Reply:
        reader = ReplyReader()
        while True:
            data = connected.recv(READ_BYTES)
            reply = reader.feed(data) if data else reader.end()
            if reply is not None:
                if not reader.keep:
                    self.close()
                return reply


def _has_ended(kept: socket.socket) -> bool:
    """Return whether a connection nothing is due on has something to say: then it is its end."""
    poll = select.poll()
    poll.register(kept, select.POLLIN)
    return bool(poll.poll(0))
