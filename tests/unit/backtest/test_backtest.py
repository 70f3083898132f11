"""A backtest: queue position, latency, fees and time, on flow that is short enough to follow."""

from pathlib import Path

import pytest

from outcry.backtest import BacktestResult, FloorSettings, Latency, backtest
from outcry.replay.source import BadRecording
from outcry.strategy import Book, Fill, OrderUpdate, Strategy, Trade
from tests.support.flow_files import BUY, DELETE, EXECUTED, NEW, SELL, lobster, random_lobster

NOW = Latency(to_ns=0, from_ns=0, jitter_ns=0)
MS = 1_000_000
P = 1_000_000
"""100.00 in the recording's units; a tick is 100 of them."""


class Once(Strategy):
    """Does one thing as soon as the bid is there, and writes down what it hears."""

    def __init__(self, side: str = "buy", lots: int = 50, **how: object) -> None:
        self.side, self.lots, self.how = side, lots, how
        self.told: list[str] = []
        self.times_ms: list[float] = []

    def on_book(self, book: Book) -> None:
        if book.best_bid is not None and not self._placed:
            self.times_ms.append(self.now_ns / MS)
            price = self.how.pop("price", book.best_bid)
            self.place(self.side, price, self.lots, **self.how)  # type: ignore[arg-type]

    def on_trade(self, trade: Trade) -> None:
        self.told.append(f"trade {trade.side} {trade.lots}@{trade.price_ticks}")

    def on_fill(self, fill: Fill) -> None:
        self.told.append(f"fill {fill.side} {fill.lots}@{fill.price_ticks}")

    def on_order(self, order: OrderUpdate) -> None:
        self.told.append(f"order {order.status} {order.open_lots} {order.reason}".strip())
        self.times_ms.append(self.now_ns / MS)


def run(
    tmp_path: Path,
    strategy: Strategy,
    rows: list[tuple[float, int, int, int, int, int]],
    latency: Latency = NOW,
    **rates: int,
) -> BacktestResult:
    path = lobster(tmp_path / "flow.csv", rows)
    return backtest(strategy, path, latency=latency, settings=FloorSettings(**rates))


def test_who_came_first_is_filled_first(tmp_path: Path) -> None:
    """A hundred lots stand in front: 130 sold leave the strategy thirty of its fifty."""
    once = Once()
    result = run(tmp_path, once, [
        (1.0, NEW, 1, 100, P, BUY),
        (1.1, NEW, 2, 100, P, BUY),
        (1.2, EXECUTED, 1, 100, P, BUY),
        (1.3, EXECUTED, 2, 30, P, BUY),
    ])  # fmt: skip
    (fill,) = result.fills
    assert (fill.lots, fill.price_ticks, fill.side, fill.is_maker) == (30, 10_000, "buy", True)
    assert (fill.ahead_lots, fill.rested_ns) == (100, 300 * MS)
    assert once.told == [
        "order open 50", "trade sell 100@10000", "trade sell 30@10000", "fill buy 30@10000",
        "order open 20",
    ]  # fmt: skip
    assert (result.position.base_units, result.position.quote_units) == (30, -30 * 1_000_000)


def test_without_the_queue_in_front_the_fill_would_come_sooner(tmp_path: Path) -> None:
    """The negative control: alone at its price the same order gets the first trade."""
    rows = [
        (1.0, NEW, 1, 100, P, BUY),
        (1.1, NEW, 2, 100, P, BUY),
        (1.2, EXECUTED, 1, 100, P, BUY),
    ]
    ahead = Once(price=10_001)
    behind = Once()
    assert [fill.lots for fill in run(tmp_path, ahead, rows).fills] == [50]
    assert run(tmp_path, behind, rows).fills == []


def test_order_that_waited_while_another_was_hit_still_goes_when_it_was_deleted(
    tmp_path: Path,
) -> None:
    once = Once(price=10_001)
    result = run(tmp_path, once, [
        (1.0, NEW, 1, 100, P, BUY),
        (1.2, EXECUTED, 1, 60, P, BUY),
        (1.3, DELETE, 1, 40, P, BUY),
    ])  # fmt: skip
    assert [fill.lots for fill in result.fills] == [50]
    assert result.venue.book("SHARE_CASH").bids == []


