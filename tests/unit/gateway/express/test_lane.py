"""A connection: whole requests only, answers in order, and the server when in doubt."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from outcry.gateway.express import lane as lane_module
from outcry.gateway.express.head import Head
from outcry.gateway.express.lane import (
    LINGER_BYTES_MAX,
    PIPELINED_MAX,
    SERVER_HEAD_BYTES_MAX,
    WAITING_BYTES_MAX,
    Lane,
)
from outcry.gateway.express.lanes import IDLE_SWEEPS, KEPT_HEAD_BYTES_MAX, Lanes


def request(target: str = "/api/v1/order/", body: str = '{"a":1}', *more: str) -> bytes:
    lines = [
        f"POST {target} HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        "Authorization: Bearer t",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Wire:
    """The transport."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False
        self.aborted = False
        self.reading = True

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def get_extra_info(self, name: str) -> Any:
        """Say where the client is, and that there is no socket."""
        return ("192.0.2.7", 4711) if name == "peername" else None

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Behind:
    """The HTTP server: it notes what it is given."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.paused = False
        self.lost = False
        self.requests = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def has_request(self) -> bool:
        return self.requests > 0

    def data_received(self, data: bytes) -> None:
        self.given.append(data)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False


class Clerk:
    """The desk: it answers when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Head, bytes, Callable[[bytes], None]]] = []
        self.clients: list[str] = []

    def serve(self, head: Head, body: bytes, client: str, answer: Callable[[bytes], None]) -> None:
        self.asked.append((head, body, answer))
        self.clients.append(client)

    def refusal(self, code: str, message: str) -> bytes:
        return code.encode()

    def answer(self, position: int, text: bytes) -> None:
        self.asked[position][2](text)

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body, _ in self.asked]


class Connection:
    """A lane with its neighbours."""

    def __init__(self, lanes: Lanes | None = None) -> None:
        self.wire, self.server, self.clerk = Wire(), Behind(), Clerk()
        self.lanes = lanes or Lanes(self.clerk, 100)
        self.lane = Lane(self.lanes, self.server)
        self.lane.connection_made(self.wire)  # type: ignore[arg-type]

    def send(self, *data: bytes) -> None:
        for part in data:
            self.lane.data_received(part)


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
async def connection() -> Connection:
    return Connection()


async def test_an_order_is_answered_without_the_server(connection: Connection) -> None:
    connection.send(request())
    connection.clerk.answer(0, b"done")
    await turn()
    assert connection.wire.written == [b"done"]
    assert connection.server.given == []


async def test_answers_leave_in_the_order_of_the_requests(connection: Connection) -> None:
    connection.send(request(body="[1]") + request(body="[2]") + request(body="[3]"))
    assert connection.clerk.bodies == [b"[1]", b"[2]", b"[3]"]
    connection.clerk.answer(2, b"3")
    connection.clerk.answer(0, b"1")
    await turn()
    connection.clerk.answer(1, b"2")
    await turn()
    assert connection.wire.written == [b"1", b"23"]


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_a_request_may_come_in_pieces(connection: Connection, size: int) -> None:
    whole = request(body="[1]") + request(body="[2]")
    connection.send(*(whole[i : i + size] for i in range(0, len(whole), size)))
    assert connection.clerk.bodies == [b"[1]", b"[2]"]
    assert connection.server.given == []


async def test_the_server_gets_one_whole_request_at_a_time(connection: Connection) -> None:
    balances = b"GET /api/v1/balances HTTP/1.1\r\nHost: x\r\n\r\n"
    connection.send(balances + balances + request())
    assert connection.server.given == [balances]
    connection.lane.free()
    await turn()
    assert connection.server.given == [balances, balances]
    assert connection.clerk.bodies == []
    connection.lane.free()
    await turn()
    assert connection.clerk.bodies == [b'{"a":1}']


