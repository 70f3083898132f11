"""Lets what is due happen promptly, where no command of anybody else brings it about."""

import asyncio
from collections.abc import Callable

from outcry.codec import encode_command
from outcry.domain.commands import Tick
from outcry.ports import OrderEntry, Refused

TICK = encode_command(Tick())


class Prompter:
    """Submits a `Tick` whenever something waits for one; never a second before the first is done.

    Nothing depends on it: what is due happens with the next command at the latest.
    """

    def __init__(self, entry: OrderEntry, due: Callable[[], bool], interval_s: float) -> None:
        """Prepare; `due` says whether something waits, and is asked every `interval_s` seconds."""
        self._entry = entry
        self._due = due
        self._interval_s = interval_s
        self._under_way = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._interval_s)
            self.look()

    def look(self) -> None:
        """Submit a `Tick` if something waits for it."""
        if self._under_way or not self._due():
            return
        try:
            self._entry.submit(TICK, 1, self._done)
        except Refused:
            return
        self._under_way = True

    def _done(self, _outcomes: object) -> None:
        self._under_way = False
