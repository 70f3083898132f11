"""Records that concern the log itself: which rules it needs, and what in it is to be skipped.

Whoever replays a log has to know of both before the first command. They are therefore found by
their bytes alone: length, type, version and flags of a record that counts are always the same.
"""

from collections.abc import Collection, Iterator
from struct import Struct

from outcry.codec.layouts import (
    COMMAND_BY_NUMBER,
    FLAG_STAFF,
    NUMBER_OF,
    STAMP,
    STAMP_OFFSET,
    VERSION,
    BadRecord,
)
from outcry.codec.plain import check_records, encode_command, split
from outcry.domain import commands as c
from outcry.domain.skipping import skip_counts

_PREFIX = Struct("<HBBI")
_ACTIVATE = COMMAND_BY_NUMBER[NUMBER_OF[c.ActivateRules]]
_SKIP = COMMAND_BY_NUMBER[NUMBER_OF[c.SkipCommand]]
_ACTIVATE_PREFIX = _PREFIX.pack(_ACTIVATE.body_end, _ACTIVATE.number, VERSION, FLAG_STAFF)
_SKIP_PREFIX = _PREFIX.pack(_SKIP.body_end, _SKIP.number, VERSION, FLAG_STAFF)


def rules_in(records: bytes) -> int:
    """Return the newest rules that whole records activate, known or not; 0 where they do not."""
    if _ACTIVATE_PREFIX not in records:
        return 0
    found = _beginning_with(_ACTIVATE_PREFIX, records)
    return max((int(_ACTIVATE.whole.unpack_from(record)[8]) for record in found), default=0)


def skips_in(records: bytes) -> list[int]:
    """Return the sequences that whole stamped records take out of effect."""
    if _SKIP_PREFIX not in records:
        return []
    skips = []
    for record in _beginning_with(_SKIP_PREFIX, records):
        _, _, _, _, sequence, _, _, _, skipped, *texts = _SKIP.whole.unpack_from(record)
        if skip_counts(skipped, sequence, *texts):
            skips.append(skipped)
    return skips


def _beginning_with(prefix: bytes, records: bytes) -> Iterator[memoryview]:
    return (record for record in split(records) if record[: len(prefix)] == prefix)


def without(records: bytes, skips: Collection[int]) -> bytes:
    """Return whole stamped records with a `Tick` of the same sequence and time for each skipped."""
    if not skips:
        return records
    kept = []
    for record in split(records):
        sequence, time_ns = STAMP.unpack_from(record, STAMP_OFFSET)
        if sequence in skips:
            tick = c.Tick(sequence=sequence, time_ns=time_ns)
            kept.append(encode_command(tick))
        else:
            kept.append(bytes(record))
    return b"".join(kept)


def check_rules(records: bytes) -> None:
    """Check that whole records go by rules that this program knows.

    Raises:
        BadRecord: they do not: a newer program has written them.
    """
    rules = rules_in(records)
    if rules > c.RULES:
        raise BadRecord(f"rules {rules} are newer than those this program knows, up to {c.RULES}")


def check_notices(records: bytes) -> None:
    """Check that unstamped records have nothing that may not enter a running venue's log.

    Rules that this program does not know would be refused today and mean something to a later
    program. A skip is ordered of a venue that stands still: one that runs has applied everything.

    Raises:
        BadRecord: they have.
    """
    check_rules(records)
    if _SKIP_PREFIX in records and any(_beginning_with(_SKIP_PREFIX, records)):
        raise BadRecord("a running venue has nothing to skip")


def check_offered(records: bytes, count: int) -> None:
    """Check what somebody wants to enter a running venue's log: both checks above in one.

    Raises:
        BadRecord: as `plain.check_records` and `check_notices`.
    """
    check_records(records, count)
    check_notices(records)
