"""Levels best first, whatever order they came and went in."""

import pytest

from outcry.marketdata.depth import MOVED_ONE_BY_ONE, Book, BookSide


def side(*levels: tuple[int, int], descending: bool = False) -> BookSide:
    made = BookSide(descending=descending)
    for price, lots in levels:
        made.put(price, lots)
    return made


def test_bids_fall_and_asks_rise() -> None:
    levels = ((101, 1), (99, 2), (100, 3))
    assert side(*levels, descending=True).best(2) == [(101, 1), (100, 3)]
    assert side(*levels).best(2) == [(99, 2), (100, 3)]


def test_level_of_no_lots_is_gone() -> None:
    asks = side((100, 1), (101, 2))
    asks.put(100, 0)
    assert asks.best(5) == [(101, 2)]
    assert asks.best_price() == 101


def test_empty_side_has_no_best_price() -> None:
    assert side().best(5) == []
    assert side().best_price() == 0


def test_gone_level_that_was_never_there_changes_nothing() -> None:
    asks = side((100, 1))
    asks.put(99, 0)
    assert asks.best(5) == [(100, 1)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("changes", [3, MOVED_ONE_BY_ONE, MOVED_ONE_BY_ONE + 50])
def test_changes_between_two_reads_are_all_seen(changes: int, descending: bool) -> None:
    levels = side(*((price, 1) for price in range(0, 2_000, 2)), descending=descending)
    levels.best(1)
    for i in range(changes):
        levels.put(2 * i, 0)
        levels.put(2 * i + 1, 7)
    prices = [price for price, _ in levels.best(5_000)]
    assert prices == sorted(levels.levels, reverse=descending)
    assert len(prices) == 1_000


def test_book_is_read_at_one_update_id() -> None:
    book = Book()
    book.restore(17, [(99, 1), (98, 2)], [(100, 3)])
    assert book.read(1) == (17, [(99, 1)], [(100, 3)])


def test_followed_side_remembers_what_was_last_sent() -> None:
    asks = side((100, 1))
    asks.sent = {}
    asks.put(100, 5)
    asks.put(100, 0)
    asks.put(101, 2)
    assert asks.sent == {100: 1, 101: 0}
