"""Looks at the ledger and the disk, and lets the venue's mode follow guard and operator."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

import structlog

from outcry.adapters.ledger_run import LedgerRun
from outcry.adapters.mode_desk import ModeDesk, NotChanged, Wish
from outcry.domain.market import VenueMode
from outcry.domain.trouble import Trouble
from outcry.follower.alarm import Alarm
from outcry.guard import Guard, GuardSettings, Sight

LATE = 4
"""After a pause of so many intervals the loop itself was not running: what it sees is old."""
_log = structlog.get_logger("guard")


class Lookout:
    """The guard's eyes and hands.

    Invariant: the mode is changed by one at a time, and never past the guard's concerns.
    """

    def __init__(
        self, desk: ModeDesk, ledger: LedgerRun, folder: Path, settings: GuardSettings
    ) -> None:
        """Prepare; the disk looked at is that of `folder`."""
        self.guard = Guard(settings, desk.base, desk.held)
        self.guard.started(ledger.last_sequence)
        self.disk_free_bytes = self.disk_total_bytes = 0
        self._desk = desk
        self._ledger = ledger
        self._folder = folder
        self._interval_s = settings.interval_s
        self._wanted = asyncio.Event()
        self._lock = asyncio.Lock()
        self._last_why = desk.held.why if desk.held else ""
        ledger.hooks.alarm = self._alarmed
        if self.guard.doubts_ledger:
            ledger.hold()

    def _alarmed(self, alarm: Alarm) -> None:
        """Take in what a follower found; the mode follows in this turn of the loop."""
        self.guard.alarmed(alarm, self._ledger.last_sequence)
        _log.error(
            "the ledger disagrees", kind=alarm.kind, sequence=alarm.sequence,
            event_index=alarm.event_index, what=alarm.what, halts=self.guard.doubts_ledger,
            runbook=Trouble.LEDGER_DISAGREES.page,
        )  # fmt: skip
        if self.guard.doubts_ledger:
            self._ledger.hold()
        self._wanted.set()

    async def run(self) -> None:
        """Look now and then, and at once after an alarm, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._wanted.wait()
            self._wanted.clear()
            if loop.time() - began_s < LATE * self._interval_s:
                await self.look()

    async def look(self) -> None:
        """Look at everything and act on it."""
        async with self._lock:
            if self._desk.notice():
                self.guard.decided(self._desk.base)
            before = self.guard.disk
            self.guard.look(self._sight())
            if self.guard.disk != before:
                _log.warning(
                    "disk", state=self.guard.disk, free_bytes=self.disk_free_bytes,
                    runbook=Trouble.DISK_RESERVE.page,
                )  # fmt: skip
            await self._follow()

    def _sight(self) -> Sight:
        total, _, free = shutil.disk_usage(self._folder)
        self.disk_free_bytes, self.disk_total_bytes = free, total
        ledger = self._ledger
        return Sight(ledger.confirmed_sequence, ledger.lag_s, ledger.lag.events, free, total)

    async def _follow(self) -> None:
        """Bring the venue into the mode that is wanted."""
        guard, desk = self.guard, self._desk
        if guard.wanted == desk.mode:
            return
        why = guard.why or f"over: {self._last_why}"
        try:
            await desk.change(guard.wanted, guard.base, Wish("guard", why))
        except NotChanged as error:
            _log.warning("the guard could not change the mode", why=why, error=str(error))
        else:
            self._last_why = guard.why

    async def operate(self, mode: VenueMode, wish: Wish) -> None:
        """Let an operator decide on a mode; the guard's concerns still count.

        Raises:
            NotChanged: the venue did not take it in.
            OSError: it cannot be written down.
        """
        async with self._lock:
            before = self.guard.base
            self.guard.decided(mode)
            try:
                await self._desk.change(self.guard.wanted, mode, wish)
            except BaseException:
                self.guard.base = before
                raise
            if not self.guard.doubts_ledger:
                self._ledger.resume()

    @property
    def held(self) -> str:
        """Why the mode is stricter than what was decided; empty where it is not."""
        return self.guard.why if self.guard.wanted > self.guard.base else ""
