"""Ended orders are found and let go, and nobody waits long for it however many these are."""

import gc
from random import Random

import pytest

from outcry.ledger.ended import PAGE_BITS, EndedOrders
from outcry.ledger.orders import Record
from outcry.ledger.reads.live import LiveOrders
from outcry.ledger.rows import ACCOUNT, ORDER_ID, SEQUENCE, TRADES
from tests.support.trading import TradingVenue, limit, opening

BUY, SELL = 0, 1
MANY = 50_000
ACCOUNTS = 3


def ended(order_id: int) -> Record:
    record: Record = [0] * (TRADES + 1)
    record[ORDER_ID], record[ACCOUNT], record[SEQUENCE] = order_id, order_id % ACCOUNTS, order_id
    return record


def ids_of(orders: EndedOrders, account: int) -> list[int]:
    return [record[ORDER_ID] for record in orders.of_account(account)]


def test_orders_are_found_until_they_are_let_go_the_first_first() -> None:
    orders, rng = EndedOrders(), Random(3)
    ids = rng.sample(range(5 << PAGE_BITS), 2_000)
    for order_id in ids:
        orders.add(ended(order_id))
    for gone in range(0, len(ids), 100):
        left = ids[gone:]
        assert len(orders) == len(left)
        assert orders.first_sequence == left[0]
        assert [order_id for order_id in ids if orders.get(order_id)] == left
        for account in range(ACCOUNTS):
            assert ids_of(orders, account) == [n for n in left if n % ACCOUNTS == account]
        for _ in range(100):
            orders.let_go()
    assert not orders
    assert not orders._pages
    assert not orders._of_account


def test_however_many_there_are_no_dictionary_has_more_than_a_page() -> None:
    orders = EndedOrders()
    for order_id in range(MANY):
        orders.add(ended(order_id))
    dictionaries = [orders._pages, orders._of_account, *orders._pages.values()]
    assert max(map(len, dictionaries)) == 1 << PAGE_BITS
    assert sum(map(len, orders._pages.values())) == MANY


def test_orders_are_hidden_from_the_search_for_garbage() -> None:
    pytest.importorskip("outcry.ledger.compiled.orders", reason="no C compiler")
    venue, live = TradingVenue(), LiveOrders()
    live.stored(0)
    placed = [limit(1, SELL, 1000, 5), limit(2, BUY, 1000, 2), limit(2, BUY, 1000, 3)]
    for commands in (opening(), placed, [limit(1, BUY, 900, 1)]):
        live.consume(venue.run(*commands))
    orders = [live.row(order_id) for order_id in (1, 2, 3, 4)]
    assert [record is not None and len(record[TRADES] or ()) for record in orders] == [2, 1, 1, 0]
    for record in orders:
        assert record is not None
        kept = [record, record[TRADES], *(record[TRADES] or ())]
        assert not any(map(gc.is_tracked, kept))
