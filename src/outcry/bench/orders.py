"""What the load generator sends: pre-encoded orders that keep the book bounded.

Every second order rests, every other one crosses it: makers sell one lot at one price inside the
spread (good till cancelled), takers buy it back there (immediate or cancel). So half of the orders
trade, and what rests is never more than what is under way. Each order carries a client order id of
its own, as a careful client's would.
"""

import hmac
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from time import time_ns

ID_DIGITS = 10
JSON_HEADERS = "Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n"


@dataclass(frozen=True, slots=True)
class Terms:
    """What every order of a run has in common. Decimal text, as the API wants it."""

    market: str
    price: str
    quantity: str


@dataclass(slots=True)
class Tally:
    """What came back, counted as it comes."""

    accepted: int = 0
    refused: int = 0
    first_refusal: str = ""
    latencies_s: "array[float]" = field(default_factory=lambda: array("d"))
    """Of each message, from sending to its answer."""

    def refuse(self, orders: int, answer: bytes) -> None:
        """Count refusals; keep the words of the first."""
        self.refused += orders
        if not self.first_refusal:
            self.first_refusal = answer[-400:].decode("utf-8", "replace")


class OrderIds:
    """Client order ids of fixed length, different in every run."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._numbers = count()

    def __iter__(self) -> Iterator[bytes]:
        for number in self._numbers:
            yield f"{self._run}-{number:0{ID_DIGITS}}".encode()

    @property
    def length(self) -> int:
        """Characters of each id."""
        return len(self._run) + 1 + ID_DIGITS


def order_parts(terms: Terms, *, maker: bool) -> tuple[bytes, bytes]:
    """Return an order as JSON, in the two halves around its client order id."""
    side, force = ("sell", "gtc") if maker else ("buy", "ioc")
    head = (
        f'{{"market":"{terms.market}","side":"{side}","price":"{terms.price}",'
        f'"quantity":"{terms.quantity}","time_in_force":"{force}","client_order_id":"'
    )
    return head.encode(), b'"}'


def http_requests(
    path: str, body_parts: list[tuple[bytes, bytes]], token: str, ids: OrderIds
) -> Iterator[bytes]:
    """Yield requests whose bodies are these parts, with a new id between the halves of each."""
    length = sum(len(a) + ids.length + len(b) for a, b in body_parts)
    headers = JSON_HEADERS.format(token=token)
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {length}\r\n\r\n"
    start = head.encode()
    while True:
        # zip would draw an id too many if the ids came first.
        yield start + b"".join(a + i + b for (a, b), i in zip(body_parts, ids, strict=False))


def single_requests(terms: Terms, tokens: tuple[str, str], ids: OrderIds) -> Iterator[bytes]:
    """Yield requests of one order each: the maker's, then the taker's, and so on."""
    sources = [
        http_requests("/api/v1/order/", [order_parts(terms, maker=maker)], token, ids)
        for maker, token in zip((True, False), tokens, strict=True)
    ]
    while True:
        for source in sources:
            yield next(source)


def batch_requests(
    terms: Terms, tokens: tuple[str, str], ids: OrderIds, size: int
) -> Iterator[bytes]:
    """Yield requests of `size` orders each: the maker's, then the taker's, and so on."""
    sources = []
    for maker, token in zip((True, False), tokens, strict=True):
        head, tail = order_parts(terms, maker=maker)
        parts = [(head, tail + b",")] * (size - 1) + [(head, tail + b"]}")]
        parts[0] = (b'{"orders":[' + head, parts[0][1])
        sources.append(http_requests("/api/v1/orders/", parts, token, ids))
    while True:
        for source in sources:
            yield next(source)


def binance_requests(terms: Terms, keys: tuple[str, str], ids: OrderIds) -> Iterator[bytes]:
    """Yield signed orders in Binance's form: the maker's, then the taker's, and so on.

    Each of `keys` is a name and a secret, with a colon between them.
    """
    sources = [
        _binance_orders(terms, key, ids, maker=maker)
        for maker, key in zip((True, False), keys, strict=True)
    ]
    while True:
        for source in sources:
            yield next(source)


def _binance_orders(terms: Terms, key: str, ids: OrderIds, *, maker: bool) -> Iterator[bytes]:
    name, secret = key.encode().split(b":")
    side, force = ("SELL", "GTC") if maker else ("BUY", "IOC")
    symbol = terms.market.replace("_", "")
    start = (
        f"symbol={symbol}&side={side}&type=LIMIT&timeInForce={force}&quantity={terms.quantity}"
        f"&price={terms.price}&recvWindow=60000&newClientOrderId="
    ).encode()
    for order_id in ids:
        signed = b"%s%s&timestamp=%d" % (start, order_id, time_ns() // 1_000_000)
        body = b"%s&signature=%s" % (signed, hmac.digest(secret, signed, "sha256").hex().encode())
        yield (
            b"POST /api/v3/order HTTP/1.1\r\nHost: bench\r\nX-MBX-APIKEY: %s\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s"
        ) % (name, len(body), body)


def socket_frames(terms: Terms, ids: OrderIds, *, maker: bool) -> Iterator[bytes]:
    """Yield WebSocket frames of one `order.place` each.

    The mask is all zeros: allowed, and it costs the generator nothing.
    """
    head, tail = order_parts(terms, maker=maker)
    head = b'{"id":1,"op":"order.place","args":' + head
    tail += b"}"
    start = frame_header(len(head) + ids.length + len(tail)) + head
    for order_id in ids:
        yield start + order_id + tail


def frame_header(length: int) -> bytes:
    """Return the header of a client's text frame of `length` bytes, at most 65,535."""
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return b"\x81" + size + bytes(4)
