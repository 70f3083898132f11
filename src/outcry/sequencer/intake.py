"""The intake: a bounded queue in front of the sequencer, with a reserve for cancels."""

from collections import deque

from outcry.codec import BadRecord, check_offered
from outcry.ports import Done, Refused

RETRY_AFTER_S = 1
"""What a refused client is told to wait, in seconds."""

Submission = tuple[bytes, int, Done]
"""Unstamped records, how many there are, and whom to tell."""


class Intake:
    """Submissions that wait for the next batch. Counts commands, not submissions."""

    def __init__(self, queue_limit: int, batch_limit: int, batch_bytes: int) -> None:
        self.waiting = 0
        self.refused = 0
        self._queue: deque[Submission] = deque()
        self._limit = queue_limit
        self._open_limit = queue_limit * 4 // 5
        self._batch_limit = batch_limit
        self._batch_bytes = batch_bytes

    def offer(self, records: bytes, count: int, done: Done, *, reserve: bool) -> None:
        """Queue one submission; `reserve` may use the last fifth of the queue.

        Raises:
            Refused: `BUSY`.
            BadRecord: the records are not `count` whole records, more than a batch holds, or they
                activate rules that this program does not know.
        """
        waiting = self.waiting + count
        if waiting > (self._limit if reserve else self._open_limit):
            self.refused += count
            raise Refused("BUSY", RETRY_AFTER_S)
        if not 0 < count <= self._batch_limit or len(records) > self._batch_bytes:
            raise BadRecord("nothing, or more than a batch holds")
        check_offered(records, count)
        self._queue.append((records, count, done))
        self.waiting = waiting

    def take(self) -> list[Submission]:
        """Take what fits one batch, oldest first; a submission is never split."""
        queue, taken = self._queue, []
        commands = size = 0
        while queue:
            records, count, _ = queue[0]
            commands += count
            size += len(records)
            if commands > self._batch_limit or size > self._batch_bytes:
                break
            taken.append(queue.popleft())
            self.waiting -= count
        return taken
