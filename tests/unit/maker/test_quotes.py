"""Where quotes are made: numbers worked by hand, and what holds for all of them."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.maker.quotes import Around, Quote, QuoteSettings, Room, changes, of_others, wanted
from outcry.strategy import Book, OwnOrder, Side

PLENTY = Room(level_lots=500, buy_lots=1 << 40, sell_lots=1 << 40)


def around(price: float, lean: float = 0, spread: float = 10, **book: int | None) -> Around:
    return Around(price, lean, spread, book.get("bid"), book.get("ask"))


def prices(quotes: list[Quote], side: Side) -> list[int]:
    return [quote.price_ticks for quote in quotes if quote.side == side]


def own(side: Side, price: int, lots: int, open_lots: int | None = None, key: str = "") -> OwnOrder:
    name = key or f"{side}{price}"
    return OwnOrder(name, side, price, lots, lots if open_lots is None else open_lots, True)


def test_usual_quotes_are_five_a_side_ten_basis_points_apart() -> None:
    """60,000.00 in ticks of a cent: ten basis points are 6,000 ticks, half the spread 3,000."""
    quotes = wanted(QuoteSettings(), around(6_000_000), PLENTY)
    assert prices(quotes, "buy") == [5_997_000, 5_991_000, 5_985_000, 5_979_000, 5_973_000]
    assert prices(quotes, "sell") == [6_003_000, 6_009_000, 6_015_000, 6_021_000, 6_027_000]
    assert {quote.lots for quote in quotes} == {500}


def test_lean_moves_both_sides_and_a_wider_spread_opens_them() -> None:
    quotes = wanted(QuoteSettings(levels=1), around(6_000_000, lean=-5, spread=20), PLENTY)
    assert (prices(quotes, "buy"), prices(quotes, "sell")) == ([5_991_000], [6_003_000])


def test_spread_is_never_below_the_one_that_was_set() -> None:
    quotes = wanted(QuoteSettings(levels=1), around(6_000_000, spread=1), PLENTY)
    assert (prices(quotes, "buy"), prices(quotes, "sell")) == ([5_997_000], [6_003_000])


def test_prices_between_ticks_are_rounded_away_from_the_middle() -> None:
    quotes = wanted(QuoteSettings(levels=1), around(2_000.5), PLENTY)
    assert (prices(quotes, "buy"), prices(quotes, "sell")) == ([1_999], [2_002])


def test_quotes_stay_behind_what_others_quote() -> None:
    quotes = wanted(QuoteSettings(levels=2), around(6_000_000, ask=5_990_000), PLENTY)
    assert prices(quotes, "buy") == [5_989_999, 5_983_999]
    quotes = wanted(QuoteSettings(levels=2), around(6_000_000, bid=6_010_000), PLENTY)
    assert prices(quotes, "sell") == [6_010_001, 6_016_001]


def test_room_is_filled_from_the_best_level_on() -> None:
    room = Room(level_lots=500, buy_lots=1_200, sell_lots=0)
    quotes = wanted(QuoteSettings(), around(6_000_000), room)
    assert [quote.lots for quote in quotes] == [500, 500, 200]
    short = Room(level_lots=500, buy_lots=1_200, sell_lots=0, min_lots=300)
    assert [quote.lots for quote in wanted(QuoteSettings(), around(6_000_000), short)] == [500, 500]


def test_levels_grow_with_the_distance() -> None:
    quotes = wanted(QuoteSettings(levels=3, growth_percent=50), around(6_000_000), PLENTY)
    assert [quote.lots for quote in quotes if quote.side == "buy"] == [500, 750, 1_000]


SETTINGS = st.builds(
    QuoteSettings,
    levels=st.integers(1, 12),
    spacing_bps=st.floats(0.1, 500),
    spread_bps=st.floats(0.1, 500),
    growth_percent=st.integers(0, 300),
)
AROUND = st.builds(
    Around,
    price_ticks=st.floats(1, 1e9),
    lean_bps=st.floats(-500, 500),
    spread_bps=st.floats(0, 1_000),
    best_bid=st.none() | st.integers(1, 10**9),
    best_ask=st.none() | st.integers(1, 10**9),
)
ROOM = st.builds(
    Room,
    level_lots=st.integers(1, 10**6),
    buy_lots=st.integers(0, 10**7),
    sell_lots=st.integers(0, 10**7),
    min_lots=st.integers(1, 100),
)


@settings(max_examples=400, deadline=None)
@given(SETTINGS, AROUND, ROOM)
def test_quotes_never_cross_and_never_exceed_their_room(
    rules: QuoteSettings, where: Around, room: Room
) -> None:
    quotes = wanted(rules, where, room)
    bids, asks = prices(quotes, "buy"), prices(quotes, "sell")
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert all(price > 0 for price in bids + asks)
    if bids and asks:
        assert bids[0] < asks[0]
    if bids and where.best_ask is not None:
        assert bids[0] < where.best_ask
    if asks and where.best_bid is not None:
        assert asks[0] > where.best_bid
    lots: Counter[Side] = Counter()
    for quote in quotes:
        assert quote.lots >= room.min_lots
        lots[quote.side] += quote.lots
    assert lots["buy"] <= room.buy_lots
    assert lots["sell"] <= room.sell_lots


OWN = st.lists(
    st.builds(own, st.sampled_from(["buy", "sell"]), st.integers(1, 3_000), st.integers(1, 900)),
    max_size=12,
    unique_by=lambda order: order.key,
)


@settings(max_examples=400, deadline=None)
@given(OWN, SETTINGS, st.floats(100, 2_000), st.integers(0, 50))
def test_what_stays_and_what_is_new_make_the_quotes_that_were_wanted(
    orders: list[OwnOrder], rules: QuoteSettings, price: float, keep_ticks: int
) -> None:
    """Not more lots than wanted, on no side; nothing of one's own in the way of what is new."""
    quotes = wanted(rules, around(price), PLENTY)
    change = changes(orders, quotes, keep_ticks)
    kept = [order for order in orders if order.key not in change.cancel]
    after = [(o.side, o.price_ticks or 0, o.open_lots) for o in kept] + [*map(tuple, change.place)]
    for side in ("buy", "sell"):
        assert sum(lots for s, _, lots in after if s == side) <= sum(
            quote.lots for quote in quotes if quote.side == side
        )
        assert len([1 for s, *_ in after if s == side]) == len(prices(quotes, side))  # type: ignore[arg-type]
    bids, asks = ([p for s, p, _ in after if s == side] for side in ("buy", "sell"))
    if bids and asks:
        assert max(bids) < min(asks)


