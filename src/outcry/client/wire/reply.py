"""Reads one HTTP/1.1 reply from bytes as they come. No socket: tests cut the bytes anywhere.

Source: RFC 9112. A body has a length, or chunks, or ends with the connection.
"""

from typing import NamedTuple

HEAD_BYTES_MAX = 65_536
BODY_BYTES_MAX = 1 << 30
_LINE_BYTES_MAX = 1_024
_EMPTY = frozenset({204, 304})
_OK = 200


class Reply(NamedTuple):
    """What came back. Names of headers are in lower case; of two alike the last one counts."""

    status: int
    headers: dict[str, str]
    body: bytes


class BadReply(Exception):
    """These bytes are no reply. It says why."""


class ReplyReader:
    """Takes bytes in until a reply is whole. `keep` says whether the connection can go on."""

    def __init__(self) -> None:
        self.keep = True
        self._rest = bytearray()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._length: int | None = None
        self._chunks: list[bytes] | None = None

    def feed(self, data: bytes) -> Reply | None:
        """Take in what arrived; return the reply once it is whole.

        Raises:
            BadReply: it will never be one.
        """
        self._rest += data
        while not self._status:
            if not self._read_head():
                return None
        if self._chunks is not None:
            return self._read_chunks()
        if self._length is None or len(self._rest) < self._length:
            return None
        return self._whole(self._length)

    def end(self) -> Reply:
        """Return the reply that the end of the connection has made whole.

        Raises:
            BadReply: it is cut.
        """
        self.keep = False
        if self._status and self._length is None and self._chunks is None:
            return self._whole(len(self._rest))
        raise BadReply("the connection ended before the reply did")

    def _whole(self, length: int) -> Reply:
        if len(self._rest) > length:
            raise BadReply("there is more than was asked for")
        return Reply(self._status, self._headers, bytes(self._rest))

    def _read_head(self) -> bool:
        """Read a head if it is there; that of a reply before the reply (1xx) is passed over."""
        end = self._rest.find(b"\r\n\r\n")
        if end < 0 or end > HEAD_BYTES_MAX:
            if len(self._rest) > HEAD_BYTES_MAX:
                raise BadReply("the head is too long")
            return False
        first, *lines = self._rest[:end].decode("latin-1").split("\r\n")
        del self._rest[: end + 4]
        status = _status_of(first)
        if status < _OK:
            return True
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise BadReply(f"{line[:80]!r} is no header")
            self._headers[name.lower()] = value.strip()
        self._status = status
        self._read_framing(first)
        return True

    def _read_framing(self, first: str) -> None:
        headers = self._headers
        self.keep = "close" not in headers.get("connection", "").lower()
        if first.startswith("HTTP/1.0"):
            self.keep = False
        if self._status in _EMPTY:
            self._length = 0
        elif "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked":
                raise BadReply(f"{headers['transfer-encoding'][:80]!r} is not read here")
            self._chunks = []
        elif "content-length" in headers:
            self._length = _number(headers["content-length"], 10)

    def _read_chunks(self) -> Reply | None:
        assert self._chunks is not None
        while True:
            end = self._rest.find(b"\r\n")
            if end < 0:
                if len(self._rest) > _LINE_BYTES_MAX:
                    raise BadReply("the size of a chunk is too long")
                return None
            size = _number(self._rest[:end].partition(b";")[0].decode("latin-1").strip(), 16)
            if not size:
                return self._after_chunks(end)
            start, stop = end + 2, end + 2 + size
            if len(self._rest) < stop + 2:
                return None
            if self._rest[stop : stop + 2] != b"\r\n":
                raise BadReply("a chunk is longer than it says")
            self._chunks.append(bytes(self._rest[start:stop]))
            del self._rest[: stop + 2]

    def _after_chunks(self, end: int) -> Reply | None:
        """Read the trailer, of which nothing is kept."""
        assert self._chunks is not None
        tail = self._rest[end + 2 :]
        if tail[:2] != b"\r\n":
            close = tail.find(b"\r\n\r\n")
            if close < 0:
                if len(tail) > HEAD_BYTES_MAX:
                    raise BadReply("the trailer is too long")
                return None
            tail = tail[close + 2 :]
        if len(tail) > len(b"\r\n"):
            raise BadReply("there is more than was asked for")
        return Reply(self._status, self._headers, b"".join(self._chunks))


def _status_of(line: str) -> int:
    version, _, rest = line.partition(" ")
    if version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise BadReply(f"{line[:80]!r} is not how a reply begins")
    status = rest.partition(" ")[0]
    if len(status) != len("200") or not status.isascii() or not status.isdigit():
        raise BadReply(f"{line[:80]!r} has no status")
    return int(status)


def _number(text: str, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not text or len(text) > len("1073741824") or set(text.lower()) - set(digits):
        raise BadReply(f"{text[:80]!r} is no length")
    number = int(text, base)
    if number > BODY_BYTES_MAX:
        raise BadReply(f"{number} bytes are too many")
    return number
