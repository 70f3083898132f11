"""Which quotes to have, and the fewest changes that lead there. Pure functions, whole ticks."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Annotated, NamedTuple

import msgspec

from outcry.maker.model import BPS
from outcry.strategy import Book, OwnOrder, Side

Positive = Annotated[int, msgspec.Meta(ge=1)]


class QuoteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the quotes of a market look like. A basis point is a ten thousandth of the price."""

    levels: Annotated[int, msgspec.Meta(ge=1, le=50)] = 5
    """On each side."""
    spacing_bps: Annotated[float, msgspec.Meta(gt=0, le=1_000)] = 10.0
    """From one level to the next."""
    spread_bps: Annotated[float, msgspec.Meta(gt=0, le=1_000)] = 10.0
    """From the best bid to the best ask, at least."""
    spread_max_bps: Annotated[float, msgspec.Meta(gt=0, le=5_000)] = 100.0
    quantity: str = "0.05"
    """Of the best level, in the base asset."""
    growth_percent: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    """How much more of it each level behind has than the one before: of the best level's."""
    position_max: str = "2"
    """The most to be long or short, in the base asset: quotes that might lead beyond are not made.
    """
    keep_bps: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0
    """A quote this near to where it should be stays, with its place in the queue."""
    refresh_s: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 5.0


class Quote(NamedTuple):
    """A quote to have."""

    side: Side
    price_ticks: int
    lots: int


@dataclass(frozen=True, slots=True)
class Around:
    """Where quotes are made: in ticks around a price, between what others quote."""

    price_ticks: float
    """The reference price. It need not be whole."""
    lean_bps: float
    spread_bps: float
    best_bid: int | None
    """Of others, in ticks: asks stay above it."""
    best_ask: int | None
    """Of others, in ticks: bids stay below it."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many lots may be quoted: of one level, and of all together, by side."""

    level_lots: int
    """Of the best level."""
    buy_lots: int
    sell_lots: int
    min_lots: int = 1


def wanted(settings: QuoteSettings, around: Around, room: Room) -> list[Quote]:
    """Return the quotes to have, best levels first, bids before asks.

    No bid is at or above an ask, none is at or above what others ask, no ask at or below what they
    bid, no price twice, and no side has more lots than its room.
    """
    step = around.price_ticks / BPS
    middle = around.price_ticks + around.lean_bps * step
    half = max(around.spread_bps, settings.spread_bps) * step / 2
    bid = floor(middle - half)
    if around.best_ask is not None:
        bid = min(bid, around.best_ask - 1)
    ask = max(ceil(middle + half), bid + 1)
    if around.best_bid is not None:
        ask = max(ask, around.best_bid + 1)
    apart = settings.spacing_bps * step
    bids = _levels(settings.levels, bid, -apart)
    asks = _levels(settings.levels, ask, apart)
    sizes = [
        room.level_lots * (100 + settings.growth_percent * level) // 100
        for level in range(settings.levels)
    ]
    return [
        *_filled("buy", bids, sizes, room.buy_lots, room.min_lots),
        *_filled("sell", asks, sizes, room.sell_lots, room.min_lots),
    ]


def _levels(count: int, best: int, apart: float) -> list[int]:
    """Return prices away from the best, at least a tick apart."""
    sign = 1 if apart > 0 else -1
    prices = [best]
    for level in range(1, count):
        price = best + (ceil(level * apart) if sign > 0 else floor(level * apart))
        prices.append(max(price, prices[-1] + 1) if sign > 0 else min(price, prices[-1] - 1))
    return [price for price in prices if price > 0]


def _filled(
    side: Side, prices: list[int], sizes: list[int], room_lots: int, min_lots: int
) -> Iterable[Quote]:
    left = room_lots
    for price, size in zip(prices, sizes, strict=False):
        lots = min(size, left)
        if lots < min_lots:
            return
        left -= lots
        yield Quote(side, price, lots)


class Changes(NamedTuple):
    """What leads from the orders there are to the quotes there should be."""

    cancel: list[str]
    """Keys. They go first, so that what is new meets nothing of one's own."""
    place: list[Quote]


def changes(own: Iterable[OwnOrder], quotes: Iterable[Quote], keep_ticks: int) -> Changes:
    """Return the fewest changes: what is near enough, and not nearly used up, stays.

    An order stays for a quote of its side within `keep_ticks` of its price (less where bids and
    asks are so near that they would meet), with at most the quote's lots and at least half of them.
    One that is on its way out does not count.
    """
    left = [order for order in own if not order.is_leaving]
    place: list[Quote] = []
    quotes = list(quotes)
    keep_ticks = min(keep_ticks, _slack(quotes))
    for quote in quotes:
        kept = _nearest(left, quote, keep_ticks)
        if kept is None:
            place.append(quote)
        else:
            left.remove(kept)
    return Changes([order.key for order in left], place)


def _slack(quotes: list[Quote]) -> int:
    """Return how far bids and asks may both be from their places without meeting."""
    bid = max((q.price_ticks for q in quotes if q.side == "buy"), default=None)
    ask = min((q.price_ticks for q in quotes if q.side == "sell"), default=None)
    return BPS**2 if bid is None or ask is None else max(0, (ask - bid - 1) // 2)


def _nearest(orders: list[OwnOrder], quote: Quote, keep_ticks: int) -> OwnOrder | None:
    fits = [
        order
        for order in orders
        if order.side == quote.side
        and order.price_ticks is not None
        and abs(order.price_ticks - quote.price_ticks) <= keep_ticks
        and quote.lots <= 2 * order.open_lots <= 2 * quote.lots
    ]
    return min(fits, key=lambda order: _away(order, quote), default=None)


def _away(order: OwnOrder, quote: Quote) -> int:
    assert order.price_ticks is not None
    return abs(order.price_ticks - quote.price_ticks)


def of_others(book: Book, own: Iterable[OwnOrder]) -> tuple[int | None, int | None]:
    """Return the best bid and ask that are not one's own alone."""
    mine: dict[tuple[Side, int], int] = {}
    for order in own:
        if order.price_ticks is not None:
            name = (order.side, order.price_ticks)
            mine[name] = mine.get(name, 0) + order.open_lots
    bid = next((p for p, lots in book.bids if lots > mine.get(("buy", p), 0)), None)
    ask = next((p for p, lots in book.asks if lots > mine.get(("sell", p), 0)), None)
    return bid, ask


def ticks_of(price: Decimal, tick: str) -> float:
    """Return a reference price in ticks, not rounded: what is quoted is rounded away from it."""
    return float(price / Decimal(tick))
