"""Changes the venue's mode: written down, asked for in the log, written down as done."""

import asyncio
from dataclasses import dataclass
from typing import Literal

import msgspec
import structlog

from outcry import codec
from outcry.adapters.operations import Operation, Operations
from outcry.domain import commands as c
from outcry.domain.events import ModeChanged
from outcry.domain.market import VenueMode
from outcry.engine.engine import Engine
from outcry.guard import Concern
from outcry.ports import Clock, OrderEntry, Outcomes, Refused

_NORMAL = "normal"
_log = structlog.get_logger("operations")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants a mode, and why. `name` is who an operator said to be."""

    by: Literal["guard", "operator"]
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ModeFacts:
    """How the mode came about; empty where nobody remembers."""

    by: str = ""
    name: str = ""
    reason: str = ""
    since_ns: int = 0
    sequence: int = 0


class NotChanged(Exception):
    """The venue did not take the change in; why is its text. The mode is as it was."""


class ModeDesk:
    """The one way in which guard and operators change the mode; one change at a time."""

    def __init__(
        self, journal: Operations, entry: OrderEntry, engine: Engine, clock: Clock
    ) -> None:
        """Find out from journal and engine how the mode of now came about."""
        self._journal = journal
        self._entry = entry
        self._engine = engine
        self._clock = clock
        self._settle()
        standing = journal.entries[-1] if journal.entries else None
        self.base = VenueMode[standing.base.upper()] if standing else VenueMode.NORMAL
        """What the mode is apart from the guard's concerns."""
        self._expected = VenueMode[standing.after.upper()] if standing else VenueMode.NORMAL
        self.facts = self._facts()
        self.notice()
        mine = self.facts.by == "guard" and self.mode > self.base
        self.held = Concern(self.mode, self.facts.reason) if mine else None
        """What the guard of the life before had set, and nobody else since."""

    @property
    def mode(self) -> VenueMode:
        """The mode the engine is in."""
        return VenueMode(self._engine.core.mode)

    @property
    def operations(self) -> int:
        """How many entries the journal has."""
        return len(self._journal.entries)

    def _settle(self) -> None:
        """Write down what became of a change that a crash cut short."""
        entries = self._journal.entries
        if not entries or entries[-1].act != "asked":
            return
        asked = entries[-1]
        found = self._engine.core.find_key(0, asked.key)
        if found is not None and not found[1]:
            self._done(asked, self._clock.now_ns(), found[2])
        else:
            self._undone(asked, entries[-2].base if len(entries) > 1 else _NORMAL)

    def _facts(self) -> ModeFacts:
        """Return how the mode of the last entry came about."""
        for entry in reversed(self._journal.entries):
            if entry.act != "asked" and entry.before != entry.after:
                return ModeFacts(entry.by, entry.name, entry.reason, entry.time_ns, entry.sequence)
        return ModeFacts()

    # Changes

    def notice(self) -> bool:
        """Return whether the mode was changed past this desk; if so write that down."""
        mode = self.mode
        if mode == self._expected:
            return False
        now_ns = self._clock.now_ns()
        entry = Operation(
            act="seen", by="engine", name="", reason="", time_ns=now_ns,
            before=name_of(self._expected), after=name_of(mode), base=name_of(mode),
            sequence=self._engine.core.sequence,
        )  # fmt: skip
        self._write(entry)
        self.base = self._expected = mode
        self.facts = ModeFacts("engine", since_ns=now_ns, sequence=entry.sequence)
        return True

    async def change(self, mode: VenueMode, base: VenueMode, wish: Wish) -> None:
        """Move the venue to a mode; `base` is what it is apart from the guard's concerns.

        Where it is in that mode already, only who wants it is written down.

        Raises:
            NotChanged: the flow refuses, or has halted.
            OSError: an operator's change cannot be written down.
        """
        before = self.mode
        asked = self._write(
            Operation(
                act="asked", by=wish.by, name=wish.name, reason=wish.reason,
                time_ns=self._clock.now_ns(), before=name_of(before), after=name_of(mode),
                base=name_of(base),
            )
        )  # fmt: skip
        time_ns, sequence = asked.time_ns, self._engine.core.sequence
        if mode != before:
            time_ns, sequence = await self._submitted(mode, asked)
            self.facts = ModeFacts(wish.by, wish.name, wish.reason, time_ns, sequence)
        self.base, self._expected = base, mode
        self._done(asked, time_ns, sequence)
        _log.warning(
            "mode", mode=name_of(mode), wanted=name_of(base), by=wish.by, name=wish.name,
            reason=wish.reason,
        )  # fmt: skip

    async def _submitted(self, mode: VenueMode, asked: Operation) -> tuple[int, int]:
        """Let the engine change the mode; return time and sequence."""
        record = codec.encode_command(c.SetMode(mode=mode, staff=True, key=asked.key))
        answered: asyncio.Future[Outcomes | None] = asyncio.get_running_loop().create_future()
        try:
            self._entry.submit(record, 1, answered.set_result, reserve=True)
        except Refused as refused:
            self._undone(asked, name_of(self.base))
            raise NotChanged(f"the venue takes nothing in: {refused.code}") from None
        outcomes = await answered
        if outcomes is None:  # The next start finds out.
            raise NotChanged("the venue has halted; whether the mode was changed is not known")
        event = outcomes[0][-1]
        if not isinstance(event, ModeChanged):
            self._undone(asked, name_of(self.base))
            raise NotChanged(f"the engine refused: {event}")
        return event.time_ns, event.sequence

    def _done(self, asked: Operation, time_ns: int, sequence: int) -> None:
        changed = {"act": "done", "time_ns": time_ns, "sequence": sequence}
        self._write(msgspec.structs.replace(asked, **changed))

    def _undone(self, asked: Operation, base: str) -> None:
        changed = {"act": "undone", "after": asked.before, "base": base}
        self._write(msgspec.structs.replace(asked, **changed))

    def _write(self, operation: Operation) -> Operation:
        """Write an entry. The guard acts even where the disk does not take its word."""
        try:
            return self._journal.add(operation)
        except OSError as error:
            if operation.by == "operator":
                raise
            _log.error("an operation was not written down", error=str(error))
            return operation


def name_of(mode: VenueMode) -> str:
    """Return a mode's name as it is told."""
    return mode.name.lower()
