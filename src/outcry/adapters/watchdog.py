"""The watchdog: a stuck disk must not look like a slow one for ever."""

import faulthandler
import os
import sys
from collections.abc import Callable
from threading import Event, Thread

from outcry.domain.trouble import Trouble

EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h."""
LOOKS = 10
"""How often within its patience the watchdog looks."""


def end_process(timeout_s: float) -> None:
    """Say what every thread was doing and end the process without clean-up."""
    what = f"the event loop has not turned for {timeout_s:g} s, giving up"
    sys.stderr.write(f"outcry: {what}; see {Trouble.LOOP_STUCK.page}\n")
    faulthandler.dump_traceback(all_threads=True)
    os._exit(EXIT_CODE)


class Watchdog:
    """Ends the process when nobody called `turn` for `timeout_s` seconds.

    It counts its own looks rather than time: a process that was stopped as a whole, or a machine
    that slept, wakes up with its patience unspent.
    """

    def __init__(self, timeout_s: float, stuck: Callable[[float], None] = end_process) -> None:
        self._timeout_s = timeout_s
        self._stuck = stuck
        self._turned = True
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def turn(self) -> None:
        """Say that the loop turns. Call it several times within `timeout_s`."""
        self._turned = True

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        missed = 0
        while not self._stopped.wait(self._timeout_s / LOOKS):
            missed = 0 if self._turned else missed + 1
            self._turned = False
            if missed >= LOOKS:
                self._stuck(self._timeout_s)
                return
