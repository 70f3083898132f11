"""When a tree head is due, and what is in it: taken from stored tiles, never from what may be lost.

A head says that the log was this tree, for ever. So one is only made of what the store holds, and
only while the store still agrees with the last head that was ever signed: a ledger that was made
anew from another log is told at once, and nothing is signed over it.
"""

from outcry.ledger.proofs import reads
from outcry.ledger.proofs.note import Head, NoteKey, Sign, origin_of, read_head, sign_note, text_of
from outcry.ledger.proofs.tree import stored_root
from outcry.ports import LedgerStore, ProofStore

LOGS = ("events", "trades")
"""The Merkle logs of a venue."""
HeadRow = tuple[str, int, int, int, str]
"""(log, size, sequence, time_ns, note): a row of the table `heads`."""


class HeadsDisagree(Exception):
    """The stored log does not begin with what was signed before. Nothing may be signed over it."""


class HeadPublisher:
    """Signs heads of a ledger's logs, of one moment of it. It belongs to whoever writes the ledger.

    Invariant: each head is an extension of the one before.
    """

    def __init__(
        self,
        ledger: LedgerStore,
        proofs: ProofStore,
        sign: Sign,
        *,
        interval_ns: int = 1_000_000_000,
    ) -> None:
        """Go on after the heads in `proofs`; a log has at most one head in `interval_ns`."""
        self._ledger = ledger
        self._proofs = proofs
        self._sign = sign
        self._interval_ns = interval_ns
        self._signed_ns = -interval_ns
        self._unchecked = set(LOGS)
        last = {log: reads.last_head(proofs, log) for log in LOGS}
        self._sizes = {log: row.size if row else 0 for log, row in last.items()}

    def publish(self, now_ns: int) -> int:
        """Sign and store the heads that are due; return how many.

        Raises:
            HeadsDisagree: The ledger contradicts a head that was signed before.
        """
        rows = self.heads_due(now_ns)
        if rows:
            self._proofs.add({"heads": rows})
            self._sizes.update({row[0]: row[1] for row in rows})
            self._signed_ns = now_ns
        return len(rows)

    def heads_due(self, now_ns: int) -> list[HeadRow]:
        """Return the heads of the logs that have grown, unless some were signed just now.

        Raises:
            HeadsDisagree: The ledger contradicts a head that was signed before.
        """
        if 0 <= now_ns - self._signed_ns < self._interval_ns:
            return []
        sequence = self._ledger.checkpoint().sequence
        rows = []
        for log in LOGS:
            size = reads.log_size(self._ledger, log)
            self._check(log, size)
            if size > self._sizes[log]:
                rows.append(self._row(log, size, sequence, now_ns))
        return rows

    def _check(self, log: str, size: int) -> None:
        """Hold the store against what was signed before this object was made, as far as it goes."""
        if log not in self._unchecked:
            return
        row = reads.head_up_to(self._proofs, log, size)
        if row is not None:
            before = read_head(text_of(row.note))
            if stored_root(reads.tile_reader(self._ledger, log), before.size) != before.root:
                raise HeadsDisagree(
                    f"the log {log} is not the one whose first {before.size} leaves were signed"
                )
        if size >= self._sizes[log]:
            self._unchecked.discard(log)

    def _row(self, log: str, size: int, sequence: int, now_ns: int) -> HeadRow:
        root = stored_root(reads.tile_reader(self._ledger, log), size)
        origin = origin_of(self._proofs.log_id, log)
        head = Head(origin, size, root, sequence, now_ns)
        note = sign_note(head.text(), NoteKey(origin, self._proofs.public_key), self._sign)
        return log, size, sequence, now_ns, note
