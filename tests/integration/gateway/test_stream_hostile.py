"""Clients of the stream that do what they should not: nobody else notices."""

import asyncio
import contextlib
import ctypes
import json
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.gateway import TATA_INR, House, Person, open_house
from tests.support.stream import PATIENCE_S, StreamedBook

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUFFER_BYTES = 32_768
SO_ATTACH_FILTER = 26
UPGRADE = (
    "GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A venue that keeps little for those who do not read."""
    limits = {"socket_buffer_bytes": BUFFER_BYTES, "origins": ("https://trade.example",)}
    async with open_house(tmp_path_factory.mktemp("venue"), gateway=limits) as house:
        yield house


def masked(payload: bytes, opcode: int = 1, *, final: bool = True) -> bytes:
    """Return a client's frame, masked with zeros."""
    first = bytes([opcode | (0x80 if final else 0)])
    if len(payload) < 126:
        return first + bytes([0x80 | len(payload)]) + bytes(4) + payload
    return first + b"\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload


class RawSocket:
    """A WebSocket by hand, which reads nothing it is not told to."""

    def __init__(self, house: House) -> None:
        self._port = int(house.venue.url.rpartition(":")[2])

    async def __aenter__(self) -> "RawSocket":
        plain = socket.socket()
        # What the kernel takes for a client that does not read is kept small.
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self._port))
        self.reader, self.writer = await asyncio.open_connection(sock=plain, limit=4_096)
        self.writer.write(UPGRADE.encode())
        await self.reader.readuntil(b"\r\n\r\n")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    def send(self, **message: Any) -> None:
        self.writer.write(masked(json.dumps(message).encode()))

    async def rest(self) -> bytes:
        """Return everything until the venue ends the connection."""
        async with asyncio.timeout(PATIENCE_S * 3):
            found = b""
            try:
                while part := await self.reader.read(65_536):
                    found += part
            except ConnectionResetError:
                pass
            return found


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S * 3):
        while not condition():  # noqa: ASYNC110  # the venue has no event for it
            await asyncio.sleep(0.01)


async def gauge(house: House, name: str) -> float:
    text = (await house.call("GET", "/metrics")).body
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
    return float(lines[name])


async def test_binary_frame_ends_the_connection(house: House) -> None:
    stream = await house.stream()
    await stream.socket.send_bytes(b'{"op": "ping"}')
    assert await stream.closed() == aiohttp.WSCloseCode.UNSUPPORTED_DATA


@pytest.mark.parametrize("size", [65_537, 1_000_000])
async def test_too_large_a_frame_ends_the_connection(house: House, size: int) -> None:
    stream = await house.stream()
    await stream.socket.send_str(json.dumps({"op": "ping", "id": "x" * size}))
    assert await stream.closed() == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_large_message_in_many_frames_ends_the_connection(house: House) -> None:
    async with RawSocket(house) as raw:
        raw.writer.write(masked(b"[" * 30_000, final=False))
        for _ in range(20):
            raw.writer.write(masked(b"[" * 30_000, 0, final=False))
        assert (aiohttp.WSCloseCode.MESSAGE_TOO_BIG).to_bytes(2, "big") in await raw.rest()


async def test_message_of_64_kilobytes_is_read(house: House) -> None:
    stream = await house.stream()
    number = "x" * (65_536 - len('{"id": "", "op": "ping"}'))
    answer = await stream.raw(f'{{"id": "{number}", "op": "ping"}}')
    assert answer == {"id": number, "ok": True, "result": "pong"}


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x02{}",  # not masked
        b"\xf1\x80\0\0\0\0",  # reserved bits
        b"\x83\x80\0\0\0\0",  # an opcode that is none
        masked(b"\xff\xfe"),  # no UTF-8
        masked(b"x" * 200, 9),  # too long a ping
        masked(b"x", 0),  # goes on with nothing
    ],
    ids=["unmasked", "reserved", "opcode", "utf-8", "long-ping", "continuation"],
)
async def test_broken_frame_harms_only_its_sender(house: House, frame: bytes) -> None:
    good = await house.stream()
    async with RawSocket(house) as raw:
        raw.writer.write(frame)
        raw.writer.write(masked(b"", 8))
        assert b"Traceback" not in await raw.rest()
    assert await good.ask(op="ping") == "pong"


async def test_compression_is_never_agreed_to(house: House) -> None:
    stream = await house.http.ws_connect("/api/v1/ws", compress=15)
    assert stream.compress == 0
    await stream.close()