async def test_the_server_waits_for_answers_before_its_own(connection: Connection) -> None:
    connection.send(request() + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.server.given == []
    connection.clerk.answer(0, b"done")
    await turn()
    assert connection.wire.written == [b"done"]
    assert len(connection.server.given) == 1


async def test_a_body_is_never_read_as_a_request(connection: Connection) -> None:
    inner = request(body="[2]").decode()
    connection.send(request("/order", inner))
    assert connection.clerk.bodies == []
    assert connection.server.given == [request("/order", inner)]


async def test_an_unsure_head_leaves_the_connection_to_the_server_for_good(
    connection: Connection,
) -> None:
    chunked = request("/api/v1/order/", "", "Transfer-Encoding: chunked")
    connection.send(chunked, request())
    assert connection.server.given == [chunked, request()]
    assert connection.clerk.bodies == []


async def test_an_unsure_head_waits_for_the_answers_before_it(connection: Connection) -> None:
    connection.send(request() + b"nonsense\r\n\r\n")
    assert connection.server.given == []
    connection.clerk.answer(0, b"done")
    await turn()
    assert connection.server.given == [b"nonsense\r\n\r\n"]


async def test_a_head_without_an_end_goes_to_the_server(connection: Connection) -> None:
    connection.send(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2_000)
    assert len(connection.server.given) == 1


async def test_a_client_that_does_not_read_is_not_read_either(connection: Connection) -> None:
    connection.lane.pause_writing()
    assert (connection.wire.reading, connection.server.paused) == (False, True)
    connection.lane.resume_writing()
    assert (connection.wire.reading, connection.server.paused) == (True, False)


async def test_what_may_wait_behind_an_answer_is_bounded(connection: Connection) -> None:
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    connection.send(get * 1_000)
    assert not connection.wire.reading
    connection.lane.free()
    await turn()
    assert len(connection.server.given) == 2


async def test_reading_goes_on_only_once_little_waits(connection: Connection) -> None:
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    connection.send(get * 2_000)
    reading = []
    for _ in range(2_000):
        connection.lane.free()
        await turn()
        reading.append(connection.wire.reading)
    assert reading.index(True) * len(get) > len(get) * 2_000 - WAITING_BYTES_MAX - 2 * len(get)
    assert all(reading[reading.index(True) :])


async def test_a_body_larger_than_what_may_wait_is_read(connection: Connection) -> None:
    connection.send(request(body="x" * 3 * WAITING_BYTES_MAX)[:-1])
    assert connection.wire.reading


@pytest.mark.parametrize(
    ("limit", "sent"), [("HEAD_TIMEOUT_S", 20), ("BODY_TIMEOUT_S", -1)], ids=["head", "body"]
)
async def test_a_request_that_never_ends_closes_the_connection(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, limit: str, sent: int
) -> None:
    monkeypatch.setattr(lane_module, limit, 0.01)
    connection.send(request()[:sent])
    await asyncio.sleep(0.05)
    assert connection.wire.closed


@pytest.mark.parametrize("sent", [20, -1], ids=["head", "body"])
async def test_a_request_that_ends_keeps_the_connection(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    for limit in ("HEAD_TIMEOUT_S", "BODY_TIMEOUT_S"):
        monkeypatch.setattr(lane_module, limit, 0.01)
    connection.send(request()[:sent], request()[sent:])
    await asyncio.sleep(0.05)
    assert not connection.wire.closed


async def test_bytes_that_trickle_do_not_buy_a_head_more_time(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "HEAD_TIMEOUT_S", 0.03)
    connection.send(b"GET /health HTTP/1.1\r\n")
    for _ in range(8):
        await asyncio.sleep(0.01)
        connection.send(b"X: y\r\n")
    assert connection.wire.closed


async def test_orders_that_wait_for_answers_are_bounded(connection: Connection) -> None:
    connection.send(request() * (3 * PIPELINED_MAX))
    assert len(connection.clerk.asked) == PIPELINED_MAX
    for number in range(PIPELINED_MAX):
        connection.clerk.answer(number, b"done")
    await turn()
    assert len(connection.clerk.asked) == 2 * PIPELINED_MAX


async def test_an_idle_connection_is_closed(connection: Connection) -> None:
    for _ in range(IDLE_SWEEPS):
        connection.lane.swept()
    assert not connection.wire.closed
    connection.lane.swept()
    assert connection.wire.closed


async def test_a_connection_that_waits_for_an_answer_is_not_idle(connection: Connection) -> None:
    connection.send(request())
    for _ in range(IDLE_SWEEPS + 2):
        connection.lane.swept()
    assert not connection.wire.closed


@pytest.fixture
async def given_up() -> Connection:
    """A connection that the server has for good."""
    connection = Connection()
    connection.send(request("/api/v1/order/", "", "Transfer-Encoding: chunked"))
    return connection


async def test_an_idle_connection_that_was_given_up_is_closed_too(given_up: Connection) -> None:
    for _ in range(IDLE_SWEEPS + 1):
        given_up.send(b"x")  # Bytes alone are no requests.
        given_up.lane.swept()
    assert given_up.wire.closed


async def test_a_given_up_connection_is_kept_while_the_server_works(given_up: Connection) -> None:
    given_up.lane.begin()
    for _ in range(IDLE_SWEEPS + 2):
        given_up.lane.swept()
    assert not given_up.wire.closed


async def test_a_given_up_connection_is_kept_while_requests_come(given_up: Connection) -> None:
    for _ in range(3 * IDLE_SWEEPS):
        given_up.lane.swept()
        given_up.lane.begin()
        given_up.lane.end()
    assert not given_up.wire.closed


async def test_a_head_that_only_the_server_can_read_has_to_end_in_time_too(
    given_up: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "HEAD_TIMEOUT_S", 0.01)
    given_up.lane.begin()
    given_up.lane.end()
    given_up.send(b"GET / HTTP/1.1\r\n")
    await asyncio.sleep(0.05)
    assert given_up.wire.closed


async def test_a_body_is_not_timed_as_a_head(
    given_up: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "HEAD_TIMEOUT_S", 0.01)
    given_up.lane.begin()
    given_up.send(b"5\r\nhel")
    await asyncio.sleep(0.05)
    assert not given_up.wire.closed


async def test_a_head_that_only_the_server_can_read_is_bounded(given_up: Connection) -> None:
    given_up.send(b"X: y\r\n" * (SERVER_HEAD_BYTES_MAX // 6 + 1))
    assert given_up.wire.written == [b"TOO_LARGE"]
    given_up.send(b"X: y\r\n")
    assert len(given_up.server.given) == 2


async def test_many_whole_requests_at_once_are_no_long_head(given_up: Connection) -> None:
    given_up.server.requests = 32
    given_up.send(b"X" * SERVER_HEAD_BYTES_MAX * 2)
    assert given_up.wire.written == []


async def test_a_refused_body_is_read_no_more(
    given_up: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "LINGER_S", 0.01)
    before = len(given_up.server.given)
    given_up.lane.linger()
    given_up.send(b"x" * LINGER_BYTES_MAX, b"x")
    assert (len(given_up.server.given), given_up.wire.reading) == (before, False)
    await asyncio.sleep(0.05)
    assert given_up.wire.closed


async def test_where_there_is_no_room_the_oldest_stranger_goes() -> None:
    lanes = Lanes(Clerk(), 3)
    known, first, second = (Connection(lanes) for _ in range(3))
    known.send(request())
    newcomer = Connection(lanes)
    assert [c.wire.aborted for c in (known, first, second, newcomer)] == [False, True, False, False]


async def test_where_all_have_asked_something_a_newcomer_is_refused() -> None:
    lanes = Lanes(Clerk(), 2)
    for _ in range(2):
        Connection(lanes).send(request())
    newcomer = Connection(lanes)
    assert (newcomer.wire.written, newcomer.wire.closed) == ([b"BUSY"], True)
    newcomer.send(request())
    newcomer.lane.connection_lost(None)
    assert (newcomer.clerk.asked, newcomer.server.lost, len(lanes.of)) == ([], False, 2)


async def test_a_connection_that_the_server_read_a_request_of_is_no_stranger() -> None:
    lanes = Lanes(Clerk(), 1)
    here = Connection(lanes)
    here.send(request("/api/v1/order/", "", "Transfer-Encoding: chunked"))
    here.lane.begin()
    Connection(lanes)
    assert not here.wire.aborted


async def test_long_heads_are_not_remembered(connection: Connection) -> None:
    connection.send(request("/api/v1/order/", "{}", "X: " + "y" * KEPT_HEAD_BYTES_MAX))
    connection.send(request("/api/v1/order/", "{}"))
    assert (len(connection.clerk.asked), len(connection.lanes._heads)) == (2, 1)


async def test_a_lost_connection_is_forgotten(connection: Connection) -> None:
    connection.send(request() + b"GET")
    connection.lane.connection_lost(None)
    connection.clerk.answer(0, b"too late")
    connection.wire.closed = True
    await turn()
    assert connection.lanes.of == {}
    assert connection.wire.written == []
