"""What the express lane reads in a head, and which heads it leaves to a whole HTTP server."""

from typing import Any

import pytest

from outcry.gateway.express.head import BATCH, BINANCE_ORDER, ORDER, OTHER, read_head
from outcry.gateway.express.lanes import Lanes

USUAL = (
    "POST /api/v1/order/ HTTP/1.1",
    "Host: localhost:8000",
    "Content-Type: application/json",
    "Authorization: Bearer abc.def",
    "Content-Length: 17",
)

NO_DESK: Any = None
"""Nobody is asked anything here."""


def text(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("latin-1")


def usual(changed: str = "", *more: str) -> bytes:
    """Return the usual head with the line of the same name replaced, and lines added."""
    name = changed.partition(":")[0].lower()
    lines = [changed if line.partition(":")[0].lower() == name else line for line in USUAL]
    return text(*lines, *more)


def with_first(line: str) -> bytes:
    return text(line, *USUAL[1:])


def test_an_order_in_its_usual_shape_is_read() -> None:
    assert read_head(usual()) == (ORDER, 17, "abc.def", "", b"")


@pytest.mark.parametrize(
    ("target", "asks"),
    [
        ("/api/v1/order", ORDER),
        ("/api/v1/orders", BATCH),
        ("/api/v1/orders/", BATCH),
        ("/api/v1/order/?x=1", OTHER),
        ("/api/v1/order//", OTHER),
        ("/order", OTHER),
        ("/API/v1/order", OTHER),
    ],
)
def test_only_two_targets_are_express(target: str, asks: int) -> None:
    head = read_head(with_first(f"POST {target} HTTP/1.1"))
    assert head is not None
    assert (head.asks, head.length) == (asks, 17)


@pytest.mark.parametrize(
    "head",
    [
        with_first("DELETE /api/v1/order/ HTTP/1.1"),
        usual("Content-Type: text/plain"),
        usual("Content-Type: application/json; charset=utf-8"),
        usual("Authorization: Basic abc"),
        usual("", "Content-Encoding: gzip"),
        text(USUAL[0], USUAL[1], "Content-Type: application/json", "Content-Length: 17"),
    ],
)
def test_what_the_server_should_answer_has_a_sure_end_too(head: bytes) -> None:
    found = read_head(head)
    assert found is not None
    assert (found.asks, found.length) == (OTHER, 17)


def test_without_a_length_there_is_no_body() -> None:
    assert read_head(text("GET / HTTP/1.1", "Host: x")) == (OTHER, 0, "", "", b"")


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(with_first("POST /api/v1/order/ HTTP/1.0"), id="an old version"),
        pytest.param(with_first("POST  /api/v1/order/ HTTP/1.1"), id="two spaces"),
        pytest.param(with_first("post /api/v1/order/ HTTP/1.1"), id="a method in lower case"),
        pytest.param(with_first("POST http://x/api/v1/order/ HTTP/1.1"), id="an absolute target"),
        pytest.param(with_first("CONNECT /x HTTP/1.1"), id="a tunnel"),
        pytest.param(text("GET / HTTP/1.1"), id="no host"),
        pytest.param(usual("", "Transfer-Encoding: chunked"), id="chunks"),
        pytest.param(usual("", "Transfer-Encoding : chunked"), id="a space before the colon"),
        pytest.param(usual("", " Transfer-Encoding: chunked"), id="a folded line"),
        pytest.param(usual("", "X: a\x00b"), id="a zero byte"),
        pytest.param(usual("", "X: a\nTransfer-Encoding: chunked"), id="a bare line feed"),
        pytest.param(usual("", "X: a\rb"), id="a bare carriage return"),
        pytest.param(usual("", "X: \xe9"), id="not ASCII"),
        pytest.param(usual("", "Upgrade: websocket"), id="an upgrade"),
        pytest.param(usual("", "Expect: 100-continue"), id="an expectation"),
        pytest.param(usual("", "Connection: close"), id="a last request"),
        pytest.param(usual("", "Content-Length: 17"), id="two lengths"),
        pytest.param(usual("Content-Length: 17, 17"), id="a list of lengths"),
        pytest.param(usual("Content-Length: +17"), id="a signed length"),
        pytest.param(usual("Content-Length: 0x11"), id="a hexadecimal length"),
        pytest.param(usual("Content-Length: 1 7"), id="a length in two"),
        pytest.param(usual("Content-Length:"), id="an empty length"),
        pytest.param(usual("Content-Length: 65537"), id="too long a body"),
        pytest.param(usual("", "Authorization: Bearer other"), id="two tokens"),
        pytest.param(usual("", "Host: other"), id="two hosts"),
    ],
)
def test_a_head_that_could_be_read_in_two_ways_is_left_to_the_server(head: bytes) -> None:
    assert read_head(head) is None


@pytest.mark.parametrize("more", [(), ("Content-Encoding: gzip",), ("Upgrade: x",)])
@pytest.mark.parametrize(
    "first",
    [
        "POST /api/v3/order?a=1&signature=ff HTTP/1.1",
        "POST /api/v3/order?a=1?b=%41 HTTP/1.1",
        "POST /api/v3/order? HTTP/1.1",
        "POST /api/v3/order HTTP/1.1",
        "POST /api/v3/order?a=1 HTTP/1.0",
        "POST /api/v3/order?a=1 HTTP/1.1 ",
        "POST /api/v3/order?a=1 HTTP/1.1\rX: 1",
        "POST /api/v3/order?a=1 HTTP/1.1 HTTP/1.1",
        "POST /api/v3/order?a 1 HTTP/1.1",
        "GET /api/v3/order?a=1 HTTP/1.1",
        "POST /api/v3/order/test?a=1 HTTP/1.1",
    ],
)
def test_head_that_is_remembered_is_read_as_a_new_one(first: str, more: tuple[str, ...]) -> None:
    lanes = Lanes(NO_DESK, 1)
    for query in ("1", "2"):
        head = text(first.replace("a=1", f"a={query}"), *USUAL[1:], "X-MBX-APIKEY: key", *more)
        assert lanes.head(head) == read_head(head)


def test_signed_order_is_read_with_its_query() -> None:
    head = Lanes(NO_DESK, 1).head(with_first("POST /api/v3/order?a=1&signature=ff HTTP/1.1"))
    assert head == (BINANCE_ORDER, 17, "", "", b"a=1&signature=ff")
