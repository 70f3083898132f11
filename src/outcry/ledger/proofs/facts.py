"""What the public may know of a trade: the leaf of the log `trades`, and how it is read back.

*Source:* `docs/ledger.md`, section Proofs: 45 bytes, big-endian.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

from outcry.codec import LENGTH
from outcry.domain.events import Event, Trade
from outcry.ledger.rows import Row

_LAYOUT = Struct(">IQQqqqB")
_SEQUENCE = itemgetter(1)


class TradeFacts(NamedTuple):
    """A trade without its accounts and orders. `taker_side` is 0 for buy, 1 for sell."""

    market: int
    trade_id: int
    sequence: int
    time_ns: int
    price_ticks: int
    lots: int
    taker_side: int

    def leaf(self) -> bytes:
        """Return the bytes of the leaf.

        Raises:
            struct.error: A number does not fit its place.
        """
        return _LAYOUT.pack(*self)


def leaf_of(event: Trade) -> bytes:
    """Return the bytes of a trade's leaf."""
    return _LAYOUT.pack(
        event.market,
        event.trade_id,
        event.sequence,
        event.time_ns,
        event.price_ticks,
        event.lots,
        event.taker_side,
    )


def event_rows(
    events: Iterable[Event], records: bytes, leaf: int, trade_leaf: int, rows: list[Row]
) -> tuple[list[bytes], list[bytes]]:
    """Add the rows of the table `events` for a batch; return the new leaves of both logs.

    `leaf` and `trade_leaf` are how many leaves there were. `compiled` has a twin of this.
    """
    leaves: list[bytes] = []
    facts: list[bytes] = []
    end = 0
    for sequence, told in groupby(events, _SEQUENCE):
        start, earlier, at, time_ns = end, len(leaves), trade_leaf + len(facts), 0
        for event in told:
            begin = end
            end += LENGTH.unpack_from(records, begin)[0]
            leaves.append(records[begin:end])
            time_ns = event[2]
            if type(event) is Trade:
                facts.append(leaf_of(event))
        count = len(leaves) - earlier
        rows.append((sequence, time_ns, leaf + earlier, at, count, records[start:end]))
    return leaves, facts


def facts_of(event: Trade) -> TradeFacts:
    """Return what the public may know of a trade."""
    return TradeFacts(
        event.market,
        event.trade_id,
        event.sequence,
        event.time_ns,
        event.price_ticks,
        event.lots,
        event.taker_side,
    )
