"""Writes the history down beside the flow: in a worker thread, now and then or on demand."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import thread_time

from outcry.ledger.history import History
from outcry.ports import LedgerRows, LedgerStore

RETRY_S = 1.0


class HistoryFlusher:
    """Keeps the history store a fraction of a second behind the flow.

    Invariant: one write is under way at a time; rows are taken in the event loop, between batches.
    """

    def __init__(
        self,
        history: History,
        store: LedgerStore,
        interval_s: float,
        alarm: Callable[[str, BaseException | None], None],
    ) -> None:
        """Prepare; `alarm` is told of a write that failed. It is tried again."""
        self._history = history
        self._store = store
        self._interval_s = interval_s
        self._alarm = alarm
        self._wanted = asyncio.Event()
        self._stopping = False
        self.cpu_seconds = 0.0
        """What writing has cost so far, in the worker thread."""
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    async def run(self) -> None:
        """Flush until told to stop, and once more then."""
        stopping = False
        while not stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._wanted.wait()
            self._wanted.clear()
            stopping = self._stopping
            try:
                await self._flush()
            except Exception as error:  # The rows are kept, and the log has everything.
                self._alarm("the history was not written", error)
                await asyncio.sleep(0 if stopping else RETRY_S)

    def stop(self) -> None:
        """Let `run` end once everything so far is written."""
        self._stopping = True
        self._wanted.set()

    async def _flush(self) -> None:
        rows = self._history.take()
        if rows is not None:
            await asyncio.to_thread(self._write, rows)
            self._history.written()
        reached = self._history.checkpoint.sequence
        still_waiting = []
        for sequence, waiter in self._waiting:
            if sequence > reached:
                still_waiting.append((sequence, waiter))
            elif not waiter.done():
                waiter.set_result(None)
        self._waiting = still_waiting
        if still_waiting:
            self._wanted.set()

    def _write(self, rows: LedgerRows) -> None:
        start = thread_time()
        try:
            self._store.write(rows)
        finally:
            self.cpu_seconds += thread_time() - start

    async def caught_up(self) -> None:
        """Wait until the store holds everything that was sequenced before this call."""
        sequence = self._history.sequence
        if sequence <= self._history.checkpoint.sequence:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((sequence, waiter))
        self._wanted.set()
        await waiter