def test_resting_order_of_the_crowd_trades_with_the_strategy_where_they_meet(
    tmp_path: Path,
) -> None:
    once = Once(price=10_005, lots=50)
    result = run(tmp_path, once, [
        (1.0, NEW, 1, 100, P, BUY),
        (1.1, NEW, 2, 80, P + 300, SELL),
        (1.2, DELETE, 2, 80, P + 300, SELL),
    ])  # fmt: skip
    assert [(fill.lots, fill.price_ticks, fill.is_maker) for fill in result.fills] == [
        (50, 10_005, True)
    ]
    assert result.venue.book("SHARE_CASH").asks == []


def test_taker_gets_what_is_there_and_the_crowd_loses_it(tmp_path: Path) -> None:
    once = Once(price=10_010, lots=150, time_in_force="ioc")
    rows = [
        (1.0, NEW, 1, 100, P + 1_000, SELL),
        (1.1, NEW, 2, 100, P, BUY),
        (1.2, EXECUTED, 1, 100, P + 1_000, SELL),
        (1.3, DELETE, 2, 100, P, BUY),
    ]
    result = run(tmp_path, once, rows, taker_ppm=1_000)
    (fill,) = result.fills
    assert (fill.lots, fill.is_maker, fill.rested_ns, fill.ahead_lots) == (100, False, 0, 0)
    # 100 at 100.10 are 10,010.00; a thousandth of it is 10.01.
    assert (fill.fee_units, result.position.fee_quote_units) == (100_100, 100_100)
    assert once.told[-1] == "order expired 50"
    assert result.venue.book("SHARE_CASH").asks == []


def test_maker_is_paid_its_rebate(tmp_path: Path) -> None:
    rows = [(1.0, NEW, 1, 10, P, BUY), (1.1, EXECUTED, 1, 10, P, BUY)]
    result = run(tmp_path, Once(price=10_001, lots=10), rows, maker_ppm=-100, taker_ppm=300)
    # 10 at 100.01 are 1,000.10; a ten thousandth of it comes back.
    assert result.position.fee_quote_units == -1_000


def test_messages_take_their_time_both_ways(tmp_path: Path) -> None:
    """Seen 3 ms after it happened, done 2 ms later, heard of 3 ms after that."""
    once = Once()
    latency = Latency(to_ns=2 * MS, from_ns=3 * MS, jitter_ns=0)
    run(tmp_path, once, [(1.0, NEW, 1, 100, P, BUY), (2.0, DELETE, 1, 100, P, BUY)], latency)
    assert once.times_ms[:2] == [1_003.0, 1_008.0]


def test_order_that_comes_too_late_finds_the_book_changed(tmp_path: Path) -> None:
    rows = [
        (1.0, NEW, 1, 100, P + 100, SELL),
        (1.001, NEW, 2, 100, P, BUY),
        (1.004, EXECUTED, 1, 100, P + 100, SELL),
        (1.1, DELETE, 2, 100, P, BUY),
    ]
    late = Once(price=10_001, lots=10, time_in_force="ioc")
    early = Once(price=10_001, lots=10, time_in_force="ioc")
    slow = Latency(to_ns=3 * MS, from_ns=3 * MS, jitter_ns=0)
    assert run(tmp_path, late, rows, slow).fills == []
    assert len(run(tmp_path, early, rows).fills) == 1


def test_refusal_has_the_code_of_the_api(tmp_path: Path) -> None:
    once = Once(side="sell", price=10_000, post_only=True)
    result = run(tmp_path, once, [(1.0, NEW, 1, 10, P, BUY), (1.1, DELETE, 1, 10, P, BUY)])
    assert once.told == ["order rejected 50 POST_ONLY"]
    assert result.rejected == {"POST_ONLY": 1}
    assert once.orders == {}


