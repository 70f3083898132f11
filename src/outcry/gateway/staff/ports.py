"""What staff needs of whoever runs the venue: its mode, its files, its bots."""

from collections.abc import Mapping
from typing import Any, Protocol

from typing_extensions import override

from outcry.gateway.staff.schemas.bots import BotOut
from outcry.gateway.staff.schemas.venue import HealthOut, SnapshotOut


class NotDone(Exception):
    """The venue did not do it; why is its text."""


class NothingNew(Exception):
    """There is nothing to publish, or to write down, that was not before."""


class Operator(Protocol):
    """The venue as its operator has it."""

    guard_limits: Mapping[str, float]
    """Where the guard holds trading back: `lag_s`, `lag_events`, `disk_reserve_bytes`."""
    snapshot_commands: int
    """After so many commands a snapshot is taken; 0: at the end alone."""

    def health(self) -> HealthOut:
        """Return how its parts are."""

    def concerns(self) -> list[str]:
        """Return what the guard holds it back for."""

    def doubts_money(self) -> bool:
        """Return whether it was stopped because money may be wrong."""

    async def set_mode(self, mode: str, reason: str, name: str) -> None:
        """Move it to a mode, as somebody called `name` wants.

        Raises:
            NotDone: it did not take that in.
        """

    def snapshots(self) -> list[SnapshotOut]:
        """Return what is on disk, newest first. Reads files: for a thread."""

    def take_snapshot(self) -> int:
        """Begin to write the state down; return its sequence.

        Raises:
            NothingNew: one is being written, or nothing has happened since.
        """

    async def digest_at(self, sequence: int) -> str:
        """Return the digest of a past state in hexadecimal, made from the log beside the venue.

        Raises:
            NotDone: there is no such state.
        """

    async def publish(self) -> int:
        """Publish what is owed, made beside the venue; return at which sequence.

        Raises:
            NothingNew: the ledger has not moved since the last time.
            NotDone: it cannot be published.
        """


class Bots(Protocol):
    """The bots that this venue runs."""

    def all(self) -> list[BotOut]:
        """Return how each is."""

    async def start(self, bot: str) -> None:
        """Start a bot, unless it runs.

        Raises:
            NotDone: there is no such bot.
        """

    async def stop(self, bot: str) -> None:
        """Stop a bot, once it has cancelled everything.

        Raises:
            NotDone: there is no such bot.
        """

    async def change(self, bot: str, changes: Mapping[str, Any]) -> None:
        """Set parameters, by their names in `BotParametersIn`; a bot that runs starts anew.

        Raises:
            NotDone: there is no such bot, or these parameters cannot be.
        """


class NoBots(Bots):
    """A venue that runs none."""

    @override
    def all(self) -> list[BotOut]:
        return []

    @override
    async def start(self, bot: str) -> None:
        raise NotDone(f"there is no bot {bot}")

    @override
    async def stop(self, bot: str) -> None:
        raise NotDone(f"there is no bot {bot}")

    @override
    async def change(self, bot: str, changes: Mapping[str, Any]) -> None:
        raise NotDone(f"there is no bot {bot}")
