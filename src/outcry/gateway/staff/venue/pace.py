"""How much passes in a second: samples of counters over the last ten seconds."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

SAMPLE_S = 1.0
SAMPLES = 11


class Sample(NamedTuple):
    """What had passed by a time of the loop."""

    at_s: float
    commands: int
    trades: int


class Pace:
    """Looks at counters each second, while the gateway runs."""

    def __init__(self, count: Callable[[], tuple[int, int]]) -> None:
        """Prepare; `count` returns commands and trades so far."""
        self._count = count
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._samples.append(Sample(asyncio.get_running_loop().time(), *self._count()))
            await asyncio.sleep(SAMPLE_S)

    def per_second(self) -> tuple[float, float]:
        """Return commands and trades a second, zeros until two samples were taken."""
        if len(self._samples) < 2:
            return 0.0, 0.0
        first, last = self._samples[0], self._samples[-1]
        seconds = last.at_s - first.at_s
        commands, trades = last.commands - first.commands, last.trades - first.trades
        return round(commands / seconds, 1), round(trades / seconds, 1)
