"""A program that only computes: `python -m bench.other_work SHARE`, of one core, until stopped.

It stands back as the ledger does and works in bursts as the ledger does, but has no data, no disk
and no one to talk to: what it costs a venue, anything costs that runs beside it.
"""

import os
import sys
from time import perf_counter, process_time, sleep

from outcry.adapters.scheduling import give_way, stand_back
from outcry.follower.loop import PACE_S


def work(share: float) -> None:
    """Use so much of a core, until whoever started it is gone."""
    stand_back()
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # Whoever started it may have one core.
    parent = os.getppid()
    while os.getppid() == parent:
        begun_s, cpu_s = perf_counter(), process_time()
        end_s = begun_s + PACE_S
        while process_time() - cpu_s < share * PACE_S and perf_counter() < end_s:
            sum(range(1_000))
            give_way()
        sleep(max(0.0, end_s - perf_counter()))


if __name__ == "__main__":
    work(float(sys.argv[1]))
