"""The conductor: it runs batches through the hot core and lets what stands above the core act.

The core knows prices, queues and money. What only reacts to events and to time (triggers, lists,
pegs, schedules, breakers) stands above it, in the `Desk`. A batch pauses where a command touched a
watch, where something falls due before a command, and where a command is the desk's to carry out;
the desk answers with internal commands of the same sequence, and the batch goes on.
"""

from collections.abc import Sequence
from typing import Protocol

from outcry import codec
from outcry.domain.events import Event
from outcry.domain.market import Asset, Market
from outcry.engine.core import ASK, DUE, END, WATCH, Core, CoreFactory
from outcry.engine.desk import Desk
from outcry.engine.hand import Hand
from outcry.engine.orders.expiry import NEVER_NS
from outcry.engine.orders.switches import Refusal
from outcry.engine.snapshot import definitions


class Reactions(Protocol):
    """What stands above the core. Deterministic, like the core; `Desk` is what a venue has."""

    def foresee(self, now_ns: int) -> None:
        """Read what the core forgets when a time is reached; called before it is."""

    def before(self, hand: Hand) -> None:
        """Do what is due before a command, in its sequence, and what follows from it."""

    def carry_out(self, hand: Hand, record: bytes) -> Refusal:
        """Carry out a command that the core has asked for; return why not, or zeros."""

    def after(self, hand: Hand, record: bytes, events: Sequence[Event]) -> None:
        """React to a command; at the end set the core's watches and when something is due next."""

    def notes(self) -> bytes:
        """Return what is to be kept beside the core's own state."""

    def has_news(self) -> bool:
        """Return whether a `Tick` would tell something."""


class Engine:
    """A deterministic function from command records to event records.

    Invariant: the same records give the same events and the same digest, however they are split
    into calls, on either core.
    """

    def __init__(self, core: Core, reactions: Reactions | None = None) -> None:
        """Conduct a core; `reactions` are those of a venue unless others are given."""
        self.core = core
        self._desk: Reactions = reactions or Desk(core)

    @classmethod
    def restore(cls, factory: CoreFactory, snapshot: bytes) -> "Engine":
        """Return an engine in the state of a canonical snapshot.

        Raises:
            ValueError: the bytes are not a canonical snapshot.
        """
        return cls(factory.restore(snapshot))

    def apply(self, records: bytes) -> bytes:
        """Apply a concatenation of stamped command records; return the event records.

        Raises:
            ValueError: a record's length or sequence cannot be (a host's mistake, not a client's).
        """
        core, start = self.core, 0
        events, offset, stop = core.apply(records)
        if stop == END:
            return events
        out = [events]
        while stop != END:
            if stop in {WATCH, ASK}:
                record = _last(records, start, offset)
                self._go_on(record, events, stop, out)
            elif stop == DUE:
                offset = self._catch_up(records, offset, out)
            start = offset
            events, offset, stop = core.apply(records, offset)
            out.append(events)
        return b"".join(out)

    def _go_on(self, record: bytes, events: bytes, stop: int, out: list[bytes]) -> None:
        """Let the desk finish the command that the core has just stopped behind."""
        core = self.core
        hand = Hand(core, core.sequence, core.now_ns, out)
        own = _of_sequence(events, core.sequence)
        if stop == ASK:
            refusal = self._desk.carry_out(hand, record)
            answer = core.answer(*refusal)
            out.append(answer)
            own += hand.take() + codec.decode_events(answer)
        self._desk.after(hand, record, own)

    def _catch_up(self, records: bytes, offset: int, out: list[bytes]) -> int:
        """Do what is due before the command at `offset`, then that command; return what follows."""
        core = self.core
        sequence, time_ns = codec.STAMP.unpack_from(records, offset + codec.STAMP_OFFSET)
        end: int = offset + codec.LENGTH.unpack_from(records, offset)[0]
        record = bytes(records[offset:end])
        hand = Hand(core, sequence, max(core.now_ns, time_ns), out)
        self._desk.foresee(hand.now_ns)
        hand.open()
        self._desk.before(hand)
        core.next_due_ns = NEVER_NS
        events, _, stop = core.apply(record)
        out.append(events)
        self._go_on(record, events, stop, out)
        return end

    def waits_for_time(self, now_ns: int) -> bool:
        """Return whether a `Tick` at `now_ns` would bring something about."""
        return self.core.next_due_ns <= now_ns or self._desk.has_news()

    def definitions(self) -> tuple[list[Asset], list[Market]]:
        """Return the assets and the markets, each by id."""
        return definitions(self.snapshot())

    def notes(self) -> bytes:
        """Return what stands above the core as JSON, in the form of snapshots; empty for nothing.

        It costs as much as there is of it.
        """
        return self._desk.notes()

    def snapshot(self) -> bytes:
        """Return the canonical state."""
        self.core.notes = self._desk.notes()
        return self.core.snapshot()

    def digest(self) -> bytes:
        """Return SHA-256 of the canonical state."""
        self.core.notes = self._desk.notes()
        return self.core.digest()


def _last(records: bytes, start: int, end: int) -> bytes:
    """Return the record that ends at `end`; one begins at `start`."""
    offset = start
    while (following := offset + codec.LENGTH.unpack_from(records, offset)[0]) < end:
        offset = following
    return bytes(records[offset:end])


def _of_sequence(records: bytes, sequence: int) -> list[Event]:
    """Return the events at the end of `records` that belong to a sequence."""
    offset, end = 0, len(records)
    while offset < end:
        if codec.STAMP.unpack_from(records, offset + codec.STAMP_OFFSET)[0] == sequence:
            break
        offset += codec.LENGTH.unpack_from(records, offset)[0]
    return codec.decode_events(records[offset:])
