"""A follower in a process of its own, `outcry ledger --follow`, as the venue sees it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from outcry.adapters.ledger_run import Start, Worker

BACKLOG_BYTES = 4 << 20
"""What may wait in front of a full pipe; notes beyond that are lost, and only notes."""
WORDS_BYTES = 4_096
COMMAND = (sys.executable, "-m", "outcry", "ledger", "--follow")
"""What is started, before its options."""


def process_start(
    data: Path, core: str, events_max: int, command: Sequence[str] = COMMAND
) -> Start:
    """Return what starts a follower of a data folder on a core (empty: the usual one)."""
    options = ["--data", str(data), "--events", str(events_max)]
    if core:
        options += ["--core", core]

    async def start(stand_back_after_s: float) -> Worker:
        # Of the venue's own session: see `stand_back`.
        process = await asyncio.create_subprocess_exec(
            *command,
            *options,
            f"--stand-back-after-s={stand_back_after_s}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return ProcessWorker(process)

    return start


class ProcessWorker(Worker):
    """The venue's end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._process = process
        self._input, self._output = process.stdin, process.stdout
        self._words = asyncio.create_task(_last_words(process.stderr))

    @override
    def send(self, lines: bytes) -> None:
        transport = self._input.transport
        if not transport.is_closing() and transport.get_write_buffer_size() < BACKLOG_BYTES:
            transport.write(lines)

    @override
    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        while line := await self._output.readline():
            try:
                yield msgspec.json.decode(line, type=dict[str, Any])
            except msgspec.DecodeError:  # It died in the middle of a word.
                continue

    @override
    def close(self) -> None:
        self._input.close()

    @override
    def kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # It has none yet.
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()

    @override
    async def outcome(self) -> tuple[int, str]:
        words = await self._words
        code = await self._process.wait()
        self._input.close()
        return code, words


async def _last_words(stream: asyncio.StreamReader) -> str:
    """Return the end of what a process said before it ended."""
    words = b""
    while part := await stream.read(WORDS_BYTES):
        words = (words + part)[-WORDS_BYTES:]
    return words.decode(errors="replace").strip()
