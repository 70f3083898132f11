"""Virtual time: what happens when, decided by a seed and nothing else."""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from typing_extensions import override

from outcry.ports import Clock

US, MS = 1_000, 1_000_000
START_NS = 1_700_000_000_000_000_000

Action = Callable[[], object]


class Scheduler(Clock):
    """A heap of actions by virtual time; what is due at one time happens in random order."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.elapsed_ns = 0
        self.skew_ns = 0
        """How wrong the venue's clock is; faults change it."""
        self._heap: list[tuple[int, float, int, Action]] = []
        self._count = 0

    def after(self, delay_ns: int, action: Action) -> None:
        """Let `action` happen `delay_ns` from now."""
        self._count += 1
        due_ns = self.elapsed_ns + delay_ns
        heappush(self._heap, (due_ns, self.random.random(), self._count, action))

    def soon(self, low_ns: int, high_ns: int, action: Action) -> None:
        """Let `action` happen at some time between the two delays."""
        self.after(self.random.randint(low_ns, high_ns), action)

    def next(self) -> Action | None:
        """Move on to the next action and return it; None when nothing is left."""
        if not self._heap:
            return None
        self.elapsed_ns, _, _, action = heappop(self._heap)
        return action

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.random.random() < probability

    @override
    def now_ns(self) -> int:
        return START_NS + self.elapsed_ns + self.skew_ns
