"""The price of an auction: a pure function of what is in the book."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from outcry.domain.order import Side

Levels = Sequence[tuple[int, int]]
"""(price_ticks, lots), best first, with everything that is open."""


class Outcome(NamedTuple):
    """What an auction would do: `surplus_lots` of `side` are left over at its price.

    With price 0 nothing would trade.
    """

    price_ticks: int = 0
    paired_lots: int = 0
    surplus_lots: int = 0
    side: int = Side.BUY


class _Curve:
    """How many lots one side would trade at a price."""

    def __init__(self, levels: Levels, sign: int) -> None:
        self._sign = sign
        self._keys = [sign * price for price, _ in levels]
        self._sums = [0, *accumulate(lots for _, lots in levels)]

    def at(self, price_ticks: int) -> int:
        """Return the lots of all levels that reach a price; their keys ascend."""
        return self._sums[bisect_left(self._keys, self._sign * price_ticks + 1)]


def find_price(bids: Levels, asks: Levels, reference_ticks: int) -> Outcome:
    """Return what an auction over these levels does.

    Candidates are every limit price and the reference (0: there is none). In turn: the largest
    volume; the smallest surplus; where all that remain have a surplus to buy the highest, to sell
    the lowest; the nearest to the reference; the lowest.
    """
    if not bids or not asks or bids[0][0] < asks[0][0]:
        return Outcome()
    buys, sells = _Curve(bids, -1), _Curve(asks, 1)
    prices = {price for price, _ in (*bids, *asks)} | {reference_ticks}
    rows = [(price, buys.at(price), sells.at(price)) for price in sorted(prices) if price]
    volume = max(min(b, s) for _, b, s in rows)
    rows = [(p, b, s) for p, b, s in rows if min(b, s) == volume]
    surplus = min(abs(b - s) for _, b, s in rows)
    rows = [(p, b, s) for p, b, s in rows if abs(b - s) == surplus]
    price = _choose(rows, reference_ticks)
    bought, sold = buys.at(price), sells.at(price)
    return Outcome(price, volume, surplus, Side.SELL if sold > bought else Side.BUY)


def _choose(rows: Sequence[tuple[int, int, int]], reference_ticks: int) -> int:
    """Return one of the prices, ascending, at which volume and surplus are equal."""
    if all(bought > sold for _, bought, sold in rows):
        return rows[-1][0]
    if all(sold > bought for _, bought, sold in rows) or not reference_ticks:
        return rows[0][0]
    return min((abs(price - reference_ticks), price) for price, _, _ in rows)[1]
