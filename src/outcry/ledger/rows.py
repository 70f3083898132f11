"""The columns of the history's rows, and what a client is told of an order.

A row is a flat sequence in the order of these columns, in memory as in the store, so that an order
is written down exactly as it is held. Amounts are integers: ticks, lots, units of the asset.
"""

from enum import IntEnum
from typing import Any, NamedTuple

from outcry.domain.order import DoneReason, OrderFlag

ORDER_COLUMNS = (
    "first_sequence",
    "created_ns",
    "account",
    "market",
    "order_id",
    "side",
    "kind",
    "time_in_force",
    "self_trade",
    "flags",
    "price_ticks",
    "lots",
    "budget_units",
    "key",
    "fee_asset",
    "open_lots",
    "filled_lots",
    "quote_filled_units",
    "fee_units",
    "state",
    "done_reason",
    "updated_ns",
    "sequence",
)
(
    FIRST_SEQUENCE,
    CREATED_NS,
    ACCOUNT,
    MARKET,
    ORDER_ID,
    SIDE,
    KIND,
    TIME_IN_FORCE,
    SELF_TRADE,
    FLAGS,
    PRICE_TICKS,
    LOTS,
    BUDGET_UNITS,
    KEY,
    FEE_ASSET,
    OPEN_LOTS,
    FILLED_LOTS,
    QUOTE_FILLED_UNITS,
    FEE_UNITS,
    STATE,
    DONE_REASON,
    UPDATED_NS,
    SEQUENCE,
) = range(len(ORDER_COLUMNS))
TRADES = len(ORDER_COLUMNS)
"""In memory only: the place after the columns holds the trade rows of the order."""

TRADE_COLUMNS = (
    "sequence",
    "time_ns",
    "taker_account",
    "market",
    "trade_id",
    "taker_order_id",
    "maker_order_id",
    "maker_account",
    "taker_side",
    "flags",
    "price_ticks",
    "lots",
    "notional_units",
    "taker_fee_units",
    "maker_fee_units",
    "taker_fee_asset",
    "maker_fee_asset",
)
CANDLE_COLUMNS = (
    "market",
    "span",
    "open_ns",
    "open_ticks",
    "high_ticks",
    "low_ticks",
    "close_ticks",
    "volume_lots",
    "quote_units",
    "trades",
)
"""`span` is the interval's name. Volumes are decimal text: turnover may pass 64 bits."""

Row = tuple[Any, ...]
"""One row of any table, in the order of its columns."""


class OrderState(IntEnum):
    """Where an order is in its life, with the numbers the rows carry."""

    OPEN = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    CANCELLED = 3
    EXPIRED = 4
    REJECTED = 5


FIRST_DONE_STATE = OrderState.FILLED
"""An order is open while its state is below this."""

STATE_OF: dict[DoneReason, OrderState] = {
    DoneReason.FILLED: OrderState.FILLED,
    DoneReason.CANCELLED: OrderState.CANCELLED,
    DoneReason.REDUCED: OrderState.CANCELLED,
    DoneReason.REPLACED: OrderState.CANCELLED,
    DoneReason.EXPIRED: OrderState.EXPIRED,
    DoneReason.NO_LIQUIDITY: OrderState.EXPIRED,
    DoneReason.BUDGET_EXHAUSTED: OrderState.EXPIRED,
    DoneReason.PROTECTED: OrderState.EXPIRED,
    DoneReason.FOK_KILLED: OrderState.EXPIRED,
    DoneReason.REST: OrderState.EXPIRED,
    DoneReason.SELF_TRADE: OrderState.EXPIRED,
    DoneReason.PREVENTED: OrderState.EXPIRED,
    DoneReason.OCO: OrderState.CANCELLED,
    DoneReason.PARENT_DONE: OrderState.CANCELLED,
    DoneReason.REJECTED_ON_TRIGGER: OrderState.REJECTED,
}
"""How an order's end is called: cancelled is what somebody asked for, expired what a rule did.

The one exception is in `end_state`: a budget spent as far as it goes is a filled order.
"""


