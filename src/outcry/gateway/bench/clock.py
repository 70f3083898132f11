"""A clock that can be told what time it is."""

from typing_extensions import override

from outcry.ports import Clock


class MovedClock(Clock):
    """Another clock, so much later."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_ns = 0

    @override
    def now_ns(self) -> int:
        return self._clock.now_ns() + self.offset_ns