@pytest.mark.parametrize(
    ("origin", "fits"),
    [
        (None, True),
        ("https://trade.example", True),
        ("https://evil.example", False),
        ("https://trade.example.evil.example", False),
        ("http://trade.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_browser_of_a_foreign_site_is_kept_out(
    house: House, origin: str | None, *, fits: bool
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    if fits:
        await (await house.http.ws_connect("/api/v1/ws", headers=headers)).close()
    else:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await house.http.ws_connect("/api/v1/ws", headers=headers)
        assert refused.value.status == 403


async def test_browser_of_the_venue_itself_is_let_in(house: House) -> None:
    origin = {"Origin": house.venue.url}
    await (await house.http.ws_connect("/api/v1/ws", headers=origin)).close()


async def test_cookie_speaks_for_nobody(house: House, ann: Person) -> None:
    headers = {"Cookie": f"token={ann.token}; Authorization={ann.token}"}
    async with house.http.ws_connect("/api/v1/ws", headers=headers) as stream:
        await stream.send_str('{"op": "subscribe", "channels": ["orders"]}')
        answer = await stream.receive_json()
    assert answer["error"]["code"] == "UNAUTHORIZED"


async def test_flood_of_pings_is_answered_and_harms_nobody(house: House) -> None:
    good = await house.stream()
    async with RawSocket(house) as raw:
        raw.writer.write(masked(b"x", 9) * 5_000 + masked(b'{"op":"ping"}') * 2_000)
        assert await good.ask(op="ping") == "pong"
        answers = b""
        while answers.count(b"pong") < 2_000:
            answers += await asyncio.wait_for(raw.reader.read(65_536), PATIENCE_S)


def deafen(hub: Any) -> None:
    """Let the kernel keep little for clients: what they do not read is soon ours to keep."""
    for subscriber in hub.connections:
        plain = subscriber.outlet._transport.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)


async def busy(people: list[Person], market: str, rounds: int) -> None:
    """Move many levels, so that there is much to tell."""
    for number in range(rounds):
        for person in people:
            for start in range(0, 500, 100):
                await place_levels(person, market, start, str(1 + number))
            await asyncio.sleep(0.025)  # Longer than the feed collects.
            await person.call("DELETE", "/api/v1/order/open", market=market)
            await asyncio.sleep(0.025)


async def place_levels(person: Person, market: str, start: int, quantity: str) -> None:
    orders = [
        {"market": market, "side": "buy", "price": f"{1 + level * 0.05:.2f}", "quantity": quantity}
        for level in range(start, start + 100)
    ]
    answer = await person.call("POST", "/api/v1/orders/", {"orders": orders})
    assert "open" in answer.body["results"][-1].get("status", "")


async def test_those_who_do_not_read_are_left_behind_and_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcry.gateway.live.hub.STUCK_AFTER_S", 2.0)
    market = await house.market(open_orders_limit=1_000)
    ann, carl = await house.person(), await house.person()
    reader = await house.stream()
    await reader.ask(op="subscribe", channels=[f"book:{market}"])
    book = StreamedBook(reader, market)
    dropped = await gauge(house, "outcry_feed_dropped_total")
    hub = hub_of(house)
    async with contextlib.AsyncExitStack() as stack:
        deaf = [await stack.enter_async_context(RawSocket(house)) for _ in range(5)]
        for raw in deaf:
            raw.send(op="subscribe", channels=[f"book:{market}"])
            await raw.reader.readuntil(b"snapshot")
        deafen(hub)
        await until_they_lag(hub, len(deaf), ann, market)
        backlogs = [subscriber.outlet.backlog_bytes for subscriber in hub._lagging]
        assert max(backlogs) <= BUFFER_BYTES
        order = await carl.place("buy", "50.00", "1", market=market)
        depth = await house.get("/api/v1/depth", market=market, limit=5_000)
        await book.reach(depth["sequence"])
        assert (order["status"], book.side("bids"), book.snapshots) == ("open", depth["bids"], 1)
        await one_reads_again(deaf[0], market, depth)
        await until(lambda: not hub._lagging)
    assert await gauge(house, "outcry_feed_dropped_total") == dropped + len(deaf) - 1


async def until_they_lag(hub: Any, count: int, busy_one: Person, market: str) -> None:
    """Move the book until so many have missed something."""
    async with asyncio.timeout(PATIENCE_S * 3):
        while len(hub._lagging) < count:
            await busy([busy_one], market, 1)


async def one_reads_again(raw: RawSocket, market: str, depth: dict[str, Any]) -> None:
    """Read a backlog: after it comes a snapshot of how things are now."""
    begin, found = b'{"channel":"book:%b","type":"snapshot"' % market.encode(), b""
    async with asyncio.timeout(PATIENCE_S):
        while begin not in found or not found.endswith(b"}"):
            found += await raw.reader.read(65_536)
    snapshot = json.loads(found[found.index(begin) :])
    assert (snapshot["sequence"], snapshot["bids"]) == (depth["sequence"], depth["bids"])


def hub_of(house: House) -> Any:
    """Return the hub of the listener, found through the task that runs it."""
    running: list[Any] = [t.get_coro() for t in asyncio.all_tasks() if t.get_name() == "feed"]
    hubs = [coroutine.cr_frame.f_locals["work"].__self__ for coroutine in running]
    return next(hub for hub in hubs if hub._feed is house.venue.services.feed)


async def test_private_news_are_never_left_out_so_the_deaf_are_disconnected(house: House) -> None:
    ann, bob = await house.person(), await house.person()
    listening = await bob.stream("orders")
    await listening.event("orders")
    async with RawSocket(house) as raw:
        raw.send(op="auth", token=ann.token)
        raw.send(op="subscribe", channels=["orders", "balances"])
        await raw.reader.readuntil(b"snapshot")
        market = await house.market(open_orders_limit=1_000)
        deafen(hub_of(house))
        listeners = house.venue.services.private._listeners
        async with asyncio.timeout(PATIENCE_S * 3):
            while ann.account in listeners:
                await busy([ann], market, 1)
    mine = await bob.place("buy", "5.00", "1")
    assert (await listening.event("orders"))["orders"] == [mine]


@pytest.mark.parametrize(
    "request_text",
    ['{"op":"ping","id":"%s"}' % ("x" * 1_000), '{"op":"subscribe","channels":["book:%s"]}'],
    ids=["pings", "snapshots"],
)
async def test_requests_without_end_of_one_who_reads_no_answer_are_bounded(
    house: House, request_text: str
) -> None:
    market = await house.market(open_orders_limit=1_000)
    ann = await house.person()
    for start in range(0, 500, 100):
        await place_levels(ann, market, start, "1")
    good = await house.stream()
    async with RawSocket(house) as raw:
        hub = hub_of(house)
        request = masked(request_text.replace("%s", market).encode())
        writing = asyncio.create_task(write_without_end(raw, request))
        most, slowest = 0, 0.0
        for _ in range(50):
            start_s = asyncio.get_running_loop().time()
            assert await good.ask(op="ping") == "pong"
            slowest = max(slowest, asyncio.get_running_loop().time() - start_s)
            backlogs = [subscriber.outlet.backlog_bytes for subscriber in hub.connections]
            most = max(most, *backlogs)
            await asyncio.sleep(0.01)
        writing.cancel()
    assert most <= 2_000_000
    assert slowest < 1.0


async def write_without_end(raw: RawSocket, request: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            raw.writer.write(request * 1_000)
            await raw.writer.drain()


async def test_connections_that_vanish_are_forgotten(house: House, ann: Person) -> None:
    hub = hub_of(house)
    before = len(hub.connections)
    for _ in range(20):
        async with RawSocket(house) as raw:
            raw.send(op="auth", token=ann.token)
            raw.send(op="subscribe", channels=["orders", f"book:{TATA_INR}"])
            await raw.reader.readuntil(b"snapshot")
            raw.send(op="order.place", args={"market": TATA_INR, "side": "buy",
                                             "price": "1.00", "quantity": "1"})  # fmt: skip
    listeners = house.venue.services.private._listeners
    await until(lambda: ann.account not in listeners and len(hub.connections) <= before)
    assert (await ann.place("buy", "1.00", "1"))["status"] == "open"


def vanish(raw: RawSocket) -> None:
    """Let the kernel drop whatever comes for a client, as if its host had gone without a word."""
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(drop_all))
    plain: socket.socket = raw.writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


@pytest.mark.parametrize("told", [True, False], ids=["told", "idle"])
async def test_client_whose_host_is_gone_is_forgotten(tmp_path: Path, *, told: bool) -> None:
    async with open_house(tmp_path, gateway={"silence_max_s": 1.0}) as house:
        ann, hub = await house.person(), hub_of(house)
        async with RawSocket(house) as raw:
            raw.send(op="subscribe", channels=[f"book:{TATA_INR}"])
            await raw.reader.readuntil(b"snapshot")
            vanish(raw)
            if told:
                await ann.place("buy", "5.00", "1")
            assert len(hub.connections) == 1
            await until(lambda: not hub.connections)


async def test_client_that_reads_nothing_of_a_little_is_disconnected_too(tmp_path: Path) -> None:
    async with open_house(tmp_path, gateway={"silence_max_s": 1.0}) as house:
        hub, ann = hub_of(house), await house.person()
        market = await house.market(open_orders_limit=1_000)
        async with RawSocket(house) as raw:
            raw.send(op="subscribe", channels=[f"book:{market}"])
            await raw.reader.readuntil(b"snapshot")
            deafen(hub)
            async with asyncio.timeout(PATIENCE_S * 3):
                while hub.connections:
                    await busy([ann], market, 1)
        assert hub.dropped == 0
