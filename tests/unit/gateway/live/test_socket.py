import asyncio
from typing import Any

import pytest

from outcry.gateway.live.socket import SLOTS_MAX, TURN_BYTES_MAX, Outlet, frame


class FakeTransport:
    """Takes what is written; `unread` is what the client has not read of it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.unread = 0
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return self.closing

    def get_extra_info(self, name: str) -> None:
        """Say that there is no socket."""

    def abort(self) -> None:
        self.closing = True


class FakeResponse:
    def __init__(self) -> None:
        self.codes: list[int] = []

    async def close(self, *, code: int, **_: Any) -> None:
        self.codes.append(code)


def outlet() -> tuple[Outlet, FakeTransport, FakeResponse]:
    transport, response = FakeTransport(), FakeResponse()
    made: Any = Outlet(response, transport)  # type: ignore[arg-type]
    return made, transport, response


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_frame_says_its_length_as_the_standard_does(size: int, head: bytes) -> None:
    assert frame(b"x" * size) == head + b"x" * size


async def test_replies_leave_in_the_order_asked_in_one_write() -> None:
    out, transport, _ = outlet()
    first, second, third = out.slot(), out.slot(), out.slot()
    out.fill(second, "2")
    out.fill(third, "3")
    await asyncio.sleep(0)
    assert transport.written == []
    out.fill(first, "1")
    out.send(frame(b"event"))
    await asyncio.sleep(0)
    assert transport.written == [frame(b"1") + frame(b"2") + frame(b"3") + frame(b"event")]


async def test_event_does_not_overtake_a_reply_asked_before_it() -> None:
    out, transport, _ = outlet()
    slot = out.slot()
    out.send(frame(b"event"))
    await asyncio.sleep(0)
    assert transport.written == []
    out.fill(slot, "1")
    await asyncio.sleep(0)
    assert transport.written == [frame(b"1") + frame(b"event")]


async def test_nothing_is_written_to_a_connection_that_ends() -> None:
    out, transport, _ = outlet()
    transport.closing = True
    out.send(frame(b"event"))
    await asyncio.sleep(0)
    assert transport.written == []


async def test_too_many_unanswered_requests_end_the_connection_once() -> None:
    out, _, response = outlet()
    for _ in range(SLOTS_MAX + 5):
        out.slot()
    await asyncio.sleep(0)
    assert response.codes == [1013]


async def test_room_is_there_once_the_client_has_read() -> None:
    out, transport, _ = outlet()
    transport.unread = TURN_BYTES_MAX + 1
    out.send(b"x" * 100)
    waiting = asyncio.create_task(out.room())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    transport.unread = 0
    await asyncio.wait_for(waiting, 5)
    assert out.turn_bytes == 0


async def test_client_that_never_reads_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.gateway.live.socket.STUCK_AFTER_S", 0.05)
    out, transport, response = outlet()
    transport.unread = TURN_BYTES_MAX + 1
    await asyncio.wait_for(out.room(), 5)
    assert (response.codes, transport.closing) == ([1013], True)
