"""The history is written beside the flow: soon, on demand, after a failure, and at the end."""

import asyncio
from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest

from outcry.adapters.history_flusher import HistoryFlusher
from outcry.ledger.history import History
from outcry.ledger.orders import Orders
from outcry.ports import Checkpoint, EventBatch, LedgerRows, LedgerStore

LONG_S = 3_600.0


class Store(LedgerStore):
    """A store that can fail."""

    def __init__(self) -> None:
        self.written: list[LedgerRows] = []
        self.failures = 0
        self.wrote = Event()

    def checkpoint(self) -> Checkpoint:
        return self.written[-1].checkpoint if self.written else Checkpoint()

    def write(self, rows: LedgerRows) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        self.written.append(rows)
        self.wrote.set()

    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return []

    def close(self) -> None:
        pass


class Flushed:
    """A flusher with its history and store."""

    def __init__(self, interval_s: float) -> None:
        self.store, self.alarms = Store(), []
        self.history = History(Orders())
        self.flusher = HistoryFlusher(
            self.history, self.store, interval_s, lambda what, _: self.alarms.append(what)
        )
        self.task = asyncio.create_task(self.flusher.run())

    def reach(self, sequence: int) -> None:
        self.history.consume(EventBatch(sequence, sequence, 0, bytes(32), ()))

    async def end(self) -> None:
        self.flusher.stop()
        await self.task


async def test_whoever_asks_waits_for_everything_before_the_question() -> None:
    flushed = Flushed(LONG_S)
    flushed.reach(7)
    await asyncio.wait_for(flushed.flusher.caught_up(), 5)
    assert flushed.store.checkpoint().sequence == 7
    await asyncio.wait_for(flushed.flusher.caught_up(), 5)
    assert len(flushed.store.written) == 1
    await flushed.end()


async def test_nobody_has_to_ask() -> None:
    flushed = Flushed(0.01)
    flushed.reach(3)
    assert await asyncio.to_thread(flushed.store.wrote.wait, 5)
    await flushed.end()


async def test_end_writes_what_still_waits() -> None:
    flushed = Flushed(LONG_S)
    await asyncio.sleep(0)
    flushed.reach(9)
    await flushed.end()
    assert flushed.store.checkpoint().sequence == 9


async def test_failed_write_is_told_and_tried_again_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcry.adapters.history_flusher.RETRY_S", 0.01)
    flushed = Flushed(0.01)
    flushed.store.failures = 2
    flushed.reach(5)
    await asyncio.wait_for(flushed.flusher.caught_up(), 5)
    assert flushed.alarms == ["the history was not written"] * 2
    assert [rows.checkpoint.sequence for rows in flushed.store.written] == [5]
    await flushed.end()
