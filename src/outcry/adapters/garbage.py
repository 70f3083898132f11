"""When the interpreter looks for garbage in cycles: at young objects often, at all of them seldom.

An order makes many objects and no cycles. The venue stands still while all that it knows is looked
through, 60 to 80 ms of a million objects: so that is done when hardly anybody waits, or when memory
has grown, as it does while connections come and go.
"""

import asyncio
import gc
from collections.abc import Callable

from outcry.adapters.memory_use import resident_bytes

YOUNG_OBJECTS = 50_000
"""Made between two looks at those made since."""
MIDDLE_LOOKS = 10
NEVER = 1_000_000_000
LOOK_S = 1.0
QUIET_COMMANDS = 200
"""With fewer since the last look, few would notice."""
QUIET_S, LATEST_S = 60.0, 3_600.0
"""Everything is looked through so long after the last time when it is quiet, and when it is not."""
GROWN_BYTES = 32 << 20
"""After so much growth it is looked through whatever else is going on."""


class Collector:
    """Has everything looked through now and then."""

    def __init__(
        self,
        commands: Callable[[], int],
        now_s: Callable[[], float],
        size_bytes: Callable[[], int] = resident_bytes,
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        """Prepare; `commands` says how many there were so far, `now_s` is a clock."""
        self._commands = commands
        self._now_s = now_s
        self._size_bytes = size_bytes
        self._collect = collect
        self._seen = commands()
        self._done_s = now_s()
        self._done_bytes = size_bytes()

    async def run(self) -> None:
        """Decide in place of the interpreter, until cancelled."""
        before = gc.get_threshold()
        gc.set_threshold(YOUNG_OBJECTS, MIDDLE_LOOKS, NEVER)
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                self.look()
        finally:
            gc.set_threshold(*before)

    def look(self) -> None:
        """Have everything looked through, if it is time."""
        before, self._seen = self._seen, self._commands()
        wait_s = QUIET_S if self._seen - before < QUIET_COMMANDS else LATEST_S
        grown = self._size_bytes() - self._done_bytes > GROWN_BYTES
        if grown or self._now_s() - self._done_s >= wait_s:
            self._collect()
            self._done_s, self._done_bytes = self._now_s(), self._size_bytes()
