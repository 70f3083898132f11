"""From a span of time to what rows are found by: sequences and postings.

Time never goes back from one event to the next, so a moment is found by halving, in a few dozen
looks at single rows, however large the ledger is.
"""

from collections.abc import Callable

from outcry.ledger.reads.history import LARGEST
from outcry.ports import LedgerStore

_TIME_FROM = "SELECT time_ns FROM events WHERE sequence >= ? ORDER BY sequence LIMIT 1"
_LAST_SEQUENCE = "SELECT coalesce(max(sequence), 0) FROM events"
_POSTING_FROM = """
SELECT sequence FROM postings WHERE owner = ? AND posting >= ? ORDER BY posting LIMIT 1"""
_LAST_POSTING = "SELECT posting FROM postings WHERE owner = ? ORDER BY posting DESC LIMIT 1"


def sequences_between(store: LedgerStore, start_ns: int, end_ns: int) -> tuple[int, int]:
    """Return the first and the last sequence of the events in [start, end]; empty if first > last.

    The last one is never above that of the last event, so what is added meanwhile is left out.
    """
    (last,) = store.query(_LAST_SEQUENCE, ())[0]

    def time_from(sequence: int) -> int:
        return int(store.query(_TIME_FROM, (sequence,))[0][0])

    first = _first(1, last, lambda sequence: time_from(sequence) >= start_ns) if start_ns > 0 else 1
    if end_ns >= LARGEST:
        return first, last
    return first, _first(first, last, lambda sequence: time_from(sequence) > end_ns) - 1


def postings_between(store: LedgerStore, owner: int, first: int, last: int) -> tuple[int, int]:
    """Return the bounds of an owner's postings by the sequences in [first, last]."""
    rows = store.query(_LAST_POSTING, (owner,))
    end = rows[0][0] if rows else 0

    def sequence_from(posting: int) -> int:
        return int(store.query(_POSTING_FROM, (owner, posting))[0][0])

    low = _first(1, end, lambda posting: sequence_from(posting) >= first) if first > 1 else 1
    if end and sequence_from(end) <= last:
        return low, end
    return low, _first(low, end, lambda posting: sequence_from(posting) > last) - 1


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the first number in [low, high] for which it holds, `high + 1` for none."""
    high += 1
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
