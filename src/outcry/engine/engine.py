"""The conductor: it runs batches through the hot core and lets what waits above the core react.

The core knows prices, queues and money. What only reacts to events (triggers, lists, schedules)
stands here, as `Reactions`: it sets watches on the core, and when a command touches one the batch
pauses, the reactions answer with internal commands of the same sequence, and the batch goes on.
"""

from collections.abc import Sequence
from typing import Protocol

from outcry import codec
from outcry.domain.events import Event
from outcry.domain.market import Asset, Market
from outcry.engine.core import DUE, END, WATCH, Core, CoreFactory
from outcry.engine.orders.desk import Desk
from outcry.engine.snapshot import definitions


class Reactions(Protocol):
    """What reacts to events above the core. Deterministic, like the core."""

    def react(self, core: Core, events: Sequence[Event]) -> bytes:
        """Return internal command records, unstamped, that follow from these events.

        Called with the events of the command that touched a watch, then with those of its own
        commands, until it returns nothing. It may set and clear watches.
        """

    def due(self, core: Core, now_ns: int) -> bytes:
        """Return internal command records for what is due by now.

        Called until it returns nothing; by then `next_due_ns` has moved past `now_ns`.
        """


class Engine:
    """A deterministic function from command records to event records.

    Invariant: the same records give the same events and the same digest, however they are split
    into calls, on either core.
    """

    def __init__(self, core: Core, reactions: Reactions | None = None) -> None:
        """Conduct a core; `reactions` are those of a venue unless others are given."""
        self.core = core
        self._reactions = reactions or Desk(core)

    @classmethod
    def restore(
        cls, factory: CoreFactory, snapshot: bytes, reactions: Reactions | None = None
    ) -> "Engine":
        """Return an engine in the state of a canonical snapshot.

        Raises:
            ValueError: the bytes are not a canonical snapshot.
        """
        return cls(factory.restore(snapshot), reactions)

    def apply(self, records: bytes) -> bytes:
        """Apply a concatenation of stamped command records; return the event records.

        Raises:
            ValueError: a record's length or sequence cannot be (a host's mistake, not a client's).
        """
        core = self.core
        events, offset, stop = core.apply(records)
        if stop == END:
            return events
        out = [events]
        while stop != END:
            if stop == DUE:
                self._catch_up(records, offset, out)
            elif stop == WATCH:
                self._react(events, out)
            events, offset, stop = core.apply(records, offset)
            out.append(events)
        return b"".join(out)

    def _react(self, events: bytes, out: list[bytes]) -> None:
        """Let the reactions answer the last command's events, then their own, until they rest."""
        core, reactions = self.core, self._reactions
        latest = [e for e in codec.decode_events(events) if e.sequence == core.sequence]
        while commands := reactions.react(core, latest):
            events = self._apply_internal(commands, core.sequence, core.now_ns)
            latest = codec.decode_events(events)
            out.append(events)

    def _catch_up(self, records: bytes, offset: int, out: list[bytes]) -> None:
        """Do what is due before the command at `offset`, in that command's sequence and time."""
        core, reactions = self.core, self._reactions
        sequence, time_ns = codec.STAMP.unpack_from(records, offset + codec.STAMP_OFFSET)
        now_ns = max(core.now_ns, time_ns)
        while commands := reactions.due(core, now_ns):
            events = self._apply_internal(commands, sequence, now_ns)
            out.append(events)
            self._react(events, out)
        assert core.next_due_ns > now_ns, "what is still due would stop the core here for ever"

    def _apply_internal(self, commands: bytes, sequence: int, now_ns: int) -> bytes:
        """Apply internal commands under one sequence, past any watch they touch."""
        stamped = bytearray(commands)
        for record in codec.split(memoryview(stamped)):
            codec.STAMP.pack_into(record, codec.STAMP_OFFSET, sequence, now_ns)
        out, offset = [], 0
        while offset < len(stamped):
            events, offset, _ = self.core.apply(stamped, offset)
            out.append(events)
        return b"".join(out)

    def definitions(self) -> tuple[list[Asset], list[Market]]:
        """Return the assets and the markets, each by id."""
        return definitions(self.core.snapshot())

    def snapshot(self) -> bytes:
        """Return the canonical state."""
        return self.core.snapshot()

    def digest(self) -> bytes:
        """Return SHA-256 of the canonical state."""
        return self.core.digest()
