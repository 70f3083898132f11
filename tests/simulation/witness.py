"""Who has seen every command take effect, and checks after each that all is well.

A sequence has one command and one outcome, whoever applies it and however often: at first, after a
crash, in a replay. The first time the books are kept and compared with the engine.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from typing_extensions import override

from outcry import codec
from outcry.domain import events as e
from outcry.domain.market import VenueMode
from outcry.domain.rejects import Reject
from outcry.engine.engine import Engine
from outcry.ports import Batch, Done, EventBatch, EventReader, Outcomes
from tests.property.books import Violation
from tests.property.invariants import Auditor
from tests.simulation.faults import Broken

UNRECORDED = {
    Reject.SHAPE,
    Reject.VENUE_HALTED,
    Reject.VENUE_READ_ONLY,
    Reject.VENUE_CANCEL_ONLY,
    Reject.UNKNOWN_ACCOUNT,
}
"""Reasons for which a command may be refused without its key being kept."""
Key = tuple[int, str]
EFFECTS = (e.BalanceChanged, e.OrderAccepted, e.ListAccepted, e.AccountOpened)
"""What only a command of somebody outside can bring about."""


def unrecorded(events: list[e.Event]) -> bool:
    """Return whether a command with this outcome leaves no trace of its key.

    One that opens an account has nobody yet to keep it for; the account itself says that it is
    there.
    """
    return any(
        isinstance(event, e.AccountOpened)
        or (isinstance(event, e.CommandRejected) and event.reason in UNRECORDED)
        for event in events
    )


class Witness:
    """The one history there is."""

    def __init__(self) -> None:
        self.records: list[bytes] = [b""]
        """The command at each sequence."""
        self.events: list[bytes] = [b""]
        """What it brought about."""
        self.first: dict[Key, tuple[int, int, int]] = {}
        """By account and key what was recorded: order id, reason, sequence."""
        self.broken: Broken | None = None
        """What is wrong: within a pipeline, raising it only halts that."""
        self._auditor = Auditor(whole=True)

    @property
    def sequence(self) -> int:
        """The last sequence that ever took effect."""
        return len(self.records) - 1

    def see(self, engine: Engine, record: bytes, events: bytes, *, stood_still: bool) -> None:
        """See a command take effect; `stood_still`: the venue was halted before it."""
        try:
            self._see(engine, record, events, stood_still=stood_still)
        except Broken as broken:
            self.broken = broken
            raise

    def _see(self, engine: Engine, record: bytes, events: bytes, *, stood_still: bool) -> None:
        sequence = sequence_of(record)
        if sequence <= self.sequence:
            self.compare(sequence, record, events)
            return
        if sequence != self.sequence + 1:
            raise Broken(f"{sequence} follows {self.sequence}")
        told = codec.decode_events(events)
        try:
            self._auditor.see(engine.core, told, stood_still=stood_still)
        except (Violation, KeyError) as error:  # the books do not know what the core speaks of
            raise Broken(f"after {sequence}: {error!r}") from error
        self._check_key(engine, record, told)
        self.records.append(record)
        self.events.append(events)

    def compare(self, sequence: int, record: bytes, events: bytes) -> None:
        """Check that what happens at a sequence is what happened there before."""
        if self.records[sequence] != record:
            raise Broken(f"another command at {sequence}: what was there is lost")
        if self.events[sequence] != events:
            raise Broken(f"another outcome at {sequence}")

    def _check_key(self, engine: Engine, record: bytes, events: list[e.Event]) -> None:
        """Check that a key takes effect once, and is then answered from memory."""
        account, key = key_of(record)
        if not key or (account and engine.core.account_status(account) < 0):
            return  # A key is kept for the venue, and for accounts that are known.
        found = engine.core.find_key(account, key)
        first = self.first.get((account, key))
        if first is not None:
            if found != first:
                raise Broken(f"{account} {key} was {first} and is {found}")
            if any(type(event) in EFFECTS for event in events):
                raise Broken(f"{account} {key} took effect twice: {events}")
        elif found is not None:
            self.first[account, key] = found
        elif not unrecorded(events):
            raise Broken(f"{account} {key} is not remembered: {events}")


class Once:
    """What a submission's outcome is told to: once, and no more."""

    def __init__(self, done: Done, witness: Witness) -> None:
        self._done = done
        self._witness = witness
        self.told = False

    def __call__(self, outcomes: Outcomes | None) -> None:
        if self.told:
            self._witness.broken = Broken("an outcome was told twice")
        self.told = True
        self._done(outcomes)


class Watched:
    """An engine that applies a command at a time, before the eyes of a witness."""

    def __init__(self, engine: Engine, witness: Witness) -> None:
        self._engine = engine
        self._witness = witness

    def apply(self, records: bytes) -> bytes:
        """Apply commands; return their event records."""
        engine, out = self._engine, []
        for record in split(records):
            stood_still = engine.core.mode == VenueMode.HALTED
            events = engine.apply(record)
            self._witness.see(engine, record, events, stood_still=stood_still)
            out.append(events)
        return b"".join(out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class Recollection(EventReader):
    """What a recovery brings about, a command at a time; it has to be what happened before."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._events: dict[int, bytes] = {}

    @override
    def consume(self, batch: EventBatch) -> None:
        found: dict[int, list[bytes]] = {}
        for record in split(batch.records):
            found.setdefault(sequence_of(record), []).append(record)
        for sequence in range(batch.first_sequence, batch.last_sequence + 1):
            self._events[sequence] = b"".join(found.get(sequence, ()))

    def check(self, engine: Engine, before: Engine, batches: Iterable[Batch]) -> None:
        """Compare everything with what was seen before; see what is new.

        What is new was durable when the node died, and nobody was told of it. `before` is the
        engine of the life before.
        """
        witness, new = self._witness, []
        for batch in batches:
            for record in split(batch.payload):
                sequence = sequence_of(record)
                if sequence > witness.sequence:
                    new.append(record)
                else:
                    events = self._events.get(sequence, witness.events[sequence])
                    witness.compare(sequence, record, events)
        if new:
            self._see_new(engine, before, b"".join(new))

    def _see_new(self, engine: Engine, before: Engine, records: bytes) -> None:
        """See what is new take effect, on the engine of the life before."""
        witness = self._witness
        if before.core.sequence != witness.sequence:
            before = Engine(type(before.core)())
            before.apply(b"".join(witness.records))
        Watched(before, witness).apply(records)
        if before.digest() != engine.digest():
            raise Broken(f"a replay leads to another state at {witness.sequence}")


def split(records: bytes) -> Iterator[bytes]:
    """Yield whole records."""
    offset = 0
    while offset < len(records):
        end = offset + codec.LENGTH.unpack_from(records, offset)[0]
        yield records[offset:end]
        offset = end


def sequence_of(record: bytes) -> int:
    """Return the sequence of a stamped record."""
    return int(codec.STAMP.unpack_from(record, codec.STAMP_OFFSET)[0])


def key_of(record: bytes) -> Key:
    """Return the account and the key of a command; no key where it is none of ours."""
    _, number, _, flags, _, _, account, _ = codec.HEADER.unpack_from(record)
    layout = codec.COMMAND_BY_NUMBER.get(number)
    length = flags & codec.KEY_MASK
    if layout is None or codec.padded(layout.body_end + length) != len(record):
        return account, ""
    return account, record[layout.body_end : layout.body_end + length].decode("latin-1")
