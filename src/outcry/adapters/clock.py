"""The wall clock of the machine."""

import time

from typing_extensions import override

from outcry.ports import Clock


class SystemClock(Clock):
    """Nanoseconds since 1970-01-01 UTC. It may jump back; the sequencer does not follow it."""

    @override
    def now_ns(self) -> int:
        return time.time_ns()
