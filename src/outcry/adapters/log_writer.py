"""Log lines leave the process in a thread of their own.

Whoever reads them slowly, or not at all, must not stop the venue: what does not fit into the queue
is dropped and counted.
"""

import atexit
import io
import json
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TextIO

from typing_extensions import override

LINES_MAX = 1_000
END_TIMEOUT_S = 2.0
POLL_S = 0.2


class LogWriter(io.TextIOBase):
    """A stream that never waits, in front of one that may."""

    def __init__(self, stream: TextIO) -> None:
        """Begin to write to `stream`; what is queued at the end of the process is written then."""
        super().__init__()
        self._stream = stream
        self._lines: Queue[str] = Queue(LINES_MAX)
        self._lost = 0
        self._ending = Event()
        self._thread = Thread(target=self._write, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.end)

    @override
    def isatty(self) -> bool:
        return self._stream.isatty()

    @override
    def write(self, text: str) -> int:
        try:
            self._lines.put_nowait(text)
        except Full:
            self._lost += 1
        return len(text)

    def end(self) -> None:
        """Write what is queued; a reader that reads nothing is not waited for."""
        self._ending.set()
        self._thread.join(END_TIMEOUT_S)
        atexit.unregister(self.end)

    def _write(self) -> None:
        while True:
            try:
                self._put(self._lines.get(timeout=POLL_S))
            except Empty:
                if self._ending.is_set():
                    return

    def _put(self, text: str) -> None:
        lost, self._lost = self._lost, 0
        try:
            self._stream.write(text)
            if lost:
                told = {"event": "log lines were lost", "level": "error", "lines": lost}
                self._stream.write(json.dumps(told) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # Nobody reads any more; there is nowhere to say so.
            self._lost += lost
