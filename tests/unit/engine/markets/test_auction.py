"""The price of an auction against a slow search that does what the rule says, word for word."""

from random import Random

import pytest

from outcry.domain.order import Side
from outcry.engine.markets.auction import Levels, Outcome, find_price

TABLE: tuple[tuple[str, Levels, Levels, int, Outcome], ...] = (
    ("an empty book", [], [], 100, Outcome()),
    ("only buyers", [(100, 5)], [], 100, Outcome()),
    ("nothing crosses", [(99, 5)], [(100, 5)], 99, Outcome()),
    ("one price", [(100, 5)], [(100, 5)], 0, Outcome(100, 5, 0, Side.BUY)),
    ("the largest volume", [(105, 10), (101, 10)], [(100, 5), (101, 15), (104, 10)], 0,
     Outcome(101, 20, 0, Side.BUY)),
    ("the smallest surplus", [(102, 10), (100, 5)], [(99, 10)], 99, Outcome(102, 10, 0, Side.BUY)),
    ("buyers left over: the highest", [(102, 15)], [(98, 10)], 98, Outcome(102, 10, 5, Side.BUY)),
    ("sellers left over: the lowest", [(102, 10)], [(98, 15)], 102, Outcome(98, 10, 5, Side.SELL)),
    ("the reference itself", [(104, 10)], [(98, 10)], 101, Outcome(101, 10, 0, Side.BUY)),
    ("the nearest below it", [(104, 10)], [(98, 10)], 200, Outcome(104, 10, 0, Side.BUY)),
    ("the nearest above it", [(104, 10)], [(98, 10)], 1, Outcome(98, 10, 0, Side.BUY)),
    ("no reference: the lower", [(104, 10)], [(98, 10)], 0, Outcome(98, 10, 0, Side.BUY)),
    ("a surplus on each side, near the upper", [(100, 10), (99, 5)], [(99, 10), (100, 5)], 150,
     Outcome(100, 10, 5, Side.SELL)),
    ("a surplus on each side, no reference", [(100, 10), (99, 5)], [(99, 10), (100, 5)], 0,
     Outcome(99, 10, 5, Side.BUY)),
    ("large numbers", [(1 << 61, 1 << 61)], [(1, 1 << 60)], 5,
     Outcome(1 << 61, 1 << 60, 1 << 60, Side.BUY)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("bids", "asks", "reference", "expected"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_the_rule_in_turn(bids: Levels, asks: Levels, reference: int, expected: Outcome) -> None:
    assert find_price(bids, asks, reference) == expected


def slowly(bids: Levels, asks: Levels, reference: int) -> Outcome:
    """Return the outcome by asking every candidate about every order."""

    def bought(price: int) -> int:
        return sum(lots for limit, lots in bids if limit >= price)

    def sold(price: int) -> int:
        return sum(lots for limit, lots in asks if limit <= price)

    def over(price: int) -> int:
        return bought(price) - sold(price)

    candidates = [limit for limit, _ in bids] + [limit for limit, _ in asks]
    if reference:
        candidates.append(reference)
    volumes = {price: min(bought(price), sold(price)) for price in candidates}
    if max(volumes.values(), default=0) == 0:
        return Outcome()
    candidates = [p for p in candidates if volumes[p] == max(volumes.values())]
    least = min(abs(over(price)) for price in candidates)
    candidates = [price for price in candidates if abs(over(price)) == least]
    if all(over(price) > 0 for price in candidates):
        price = max(candidates)
    elif all(over(price) < 0 for price in candidates):
        price = min(candidates)
    else:
        nearest = min(abs(price - reference) for price in candidates) if reference else None
        price = min(p for p in candidates if nearest is None or abs(p - reference) == nearest)
    side = Side.SELL if over(price) < 0 else Side.BUY
    return Outcome(price, volumes[price], least, side)


def levels(random: Random, sign: int) -> Levels:
    """Return some levels, best first, around a price where books like to cross."""
    prices = random.sample(range(90, 111), random.randint(0, 8))
    return [(price, random.randint(1, 4)) for price in sorted(prices, reverse=sign > 0)]


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_a_slow_search(seed: int) -> None:
    random = Random(seed)
    crossed = 0
    for _ in range(200):
        bids, asks = levels(random, 1), levels(random, -1)
        reference = random.choice((0, random.randint(80, 120)))
        outcome = slowly(bids, asks, reference)
        assert find_price(bids, asks, reference) == outcome, (bids, asks, reference)
        crossed += outcome.price_ticks > 0
    assert crossed > 50


@pytest.mark.parametrize("seed", range(5))
def test_no_price_would_trade_more_and_none_leaves_a_crossed_book(seed: int) -> None:
    random = Random(1_000 + seed)
    for _ in range(200):
        bids, asks = levels(random, 1), levels(random, -1)
        price, paired, _, _ = find_price(bids, asks, 0)
        for other in range(89, 112) if price else ():
            buys = sum(lots for limit, lots in bids if limit >= other)
            sells = sum(lots for limit, lots in asks if limit <= other)
            assert min(buys, sells) <= paired
        left_bid = max((p for p, _ in _left(bids, paired)), default=0)
        left_ask = min((p for p, _ in _left(asks, paired)), default=1_000)
        assert not price or left_bid < left_ask


def _left(side: Levels, lots: int) -> Levels:
    """Return what is left of a side when its best lots are gone."""
    rest = []
    for price, here in side:
        taken = min(here, lots)
        lots -= taken
        if here > taken:
            rest.append((price, here - taken))
    return rest
