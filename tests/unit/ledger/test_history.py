"""Rows wait until they are taken, once each, with the position they reach."""

import pytest

from outcry.domain import commands as c
from outcry.ledger.history import History
from outcry.ledger.orders import Orders
from outcry.ledger.rows import ORDER_ID, STATE, OrderState, TradeRow
from outcry.ports import Checkpoint, EventBatch
from tests.support.trading import TradingVenue, limit, opening

BUY, SELL = 0, 1


class Views:
    """A history and the orders under it, fed in the order the pipeline feeds them."""

    def __init__(self) -> None:
        self.venue = TradingVenue()
        self.orders = Orders()
        self.history = History(self.orders, candles=lambda: [(1, "1s", 0)])
        self.run(*opening())

    def run(self, *commands: c.Command) -> EventBatch:
        batch = self.venue.run(*commands)
        self.orders.consume(batch)
        self.history.consume(batch)
        return batch

    def flush(self) -> None:
        self.history.take()
        self.history.written()


@pytest.fixture
def views() -> Views:
    views = Views()
    views.flush()
    return views


def test_order_that_came_and_went_is_one_row(views: Views) -> None:
    views.run(limit(1, BUY, 900, 5))
    views.run(c.ReduceOrder(account=1, order_id=1, lots=2))
    views.run(c.CancelOrder(account=1, order_id=1))
    rows = views.history.take()
    assert rows is not None
    assert [(row[ORDER_ID], row[STATE]) for row in rows.rows["orders"]] == [
        (1, OrderState.CANCELLED)
    ]


def test_order_that_changes_later_is_a_row_again(views: Views) -> None:
    views.run(limit(1, SELL, 1000, 5), limit(1, SELL, 1001, 5))
    views.flush()
    views.run(limit(2, BUY, 1000, 2))
    rows = views.history.take()
    assert rows is not None
    assert sorted(row[ORDER_ID] for row in rows.rows["orders"]) == [1, 3]


def test_trade_is_one_row_with_both_sides(views: Views) -> None:
    views.run(limit(1, SELL, 1000, 5), limit(2, BUY, 1000, 2))
    rows = views.history.take()
    assert rows is not None
    (trade,) = (TradeRow(*row) for row in rows.rows["trades"])
    assert (trade.taker_account, trade.maker_account) == (2, 1)
    assert (trade.taker_order_id, trade.maker_order_id, trade.lots) == (2, 1, 2)


def test_rows_carry_the_position_of_the_last_batch(views: Views) -> None:
    batch = views.run(limit(1, BUY, 900, 5))
    rows = views.history.take()
    assert rows is not None
    assert rows.checkpoint == Checkpoint(1, batch.last_sequence, batch.chain_hash)
    assert rows.rows["candles"] == [(1, "1s", 0)]


def test_checkpoint_moves_when_the_rows_were_written(views: Views) -> None:
    before = views.history.checkpoint.sequence
    batch = views.run(limit(1, BUY, 900, 5))
    views.history.take()
    assert views.history.checkpoint.sequence == before
    views.history.written()
    assert views.history.checkpoint.sequence == batch.last_sequence == views.history.sequence


def test_rows_that_were_not_written_are_taken_again(views: Views) -> None:
    views.run(limit(1, BUY, 900, 5))
    failed = views.history.take()
    views.run(limit(1, BUY, 901, 5))
    assert views.history.take() is failed
    views.history.written()
    rows = views.history.take()
    assert rows is not None
    assert [row[ORDER_ID] for row in rows.rows["orders"]] == [2]


def test_nothing_new_is_nothing_to_write(views: Views) -> None:
    assert views.history.take() is None
    assert views.history.waiting_rows == 0


def test_rows_taken_are_not_changed_by_what_follows(views: Views) -> None:
    views.run(limit(1, SELL, 1000, 5))
    rows = views.history.take()
    views.run(c.CancelOrder(account=1, order_id=1))
    assert rows is not None
    assert [row[STATE] for row in rows.rows["orders"]] == [OrderState.OPEN]
