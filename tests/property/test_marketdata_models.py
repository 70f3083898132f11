"""Candles and books against models that are too simple to be wrong."""

from bisect import insort

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.marketdata.candle import INTERVALS, SECOND_NS, Candle, Candles, aggregate
from outcry.marketdata.depth import BookSide

Print = tuple[int, int, int]
"""(time_ns, price_ticks, lots)"""

gaps_ns = st.one_of(
    st.integers(0, SECOND_NS),
    st.integers(0, 3_600 * SECOND_NS),
    st.integers(0, 40 * 86_400 * SECOND_NS),
)
steps = st.lists(
    st.tuples(gaps_ns, st.integers(1, 50), st.integers(1, 1 << 62), st.booleans()), max_size=60
)


def direct(name: str, prints: list[Print]) -> list[Candle]:
    """Return the candles of an interval, computed from its trades alone."""
    buckets: dict[int, list[Print]] = {}
    for trade in prints:
        buckets.setdefault(INTERVALS[name].floor(trade[0]), []).append(trade)
    return [
        Candle(
            open_ns,
            trades[0][1],
            max(price for _, price, _ in trades),
            min(price for _, price, _ in trades),
            trades[-1][1],
            sum(lots for _, _, lots in trades),
            sum(price * lots for _, price, lots in trades),
            len(trades),
        )
        for open_ns, trades in buckets.items()
    ]


@settings(deadline=None)
@given(st.integers(0, 60 * 365 * 86_400 * SECOND_NS), steps)
def test_every_interval_is_what_its_trades_say(
    start_ns: int, steps: list[tuple[int, int, int, bool]]
) -> None:
    candles, prints, now_ns = Candles(), [], start_ns
    for gap_ns, price, lots, read in steps:
        now_ns += gap_ns
        prints.append((now_ns, price, lots))
        candles.add(now_ns, price, lots, price * lots)
        if read:
            candles.settle()
    candles.settle()
    for name, interval in INTERVALS.items():
        made = aggregate(interval, candles.series[interval.base].candles)
        assert made == direct(name, prints)


@settings(deadline=None)
@given(st.integers(-(10**18), 10**19 // 2))
def test_every_moment_is_in_exactly_one_bucket(time_ns: int) -> None:
    for interval in INTERVALS.values():
        open_ns = interval.floor(time_ns)
        assert open_ns <= time_ns < interval.next(open_ns)
        assert interval.floor(open_ns) == open_ns
        assert interval.floor(interval.next(open_ns) - 1) == open_ns


puts = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from((0, 0, 1, 2, 9)), st.integers(0, 12)),
    max_size=120,
)


@settings(deadline=None)
@given(puts, st.booleans())
def test_side_reads_as_a_sorted_list_would(
    puts: list[tuple[int, int, int]], descending: bool
) -> None:
    side, model = BookSide(descending=descending), list[tuple[int, int]]()
    for price, lots, limit in puts:
        side.put(price, lots)
        model = [level for level in model if level[0] != price]
        if lots:
            insort(model, (price, lots))
        ordered = model[::-1] if descending else model
        if limit:
            assert side.best(limit) == ordered[:limit]
    assert side.best(100) == (model[::-1] if descending else model)
