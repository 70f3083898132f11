"""The blocking client: what it sends, and how it tells refusals from silence."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from outcry.client import NO_RETRIES, ApiError, BadAnswer, Client, Unreachable

SESSION = {
    "token": "their-token", "refresh_token": "next", "user_id": 7,
    "expires_at": "2026-01-01T00:00:00.000000Z",
}  # fmt: skip


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
        }
        status, body = 200, json.dumps(asked | SESSION).encode()
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
        session = client.register("ann@example.com", "correct horse battery")
        asked = client.post("/x", {"market": "BTC_USDT"})
    assert (session.token, session.user_id) == ("their-token", 7)
    assert asked["bearer"] == "Bearer their-token"
    assert asked["body"] == {"market": "BTC_USDT"}


def test_one_call_may_speak_for_somebody_else(url: str) -> None:
    with Client(url, token="mine") as client:
        assert client.post("/x", {}, "theirs")["bearer"] == "Bearer theirs"
        assert client.post("/x", {}, "")["bearer"] == ""
        assert client.get("/x", market="A_B", limit=3)["path"] == "/x?market=A_B&limit=3"


def test_answer_of_something_else_is_no_answer(url: str) -> None:
    with Client(url) as client, pytest.raises(BadAnswer, match="Order"):
        client.order(7)


def test_refusal_has_its_code(url: str) -> None:
    with Client(url) as client, pytest.raises(ApiError) as refused:
        client.get("/refuse")
    assert (refused.value.status, refused.value.code) == (422, "BAD_TICK")


def test_refusal_of_something_else_on_the_way_is_a_refusal_too(url: str) -> None:
    with Client(url) as client, pytest.raises(ApiError, match="502"):
        client.get("/broken")


def test_silence_is_not_a_refusal() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unreachable) as lost:
        client.get("/health")
    assert not lost.value.maybe_done


def test_connection_that_the_venue_has_closed_is_opened_again() -> None:
    """A second call on a kept connection whose other end is gone works, even one that may not be
    sent twice.
    """
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        with Client(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            assert client.post("/once", {}) == {}
            kept = client._connection._socket
            assert kept is not None
            assert kept.recv(1, socket.MSG_PEEK) == b""  # Its end has arrived.
            assert client.post("/once", {}) == {}
        thread.join()


def test_venue_that_never_answers_is_given_up_after_the_timeout() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Client(
            f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=0.05, retries=NO_RETRIES
        ) as client,
        pytest.raises(Unreachable) as lost,
    ):
        client.health()
    assert lost.value.maybe_done


@pytest.mark.parametrize(
    "url", ["ftp://host", "http://", "", "http://user@host"], ids=["ftp", "no", "empty", "who"]
)
def test_address_of_nothing_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the address"):
        Client(url)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_break_in_a_token_is_not_sent(url: str, end: str) -> None:
    with Client(url, token=f"a{end}X-Other: b") as client, pytest.raises(ValueError, match="line"):
        client.health()
