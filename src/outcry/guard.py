"""The venue's guard."""

from collections import deque
from dataclasses import dataclass

SAMPLE_S = 0.05
"""Batches that come within this time are one entry of the lag."""


@dataclass(slots=True)
class _Stretch:
    """Some batches in a row."""

    seen_s: float
    """When the first of them was published, on a clock that never goes back."""
    time_ns: int
    """The first one's stamp."""
    last_sequence: int
    events: int


class Lag:
    """How far the ledger is behind what the venue has published."""

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque()
        self.events = 0
        """Published and not in the store, up to a few that came close together."""

    def seen(self, sequence: int, time_ns: int, events: int, now_s: float) -> None:
        """Take in a batch that was published."""
        self.events += events
        stretches = self._stretches
        if stretches and now_s - stretches[-1].seen_s < SAMPLE_S:
            last = stretches[-1]
            last.last_sequence, last.events = sequence, last.events + events
        else:
            stretches.append(_Stretch(now_s, time_ns, sequence, events))

    def stored(self, sequence: int) -> None:
        """Take note that the store is complete up to a sequence."""
        stretches = self._stretches
        while stretches and stretches[0].last_sequence <= sequence:
            self.events -= stretches.popleft().events

    def seconds(self, now_s: float) -> float:
        """Return for how long the oldest of what is missing has been waiting."""
        return now_s - self._stretches[0].seen_s if self._stretches else 0.0

    @property
    def since_ns(self) -> int:
        """The stamp of the oldest batch that is missing; 0 where none is."""
        return self._stretches[0].time_ns if self._stretches else 0
