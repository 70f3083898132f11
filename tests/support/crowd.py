"""Thousands of WebSockets in one process, each as cheap as can be: a socket, some numbers, no task.

A program of `tests.support.helper`: it reads orders as lines of JSON and answers each with a line.
How old news is when it arrives is read from the news itself: whoever moves the book puts the time
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
STAMPED_PRICE = "0.05"
STAMPED_MARKET = "TATA_INR"
NEWS = b'"channel":"book:TATA_INR","type":"delta"'
STAMP = b'"bids":[["0.05","'
SNAPSHOT = b'"type":"snapshot"'
STAMPS_PER_S, STAMPS = 10_000, 10**7
JOINING_MAX = 512
"""Handshakes under way at a time: half of what the venue lets wait."""
JOINED_WITHIN_S = 120.0
DEAF_BUFFER_BYTES = 4_096
RESET = struct.pack("ii", 1, 0)


def stamp() -> int:
    """Return the machine's clock in tenths of a millisecond, small enough for a quantity."""
    return time.monotonic_ns() * STAMPS_PER_S // 10**9 % STAMPS


def frame(text: bytes) -> bytes:
    """Return a client's text frame, masked with zeros."""
    if len(text) < 126:
        return bytes((0x81, 0x80 | len(text))) + bytes(4) + text
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text


class Member:
    """One connection. `deaf` ones read nothing once they have joined, and may still ask for it."""

    __slots__ = ("deaf", "heard", "joined", "last", "news", "plain")

    def __init__(self, plain: socket.socket, deaf: bool) -> None:
        self.plain = plain
        self.deaf = deaf
        self.joined = False
        self.heard = b""
        """What came before it had joined."""
        self.news = 0
        self.last = 0
        """The last stamp it was told."""


class Crowd:
    """All connections of this process."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.poll = select.epoll()
        self.buffer = bytearray(1 << 18)
        self.ages = array("I")
        """How old news was, in stamps."""
        self.hello = b""
        self.joining = 0
        self.lost = 0

    def join(
        self, port: int, count: int, channels: list[str], deaf: bool = False, asking: bool = False
    ) -> Any:
        """Open so many connections that follow these channels; `asking` ones ask without end."""
        start, lost, before = time.monotonic(), self.lost, len(self.members)
        asked = json.dumps({"op": "subscribe", "channels": channels}).encode()
        self.hello = UPGRADE + frame(asked)
        for _ in range(count):
            while self.joining >= JOINING_MAX:
                self._turn(1.0)
            self._connect(port, deaf)
        while self.joining and time.monotonic() - start < JOINED_WITHIN_S:
            self._turn(1.0)
        if asking:
            self._ask_for_much()
        return {
            "joined": len(self.members) - before - self.joining,
            "lost": self.lost - lost,
            "seconds": time.monotonic() - start,
        }

    def _ask_for_much(self) -> None:
        """Send requests until the venue does not read them any more."""
        ping = frame(json.dumps({"op": "ping", "id": "x" * 1_000}).encode()) * 60
        for member in self.members.values():
            while member.deaf:
                try:
                    member.plain.send(ping)
                except OSError:
                    break

    def _connect(self, port: int, deaf: bool) -> None:
        plain = socket.socket()
        plain.setblocking(False)
        if deaf:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DEAF_BUFFER_BYTES)
        result = plain.connect_ex(("127.0.0.1", port))
        if result not in (0, errno.EINPROGRESS):
            raise OSError(result, os.strerror(result))
        self.members[plain.fileno()] = Member(plain, deaf)
        self.joining += 1
        self.poll.register(plain.fileno(), select.EPOLLOUT)

    def _turn(self, timeout_s: float) -> bool:
        """Do what there is to do; False if there was nothing."""
        ready = self.poll.poll(timeout_s, 4_096)
        for number, event in ready:
            member = self.members[number]
            if event & select.EPOLLIN:
                self._read(member)
            elif event & select.EPOLLOUT and not event & (select.EPOLLERR | select.EPOLLHUP):
                member.plain.send(self.hello)
                self.poll.modify(number, select.EPOLLIN)
            else:
                self._forget(member)
        return bool(ready)

    def _read(self, member: Member) -> None:
        try:
            size = member.plain.recv_into(self.buffer)
        except OSError:
            size = 0
        if not size:
            self._forget(member)
        elif member.joined:
            self._hear(member, size)
        else:
            member.heard += bytes(self.buffer[:size])
            if SNAPSHOT in member.heard:
                member.joined, member.heard = True, b""
                self.joining -= 1
                if member.deaf:
                    self.poll.unregister(member.plain.fileno())

    def _hear(self, member: Member, size: int) -> None:
        """Count the news in the buffer; a message in two parts is counted once, without its age."""
        buffer = self.buffer
        member.news += buffer.count(NEWS, 0, size)
        place = buffer.rfind(STAMP, 0, size)
        if place >= 0:
            start = place + len(STAMP)
            end = buffer.find(b'"', start, size)
            if end >= 0:
                member.last = int(buffer[start:end])
                self.ages.append((stamp() - member.last) % STAMPS)

    def _forget(self, member: Member) -> None:
        if not member.joined:
            self.joining -= 1
        self.lost += 1
        del self.members[member.plain.fileno()]
        member.plain.close()

    def listen(self, windows: int, seconds: float) -> Any:
        """Read news for some windows of time; return what was heard, and the p99 of each window."""
        lost, before = self.lost, {m: m.news for m in self.members.values() if not m.deaf}
        p99_ms = []
        for _ in range(windows):
            self.ages = array("I")
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                self._turn(left)
            p99_ms.append(quantile(sorted(self.ages), 0.99) * 1_000 / STAMPS_PER_S)
        found = [member.news - news for member, news in before.items()]
        return {
            "lost": self.lost - lost,
            "news": sum(found),
            "fewest": min(found, default=0),
            "p99_ms": p99_ms,
        }

    def settle(self, last: int) -> Any:
        """Read until nothing comes any more; return how many were not told the last stamp."""
        while self._turn(2.0):
            pass
        behind = [m for m in self.members.values() if not m.deaf and m.last != last]
        return {"behind": len(behind), "lost": self.lost}

    def leave(self) -> Any:
        """Reset all connections, which leaves none of their ports waiting."""
        left = len(self.members)
        for member in self.members.values():
            member.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            member.plain.close()
        self.members.clear()
        self.poll.close()
        self.poll = select.epoll()
        return {"left": left}


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
