"""The venue as its staff acts on it: its mode, its snapshots, and programs run beside it."""

import asyncio
import sys
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from typing_extensions import override

from outcry.adapters.mode_desk import NotChanged, Wish
from outcry.bootstrap.health import health_of
from outcry.bootstrap.venue import Venue
from outcry.domain.market import VenueMode
from outcry.domain.trouble import Trouble
from outcry.gateway.staff.ports import NotDone, NothingNew, Operator
from outcry.gateway.staff.schemas.venue import HealthOut, SnapshotOut
from outcry.ports import SnapshotStore

_ABOUT_MONEY = (Trouble.FUNDS_NOT_CONSERVED, Trouble.LEDGER_DISAGREES)
_NOT_MOVED = "has not moved"
"""What `outcry liabilities` says where nothing is new."""


class VenueOperator(Operator):
    """What staff asks of the process."""

    def __init__(self, venue: Venue, snapshots: SnapshotStore) -> None:
        settings = venue.settings
        self._venue = venue
        self._snapshots = snapshots
        self._beside = asyncio.Lock()
        self.guard_limits: Mapping[str, float] = {
            "lag_s": settings.guard.lag_s,
            "lag_events": settings.guard.lag_events,
            "disk_reserve_bytes": settings.guard.disk_reserve_bytes,
        }
        self.snapshot_commands = settings.pipeline.snapshot_commands

    @override
    def health(self) -> HealthOut:
        return health_of(self._venue)

    @override
    def concerns(self) -> list[str]:
        return [concern.why for concern in self._venue.lookout.guard.concerns.values()]

    @override
    def doubts_money(self) -> bool:
        desk, guard = self._venue.desk, self._venue.lookout.guard
        found = [concern.trouble for concern in guard.concerns.values()]
        by_itself = desk.facts.by == "engine" and desk.mode == VenueMode.HALTED
        return by_itself or any(trouble in _ABOUT_MONEY for trouble in found)

    @override
    async def set_mode(self, mode: str, reason: str, name: str) -> None:
        wish = Wish("operator", reason, name)
        try:
            await self._venue.lookout.operate(VenueMode[mode.upper()], wish)
        except (NotChanged, OSError) as error:
            raise NotDone(str(error)) from None

    @override
    def snapshots(self) -> list[SnapshotOut]:
        found = []
        for sequence in self._snapshots.sequences():
            snapshot = self._snapshots.load(sequence)
            fault = "" if snapshot else self._snapshots.fault(sequence)
            digest = sha256(snapshot.body).hexdigest() if snapshot else None
            found.append(SnapshotOut(sequence=sequence, digest=digest, fault=fault or None))
        return found

    @override
    def take_snapshot(self) -> int:
        sequence = self._venue.pipeline.snapshot_now()
        if sequence is None:
            raise NothingNew("one is being written, or nothing has happened since the last")
        return sequence

    @override
    async def digest_at(self, sequence: int) -> str:
        told = await self._program("inspect", "--at", str(sequence))
        found = msgspec.json.decode(told)
        if found["sequence"] != sequence:  # A large number is a time to that command.
            raise NotDone(f"there is no state after sequence {sequence}")
        return str(found["digest"])

    @override
    async def publish(self) -> int:
        try:
            told = await self._program("liabilities")
        except NotDone as error:
            if _NOT_MOVED in str(error):
                raise NothingNew(str(error)) from None
            raise
        return int(msgspec.json.decode(told)["sequence"])

    async def _program(self, *arguments: str) -> bytes:
        """Return what a command says that reads the data folder beside the venue, one at a time.

        It replays, and that would keep the venue waiting if it were done here.

        Raises:
            NotDone: it has failed, and says why.
        """
        command = (sys.executable, "-m", "outcry", *arguments)
        folder = ("--data", self._venue.settings.data, "--json")
        async with self._beside:
            process = await asyncio.create_subprocess_exec(
                *command,
                *folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            told, wrong = await process.communicate()
        if process.returncode:
            words = wrong.decode("utf-8", "replace").strip().removeprefix("outcry: ")
            raise NotDone(words[-500:] or f"it ended with {process.returncode}")
        return told
