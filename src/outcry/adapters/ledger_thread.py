"""A follower in a thread of the venue's process, with files of its own: small venues and tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from typing_extensions import override

from outcry.adapters.ledger_run import Start, Worker
from outcry.follower.loop import HURRY, Inbox, Tell, notes_of

Work = Callable[[Inbox, Tell], int]
"""Opens what it needs, follows until the inbox has ended, closes; returns an exit code."""


def thread_start(work: Work) -> Start:
    """Return what starts `work` in a thread."""

    async def start(_stand_back_after_s: float) -> Worker:
        return ThreadWorker(work)

    return start


class ThreadInbox(Inbox):
    """The follower's end."""

    def __init__(self) -> None:
        self.ended = self.hurried = False
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._arrived: list[bytes] = []

    def put(self, lines: bytes | None) -> None:
        """Hand in notes; None says that nothing more comes."""
        self._lines.put(lines)

    @override
    def take(self) -> list[tuple[int, bytes]]:
        with suppress(Empty):
            while not self.ended:
                self._arrive(self._lines.get_nowait())
        arrived, self._arrived = self._arrived, []
        lines = b"".join(arrived).splitlines()
        self.hurried = self.hurried or HURRY in lines
        return notes_of(lines)

    @override
    def wait(self, timeout_s: float) -> None:
        with suppress(Empty):
            self._arrive(self._lines.get(timeout=timeout_s))

    def _arrive(self, lines: bytes | None) -> None:
        if lines is None:
            self.ended = True
        else:
            self._arrived.append(lines)


class ThreadWorker(Worker):
    """The venue's end."""

    def __init__(self, work: Work) -> None:
        self._inbox = ThreadInbox()
        self._messages: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._outcome = 0, ""
        self._thread = Thread(target=self._run, args=(work,), name="ledger", daemon=True)
        self._thread.start()

    def _run(self, work: Work) -> None:
        try:
            self._outcome = work(self._inbox, self._tell), ""
        except Exception as error:  # A process would end with a traceback.
            self._outcome = 1, f"{type(error).__name__}: {error}"
        self._put(None)

    def _tell(self, message: dict[str, Any]) -> None:
        self._put(message | {"cpu_s": time.thread_time()})

    def _put(self, message: dict[str, Any] | None) -> None:
        with suppress(RuntimeError):  # The loop is gone, and everybody in it.
            self._loop.call_soon_threadsafe(self._messages.put_nowait, message)

    @override
    def send(self, lines: bytes) -> None:
        self._inbox.put(lines)

    @override
    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        while (message := await self._messages.get()) is not None:
            yield message

    @override
    def close(self) -> None:
        self._inbox.put(None)

    @override
    def kill(self) -> None:
        self.close()

    @override
    async def outcome(self) -> tuple[int, str]:
        self._thread.join()
        return self._outcome
