"""The tables that people see, column by column: in pages of JSON, in CSV and in Parquet alike.

Amounts are decimal text with as many decimals as their asset or market has.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from outcry.domain.decimals import format_units
from outcry.domain.order import Kind, OrderFlag
from outcry.domain.units import DAY_NS
from outcry.gateway.native.render import SIDE_NAMES, TIME_NAMES
from outcry.ledger.reads import whole
from outcry.ledger.reads.days import AccountDay, MarketDay
from outcry.ledger.reads.history import ALL, Filter
from outcry.ledger.reads.statement import PURPOSES, Line
from outcry.ledger.reads.transfers import CAUSE_NAMES, Transfer
from outcry.ledger.rows import Fill, OrderView
from outcry.marketdata.registry import Registry
from outcry.ports import LedgerStore

Value = int | str | None
Values = tuple[Value, ...]
"""One row in the order of its table's columns. None is nothing, a time is in nanoseconds."""


class As(Enum):
    """What a column holds."""

    NUMBER = "number"
    TEXT = "text"
    AMOUNT = "amount"
    TIME = "time"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table: its columns, its rows in chunks, and how one of them is told."""

    name: str
    columns: dict[str, As]
    read: Callable[[LedgerStore, int | None, Filter], Iterator[list[Any]]]
    values: Callable[[Registry, Any], Values]

    def rows(
        self, store: LedgerStore, registry: Registry, account: int | None, wanted: Filter = ALL
    ) -> Iterator[list[Values]]:
        """Yield the rows of one account, or (None) of all, oldest first, in chunks."""
        for chunk in self.read(store, account, wanted):
            yield [self.values(registry, item) for item in chunk]


def amount(registry: Registry, asset: int, units: int) -> str:
    """Return units of an asset as decimal text."""
    return format_units(units, registry.asset(asset).unit_decimals)


def day_text(day: int) -> str:
    """Return a day since 1970 as 2026-01-02."""
    return datetime.fromtimestamp(day * (DAY_NS // 10**9), UTC).date().isoformat()


def _symbol(registry: Registry, market: int) -> str | None:
    return registry.market(market).symbol if market else None


def _order(registry: Registry, view: OrderView) -> Values:
    scale, is_budget = registry.scale(view.market), view.kind == Kind.BUDGET
    return (
        view.account,
        view.order_id,
        view.key or None,
        _symbol(registry, view.market),
        SIDE_NAMES[view.side],
        "limit" if view.kind == Kind.LIMIT else "market",
        TIME_NAMES[view.time_in_force],
        bool(view.flags & OrderFlag.POST_ONLY),
        scale.price(view.price_ticks) if view.kind == Kind.LIMIT else None,
        None if is_budget else scale.quantity(view.lots),
        scale.quote(view.budget_units) if is_budget else None,
        scale.quantity(view.filled_lots),
        scale.quantity(view.open_lots),
        scale.quote(view.quote_filled_units),
        amount(registry, view.fee_asset, view.fee_units),
        registry.asset(view.fee_asset).symbol,
        view.status,
        view.reason,
        view.created_ns,
        view.updated_ns,
        view.sequence,
    )


def _fill(registry: Registry, found: tuple[int, Fill]) -> Values:
    account, fill = found
    scale = registry.scale(fill.market)
    return (
        account,
        fill.trade_id,
        fill.order_id,
        _symbol(registry, fill.market),
        SIDE_NAMES[fill.side],
        scale.price(fill.price_ticks),
        scale.quantity(fill.lots),
        scale.quote(fill.notional_units),
        amount(registry, fill.fee_asset, fill.fee_units),
        registry.asset(fill.fee_asset).symbol,
        "maker" if fill.is_maker else "taker",
        fill.time_ns,
        fill.sequence,
    )


def _transfer(registry: Registry, found: tuple[int, Transfer]) -> Values:
    account, moved = found
    return (
        account,
        moved.time_ns,
        CAUSE_NAMES[moved.cause],
        registry.asset(moved.asset).symbol,
        amount(registry, moved.asset, moved.amount_units),
        amount(registry, moved.asset, moved.change_units(account)),
        moved.other(account) or None,
        moved.reference or None,
        moved.sequence,
        moved.event_index,
    )


def _line(registry: Registry, line: Line) -> Values:
    return (
        line.owner,
        line.posting,
        line.time_ns,
        line.cause,
        registry.asset(line.asset).symbol,
        PURPOSES[line.purpose],
        amount(registry, line.asset, line.change_units),
        amount(registry, line.asset, line.balance_units),
        _symbol(registry, line.market),
        line.order_id or None,
        line.trade_id or None,
        line.withdrawal_id or None,
        line.counter_account or None,
        line.sequence,
        line.event_index,
    )


def _sums(registry: Registry, day: AccountDay | MarketDay) -> Values:
    scale, market = registry.scale(day.market), registry.market(day.market)
    return (
        day.trades,
        scale.quantity(int(day.lots)),
        scale.quote(int(day.quote_units)),
        registry.asset(market.base).symbol,
        scale.base(int(day.base_fee_units)),
        registry.asset(market.quote).symbol,
        scale.quote(int(day.quote_fee_units)),
    )


def _account_day(registry: Registry, day: AccountDay) -> Values:
    symbol = _symbol(registry, day.market)
    return (day.account, day_text(day.day), symbol, *_sums(registry, day))


def _market_day(registry: Registry, day: MarketDay) -> Values:
    price = registry.scale(day.market).price
    prices = (price(p) for p in (day.open_ticks, day.high_ticks, day.low_ticks, day.close_ticks))
    symbol = _symbol(registry, day.market)
    return (day_text(day.day), symbol, *prices, *_sums(registry, day))


def _columns(**kinds: str) -> dict[str, As]:
    """Return columns in order, from names of a kind with blanks between: `number="a b"`."""
    order = kinds.pop("order").split()
    of_name = {name: As(kind) for kind, names in kinds.items() for name in names.split()}
    assert len(order) == len(of_name)
    return {name: of_name[name] for name in order}


_SUM_ORDER = "trades volume quote_volume base base_fee quote quote_fee"
_SUM_AMOUNTS = "volume quote_volume base_fee quote_fee"

ORDERS = ExportTable(
    "orders",
    _columns(
        order="account order_id client_order_id market side type time_in_force post_only price"
        " quantity budget filled_quantity remaining_quantity quote_filled fee fee_asset status"
        " reason created_at updated_at sequence",
        number="account order_id sequence",
        text="client_order_id market side type time_in_force fee_asset status reason",
        amount="price quantity budget filled_quantity remaining_quantity quote_filled fee",
        time="created_at updated_at",
        flag="post_only",
    ),
    whole.orders,
    _order,
)
FILLS = ExportTable(
    "fills",
    _columns(
        order="account trade_id order_id market side price quantity quote_quantity fee fee_asset"
        " liquidity time sequence",
        number="account trade_id order_id sequence",
        text="market side fee_asset liquidity",
        amount="price quantity quote_quantity fee",
        time="time",
    ),
    whole.fills,
    _fill,
)
TRANSFERS = ExportTable(
    "transfers",
    _columns(
        order="account time cause asset amount change counter_account withdrawal_id sequence"
        " event_index",
        number="account counter_account withdrawal_id sequence event_index",
        text="cause asset",
        amount="amount change",
        time="time",
    ),
    whole.transfers,
    _transfer,
)
STATEMENT = ExportTable(
    "statement",
    _columns(
        order="account posting time cause asset purpose change balance market order_id trade_id"
        " withdrawal_id counter_account sequence event_index",
        number="account posting order_id trade_id withdrawal_id counter_account sequence"
        " event_index",
        text="cause asset purpose market",
        amount="change balance",
        time="time",
    ),
    whole.lines,
    _line,
)
VOLUME = ExportTable(
    "volume",
    _columns(
        order=f"account day market {_SUM_ORDER}",
        number="account trades",
        text="day market base quote",
        amount=_SUM_AMOUNTS,
    ),
    whole.account_days,
    _account_day,
)
STATISTICS = ExportTable(
    "statistics",
    _columns(
        order=f"day market open high low close {_SUM_ORDER}",
        number="trades",
        text="day market base quote",
        amount=f"open high low close {_SUM_AMOUNTS}",
    ),
    whole.market_days,
    _market_day,
)
OF_ACCOUNTS = {table.name: table for table in (ORDERS, FILLS, TRANSFERS, STATEMENT, VOLUME)}
"""What an account may export of itself."""
OF_THE_VENUE = OF_ACCOUNTS | {STATISTICS.name: STATISTICS}
"""What an operator may export."""
