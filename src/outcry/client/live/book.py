"""A market's book, kept from a stream's messages: right at its sequence, or not to be had.

A delta continues the book only if it names the sequence the book is at; everything else is a gap,
and the checksum catches what no sequence shows. A book with a gap answers nothing until the next
snapshot, so that nobody trades on what may be wrong.
"""

from bisect import bisect_left
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING
from zlib import crc32

from outcry.client.errors import ClientError

if TYPE_CHECKING:
    from outcry.client.answers import Level
    from outcry.client.live.messages import Told

CHECKSUM_LEVELS = 10
SNAPSHOT_LEVELS = 5_000
"""A side with as many levels in a snapshot may go on behind them."""
KNOWN_LEVELS_MIN = 1_000
"""A cut side with fewer left is asked for again, long before its end could be seen."""
GONE = "0"


class NotSynced(ClientError):
    """The book is not known just now; it will be after the next snapshot."""


class Verdict(Enum):
    """What a message was to a book."""

    APPLIED = "it is in"
    IGNORED = "the book has it already, or waits for a snapshot"
    LOST = "a message before it is missing: ask for a snapshot"


class Side:
    """One side, best level last in `_prices`: `sign` is 1 for bids and -1 for asks."""

    __slots__ = ("_edge", "_levels", "_prices", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._levels: dict[Decimal, Level] = {}
        self._prices: list[Decimal] = []
        self._edge: Decimal | None = None

    def fill(self, levels: "list[Level]") -> None:
        """Begin anew with the levels of a snapshot, best first."""
        self._levels = {self._sign * Decimal(level[0]): level for level in levels}
        self._prices = sorted(self._levels)
        self._edge = self._prices[0] if len(levels) >= SNAPSHOT_LEVELS else None

    def put(self, level: "Level") -> None:
        """State a level; a quantity of "0" takes it away."""
        price = self._sign * Decimal(level[0])
        if self._edge is not None and price < self._edge:
            return
        if level[1] == GONE:
            if self._levels.pop(price, None) is not None:
                del self._prices[bisect_left(self._prices, price)]
        else:
            if price not in self._levels:
                self._prices.insert(bisect_left(self._prices, price), price)
            self._levels[price] = level

    @property
    def is_short(self) -> bool:
        """Whether the side was cut and too little of it is left."""
        return self._edge is not None and len(self._prices) < KNOWN_LEVELS_MIN

    def best(self, limit: int) -> "list[Level]":
        """Return up to `limit` levels, best first."""
        return [self._levels[price] for price in self._prices[: -limit - 1 : -1]]


class LocalBook:
    """One market's book. Reading it raises `NotSynced` while it is not known.

    `sequence` is that of REST depth; `resyncs` counts how often a gap was found.
    """

    def __init__(self, market: str) -> None:
        self.market = market
        self.sequence = -1
        self.is_synced = False
        self.resyncs = 0
        self._bids, self._asks = Side(1), Side(-1)

    def receive(self, message: "Told") -> Verdict:
        """Take in a message of the book's channel."""
        if message.is_snapshot:
            if self.is_synced and message.sequence < self.sequence:
                return Verdict.IGNORED
            self._bids.fill(message.bids)
            self._asks.fill(message.asks)
        elif not self.is_synced or message.sequence <= self.sequence:
            return Verdict.IGNORED
        elif message.previous != self.sequence:
            return self._lost()
        else:
            for level in message.bids:
                self._bids.put(level)
            for level in message.asks:
                self._asks.put(level)
        self.sequence, self.is_synced = message.sequence, True
        if self._checksum() != message.checksum or self._bids.is_short or self._asks.is_short:
            return self._lost()
        return Verdict.APPLIED

    def _lost(self) -> Verdict:
        self.resyncs += 1
        self.forget()
        return Verdict.LOST

    def forget(self) -> None:
        """Let only a snapshot, of whatever sequence, make the book known again."""
        self.is_synced = False

    def bids(self, limit: int = SNAPSHOT_LEVELS) -> "list[Level]":
        """Return (price, quantity) of the best bids, best first.

        Raises:
            NotSynced: the book is not known just now.
        """
        self._check()
        return self._bids.best(limit)

    def asks(self, limit: int = SNAPSHOT_LEVELS) -> "list[Level]":
        """Return (price, quantity) of the best asks, best first.

        Raises:
            NotSynced: the book is not known just now.
        """
        self._check()
        return self._asks.best(limit)

    def _check(self) -> None:
        if not self.is_synced:
            raise NotSynced(f"the book of {self.market} is not known just now")

    def _checksum(self) -> int:
        levels = self._asks.best(CHECKSUM_LEVELS) + self._bids.best(CHECKSUM_LEVELS)
        return crc32("|".join([f"{price}:{quantity}" for price, quantity in levels]).encode())