class Clockwork(Strategy):
    """Counts its timer, and moves one order about."""

    timer_ns = 100 * MS

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def on_timer(self) -> None:
        self.ticks.append(self.now_ns / MS)
        if len(self.ticks) == 1:
            self.key = self.place("buy", 9_000, 5)
        elif len(self.ticks) == 2:
            self.replace(self.key, 9_001, 7)
        elif len(self.ticks) == 3:
            self.cancel(self.key)


def test_timer_comes_at_its_times_and_orders_can_be_changed(tmp_path: Path) -> None:
    clockwork = Clockwork()
    rows = [(1.0, NEW, 1, 10, P, BUY), (1.55, DELETE, 1, 10, P, BUY)]
    result = run(tmp_path, clockwork, rows)
    assert clockwork.ticks == [1_100.0, 1_200.0, 1_300.0, 1_400.0, 1_500.0]
    assert clockwork.orders == {}
    assert (result.orders, result.cancelled) == (1, 1)
    kinds = [words["command"] for words in result.venue.commands(result.first_sequence)]
    assert kinds == [
        "PlaceOrder", "PlaceOrder", "ReplaceOrder", "CancelOrder", "ReduceOrder", "CancelAll",
    ]  # fmt: skip


class Noisy(Strategy):
    """Joins, crosses and cancels, without chance of its own."""

    book_levels = 3

    def on_book(self, book: Book) -> None:
        if book.best_bid is None or book.best_ask is None:
            return
        turn = self._placed % 7
        if len(self.orders) > 6:
            self.cancel(next(iter(self.orders)))
        elif turn == 3:
            self.place("buy", book.best_ask, 120, time_in_force="ioc")
        elif turn == 5:
            self.place("sell", None, 80)
        elif turn % 2:
            self.place("buy", book.best_bid, 100)
        else:
            self.place("sell", book.best_ask, 100, post_only=True)


@pytest.mark.parametrize("seed", range(4))
def test_random_flow_is_conserved_and_the_same_every_time(tmp_path: Path, seed: int) -> None:
    path = random_lobster(tmp_path / "flow.csv", seed, 400)
    latency = Latency(to_ns=2 * MS, from_ns=MS, jitter_ns=MS, seed=seed)
    rates = FloorSettings(maker_ppm=-50, taker_ppm=500)
    first, second = (backtest(Noisy(), path, latency=latency, settings=rates) for _ in range(2))
    assert first.fills == second.fills
    assert first.digest == second.digest
    assert {fill.is_maker for fill in first.fills} == {True, False}
    assert all(totals.balanced for totals in first.venue.conservation().values())
    balance = first.venue.balances(3)
    assert balance["SHARE"].available_units - (1 << 60) == first.position.base_units
    assert balance["CASH"].available_units - (1 << 60) == first.position.quote_units
    assert balance["SHARE"].held_units == balance["CASH"].held_units == 0


@pytest.mark.parametrize("core", ["reference", "compiled"])
def test_both_cores_give_the_same(tmp_path: Path, core: str) -> None:
    path = random_lobster(tmp_path / "flow.csv", 1, 200)
    result = backtest(Noisy(), path, latency=NOW, settings=FloorSettings(core=core))
    assert result.core == core
    usual = backtest(Noisy(), path, latency=NOW)
    assert (result.fills, result.digest) == (usual.fills, usual.digest)


def test_strategy_that_does_nothing_changes_nothing(tmp_path: Path) -> None:
    path = random_lobster(tmp_path / "flow.csv", 2, 300)
    result = backtest(Strategy(), path)
    assert (result.fills, result.orders, result.value_units) == ([], 0, 0)


def test_limit_ends_the_recording_early(tmp_path: Path) -> None:
    path = random_lobster(tmp_path / "flow.csv", 2, 300)
    assert backtest(Strategy(), path, limit=50).messages == 50


def test_other_formats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "venue.db"
    path.write_bytes(b"SQLite format 3\0")
    with pytest.raises(BadRecording, match="takes lobster or tape, not 'journal'"):
        backtest(Strategy(), path)