def test_what_is_right_already_is_left_alone() -> None:
    quotes = [Quote("buy", 100, 50), Quote("sell", 110, 50)]
    orders = [own("buy", 100, 50), own("sell", 110, 50)]
    assert changes(orders, quotes, 0) == ([], [])
    assert changes(orders, [Quote("buy", 101, 50), Quote("sell", 111, 50)], 1) == ([], [])


@pytest.mark.parametrize(
    ("order", "stays"),
    [
        (own("buy", 100, 50, 25), True),
        (own("buy", 100, 50, 24), False),
        (own("buy", 100, 60), False),
        (own("buy", 98, 50), True),
        (own("buy", 97, 50), False),
        (own("sell", 100, 50), False),
    ],
)
def test_order_stays_while_it_is_near_and_mostly_there(order: OwnOrder, stays: bool) -> None:
    change = changes([order], [Quote("buy", 100, 50)], 2)
    assert (change.cancel == []) is stays
    assert (change.place == []) is stays


def test_order_on_its_way_out_does_not_count() -> None:
    leaving = own("buy", 100, 50)
    leaving.is_leaving = True
    assert changes([leaving], [Quote("buy", 100, 50)], 0) == ([], [Quote("buy", 100, 50)])


def test_others_are_seen_behind_one_s_own_orders() -> None:
    book = Book(1, ((100, 5), (99, 7)), ((101, 5), (103, 2)))
    mine = [own("buy", 100, 5), own("sell", 101, 4)]
    assert of_others(book, mine) == (99, 101)
    assert of_others(book, []) == (100, 101)
    assert of_others(Book(1, ((100, 5),), ()), [own("buy", 100, 5)]) == (None, None)
