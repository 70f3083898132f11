"""Cores that fail on a command which every good core carries out: a bug nobody has found yet."""

from typing import Any

from outcry import codec
from outcry.domain import commands as c
from outcry.engine.core import END, FULL, CoreFactory, Records

BAD_LOTS = 666
"""Whoever orders so many lots finds the bug."""
_PLACE = codec.NUMBER_OF[c.PlaceOrder]
_LOTS = codec.HEADER.size + 16


class Poisoned(RuntimeError):
    """What the bug raises."""


def poison(key: str = "bad") -> bytes:
    """Return an order that every good core carries out."""
    return codec.place_order(1, 1, key, 0, 0, 0, 0, 0, 990, BAD_LOTS, 0)


def _is_poison(record: memoryview) -> bool:
    lots = int.from_bytes(record[_LOTS : _LOTS + 8], "little")
    return record[2] == _PLACE and lots == BAD_LOTS


def _good_part(records: Records, start: int) -> int:
    """Return where the first poison begins; the end where there is none."""
    offset = start
    for record in codec.split(memoryview(records)[start:]):
        if _is_poison(record):
            return offset
        offset += len(record)
    return offset


def poisoned(factory: CoreFactory) -> CoreFactory:
    """Return a core with the bug; what comes before it in a call is applied."""
    base: Any = factory

    class Sick(base):  # type: ignore[misc]  # one of the two cores
        def apply(self, records: Records, start: int = 0) -> tuple[bytes, int, int]:
            end = _good_part(records, start)
            if end == start and end < len(records):
                raise Poisoned("the bug was found")
            events, offset, stop = super().apply(bytes(records[:end]), start)
            return events, offset, FULL if stop == END and end < len(records) else stop

    return Sick
