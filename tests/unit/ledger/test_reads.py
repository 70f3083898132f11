"""Statements, transfers, volume and whole tables: complete, in order, one's own, by index."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outcry.adapters.sqlite_ledger import SqliteLedger
from outcry.domain.events import Cause
from outcry.domain.units import DAY_NS
from outcry.ledger.posting import Purpose
from outcry.ledger.reads import days, history, start, statement, transfers, whole
from outcry.ledger.reads.history import (
    ALL,
    LARGEST,
    BadCursor,
    Filter,
    Page,
    encode_cursor,
)
from outcry.ledger.reads.spans import postings_between, sequences_between
from outcry.ledger.reads.statement import Line, StatementFilter
from tests.support.ledger_folder import EVERYBODY as ACCOUNTS
from tests.support.ledger_folder import write_folder
from tests.support.trading import BTC, USDT

Read = Callable[..., Page[Any]]
EVERYTHING = StatementFilter()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLedger]:
    folder = tmp_path_factory.mktemp("month")
    write_folder(folder)
    store = SqliteLedger(folder / "ledger.sqlite")
    yield store
    store.close()


def pages(read: Read, store: SqliteLedger, *what: Any, limit: int) -> list[Any]:
    """Return all items of a list, page by page."""
    items: list[Any] = []
    cursor = None
    while True:
        page = read(store, *what, limit, cursor)
        assert len(page.items) <= limit
        items += page.items
        if (cursor := page.next_cursor) is None:
            return items


def lines_of(store: SqliteLedger, account: int, **wanted: int) -> list[Line]:
    return pages(statement.statement, store, account, StatementFilter(**wanted), limit=1_000)


# Statements


@pytest.mark.parametrize("limit", [1, 7, 1_000])
@pytest.mark.parametrize("account", [0, *ACCOUNTS])
def test_statement_is_every_posting_once_newest_first(
    store: SqliteLedger, account: int, limit: int
) -> None:
    lines = pages(statement.statement, store, account, EVERYTHING, limit=limit)
    stored = store.query("SELECT posting FROM postings WHERE owner = ?", (account,))
    assert [line.posting for line in lines] == sorted((p for (p,) in stored), reverse=True)
    assert {line.owner for line in lines} == {account}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_balance_of_a_line_is_the_one_before_and_its_change(
    store: SqliteLedger, account: int
) -> None:
    balances: Counter[tuple[int, int]] = Counter()
    for line in reversed(lines_of(store, account)):
        balances[line.asset, line.purpose] += line.change_units
        assert balances[line.asset, line.purpose] == line.balance_units
    stored = "SELECT asset, purpose, balance_units FROM balances WHERE owner = ?"
    assert {row[:2]: row[2] for row in store.query(stored, (account,))} == dict(balances)


def test_lines_say_why_and_by_which_order_trade_or_withdrawal(store: SqliteLedger) -> None:
    lines = [line for account in ACCOUNTS for line in lines_of(store, account)]
    causes = Counter(line.cause for line in lines)
    assert set(causes) >= {
        "order_placed", "order_replaced", "order_done", "trade", "match_prevented", "deposit",
        "withdrawal_requested", "withdrawal_final", "withdrawal_failed", "transfer",
        "adjust_credit", "adjust_debit",
    }  # fmt: skip
    for line in lines:
        of_order = line.cause.startswith("order") or line.cause in {"trade", "match_prevented"}
        assert bool(line.order_id) == bool(line.market) == of_order, line
        assert bool(line.trade_id) == (line.cause == "trade"), line
        assert bool(line.withdrawal_id) == line.cause.startswith("withdrawal"), line
        assert bool(line.counter_account) == (line.cause == "transfer"), line


@pytest.mark.parametrize("account", ACCOUNTS)
def test_order_of_a_line_is_the_accounts_own(store: SqliteLedger, account: int) -> None:
    own = {view.order_id for view in history.orders(store, account, ALL, 10_000).items}
    assert {line.order_id for line in lines_of(store, account)} <= own | {0}


def test_transfer_names_the_other_side_to_both(store: SqliteLedger) -> None:
    rows = store.query(
        "SELECT sequence, account, counter_account FROM transfers WHERE cause = ?",
        (int(Cause.TRANSFER),),
    )
    assert rows
    for sequence, sender, receiver in rows:
        for one, other in ((sender, receiver), (receiver, sender)):
            found = [line for line in lines_of(store, one) if line.sequence == sequence]
            assert {line.counter_account for line in found} == {other}


@pytest.mark.parametrize("asset", [0, BTC, USDT])
@pytest.mark.parametrize("purpose", [0, *Purpose])
def test_statement_of_an_asset_and_a_purpose_is_that_part_of_it(
    store: SqliteLedger, asset: int, purpose: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_statement = lines_of(store, 1)
    wanted = [
        line
        for line in whole_statement
        if asset in {0, line.asset} and purpose in {0, line.purpose}
    ]
    for looked_at in (3, 10_000):
        monkeypatch.setattr(statement, "LOOKED_AT_MAX", looked_at)
        assert lines_of(store, 1, asset=asset, purpose=purpose) == wanted


def test_filtered_page_looks_at_a_bounded_number_of_postings(
    store: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement, "LOOKED_AT_MAX", 5)
    nothing = StatementFilter(purpose=Purpose.WITHDRAWN)
    page = statement.statement(store, 1, nothing, 10)
    assert page.items == []
    assert page.next_cursor is not None


@pytest.mark.parametrize("account", ACCOUNTS)
def test_statement_of_a_span_of_time_is_that_part_of_it(store: SqliteLedger, account: int) -> None:
    lines = lines_of(store, account)
    times = sorted({line.time_ns for line in lines})
    for start_ns in (0, times[0], times[len(times) // 3], times[-1], times[-1] + 1):
        for end_ns in (times[0] - 1, times[0], times[len(times) // 2], times[-1], LARGEST):
            wanted = [line for line in lines if start_ns <= line.time_ns <= end_ns]
            assert lines_of(store, account, start_ns=start_ns, end_ns=end_ns) == wanted


# Transfers


@pytest.mark.parametrize("limit", [1, 4, 1_000])
@pytest.mark.parametrize("account", ACCOUNTS)
def test_transfers_are_those_to_and_from_an_account(
    store: SqliteLedger, account: int, limit: int
) -> None:
    found = pages(transfers.transfers, store, account, EVERYTHING, limit=limit)
    rows = store.query("SELECT * FROM transfers ORDER BY sequence DESC, event_index DESC", ())
    assert found == [row for row in rows if account in (row[3], row[6])]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_changes_of_transfers_are_those_of_the_statement(store: SqliteLedger, account: int) -> None:
    found = pages(transfers.transfers, store, account, EVERYTHING, limit=100)
    changes = {(t.sequence, t.event_index): t.change_units(account) for t in found}
    lines = [
        line
        for line in lines_of(store, account, purpose=Purpose.AVAILABLE)
        if (line.sequence, line.event_index) in changes
    ]
    told = {(line.sequence, line.event_index): line.change_units for line in lines}
    assert told == {place: change for place, change in changes.items() if change}


def test_transfers_can_be_of_an_asset_and_a_span_of_time(store: SqliteLedger) -> None:
    found = pages(transfers.transfers, store, 1, EVERYTHING, limit=100)
    middle = found[len(found) // 2].time_ns
    wanted = StatementFilter(asset=USDT, start_ns=middle)
    expected = [t for t in found if t.asset == USDT and t.time_ns >= middle]
    assert pages(transfers.transfers, store, 1, wanted, limit=3) == expected
    assert 0 < len(expected) < len(found)


def test_filtered_page_of_transfers_looks_at_a_bounded_number(
    store: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = pages(transfers.transfers, store, 1, EVERYTHING, limit=100)
    monkeypatch.setattr(transfers, "LOOKED_AT_MAX", 3)
    wanted = StatementFilter(asset=USDT)
    assert len(transfers.transfers(store, 1, wanted, 10).items) <= 3
    found = pages(transfers.transfers, store, 1, wanted, limit=10)
    assert found == [t for t in everything if t.asset == USDT]
    assert transfers.transfers(store, 1, StatementFilter(asset=99), 10).next_cursor is not None


# Days


def day_sums(store: SqliteLedger, account: int) -> dict[tuple[int, int], list[int]]:
    """Return trades, lots and quote units by (day, market), from the account's fills."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for fill in history.fills(store, account, ALL, 100_000).items:
        row = sums[fill.time_ns // DAY_NS, fill.market]
        for place, value in enumerate((1, fill.lots, fill.notional_units)):
            row[place] += value
    return sums


@pytest.mark.parametrize("limit", [1, 3, 1_000])
@pytest.mark.parametrize("account", ACCOUNTS)
def test_volume_is_the_sum_of_the_fills_newest_day_first(
    store: SqliteLedger, account: int, limit: int
) -> None:
    found = pages(days.account_days, store, account, ALL, limit=limit)
    places = [(day.day, day.market) for day in found]
    assert places == sorted(places, reverse=True)
    told = {(d.day, d.market): [d.trades, int(d.lots), int(d.quote_units)] for d in found}
    assert told == dict(day_sums(store, account))


@pytest.mark.parametrize("market", [0, 1, 2])
def test_statistics_are_the_days_of_the_markets(store: SqliteLedger, market: int) -> None:
    stored = [days.MarketDay(*row) for row in store.query("SELECT * FROM market_days", ())]
    wanted = [day for day in stored if market in {0, day.market}]
    wanted.sort(key=lambda day: (day.day, day.market), reverse=True)
    for limit in (1, 5, 1_000):
        assert pages(days.market_days, store, Filter(market), limit=limit) == wanted
    first, last = wanted[-1].day, wanted[0].day
    assert last > first
    middle = Filter(market, start_ns=(first + 1) * DAY_NS, end_ns=(last - 1) * DAY_NS + 5)
    found = pages(days.market_days, store, middle, limit=2)
    assert found == [day for day in wanted if first < day.day < last]


# Spans


def test_moment_is_found_by_halving_as_by_looking_at_everything(store: SqliteLedger) -> None:
    events = store.query("SELECT sequence, time_ns FROM events ORDER BY sequence", ())
    last = events[-1][0]
    times = sorted({time for _, time in events})
    moments = [times[0] - 1, *times[:3], times[-2], times[-1], times[-1] + 1]
    for start_ns in (0, *moments):
        for end_ns in (*moments, LARGEST):
            first, end = sequences_between(store, start_ns, end_ns)
            inside = {s for s, time in events if start_ns <= time <= end_ns}
            assert {s for s, _ in events if first <= s <= end} == inside
            assert end <= last
    for owner in (0, *ACCOUNTS, 99):
        postings = store.query("SELECT posting, sequence FROM postings WHERE owner = ?", (owner,))
        for first, end in ((1, last), (5, 90), (last, last), (9, 5), (last + 1, last + 9)):
            low, high = postings_between(store, owner, first, end)
            found = {p for p, _ in postings if low <= p <= high}
            assert found == {p for p, s in postings if first <= s <= end}


def test_empty_ledger_has_nothing_to_read(tmp_path: Path) -> None:
    store = SqliteLedger(tmp_path / "ledger.sqlite")
    assert statement.statement(store, 1, EVERYTHING, 10) == Page([], None)
    assert transfers.transfers(store, 1, EVERYTHING, 10) == Page([], None)
    assert days.account_days(store, 1, ALL, 10) == Page([], None)
    assert days.market_days(store, ALL, 10) == Page([], None)
    for read in WHOLE.values():
        assert list(read(store, None)) == list(read(store, 1)) == []
    store.close()


# Whole tables

WHOLE: dict[str, Callable[..., Iterator[list[Any]]]] = {
    "orders": whole.orders,
    "fills": whole.fills,
    "transfers": whole.transfers,
    "lines": whole.lines,
    "account_days": whole.account_days,
    "market_days": whole.market_days,
}


def all_of(name: str, store: SqliteLedger, account: int | None, wanted: Filter = ALL) -> list[Any]:
    return [item for chunk in WHOLE[name](store, account, wanted) for item in chunk]


@pytest.fixture(params=[2, 3, 500])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(whole, "CHUNK", request.param)
    return int(request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("account", ACCOUNTS)
def test_whole_tables_of_an_account_are_the_pages_the_other_way_round(
    store: SqliteLedger, account: int
) -> None:
    lines = lines_of(store, account)
    assert all_of("lines", store, account) == lines[::-1]
    moved = pages(transfers.transfers, store, account, EVERYTHING, limit=100)
    assert all_of("transfers", store, account) == [(account, t) for t in reversed(moved)]
    orders = [view._replace(trades=()) for view in history.orders(store, account, ALL, 9_999).items]
    assert all_of("orders", store, account) == orders[::-1]
    fills = history.fills(store, account, ALL, 9_999).items
    assert all_of("fills", store, account) == [(account, fill) for fill in reversed(fills)]
    traded = days.account_days(store, account, ALL, 9_999).items
    assert all_of("account_days", store, account) == traded[::-1]


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("name", ["orders", "fills", "transfers", "lines", "account_days"])
def test_whole_table_of_all_is_that_of_everybody(store: SqliteLedger, name: str) -> None:
    everybody = (0, *ACCOUNTS)
    assert sorted(all_of(name, store, None)) == sorted(
        item for account in everybody for item in all_of(name, store, account)
    )


@pytest.mark.parametrize("account", [None, 2])
def test_whole_tables_can_be_of_a_span_of_time(store: SqliteLedger, account: int | None) -> None:
    everything = all_of("lines", store, account)
    first_ns, last_ns = everything[0].time_ns, everything[-1].time_ns
    third = (last_ns - first_ns) // 3
    span = Filter(0, first_ns + third, last_ns - third)

    def time_of(name: str, item: Any) -> int:
        if name in {"fills", "transfers"}:
            return int(item[1].time_ns)
        return int(item.created_ns if name == "orders" else item.time_ns)

    for name in ("orders", "fills", "transfers", "lines"):
        found = all_of(name, store, account, span)
        wanted = [
            item
            for item in all_of(name, store, account)
            if span.start_ns <= time_of(name, item) <= span.end_ns
        ]
        assert found == wanted
        assert found
    for name in ("account_days", "market_days"):
        found = all_of(name, store, account, span)
        dates = range(span.start_ns // DAY_NS, span.end_ns // DAY_NS + 1)
        assert found == [d for d in all_of(name, store, account) if d.day in dates]
        assert found


# By index


def statements() -> dict[str, str]:
    """Return every fixed statement of the reads by name."""
    found = {}
    for module in (history, start, statement, transfers, days, whole):
        for name, value in vars(module).items():
            if isinstance(value, str) and value.lstrip().startswith("SELECT") and "{" not in value:
                found[f"{module.__name__.rpartition('.')[2]}.{name}"] = value
    return found


PARTS = ("SCAN CONSTANT", "SCAN by_", "SCAN maker", "SCAN taker")
"""What a statement has found and puts together."""
WHOLE_TABLE_WANTED = {
    "start._BALANCES", "start._EDGE_TILES", "history.OPEN_ORDERS", "start.OPEN_ORDERS",
}  # fmt: skip
"""Read once, when a follower starts."""


@pytest.mark.parametrize("name", statements())
def test_no_read_scans_a_table(store: SqliteLedger, name: str) -> None:
    text = statements()[name]
    plan = store.query(f"EXPLAIN QUERY PLAN {text}", (1,) * text.count("?"))
    steps = [row[3] for row in plan]
    scans = [step for step in steps if step.startswith("SCAN") and not step.startswith(PARTS)]
    assert bool(scans) == (name in WHOLE_TABLE_WANTED), steps


def test_every_statement_is_looked_at() -> None:
    assert len(statements()) > 30


# Cursors


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (statement.statement, (1, EVERYTHING)),
        (transfers.transfers, (1, EVERYTHING)),
        (days.account_days, (1, ALL)),
        (days.market_days, (ALL,)),
    ],
)
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        encode_cursor("q", 1),
        encode_cursor("s", 1, 2),
        encode_cursor("t", 1),
        "A" * 200,
        "é",
    ],
)
def test_forged_cursor_is_refused(
    store: SqliteLedger, read: Read, what: tuple[Any, ...], cursor: str
) -> None:
    with pytest.raises(BadCursor):
        read(store, *what, 10, cursor)


def test_cursor_of_another_account_shows_only_ones_own(store: SqliteLedger) -> None:
    for read, wanted in (
        (statement.statement, EVERYTHING),
        (transfers.transfers, EVERYTHING),
        (days.account_days, ALL),
    ):
        cursor = read(store, 1, wanted, 3).next_cursor
        found = pages(lambda *a, read=read, cursor=cursor: read(*a[:-1], a[-1] or cursor),
                      store, 2, wanted, limit=50)  # fmt: skip
        everything = pages(read, store, 2, wanted, limit=50)
        assert found == everything[len(everything) - len(found) :]
