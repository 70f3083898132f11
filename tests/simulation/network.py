"""The network between clients and nodes: it loses, doubles and delays, and so reorders."""

from collections.abc import Callable

from tests.simulation.chronicle import Chronicle
from tests.simulation.faults import Faults
from tests.simulation.scheduler import MS, US, Scheduler


class Network:
    """Carries messages. Nobody is told what became of one."""

    def __init__(self, scheduler: Scheduler, faults: Faults, seen: Chronicle) -> None:
        self._scheduler = scheduler
        self._faults = faults
        self._seen = seen

    def carry(self, deliver: Callable[[], None]) -> None:
        """Let a message arrive some time from now, mostly once."""
        scheduler, faults = self._scheduler, self._faults
        if scheduler.chance(faults.message_lost):
            self._seen["message lost"] += 1
            return
        slowest_ns = 4 * MS
        if scheduler.chance(faults.message_late):
            self._seen["message late"] += 1
            slowest_ns = 150 * MS
        scheduler.soon(50 * US, slowest_ns, deliver)
        if scheduler.chance(faults.message_twice):
            self._seen["message twice"] += 1
            scheduler.soon(50 * US, 60 * MS, deliver)
