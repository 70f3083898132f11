"""Every need from the world, on one page.

Rooms depend on these and never on an adapter. Each port has one contract test suite that every
adapter passes. Adapters subclass their protocol and mark its methods `@override`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from outcry.domain.events import Event

NEVER_NS = (1 << 63) - 1


class Clock(Protocol):
    """The only source of time."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01 UTC."""


# The log


@dataclass(frozen=True, slots=True)
class Batch:
    """One append: the records of `first_sequence` to `last_sequence`, in order.

    `chain_hash` is BLAKE2b-256 over the previous batch's hash, this header and the payload.
    """

    first_sequence: int
    last_sequence: int
    epoch: int
    time_ns: int
    version: int
    previous_hash: bytes
    chain_hash: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class LogTail:
    """Where a log ends. An empty log: sequence 0, time 0, 32 zero bytes."""

    sequence: int
    time_ns: int
    epoch: int
    chain_hash: bytes


class LogFailed(Exception):
    """The log did not become durable. Fatal: nothing of the batch may be acknowledged."""


class LogDamaged(Exception):
    """The log contradicts itself or a checkpoint. Intake never starts on a damaged log."""


class Log(Protocol):
    """The append-only, durable, hash-chained journal of commands."""

    def tail(self) -> LogTail:
        """Return where the log ends."""

    def append(self, batch: Batch) -> None:
        """Append a batch that follows the tail. It is durable when this returns.

        Raises:
            LogFailed: it may not be durable.
        """

    def read(self, after_sequence: int) -> Iterator[Batch]:
        """Yield the batches that hold any sequence above `after_sequence`, oldest first.

        Each is checked against the chain.

        Raises:
            LogDamaged: a gap, a wrong hash, an undecodable row.
        """

    def after(self, tail: LogTail) -> Iterator[Batch]:
        """Yield the batches behind `tail` that are there by now; call it again for what comes.

        Each is checked to continue the one before it. Nothing is held between two batches: whoever
        follows a log may take any time.

        Raises:
            LogDamaged: what is there does not continue `tail`.
        """

    def chain_hash_at(self, sequence: int) -> bytes | None:
        """Return the chain hash of the batch that ends at `sequence`; None where none does."""

    def close(self) -> None:
        """Release what is held."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The engine's whole state after `sequence`, and the log position it belongs to."""

    sequence: int
    epoch: int
    chain_hash: bytes
    body: bytes


class SnapshotStore(Protocol):
    """Verified snapshots, newest first. A damaged one is reported, never returned."""

    def save(self, snapshot: Snapshot) -> None:
        """Write aside, sync, rename, sync the folder; keep the newest three."""

    def sequences(self) -> list[int]:
        """Return the sequences of the stored snapshots, newest first."""

    def load(self, sequence: int) -> Snapshot | None:
        """Return one snapshot, or None where it is missing or damaged."""

    def fault(self, sequence: int) -> str:
        """Return what is wrong with a stored snapshot; empty where it is sound."""


# The flow


@dataclass(frozen=True, slots=True)
class EventBatch:
    """What one append brought about, in order, for every reader of events."""

    first_sequence: int
    last_sequence: int
    time_ns: int
    chain_hash: bytes
    events: Sequence[Event]
    records: bytes = b""
    """The same events as the engine wrote them, one record after the other."""


class EventReader(Protocol):
    """Whoever follows the engine. Called in order, once per batch, after it is durable."""

    def consume(self, batch: EventBatch) -> None:
        """Take in one batch. Never raises for content."""


class Refused(Exception):
    """The venue did not take a submission in. Nothing was sequenced; safe to send again."""

    def __init__(self, code: str, retry_after_s: float) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s


Outcomes = list[list[Event]]
"""Per command of a submission, in order, the events it caused."""

Done = Callable[[Outcomes | None], None]
"""Called exactly once per submission. None: the venue halted meanwhile and the outcome is unknown;
the client has to ask by its own id once the venue is back."""


class OrderEntry(Protocol):
    """The one way to change the venue's state."""

    def submit(self, records: bytes, count: int, done: Done, *, reserve: bool = False) -> None:
        """Queue `count` unstamped command records; they are sequenced together, in order.

        `done` is called in the event loop once they are durable and applied. `reserve` marks
        submissions that only cancel or reduce: they may use the queue's last fifth.

        Raises:
            Refused: `BUSY`, `DRAINING` or `HALTED`.
            BadRecord: the records are not `count` whole records from outside the engine.
        """


# Projections


@dataclass(slots=True)
class Checkpoint:
    """The log position up to which a projection's rows are complete."""

    epoch: int = 1
    sequence: int = 0
    chain_hash: bytes = bytes(32)


@dataclass(slots=True)
class LedgerRows:
    """Rows for one transaction, by table, with the checkpoint they bring about.

    A row has the columns of its table in `ledger.tables`, in their order. One under a key that is
    there changes what may change, in a table that is not append-only.
    """

    checkpoint: Checkpoint
    rows: dict[str, list[tuple[Any, ...]]]


class LedgerMoved(Exception):
    """Another writer has moved the ledger on. Nothing was written."""


class LedgerAltered(Exception):
    """A row of an append-only table would have been changed. Nothing was written."""


