"""Records whose padding is not 0: the first rules overlook it, newer ones do not."""

from struct import calcsize

from outcry import codec
from outcry.domain import commands as c

_SET_MARKET = codec.NUMBER_OF[c.SetMarket]
_OF_MARKET = codec.HEADER.size + calcsize("<32sIIqIBB")


def dirtied(record: bytes) -> bytes:
    """Return a record with something in padding that its kind has: behind its key, if any."""
    layout = codec.COMMAND_BY_NUMBER[record[2]]
    behind = len(record) > layout.body_end + record[4]
    dirty = bytearray(record)
    if behind:
        dirty[-1] = 1
    else:
        dirty[_OF_MARKET if record[2] == _SET_MARKET else layout.body_end - 1] = 1
    return bytes(dirty)
