"""How a process that is in no hurry stands back from the others of its machine.

Nothing here is needed to be right: what a system does not have is left out.
"""

import ctypes
import os
import platform
import struct
from contextlib import suppress
from pathlib import Path

NICENESS = 19
"""The least that the ordinary policy knows."""
AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux groups what runs by session, niceness counts within a session alone: see sched(7)."""
SLICE_NS = 100_000
"""For how long it may run on while somebody else waits: the least that Linux grants. The usual
slice, of some milliseconds, is what an order would wait that arrives in the middle of it."""

_SET_ATTRIBUTES = {"x86_64": 314, "aarch64": 274}
"""The numbers of sched_setattr(2), which the C library has no name for."""
_ATTRIBUTES = struct.Struct("=IIQiIQQQ")
"""`struct sched_attr`: size, policy, flags, nice, priority, runtime, deadline, period. The runtime
is the slice of an ordinary process since Linux 6.12; before that it is not looked at."""
_SCHED_OTHER = 0


def stand_back(*others: int) -> None:
    """Let everybody else come first: this process, those that it starts from now on, and others."""
    with suppress(OSError):
        AUTOGROUP.write_text(str(NICENESS), encoding="ascii")
    number = _SET_ATTRIBUTES.get(platform.machine()) if platform.system() == "Linux" else None
    size = _ATTRIBUTES.size
    wanted = _ATTRIBUTES.pack(size, _SCHED_OTHER, 0, NICENESS, 0, SLICE_NS, 0, 0)
    for process in (0, *others):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, NICENESS)
        if number is not None:
            ctypes.CDLL(None).syscall(number, process, ctypes.c_char_p(wanted), 0)
