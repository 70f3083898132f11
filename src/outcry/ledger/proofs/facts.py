"""What the public may know of a trade: the leaf of the log `trades`, and how it is read back.

*Source:* `docs/ledger.md`, section Proofs: 45 bytes, big-endian.
"""

from struct import Struct
from typing import NamedTuple

from outcry.domain.events import Trade

_LAYOUT = Struct(">IQQqqqB")


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
