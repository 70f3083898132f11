"""The head of a request, read strictly: what it asks, and where it ends without any doubt."""

import re
from typing import NamedTuple

HEAD_BYTES_MAX = 8_192
BODY_BYTES_MAX = 65_536
ORDER, BATCH, OTHER, BINANCE_ORDER = 0, 1, 2, 3
"""What a request asks: one order, a batch, anything else, or one order in Binance's form."""
BINANCE_TARGET = b"/api/v3/order"

_TARGETS = {
    b"/api/v1/order": ORDER,
    b"/api/v1/order/": ORDER,
    b"/api/v1/orders": BATCH,
    b"/api/v1/orders/": BATCH,
}
# RFC 9112 section 3 and RFC 9110 section 5.6.2, without what a simple client never sends.
_REQUEST = re.compile(rb"(GET|POST|PATCH|PUT|DELETE) (/[!-~]*) HTTP/1\.1")
# Possessive where blanks could be given back one by one: that would take quadratic time.
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):[ \t]*+([!-~](?:[ -~\t]*[!-~])?)?[ \t]*+")
SIGNED_ORDER = re.compile(rb"POST /api/v3/order\?([!-~]*) HTTP/1\.1(?![^\r])")
SIGNED_LINE = b"POST /api/v3/order?"
ORDER_LINE = b"POST /api/v3/order HTTP/1.1"
"""How an order in Binance's form begins that has its parameters in the query, and how without."""
_LENGTH = re.compile(rb"[0-9]{1,5}")
_FRAMING = {b"transfer-encoding", b"upgrade", b"expect", b"trailer", b"te", b"sec-websocket-key"}
_ONCE = {
    b"content-length",
    b"content-type",
    b"content-encoding",
    b"authorization",
    b"host",
    b"x-forwarded-for",
    b"x-mbx-apikey",
}


class Head(NamedTuple):
    """A head that is sure: after it come exactly `length` bytes of body."""

    asks: int
    length: int
    token: str
    """The bearer token, or the API key of an order in Binance's form; empty if there is none."""
    forwarded: str
    """Whom proxies say that they spoke to, empty if none does."""
    query: bytes = b""
    """Of an order in Binance's form, as it was sent: it is part of what was signed."""


def read_head(text: bytes) -> Head | None:
    """Return what the head of a request says; None where only a whole HTTP server should judge.

    `text` is everything before the empty line.
    """
    first, *lines = text.split(b"\r\n")
    request = _REQUEST.fullmatch(first)
    headers = _headers(lines)
    if request is None or headers is None or b"host" not in headers:
        return None
    if (
        not _FRAMING.isdisjoint(headers)
        or headers.get(b"connection", b"keep-alive") != b"keep-alive"
    ):
        return None
    length = headers.get(b"content-length", b"0")
    if _LENGTH.fullmatch(length) is None or int(length) > BODY_BYTES_MAX:
        return None
    forwarded = headers.get(b"x-forwarded-for", b"").decode("ascii")
    path, _, query = request[2].partition(b"?")
    if path == BINANCE_TARGET and request[1] == b"POST" and b"content-encoding" not in headers:
        # Its content type says nothing: clients send forms as JSON, and queries as forms.
        key = headers.get(b"x-mbx-apikey", b"").decode("ascii")
        return Head(BINANCE_ORDER, int(length), key, forwarded, query)
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    asks = _TARGETS.get(request[2], OTHER) if request[1] == b"POST" else OTHER
    plain = (
        headers.get(b"content-type") == b"application/json" and b"content-encoding" not in headers
    )
    if not plain or scheme.lower() != b"bearer":
        asks = OTHER
    return Head(asks, int(length), token.decode("ascii"), forwarded)


def _headers(lines: list[bytes]) -> dict[bytes, bytes] | None:
    """Return the header fields by lower-case name; None where one is odd or ambiguous."""
    found: dict[bytes, bytes] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            return None
        name = header[1].lower()
        if name in found and name in _ONCE:
            return None
        found[name] = (header[2] or b"").lower() if name == b"connection" else header[2] or b""
    return found