class LedgerDamaged(Exception):
    """A row is not what was written. Nothing of what was asked for is told."""


class LedgerStore(Protocol):
    """The tables of `ledger.tables`, and how far they are complete."""

    def checkpoint(self) -> Checkpoint:
        """Return how far the rows are complete."""

    def write(self, rows: LedgerRows) -> None:
        """Write rows and checkpoint in one transaction. Callable from a worker thread.

        Raises:
            LedgerMoved: another writer was here since; nothing was written.
            LedgerAltered: a row of an append-only table is there already; nothing was written.
            LedgerDamaged: the store is not what was written before; nothing was written.
        """

    def begin(self, rows: LedgerRows) -> bool:
        """Write rows as `write` does, perhaps while the caller goes on; return whether it is done.

        What was begun before is written first, or this raises what its `write` would have. Nothing
        is to be read before `settle`.
        """
        self.write(rows)
        return True

    def settle(self) -> None:
        """Wait until what was begun is written, or raise what `write` would have."""
        return

    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one of the fixed, parametrised reads of `ledger.reads`.

        Raises:
            LedgerDamaged: it met a row that is not what was written.
        """

    def still(self) -> AbstractContextManager[None]:
        """Let everything read inside be of one moment, the checkpoint too, whoever writes."""
        return nullcontext()

    def close(self) -> None:
        """Release what is held."""


class ProofsUnusable(Exception):
    """What was published is damaged, or is of another log or another key."""


class AlreadyPublished(Exception):
    """A row is there already. Nothing was written."""


class ProofStore(Protocol):
    """What was published, for ever: the tables of `ledger.tables.PUBLISHED`, of one log and key."""

    log_id: str
    """Which log it is about."""
    public_key: bytes
    """Whose signatures are in it: 32 bytes, Ed25519."""

    def add(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """Write rows, all or none, durably. Several processes may; callable from any thread.

        Raises:
            AlreadyPublished: a row is there already; nothing was written.
        """

    def query(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one of the fixed, parametrised reads of `ledger.proofs.reads`.

        Raises:
            ProofsUnusable: it is damaged.
        """

    def close(self) -> None:
        """Release what is held."""


# People


class IdentityUnusable(Exception):
    """The store of people is damaged, of another format, or open to others. It is not replaced."""


class IdentityWork(Protocol):
    """One transaction on the store of people."""

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one of the fixed statements of `identity.records`; return the rows it gives.

        Parameters are `?`. The statements are those that SQLite and PostgreSQL both understand.
        """


class IdentityStore(Protocol):
    """The tables of `identity.records`: people, and what they get in with."""

    def work(self) -> AbstractContextManager[IdentityWork]:
        """Let what is done inside be kept whole, or nothing of it where an exception leaves it.

        Works are done one after the other, and are durable when they end. Callable from any thread.
        """

    def close(self) -> None:
        """Release what is held."""


# Limits

Who = str | int
"""Whose tokens: an address, a key, an account."""


class Bucket(Protocol):
    """Tokens that everybody has of their own, for one purpose, full again at each interval's start.

    Intervals are those of the clock: a minute begins with the minute. Beyond `tokens` there is a
    `reserve`, which only those requests can take that make the venue's work less, such as cancels.
    """

    name: str
    tokens: int
    interval_ns: int
    reserve: int

    def take(self, who: Who, count: int, now_ns: int, reserve: bool = False) -> int:
        """Take `count` tokens of `who`, all or none.

        Returns:
            0 if they were taken; else how long until the bucket is full again, in nanoseconds.
        """

    def used(self, who: Who, now_ns: int) -> int:
        """Return how many tokens `who` has taken in this interval."""

    def used_up(self, now_ns: int) -> list[tuple[Who, int]]:
        """Return whoever has no token left in this interval, with how many they have taken."""


class Limits(Protocol):
    """How much of what is limited everybody has taken, and who is shut out. Losable.

    Answers at once, from what this process knows: an adapter that shares its counts over a network
    takes those of others in beside it.
    """

    def bucket(self, name: str, tokens: int, interval_ns: int, reserve: int = 0) -> Bucket:
        """Return a bucket; what was taken of the bucket of this name before still counts."""

    def take_all(
        self,
        buckets: tuple[Bucket, ...],
        people: tuple[Who, ...],
        counts: tuple[int, ...],
        now_ns: int,
    ) -> bool:
        """Take tokens of several different buckets of this, without a reserve.

        Of each bucket those of one of `people`, as many as `counts` says.

        Returns:
            Whether they were taken: all of them, or none where one bucket has not enough.
        """

    def shut_out(self, who: Who, until_ns: int) -> None:
        """Shut somebody out until a time."""

    def shut_out_until_ns(self, who: Who) -> int:
        """Return until when somebody is or was shut out; 0 if that is forgotten, or never was."""

    def shut_out_at(self, now_ns: int) -> list[tuple[Who, int]]:
        """Return who is shut out at a time, and until when."""

    def close(self) -> None:
        """Release what is held."""


# What may fail


class Unavailable(Exception):
    """Something the venue stands on does not answer; nothing is known of what was asked."""

    def __init__(self, what: str, retry_after_s: int) -> None:
        super().__init__(f"{what} does not answer")
        self.what = what
        self.retry_after_s = retry_after_s
