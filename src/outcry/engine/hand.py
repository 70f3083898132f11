"""The hand of the conductor: the one way in which what stands above the core acts on it."""

from typing import Any

from outcry import codec
from outcry.domain.commands import Command, Tick
from outcry.domain.events import Event
from outcry.engine.core import Core

_FLAGS_HIGH = 5
"""Where the upper byte of the flags stands in a command record."""


class Hand:
    """Carries out internal commands under the sequence and the time of an outside command.

    Everything that happens is added to `out` as records, and to `fresh` as events for those who
    have to know of it.
    """

    def __init__(self, core: Core, sequence: int, now_ns: int, out: list[bytes]) -> None:
        self.core = core
        self.sequence = sequence
        self.now_ns = now_ns
        self.out = out
        self.fresh: list[Event] = []

    def open(self) -> None:
        """Begin the sequence before its own command has come, at its time."""
        self.do(Tick())

    def do(self, command: Command) -> list[Event]:
        """Carry out an internal command; return its events."""
        record = bytearray(codec.encode_command(command))
        record[_FLAGS_HIGH] |= codec.FLAG_INTERNAL >> 8  # a copy of the command would cost more
        codec.STAMP.pack_into(record, codec.STAMP_OFFSET, self.sequence, self.now_ns)
        records, _, _ = self.core.apply(record)
        events = codec.decode_events(records)
        self.out.append(records)
        self.fresh.extend(events)
        return events

    def say(self, kind: Any, account: int, market: int, *body: int) -> None:  # noqa: ANN401
        """Tell an event of what stands above the core. Nobody there has to know of it."""
        event = kind(0, 0, 0, account, market, *body)
        self.out.append(self.core.say(codec.encode_event(event)))

    def take(self) -> list[Event]:
        """Return the events since the last call."""
        events, self.fresh = self.fresh, []
        return events
