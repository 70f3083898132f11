"""What a run has met, how often, and when for the first times."""

from collections import Counter

from typing_extensions import override

from tests.simulation.scheduler import MS, Scheduler

USUAL = ("message ", "retry ", "refused BUSY")
"""What is met too often to be told each time."""


class Chronicle(Counter[str]):
    """Counts what is met, and tells when."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._scheduler = scheduler

    @override
    def __setitem__(self, kind: str, times: int) -> None:
        if times > self[kind] and not kind.startswith(USUAL):
            self.lines.append(f"{self._scheduler.elapsed_ns / MS:10.3f} ms  {kind}")
        super().__setitem__(kind, times)
