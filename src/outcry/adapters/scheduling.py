"""How a process that is in no hurry stands back from the others of its machine.

Nothing here is needed to be right: what a system does not have is left out.
"""

import os
from contextlib import suppress

NICENESS = 19
"""The least that the ordinary policy knows, where there is no other."""


def stand_back(*others: int) -> None:
    """Let everybody else come first: this process, those that it starts from now on, and others.

    Linux has a policy for it, see sched(7): who has it gives way the moment that somebody else
    wakes, in the scheduler and in front of the disk. A mere niceness does not, not even 19: once it
    has been given a core it may keep it until the next tick, milliseconds away. Linux compares
    policies within a session alone, so whoever is to come first should be of the same one.
    """
    for process in (0, *others):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, NICENESS)
        if hasattr(os, "SCHED_IDLE"):
            with suppress(OSError):
                os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0))


def stands_back() -> bool:
    """Return whether everybody else comes before this thread."""
    return hasattr(os, "SCHED_IDLE") and os.sched_getscheduler(0) == os.SCHED_IDLE


def give_way() -> None:
    """Let whoever waits for this core have it, if this thread stands back.

    To be called every fraction of a millisecond of work. The policy alone does not do it: since
    Linux 6.6 a core goes to whoever had less than its share of it so far, and that is often the
    one who stands back, also when another has just woken. It then stays until the next tick. To
    yield gives up that claim, on Linux 6.18 at least. See sched_yield(2) and
    https://docs.kernel.org/scheduler/sched-eevdf.html.
    """
    if stands_back():
        os.sched_yield()
