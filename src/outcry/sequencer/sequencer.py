"""The sequencer: gives every command its number and its time, once and for good."""

from outcry import codec
from outcry.ports import Batch, Clock, Log, LogTail
from outcry.sequencer.chain import linked, tail_of


class Sequencer:
    """Stamps batches and makes them durable, one append each.

    Invariant: `sequence`, `time_ns` and `chain_hash` are those of the last durable batch. After an
    exception nothing may be committed any more: the log itself refuses.
    """

    def __init__(self, log: Log, clock: Clock, tail: LogTail) -> None:
        self._log = log
        self._clock = clock
        self._tail = tail

    @property
    def sequence(self) -> int:
        """The last durable sequence."""
        return self._tail.sequence

    @property
    def time_ns(self) -> int:
        """The stamp of the last durable batch."""
        return self._tail.time_ns

    @property
    def chain_hash(self) -> bytes:
        """The hash of the last durable batch."""
        return self._tail.chain_hash

    @property
    def epoch(self) -> int:
        """The epoch of the log."""
        return self._tail.epoch

    def commit(self, records: bytearray | bytes) -> Batch:
        """Stamp whole command records, chain them and append them. Durable on return.

        All records of a batch share one time, and time never goes back, whatever the clock does.

        Raises:
            LogFailed: the batch may or may not be durable; nobody may be told that it is.
        """
        tail = self._tail
        stamped = records if isinstance(records, bytearray) else bytearray(records)
        time_ns = max(tail.time_ns, self._clock.now_ns())
        count = codec.stamp(stamped, tail.sequence + 1, time_ns)
        batch = linked(tail, tail.sequence + count, time_ns, bytes(stamped))
        self._log.append(batch)
        self._tail = tail_of(batch)
        return batch
