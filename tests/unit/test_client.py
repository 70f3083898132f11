"""The Python client: what it sends, and how it tells refusals from silence."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from outcry.client import ApiError, Client, Unreachable


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked; `/refuse` and `/broken` are refused."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = {
            "method": self.command,
            "path": self.path,
            "bearer": self.headers.get("Authorization", ""),
            "body": json.loads(self.rfile.read(length) or "null"),
            "token": "their-token",
        }
        status, body = 200, json.dumps(asked).encode()
        if self.path == "/refuse":
            status, body = 422, b'{"error":{"code":"BAD_TICK","message":"not so"}}'
        if self.path == "/broken":
            status, body = 502, b"<html>gateway</html>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815  # the names the base class wants

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_client_speaks_for_whom_it_registered(url: str) -> None:
    with Client(url) as client:
        client.register("ann@example.com", "correct horse battery")
        placed = client.place(market="BTC_USDT", side="buy")
    assert placed["bearer"] == "Bearer their-token"
    assert placed["body"] == {"market": "BTC_USDT", "side": "buy"}


def test_one_call_may_speak_for_somebody_else(url: str) -> None:
    with Client(url, token="mine") as client:
        assert client.post("/x", {}, "theirs")["bearer"] == "Bearer theirs"
        assert client.get("/x", market="A_B", limit=3)["path"] == "/x?market=A_B&limit=3"
        assert client.cancel(7)["path"] == "/api/v1/order/?order_id=7"


def test_refusal_has_its_code(url: str) -> None:
    with Client(url) as client, pytest.raises(ApiError) as refused:
        client.get("/refuse")
    assert (refused.value.status, refused.value.code) == (422, "BAD_TICK")


def test_refusal_of_something_else_on_the_way_is_a_refusal_too(url: str) -> None:
    with Client(url) as client, pytest.raises(ApiError, match="502"):
        client.get("/broken")


def test_silence_is_not_a_refusal() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unreachable):
        client.get("/health")


@pytest.mark.parametrize("url", ["ftp://host", "http://", ""])
def test_address_of_nothing_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the address"):
        Client(url)
