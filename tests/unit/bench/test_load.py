"""The load generator: what it sends is well formed, and what comes back is counted right."""

import asyncio
import json
from itertools import islice
from typing import Any

import pytest

from outcry.bench.load import CHUNK, HttpLane, LoadFailed, SocketPair
from outcry.bench.orders import (
    OrderIds,
    Tally,
    Terms,
    batch_requests,
    frame_header,
    single_requests,
    socket_frames,
)

TERMS = Terms("BTC_USDT", "60000.00", "0.0001")
TOKENS = ("maker-token", "taker-token")


def parts(request: bytes) -> tuple[str, dict[str, str], Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    fields = dict(header.split(": ", 1) for header in headers)
    assert int(fields["Content-Length"]) == len(body)
    return line, fields, json.loads(body)


def test_single_requests_alternate_between_maker_and_taker() -> None:
    maker, taker = islice(single_requests(TERMS, TOKENS, OrderIds("run")), 2)
    line, fields, order = parts(maker)
    assert (line, fields["Authorization"]) == (
        "POST /api/v1/order/ HTTP/1.1",
        "Bearer maker-token",
    )
    assert (order["side"], order["time_in_force"]) == ("sell", "gtc")
    assert parts(taker)[2]["side"] == "buy"


def test_batches_hold_twenty_orders_with_ids_of_their_own() -> None:
    requests = islice(batch_requests(TERMS, TOKENS, OrderIds("run"), 20), 2)
    orders = [order for request in requests for order in parts(request)[2]["orders"]]
    assert len({order["client_order_id"] for order in orders}) == 40
    assert [order["side"] for order in orders] == ["sell"] * 20 + ["buy"] * 20


def test_frames_are_masked_and_as_long_as_they_say() -> None:
    frame = next(socket_frames(TERMS, OrderIds("run"), maker=True))
    size = int.from_bytes(frame[2:4], "big")
    assert (frame[0], frame[1], frame[4:8]) == (0x81, 0x80 | 126, bytes(4))
    message = json.loads(frame[8:])
    assert len(frame) == size + 8
    assert message["op"] == "order.place"
    assert frame_header(5) == b"\x81\x85" + bytes(4)


class Wire(asyncio.Transport):
    """What a lane wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed = True


def answer(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def test_next_request_follows_the_whole_answer() -> None:
    tally, wire = Tally(), Wire()
    lane = HttpLane(tally, iter([b"one", b"two"]), 1)
    lane.connection_made(wire)
    lane.start()
    whole = answer("201 Created", b'{"order_id":1}')
    lane.data_received(whole[:30])
    assert wire.sent == [b"one"]
    lane.data_received(whole[30:])
    assert wire.sent == [b"one", b"two"]
    assert (tally.accepted, len(tally.latencies_s)) == (1, 1)


async def test_refusals_are_counted_with_the_words_of_the_first() -> None:
    tally, wire = Tally(), Wire()
    lane = HttpLane(tally, iter([b"one", b"two", b"three"]), 20)
    lane.connection_made(wire)
    lane.start()
    lane.data_received(answer("200 OK", b'{"results":[{"error":{"code":"FUNDS"}},{"order_id":1}]}'))
    lane.stopping = True
    lane.data_received(answer("503 Service Unavailable", b"busy"))
    assert (tally.accepted, tally.refused) == (19, 21)
    assert "FUNDS" in tally.first_refusal
    assert wire.closed
    assert lane.done.done()


async def test_lost_connection_fails_the_run() -> None:
    lane = HttpLane(Tally(), iter([b"one"]), 1)
    lane.connection_made(Wire())
    lane.connection_lost(None)
    with pytest.raises(LoadFailed):
        await lane.done


def frame(message: bytes) -> bytes:
    if len(message) < 126:
        return b"\x81" + bytes([len(message)]) + message
    return b"\x81\x7e" + len(message).to_bytes(2, "big") + message


async def test_taker_follows_each_chunk_of_the_maker_and_the_pair_ends_empty() -> None:
    tally = Tally()
    frames = [socket_frames(TERMS, OrderIds(name), maker=name == "m") for name in "mt"]
    pair = SocketPair(tally, frames, TOKENS)
    maker, taker = Wire(), Wire()
    for lane, wire in ((pair.maker, maker), (pair.taker, taker)):
        lane.connection_made(wire)
        lane.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + frame(b'{"ok":true}'))
        await lane.ready
    pair.start()
    assert (pair.maker.chunks_under_way, pair.taker.chunks_under_way) == (2, 0)
    answers = frame(b'{"ok":true,"result":' + b" " * 200 + b"{}}") * CHUNK
    pair.maker.data_received(answers[:501])
    pair.maker.data_received(answers[501:])
    assert (pair.maker.chunks_under_way, pair.taker.chunks_under_way) == (1, 1)
    pair.stopping = True
    pair.taker.data_received(answers)
    pair.maker.data_received(answers)
    pair.taker.data_received(answers)
    assert tally.accepted == 4 * CHUNK
    assert maker.closed
    assert taker.closed