_END_STATES = {int(reason): int(state) for reason, state in STATE_OF.items()}
_BUDGET_EXHAUSTED = int(DoneReason.BUDGET_EXHAUSTED)
_FILLED = int(OrderState.FILLED)


def end_state(reason: int, filled_lots: int) -> int:
    """Return the `OrderState` of an order that ended for `reason` with `filled_lots` traded."""
    if reason == _BUDGET_EXHAUSTED and filled_lots:
        return _FILLED
    return _END_STATES[reason]


STATE_NAMES = {int(state): state.name.lower() for state in OrderState}
REASON_NAMES = {int(reason): reason.name.lower() for reason in DoneReason}


class Fill(NamedTuple):
    """One trade as one side of it sees it. A negative fee is a rebate."""

    trade_id: int
    market: int
    order_id: int
    side: int
    price_ticks: int
    lots: int
    notional_units: int
    fee_units: int
    fee_asset: int
    is_maker: bool
    time_ns: int
    sequence: int


class TradeRow(NamedTuple):
    """A stored trade, both sides in one row; the fields are `TRADE_COLUMNS`."""

    sequence: int
    time_ns: int
    taker_account: int
    market: int
    trade_id: int
    taker_order_id: int
    maker_order_id: int
    maker_account: int
    taker_side: int
    flags: int
    price_ticks: int
    lots: int
    notional_units: int
    taker_fee_units: int
    maker_fee_units: int
    taker_fee_asset: int
    maker_fee_asset: int

    def fill(self, *, is_maker: bool) -> Fill:
        """Return the trade as its maker, or its taker, sees it."""
        return Fill(
            trade_id=self.trade_id,
            market=self.market,
            order_id=self.maker_order_id if is_maker else self.taker_order_id,
            side=1 - self.taker_side if is_maker else self.taker_side,
            price_ticks=self.price_ticks,
            lots=self.lots,
            notional_units=self.notional_units,
            fee_units=self.maker_fee_units if is_maker else self.taker_fee_units,
            fee_asset=self.maker_fee_asset if is_maker else self.taker_fee_asset,
            is_maker=is_maker,
            time_ns=self.time_ns,
            sequence=self.sequence,
        )


class OrderView(NamedTuple):
    """An order as it stood after `sequence`: the columns of its row, and its trades.

    `open_lots` is what may still trade, 0 once it is done. `quote_filled_units` is the sum of its
    trades' notional, `fee_units` the sum of its fees in `fee_asset`, rebates taken off.
    """

    first_sequence: int
    created_ns: int
    account: int
    market: int
    order_id: int
    side: int
    kind: int
    time_in_force: int
    self_trade: int
    flags: int
    price_ticks: int
    lots: int
    budget_units: int
    key: str
    fee_asset: int
    open_lots: int
    filled_lots: int
    quote_filled_units: int
    fee_units: int
    state: int
    done_reason: int
    updated_ns: int
    sequence: int
    trades: tuple[TradeRow, ...] = ()

    @property
    def post_only(self) -> bool:
        """Whether it asked never to take."""
        return bool(self.flags & OrderFlag.POST_ONLY)

    @property
    def is_open(self) -> bool:
        """Whether it may still trade."""
        return self.state < FIRST_DONE_STATE

    @property
    def status(self) -> str:
        """Its state in words: open, partially_filled, filled, cancelled, expired, rejected."""
        return STATE_NAMES[self.state]

    @property
    def reason(self) -> str | None:
        """Why it ended, in words; None while it is open."""
        return REASON_NAMES[self.done_reason] if self.done_reason else None

    @property
    def fills(self) -> list[Fill]:
        """Its side of its trades, oldest first."""
        order_id = self.order_id
        return [trade.fill(is_maker=trade.maker_order_id == order_id) for trade in self.trades]
