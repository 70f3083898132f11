"""Where a follower's process hears the venue: notes as lines on a file descriptor."""

import os
import select

from typing_extensions import override

from outcry.follower.loop import HURRY, Inbox, notes_of

READ_BYTES = 1 << 16


class NotePipe(Inbox):
    """Standard input, unless told otherwise."""

    def __init__(self, descriptor: int = 0) -> None:
        self.ended = self.hurried = False
        self._descriptor = descriptor
        self._rest = b""
        os.set_blocking(descriptor, False)

    @override
    def take(self) -> list[tuple[int, bytes]]:
        *lines, self._rest = (self._rest + self._read()).split(b"\n")
        self.hurried = self.hurried or HURRY in lines
        return notes_of(lines)

    def _read(self) -> bytes:
        parts = []
        while not self.ended:
            try:
                part = os.read(self._descriptor, READ_BYTES)
            except BlockingIOError:
                break
            self.ended = not part
            parts.append(part)
        return b"".join(parts)

    @override
    def wait(self, timeout_s: float) -> None:
        select.select([self._descriptor], [], [], timeout_s)
