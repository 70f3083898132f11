"""Points in a log: a sequence, or a time, as people write them."""

import re
from contextlib import closing
from datetime import UTC, datetime

from outcry.ports import Batch, Log

FIRST_MILLISECOND = 10**11
"""A whole number from here on is epoch milliseconds (1973), below it is a sequence."""

SECOND_NS = 1_000_000_000
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class BadPoint(ValueError):
    """Text that names no point of this log; the message says what would."""


def find_point(log: Log, text: str) -> int:
    """Return the sequence that `text` names: itself, or the last one at or before a time.

    Raises:
        BadPoint: it is neither, or lies outside the log.
        LogDamaged: a batch that has to be looked at is damaged.
    """
    end = log.tail()
    if _NUMBER.fullmatch(text) and int(text) < FIRST_MILLISECOND:
        sequence = int(text)
        if sequence > end.sequence:
            raise BadPoint(f"{sequence} has not come yet: the log ends at {end.sequence}")
        return sequence
    return last_at(log, time_ns_of(text))


def last_at(log: Log, time_ns: int) -> int:
    """Return the last sequence at or before a time; 0 where there is none. Bisects the log."""
    low, high = 0, log.tail().sequence
    while low < high:
        middle = (low + high) // 2
        batch = _batch_after(log, middle)
        if batch.time_ns <= time_ns:
            low = batch.last_sequence
        else:
            high = min(middle, batch.first_sequence - 1)
    return low


def _batch_after(log: Log, sequence: int) -> Batch:
    """Return the batch that holds the sequence behind this one, which is in the log."""
    with closing(log.read(sequence)) as batches:  # type: ignore[type-var]  # a generator
        return next(batches)


def time_ns_of(text: str) -> int:
    """Return a time in nanoseconds since 1970: RFC 3339, or epoch milliseconds.

    >>> time_ns_of("2026-01-02T03:04:05.5Z"), time_ns_of("1767323045500")
    (1767323045500000000, 1767323045500000000)

    Raises:
        BadPoint: it is neither.
    """
    if _NUMBER.fullmatch(text):
        return int(text) * 1_000_000
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        day, time, fraction, zone = found.groups()
        moment = datetime.fromisoformat(f"{day}T{time}{zone.upper().replace('Z', '+00:00')}")
    except ValueError:
        raise BadPoint(
            f"{text!r} is neither a sequence nor a time; write 1234, 2026-01-02T03:04:05Z, or"
            " milliseconds since 1970"
        ) from None
    return int(moment.timestamp()) * SECOND_NS + int((fraction or "").ljust(9, "0"))


def time_text(time_ns: int) -> str:
    """Return a time as RFC 3339 in UTC, exact: it names the same point when it is read again.

    >>> time_text(1767323045500000001)
    '2026-01-02T03:04:05.500000001Z'
    """
    second, rest_ns = divmod(time_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(second, UTC).isoformat()[:19]}.{rest_ns:09d}Z"
