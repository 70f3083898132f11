"""The ledger's rows, when they are handed over, and what its check finds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from outcry import codec
from outcry.domain import commands as c
from outcry.domain.order import SelfTrade
from outcry.domain.units import DAY_NS
from outcry.engine.core import Core
from outcry.ledger.check import LedgerBroken
from outcry.ledger.ledger import Ledger
from outcry.ledger.posting import Purpose, post_all
from outcry.ledger.proofs.merkle import root_of
from outcry.ledger.proofs.tree import MerkleLog
from outcry.ledger.rows import ORDER_ID, Row
from outcry.ledger.tables import TABLES
from outcry.ports import Checkpoint, EventBatch
from tests.support.trading import BTC, RECEIVED_MARKET, USDT, TradingVenue, limit, opening

BUY, SELL = 0, 1
VENUE = 0
AVAILABLE, HELD, IN_FLIGHT, FEES, LOSS, DEPOSITED, WITHDRAWN = Purpose
FUNDS = 10**15


class Run:
    """A venue and its ledger, batch by batch."""

    def __init__(self) -> None:
        self.venue = TradingVenue()
        self.core = self.venue.engine.core
        self.ledger = Ledger(candles=lambda: [(1, "1s", 0, 1, 1, 1, 1, "1", "1", 1)])
        self.batches: list[EventBatch] = []

    def run(self, *commands: c.Command) -> EventBatch:
        batch = self.venue.run(*commands)
        self.batches.append(batch)
        self.ledger.consume(batch)
        return batch

    def flush(self) -> dict[str, list[Row]]:
        self.ledger.check(self.core)
        rows = self.ledger.take()
        assert rows is not None
        self.ledger.written()
        return rows.rows

    def trade(self, price_ticks: int = 1000, lots: int = 3, market: int = 1) -> None:
        self.run(
            limit(1, SELL, price_ticks, lots, market=market),
            limit(2, BUY, price_ticks, lots, market=market),
        )


@pytest.fixture
def ledger() -> Run:
    run = Run()
    run.run(*opening())
    run.flush()
    return run


def named(rows: dict[str, list[Row]], table: str) -> list[dict[str, Any]]:
    return [dict(zip(TABLES[table].columns, row, strict=True)) for row in rows[table]]


# When rows are handed over


def test_rows_carry_the_position_of_the_last_batch(ledger: Run) -> None:
    batch = ledger.run(limit(1, BUY, 900, 5))
    rows = ledger.ledger.take()
    assert rows is not None
    assert rows.checkpoint == Checkpoint(1, batch.last_sequence, batch.chain_hash)
    assert set(rows.rows) == set(TABLES)
    assert rows.rows["candles"] == [(1, "1s", 0, 1, 1, 1, 1, "1", "1", 1)]


def test_nothing_new_is_nothing_to_write(ledger: Run) -> None:
    assert ledger.ledger.take() is None
    assert ledger.ledger.waiting_rows == 0


def test_checkpoint_moves_when_the_rows_were_written(ledger: Run) -> None:
    before = ledger.ledger.checkpoint
    batch = ledger.run(limit(1, BUY, 900, 5))
    ledger.ledger.take()
    assert (ledger.ledger.checkpoint, ledger.ledger.sequence) == (before, batch.last_sequence)
    ledger.ledger.written()
    assert ledger.ledger.checkpoint.sequence == batch.last_sequence


def test_rows_that_were_not_written_are_taken_again_and_then_those_after_them(
    ledger: Run,
) -> None:
    ledger.run(limit(1, BUY, 900, 5))
    failed = ledger.ledger.take()
    ledger.run(limit(1, BUY, 901, 5))
    assert ledger.ledger.take() is failed
    ledger.ledger.written()
    assert [row[ORDER_ID] for row in ledger.flush()["orders"]] == [2]


def test_rows_taken_are_not_changed_by_what_follows(ledger: Run) -> None:
    ledger.trade()
    rows = ledger.ledger.take()
    assert rows is not None
    before = {name: list(made) for name, made in rows.rows.items()}
    ledger.trade()
    assert rows.rows == before


def test_waiting_rows_are_counted(ledger: Run) -> None:
    ledger.run(limit(1, BUY, 900, 5))
    # An order, its event, two postings, and the ledger account of what is held.
    assert ledger.ledger.waiting_rows == 5


# What the rows say


def test_commands_events_are_one_row_with_their_leaves(ledger: Run) -> None:
    leaf = sum(len(batch.events) for batch in ledger.batches)
    batch = ledger.run(limit(1, SELL, 1000, 3), limit(2, BUY, 1000, 3), limit(1, BUY, 900, 1))
    first, second, third = named(ledger.flush(), "events")
    assert [row["sequence"] for row in (first, second, third)] == [
        batch.first_sequence, batch.first_sequence + 1, batch.last_sequence,
    ]  # fmt: skip
    assert [row["leaf"] for row in (first, second, third)] == [leaf, leaf + 1, leaf + 5]
    assert [row["trade_leaf"] for row in (first, second, third)] == [0, 0, 1]
    assert [row["events"] for row in (first, second, third)] == [1, 4, 1]
    assert b"".join(row["records"] for row in (first, second, third)) == batch.records
    assert first["time_ns"] == ledger.venue.now_ns


def test_leaves_of_the_event_log_are_the_records(ledger: Run) -> None:
    ledger.trade()
    tiles = [tile for tile in ledger.flush()["tiles"] if tile[0] == "events"]
    leaves = [bytes(r) for batch in ledger.batches for r in codec.split(batch.records)]
    log = MerkleLog("events", len(leaves), tiles)
    assert log.root() == root_of(leaves)


def test_leaves_of_the_trade_log_are_public_facts(ledger: Run) -> None:
    ledger.trade(price_ticks=1000, lots=3)
    (tile,) = [tile for tile in ledger.flush()["tiles"] if tile[0] == "trades"]
    sequence, time_ns = ledger.core.sequence, ledger.venue.now_ns
    facts = b"".join(
        number.to_bytes(length, "big")
        for number, length in (
            (1, 4), (1, 8), (sequence, 8), (time_ns, 8), (1000, 8), (3, 8), (BUY, 1),
        )
    )  # fmt: skip
    assert MerkleLog("trades", 1, [tile]).root() == root_of([facts])


def test_postings_are_numbered_on_and_tell_the_balance_behind_them(ledger: Run) -> None:
    ledger.run(limit(1, SELL, 1000, 3))
    ledger.run(limit(1, SELL, 1001, 3))
    first, *_, last = named(ledger.flush(), "postings")
    # Three accounts were each given two assets before, two postings each.
    assert (first["posting"], last["posting"]) == (13, 16)
    assert (first["change_units"], first["balance_units"]) == (-30_000, FUNDS - 30_000)
    assert (last["change_units"], last["balance_units"]) == (30_000, 60_000)
    assert (last["owner"], last["asset"], last["purpose"]) == (1, BTC, HELD)


def test_ledger_account_is_opened_by_its_first_posting(ledger: Run) -> None:
    ledger.run(limit(1, SELL, 1000, 3))
    sequence = ledger.core.sequence
    assert ledger.flush()["accounts"] == [(1, BTC, HELD, sequence)]
    ledger.run(limit(1, SELL, 1000, 3))
    assert ledger.flush()["accounts"] == []


def test_balance_tells_its_last_posting_and_not_the_transaction(ledger: Run) -> None:
    ledger.run(limit(1, SELL, 1000, 3))
    sequence = ledger.core.sequence
    ledger.run(limit(2, BUY, 900, 1))
    balances = {row[:3]: row[3:] for row in ledger.flush()["balances"]}
    assert balances[1, BTC, HELD] == (30_000, 14, sequence)
    assert balances[1, BTC, AVAILABLE] == (FUNDS - 30_000, 13, sequence)


def test_every_change_of_a_balance_is_a_transfer(ledger: Run) -> None:
    ledger.run(
        c.Withdraw(account=1, asset=USDT, amount_units=500),
        c.FinishWithdrawal(withdrawal_id=1, failed=0),
        c.Adjust(account=2, asset=BTC, amount_units=-7),
    )
    requested, final, adjusted = named(ledger.flush(), "transfers")
    assert [row["amount_units"] for row in (requested, final, adjusted)] == [500, 500, 7]
    assert [row["cause"] for row in (requested, final, adjusted)] == [2, 3, 7]
    assert (final["account"], final["reference"], final["event_index"]) == (1, 1, 0)


def test_balances_are_available_held_and_in_flight(ledger: Run) -> None:
    ledger.run(
        limit(1, SELL, 1000, 3),
        c.Withdraw(account=1, asset=BTC, amount_units=500),
    )
    assert ledger.ledger.balance(1, BTC) == (FUNDS - 30_500, 30_000, 500)
    assert ledger.ledger.balance(9, BTC) == (0, 0, 0)
    assert ledger.ledger.units(VENUE, BTC, DEPOSITED) == -3 * FUNDS


# Days


def test_day_of_an_account_sums_both_sides_and_rebates(ledger: Run) -> None:
    ledger.trade(price_ticks=1000, lots=3)  # 15,000 units; 500 ppm and -50 ppm, rounded
    ledger.trade(price_ticks=1010, lots=2)  # 10,100 units
    day = ledger.venue.now_ns // DAY_NS
    rows = ledger.flush()
    assert sorted(rows["account_days"]) == [
        (1, 1, day, 2, "5", "25100", "0", "0"),
        (2, 1, day, 2, "5", "25100", "0", "14"),
    ]
    assert rows["market_days"] == [(1, day, 1000, 1010, 1000, 1010, 2, "5", "25100", "0", "14")]


def test_fee_of_the_buyer_is_in_base_where_the_received_asset_is_charged(ledger: Run) -> None:
    ledger.trade(price_ticks=1000, lots=2, market=RECEIVED_MARKET)
    day = ledger.venue.now_ns // DAY_NS
    rows = ledger.flush()
    assert sorted(rows["account_days"]) == [
        (1, 2, day, 1, "2", "10000", "0", "2"),
        (2, 2, day, 1, "2", "10000", "10", "0"),
    ]
    assert rows["market_days"] == [(2, day, 1000, 1000, 1000, 1000, 1, "2", "10000", "10", "2")]


def test_trade_with_oneself_counts_for_both_sides(ledger: Run) -> None:
    for side in (SELL, BUY):
        order = limit(1, side, 1000, 2)
        ledger.run(replace(order, self_trade=SelfTrade.NONE))
    ((account, *_, trades, lots, turnover, _, fees),) = ledger.flush()["account_days"]
    assert (account, trades, lots, turnover, fees) == (1, 2, "4", "20000", "5")


def test_day_goes_on_in_the_next_transaction_and_ends_at_midnight(ledger: Run) -> None:
    ledger.trade()
    ledger.flush()
    ledger.trade()
    (today,) = ledger.flush()["market_days"]
    ledger.venue.now_ns += DAY_NS
    ledger.trade(price_ticks=990)
    (tomorrow,) = ledger.flush()["market_days"]
    assert (today[6], tomorrow[1], tomorrow[2], tomorrow[6]) == (2, today[1] + 1, 990, 1)


# The check


class Meddler:
    """A core that says something else of a balance or of the sums."""

    def __init__(self, core: Core, balance: int = 0, totals: int = 0) -> None:
        self._core = core
        self._balance = balance
        self._totals = totals

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        available, held = self._core.balance(account, asset)
        return available + self._balance, held

    def totals(self, asset: int) -> tuple[int, ...]:
        available, *rest = self._core.totals(asset)
        return available + self._totals, *rest


@pytest.mark.parametrize(
    ("meddled", "what"),
    [({"balance": 1}, r"of 1 in asset 1"), ({"totals": 1}, "the sums of asset")],
)
def test_engine_that_disagrees_is_told_with_the_event(
    ledger: Run, meddled: dict[str, int], what: str
) -> None:
    ledger.run(limit(1, SELL, 1000, 3))
    with pytest.raises(LedgerBroken, match=what) as broken:
        ledger.ledger.check(Meddler(ledger.core, **meddled))
    assert (broken.value.sequence, broken.value.event_index) == (ledger.core.sequence, 0)
    assert broken.value.what in str(broken.value)


def altered(batch: EventBatch, change: Callable[[Any], Any]) -> EventBatch:
    return replace(batch, events=[change(event) for event in batch.events])


def test_balance_that_an_event_tells_wrongly_is_found(ledger: Run) -> None:
    batch = ledger.venue.run(
        limit(1, SELL, 1000, 3), c.Deposit(account=3, asset=BTC, amount_units=5)
    )
    ledger.ledger.consume(
        altered(
            batch,
            lambda event: (
                event._replace(available_units=1) if hasattr(event, "available_units") else event
            ),
        )
    )
    with pytest.raises(LedgerBroken, match=rf"available of 3 .* {FUNDS + 5}, the event says 1"):
        ledger.ledger.check(ledger.core)


def test_balance_below_zero_is_found_where_it_first_is(ledger: Run) -> None:
    batch = ledger.venue.run(limit(1, SELL, 1000, 3), limit(1, SELL, 1001, 3))
    ledger.ledger.consume(altered(batch, lambda event: event._replace(hold_units=2 * FUNDS)))
    with pytest.raises(LedgerBroken, match=rf"available of 1 in asset 1 is {-FUNDS}") as broken:
        ledger.ledger.check(ledger.core)
    assert broken.value.sequence == batch.first_sequence


def test_event_that_does_not_sum_to_zero_is_found(
    ledger: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcry.ledger.posting._hold", lambda *leg: ((*leg[:2], HELD, leg[2]),))
    monkeypatch.setattr("outcry.ledger.ledger.post_all", post_all)
    ledger.run(limit(1, SELL, 1000, 3), limit(2, BUY, 900, 3))
    with pytest.raises(LedgerBroken, match=r"do not sum to zero: \{1: 30000\}") as broken:
        ledger.ledger.check(ledger.core)
    assert broken.value.sequence == ledger.core.sequence - 1


def test_what_was_taken_unchecked_is_checked_later(ledger: Run) -> None:
    batch = ledger.venue.run(limit(1, SELL, 1000, 3))
    ledger.ledger.consume(altered(batch, lambda event: event._replace(hold_units=1)))
    ledger.ledger.take()
    with pytest.raises(LedgerBroken, match="of 1 in asset 1") as broken:
        ledger.ledger.check(ledger.core)
    assert broken.value.sequence == batch.first_sequence


def test_what_was_checked_is_not_asked_again(ledger: Run) -> None:
    ledger.run(limit(1, SELL, 1000, 3))
    ledger.flush()
    ledger.run(limit(2, BUY, 900, 3))
    asked: list[tuple[int, int]] = []

    class Asked(Meddler):
        def balance(self, account: int, asset: int) -> tuple[int, int]:
            asked.append((account, asset))
            return super().balance(account, asset)

    ledger.ledger.check(Asked(ledger.core))
    assert asked == [(2, USDT)]
