"""Thousands of WebSockets in one process, each as cheap as can be: a socket, two numbers, no task.

Reads orders as lines of JSON from standard input and answers each with a line. `crowd.py` is the
other end. A subscriber's latency is read from the news itself: whoever moves the book puts the time
of the machine's clock into the quantity of the level at `STAMPED_PRICE`.
"""

import errno
import json
import os
import resource
import select
import socket
import struct
import sys
import time
from array import array
from typing import Any

UPGRADE = (
    b"GET /api/v1/ws HTTP/1.1\r\nHost: crowd\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
NEWS = b'"type":"delta"'
STAMP = b'[["0.05","'
SNAPSHOT = b'"type":"snapshot"'
ABORT = struct.pack("ii", 1, 0)
AT_ONCE = 512
"""Handshakes under way at a time: half of what the venue's backlog holds."""
SMALL_BUFFER = 4_096


def stamp() -> int:
    """Return the machine's clock in tenths of a millisecond, small enough for a quantity."""
    return time.monotonic_ns() // 100_000 % 10**7


def masked(text: bytes) -> bytes:
    """Return a client's text frame, masked with zeros."""
    if len(text) < 126:
        return bytes((0x81, 0x80 | len(text))) + bytes(4) + text
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text


class Member:
    """One connection."""

    __slots__ = ("deaf", "head", "news", "plain", "told")

    def __init__(self, plain: socket.socket, deaf: bool) -> None:
        self.plain = plain
        self.deaf = deaf
        self.head = b""
        """What came before the first snapshot."""
        self.told = False
        self.news = 0


class Crowd:
    """All connections of this process."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.poll = select.epoll()
        self.buffer = bytearray(1 << 18)
        self.latencies = array("I")
        self.lost = 0
        self.joining = 0

    def open(self, port: int, count: int, channels: list[str], deaf: bool = False) -> Any:
        """Open so many connections that follow these channels; `deaf` ones read no news."""
        start = time.monotonic()
        subscribe = b""
        if channels:
            subscribe = masked(json.dumps({"op": "subscribe", "channels": channels}).encode())
        expected = b"HTTP/1.1 101" if not channels else SNAPSHOT
        before, lost = len(self.members), self.lost
        left = count
        while left or self.joining:
            while left and self.joining < AT_ONCE:
                self._join(port, UPGRADE + subscribe, deaf)
                left -= 1
            self._turn(1.0, expected)
            if time.monotonic() - start > 300:
                break
        return {
            "opened": len(self.members) - before,
            "lost": self.lost - lost,
            "seconds": time.monotonic() - start,
        }

    def _join(self, port: int, hello: bytes, deaf: bool) -> None:
        plain = socket.socket()
        plain.setblocking(False)
        if deaf:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        result = plain.connect_ex(("127.0.0.1", port))
        if result not in (0, errno.EINPROGRESS):
            raise OSError(result, os.strerror(result))
        member = Member(plain, deaf)
        member.head = hello
        self.members[plain.fileno()] = member
        self.joining += 1
        self.poll.register(plain.fileno(), select.EPOLLOUT)

    def _turn(self, timeout_s: float, expected: bytes) -> None:
        for number, event in self.poll.poll(timeout_s, 4_096):
            member = self.members[number]
            if event & select.EPOLLOUT:
                try:
                    member.plain.send(member.head)
                except OSError:
                    self._gone(member)
                    continue
                member.head = b""
                self.poll.modify(number, select.EPOLLIN)
            else:
                self._read(member, expected)

    def _read(self, member: Member, expected: bytes) -> None:
        try:
            size = member.plain.recv_into(self.buffer)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._gone(member)
        elif member.told:
            view = self.buffer
            found = view.count(NEWS, 0, size)
            member.news += found
            place = view.rfind(STAMP, 0, size)
            if place >= 0:
                start = place + len(STAMP)
                sent = int(view[start : view.index(b'"', start, size + 1)])
                self.latencies.append((stamp() - sent) % 10**7)
        else:
            member.head += bytes(self.buffer[:size])
            if expected in member.head:
                member.told, member.head = True, b""
                self.joining -= 1
                if member.deaf:
                    self.poll.unregister(member.plain.fileno())

    def _gone(self, member: Member) -> None:
        if not member.told:
            self.joining -= 1
        del self.members[member.plain.fileno()]
        member.plain.close()
        self.lost += 1

    def listen(self, seconds: float) -> Any:
        """Read news for a while."""
        self.latencies = array("I")
        lost, before = self.lost, {m: m.news for m in self.members.values()}
        deadline, turns = time.monotonic() + seconds, 0
        cpu = time.process_time()
        while (left := deadline - time.monotonic()) > 0:
            self._turn(min(left, 0.2), SNAPSHOT)
            turns += 1
        found = [m.news - n for m, n in before.items() if not m.deaf and m.plain.fileno() >= 0]
        order = sorted(self.latencies)
        return {
            "news": sum(found),
            "fewest": min(found, default=0),
            "most": max(found, default=0),
            "lost": self.lost - lost,
            "latencies": len(order),
            "p50_ms": quantile(order, 0.5) / 10,
            "p99_ms": quantile(order, 0.99) / 10,
            "max_ms": quantile(order, 1.0) / 10,
            "cpu_seconds": time.process_time() - cpu,
        }

    def closed(self) -> Any:
        """Return how many of the deaf were closed by the venue: their sockets have an end."""
        gone = 0
        for member in list(self.members.values()):
            if member.deaf and not _alive(member.plain):
                gone += 1
        return {"closed": gone}

    def leave(self, abort: bool = True) -> Any:
        """Close all connections; `abort` resets them, which leaves no port waiting."""
        for member in self.members.values():
            if abort:
                member.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            member.plain.close()
        count = len(self.members)
        self.members.clear()
        self.poll.close()
        self.poll = select.epoll()
        return {"left": count}


def _alive(plain: socket.socket) -> bool:
    """Return whether the other end has neither closed nor reset the connection."""
    state = plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state == 1


def quantile(ordered: list[int], share: float) -> float:
    """Return a quantile of numbers in order; 0 of none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0


def main() -> None:
    """Do what is asked until the input ends."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd()
    for line in sys.stdin:
        asked = json.loads(line)
        answer = getattr(crowd, asked.pop("do"))(**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
