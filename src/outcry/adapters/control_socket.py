"""The operator's way in: a unix socket in the data folder, one JSON object a line each way.

Whoever can open it can run the venue, so only its owner can. It is reached through a descriptor of
its folder, because the path of a socket may not be long.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

LINE_BYTES = 8_192
TIMEOUT_S = 10.0

Message = dict[str, Any]
Handle = Callable[[Message], Awaitable[Message]]
"""Answers a request; what it raises as `ControlError` is told to whoever asked."""


class ControlError(Exception):
    """A request that was not carried out; its text says why."""


class NotRunning(Exception):
    """No venue listens there."""


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Yield a short path to a socket."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _bound(path: Path) -> socket.socket:
    _remove(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.fchmod(listener.fileno(), 0o600)  # On Linux the file gets the mode its socket has.
    with _reachable(path) as short:
        listener.bind(short)
    return listener


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


@asynccontextmanager
async def control_socket(path: Path, handle: Handle) -> AsyncIterator[None]:
    """Listen for as long as the block lasts. The folder has to be held by this process alone."""
    listener = _bound(path)
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await _talk(reader, writer, handle)
        finally:
            talks.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(talk, sock=listener, limit=LINE_BYTES)
    try:
        yield
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        _remove(path)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handle) -> None:
    with suppress(ConnectionError, TimeoutError, ValueError):  # Of the last: a line too long.
        while True:
            async with asyncio.timeout(TIMEOUT_S):
                line = await reader.readline()
            if not line:
                return
            writer.write(msgspec.json.encode(await _answer(line, handle)) + b"\n")
            await writer.drain()


async def _answer(line: bytes, handle: Handle) -> Message:
    try:
        return {"ok": True, **await handle(msgspec.json.decode(line, type=Message))}
    except msgspec.DecodeError as error:
        return {"ok": False, "error": f"this is no request: {error}"}
    except ControlError as error:
        return {"ok": False, "error": str(error)}


def ask(path: Path, request: Message) -> Message:
    """Ask a running venue, and wait for the answer.

    Raises:
        NotRunning: no venue listens there.
        ControlError: it refuses.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(TIMEOUT_S)
        try:
            with _reachable(path) as short:
                link.connect(short)
            link.sendall(msgspec.json.encode(request) + b"\n")
            with link.makefile("rb") as answers:
                line = answers.readline()
        except (FileNotFoundError, NotADirectoryError, ConnectionError) as error:
            raise NotRunning(str(error)) from None
        except TimeoutError:
            raise ControlError("the venue does not answer") from None
    if not line:
        raise NotRunning("it went away")
    answer: Message = msgspec.json.decode(line, type=Message)
    if not answer.pop("ok", False):
        raise ControlError(str(answer.get("error", "no reason")))
    return answer
