"""The operator's socket: private, one answer a line, and clear about what it is not."""

import asyncio
import socket
import stat
from pathlib import Path

import pytest

from outcry.adapters.control_socket import (
    LINE_BYTES,
    ControlError,
    Message,
    NotRunning,
    ask,
    control_socket,
)


async def handle(request: Message) -> Message:
    if request.get("op") == "refuse":
        raise ControlError("no")
    return {"heard": request}


async def asked(path: Path, request: Message) -> Message:
    return await asyncio.to_thread(ask, path, request)


async def test_question_is_answered_and_a_refusal_told(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with control_socket(path, handle):
        assert await asked(path, {"op": "status"}) == {"heard": {"op": "status"}}
        with pytest.raises(ControlError, match="no"):
            await asked(path, {"op": "refuse"})


async def test_only_its_owner_can_open_it(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with control_socket(path, handle):
        found = path.stat().st_mode
        assert (stat.S_ISSOCK(found), stat.S_IMODE(found)) == (True, 0o600)
    assert not path.exists()


async def test_path_may_be_long(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    async with control_socket(folder / "control", handle):
        assert await asked(folder / "control", {}) == {"heard": {}}


async def test_socket_that_a_crash_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(NotRunning):
        await asked(path, {})
    async with control_socket(path, handle):
        assert await asked(path, {}) == {"heard": {}}


def test_venue_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        ask(tmp_path / "control", {})


@pytest.mark.parametrize("line", [b"no json\n", b"[1]\n", b'{"op": \n', b"\xff\xfe\n"])
async def test_line_that_is_no_request_is_answered(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "control"
    async with control_socket(path, handle):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line + b'{"op": "status"}\n')
        assert b'{"ok":false,"error":"this is no request' in await reader.readline()
        assert await reader.readline() == b'{"ok":true,"heard":{"op":"status"}}\n'
        writer.close()
        await writer.wait_closed()


async def test_line_without_end_ends_the_talk_and_only_that(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with control_socket(path, handle):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * (LINE_BYTES * 40))
        with pytest.raises(ConnectionError):  # noqa: PT012  # which of both finds out is open
            await writer.drain()
            if await reader.read() == b"":
                raise ConnectionResetError
        writer.close()
        assert await asked(path, {}) == {"heard": {}}


async def test_talk_under_way_does_not_keep_the_venue_from_ending(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with control_socket(path, handle):
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"op"')
        await writer.drain()
        await asyncio.sleep(0)
    writer.close()
