"""What a process holds of the machine's memory, and how it gives back what it no longer needs."""

import ctypes
import resource
from contextlib import suppress
from pathlib import Path

LARGE_BYTES = 512 << 10
"""A block from which on the system gives it, and gets it back: some system calls each time, so it
is more than what one read from a connection asks for."""
_PAGE_BYTES = resource.getpagesize()
_MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` of malloc.h."""


def resident_bytes() -> int:
    """Return the resident memory of this process, as Linux tells it."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


def give_back_large_blocks() -> None:
    """Let blocks of `LARGE_BYTES` go back to the system as soon as they are freed.

    After a snapshot of twelve megabytes glibc would keep every block up to that size in its heap,
    see mallopt(3): what stays between them keeps the free ones, and the heap grows by steps for
    hours. Other C libraries have no such setting, and mostly no need of it.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE_BYTES)
