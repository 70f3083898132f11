"""Keeps a follower running beside the venue: starts it, wakes it, knows how far it is.

The follower is a worker: a process of its own, or for tests a thread. For each batch it is sent one
line, `<last sequence> <digest>`; it answers with its position and, where something disagrees, an
alarm. A worker that dies is started again, later each time; what it had not written is in the log.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import structlog
from typing_extensions import override

from outcry.adapters.following import BEHIND
from outcry.follower.alarm import Alarm
from outcry.follower.follower import digest_of
from outcry.follower.loop import HURRY
from outcry.guard import Lag
from outcry.ports import Checkpoint, EventBatch, EventReader

NOTES_KEPT = 65_536
"""Notes above the checkpoint that a new worker is sent first."""
BACKOFF_MIN_S, BACKOFF_MAX_S = 0.1, 5.0
STEADY_S = 10.0
"""Who lived so long did not die of what the one before died of."""
CAUGHT_UP_S = 2.0
GATHER_S = 0.1
"""For how long notes are gathered, so that a worker is not woken for each batch."""
LOOK_S, QUIET_LOOKS = 1.0, 5
"""Who stands back, has something to write and is quiet at so many looks is left too little of the
machine: where it is not, a transaction takes some 2 s at most. The venue waits a minute for it."""
STAND_BACK_AGAIN_S = 600.0
"""For so long after that the next ones keep their place."""
_log = structlog.get_logger("ledger")


class Worker(Protocol):
    """One life of a follower."""

    def send(self, lines: bytes) -> None:
        """Hand it notes. Never blocks, and may lose some."""

    def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what it tells, until it has ended."""

    def close(self) -> None:
        """Say that nothing more comes: it catches up and ends."""

    def kill(self) -> None:
        """End it at once, if that can be done."""

    async def outcome(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and last words, 0 for an orderly end."""


Start = Callable[[float], Awaitable[Worker]]
"""Starts a worker that may stand back after so many seconds."""


def _no_position(_sequence: int, _time_ns: int) -> None:
    """Nobody wants to know."""


def _no_alarm(_alarm: Alarm) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class RunHooks:
    """Who is told. All are called in the event loop."""

    stored: Callable[[int, int], None] = _no_position
    """The store is complete up to (sequence, time)."""
    alarm: Callable[[Alarm], None] = _no_alarm


@dataclass(slots=True)
class RunFacts:
    """What is known of the worker, as plain numbers."""

    rows: int = 0
    """Written by all workers of this process."""
    cpu_s: float = 0.0
    rss_bytes: int = 0
    restarts: int = 0
    alarms: int = 0
    pid: int = 0
    """0 while none runs, or where it is a thread."""


@dataclass(slots=True)
class _Life:
    """What the worker of now has told of itself; it counts from its own beginning."""

    rows: int = 0
    cpu_s: float = 0.0
    words: int = 0
    """How often it has spoken."""
    stands_back: bool = False
    starved: bool = False
    """It stood back, nothing was left to it, and it was ended."""


class LedgerRun(EventReader):
    """The venue's side of the ledger.

    Invariant: `stored_sequence` is never above what the store has.
    """

    def __init__(
        self, start: Start | None, stored: Checkpoint, hooks: RunHooks | None = None
    ) -> None:
        """Prepare; `stored` is how far the store is. Without `start` nothing ever runs."""
        self.stored_sequence = stored.sequence
        self.confirmed_sequence = -1
        """What the worker of now has told; -1 before that, and after an alarm."""
        self.facts = RunFacts()
        self.lag = Lag()
        self.hooks = hooks or RunHooks()
        self._start = start
        self._seen = stored.sequence
        self._worker: Worker | None = None
        self._life = _Life()
        self._notes: deque[tuple[int, bytes]] = deque(maxlen=NOTES_KEPT)
        self._gathered: list[bytes] = []
        """Notes for the worker of now that were not sent yet."""
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._alarmed = False
        self._fell_s = float("-inf")
        """When one last fell behind because it stood back."""
        self._ending, self._wanted = asyncio.Event(), asyncio.Event()
        self._wanted.set()
        self._task: asyncio.Task[None] | None = None

    # The flow

    @override
    def consume(self, batch: EventBatch) -> None:
        self._seen = sequence = batch.last_sequence
        if self._start is None:
            self.confirmed_sequence = sequence
            return
        self.lag.seen(sequence, batch.time_ns, len(batch.events), time.monotonic())
        line = b"%d %s\n" % (sequence, digest_of(batch).hex().encode())
        self._notes.append((sequence, line))
        if self._worker is not None:
            if not self._gathered:
                asyncio.get_running_loop().call_later(GATHER_S, self._hand_over)
            self._gathered.append(line)

    def _hand_over(self, *lines: bytes) -> None:
        """Send what was gathered, and lines after it."""
        together = b"".join((*self._gathered, *lines))
        self._gathered.clear()
        if self._worker is not None and together:
            self._worker.send(together)

    def caught_up_to(self, sequence: int) -> bool:
        """Return whether the store is complete up to a sequence."""
        return sequence <= self.stored_sequence

    async def caught_up(self, timeout_s: float = CAUGHT_UP_S) -> None:
        """Wait until the store has everything so far, but not for long."""
        if self._start is None or self.caught_up_to(self._seen):
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((self._seen, waiter))
        self._hand_over(HURRY + b"\n")
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await waiter

    # The worker's life

    def begin(self) -> None:
        """Start a worker, and keep one running from now on."""
        if self._start is not None:
            self._task = asyncio.create_task(self._run(self._start), name="ledger")

    def hold(self) -> None:
        """Start no other worker once this one has ended, until `resume`."""
        self._wanted.clear()

    def resume(self) -> None:
        """Start workers again."""
        self._wanted.set()

    async def end(self, timeout_s: float) -> None:
        """Let the worker catch up and end; one that takes too long is killed."""
        self._ending.set()
        self._wanted.set()
        if self._worker is not None:
            self._hand_over()
            self._worker.close()
        if self._task is None:
            return
        done, _ = await asyncio.wait([self._task], timeout=timeout_s)
        if not done and self._worker is not None:
            _log.warning("the ledger's follower did not end in time", lag=self.lag_commands)
            self._worker.kill()
        await self._task

    @property
    def last_sequence(self) -> int:
        """The last sequence that was published."""
        return self._seen

    @property
    def lag_commands(self) -> int:
        """How many commands the store is behind."""
        return self._seen - self.stored_sequence

    @property
    def lag_s(self) -> float:
        """For how long the oldest of what the store lacks has been waiting."""
        return self.lag.seconds(time.monotonic())

    async def _run(self, start: Start) -> None:
        loop, delay_s = asyncio.get_running_loop(), BACKOFF_MIN_S
        await self._wanted.wait()
        while not self._ending.is_set():
            began_s = loop.time()
            try:
                worker = await start(self._stand_back_after_s())
            except OSError as error:  # No process to be had, for one.
                _log.error("the ledger's follower did not start", error=str(error))
            else:
                await self._live(worker)
            if loop.time() - began_s > STEADY_S:
                delay_s = BACKOFF_MIN_S
            if not self._ending.is_set():
                self.facts.restarts += 1
                await self._rest(0 if self._alarmed else delay_s)
                delay_s = min(2 * delay_s, BACKOFF_MAX_S)

    async def _live(self, worker: Worker) -> None:
        self._worker, self._life, self._alarmed = worker, _Life(), False
        self.confirmed_sequence = -1
        self._gathered.clear()
        worker.send(b"".join(line for _, line in self._notes))
        if self._ending.is_set():
            worker.close()
        watch = asyncio.create_task(self._watch(worker), name="ledger watch")
        try:
            async for message in worker.messages():
                self._hear(message)
            code, words = await worker.outcome()
        finally:
            watch.cancel()
            self._worker = None
            self.facts.pid = self.facts.rss_bytes = 0
        if code == BEHIND or self._life.starved:
            self._fell_s = time.monotonic()
            _log.warning("the ledger stood back and was left too little", lag=self.lag_commands)
        elif (code or not self._ending.is_set()) and not self._alarmed:
            _log.warning("the ledger's follower ended", code=code, words=words)

    async def _watch(self, worker: Worker) -> None:
        """End a worker that stands back where nothing is left to it; it could not even do that."""
        quiet, life = 0, self._life
        while quiet < QUIET_LOOKS:
            words = life.words
            await asyncio.sleep(LOOK_S)
            waits = life.stands_back and self.lag_commands > 0
            quiet = quiet + 1 if waits and words == life.words else 0
        life.starved = True
        worker.kill()

    def _stand_back_after_s(self) -> float:
        return max(0.0, self._fell_s + STAND_BACK_AGAIN_S - time.monotonic())

    async def _rest(self, delay_s: float) -> None:
        """Wait before the next one, and while none is wanted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._ending.wait()
        await self._wanted.wait()

    def _hear(self, message: dict[str, Any]) -> None:
        self._life.words += 1
        if "alarm" in message:
            self.facts.alarms += 1
            self._alarmed, self.confirmed_sequence = True, -1
            self.hooks.alarm(msgspec.convert(message["alarm"], Alarm))
        elif "position" in message:
            self._moved(message)

    def _moved(self, message: dict[str, Any]) -> None:
        facts, life = self.facts, self._life
        facts.rows += message["rows"] - life.rows
        cpu_s = message.get("cpu_s", 0.0)
        facts.cpu_s += cpu_s - life.cpu_s
        life.rows, life.cpu_s = message["rows"], cpu_s
        life.stands_back = message.get("stands_back", False)
        facts.rss_bytes = message.get("rss", 0)
        facts.pid = message.get("pid", 0)
        sequence = self.confirmed_sequence = message["position"]
        if sequence < self.stored_sequence:
            return
        self.stored_sequence = sequence
        notes = self._notes
        while notes and notes[0][0] <= sequence:
            notes.popleft()
        self.lag.stored(sequence)
        self._answer_the_waiting()
        self.hooks.stored(sequence, message["time_ns"])

    def _answer_the_waiting(self) -> None:
        still = []
        for sequence, waiter in self._waiting:
            if not self.caught_up_to(sequence) and not waiter.done():
                still.append((sequence, waiter))
            elif not waiter.done():
                waiter.set_result(None)
        self._waiting = still
