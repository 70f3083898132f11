"""Commands: what the venue is asked to do, in the imperative.

Every change of state is one of these in the log. All carry the common header of `Command`;
`account` 0 is the venue itself, `market` 0 is no market (in `CancelAll`: every market).
"""

from dataclasses import dataclass

NO_LIMIT = -1
"""In `SetLimits`: leave this limit to the market's default (for a default: no limit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The header every command shares.

    `key` is the idempotency key (the client order id of an order): ASCII, at most 64 characters,
    empty for none. `sequence` and `time_ns` are stamped by the sequencer. `internal` marks what the
    engine derives from an event under that event's sequence; it never enters the log. `staff` marks
    an order of the operator.
    """

    account: int = 0
    market: int = 0
    key: str = ""
    internal: bool = False
    staff: bool = False
    sequence: int = 0
    time_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder(Command):
    """Place an order.

    `price_ticks` for limits, `lots` for limits and market orders by size, `budget_units` (quote)
    for market orders by budget; what does not apply is 0.
    """

    side: int
    kind: int = 0
    time_in_force: int = 0
    self_trade: int = 0
    flags: int = 0
    price_ticks: int = 0
    lots: int = 0
    budget_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSpecial(PlaceOrder):
    """Place an order with terms; a term that does not apply is 0.

    `expires_ns` belongs to `GTD`. Nothing else is taken yet: `display_lots` (icebergs),
    `trigger_ticks`, `trigger` and `trail_ppm` (stops), `peg` and `peg_offset_ticks` (pegs),
    `slices` and `interval_ns` (TWAP) and `session` (cancel on disconnect) have their place in the
    record.
    """

    display_lots: int = 0
    expires_ns: int = 0
    trigger_ticks: int = 0
    trail_ppm: int = 0
    peg_offset_ticks: int = 0
    interval_ns: int = 0
    session: int = 0
    slices: int = 0
    trigger: int = 0
    peg: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOrder(Command):
    """End an order whose time has come. Internal: it follows from the time of another command."""

    order_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder(Command):
    """Cancel what is open of an order, named by id, or (id 0) by the hash of its key."""

    order_id: int = 0
    target: bytes = bytes(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReduceOrder(Command):
    """Take `lots` off what is open of an order; it keeps its place in the queue."""

    order_id: int = 0
    target: bytes = bytes(16)
    lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceOrder(Command):
    """Give an order a new price and a new total size, atomically. It keeps its id."""

    order_id: int = 0
    target: bytes = bytes(16)
    price_ticks: int = 0
    lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReplace(Command):
    """Cancel one order, then place a new one with a new id. See `ReplaceMode`."""

    order_id: int = 0
    target: bytes = bytes(16)
    mode: int = 1
    side: int = 0
    kind: int = 0
    time_in_force: int = 0
    self_trade: int = 0
    flags: int = 0
    price_ticks: int = 0
    lots: int = 0
    budget_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll(Command):
    """Cancel an account's open orders, in one market or (0) all, of one side or both (2)."""

    side: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Command):
    """Open the account named in the header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Command):
    """Credit units that arrived from outside."""

    asset: int
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """Move available units to in flight, on their way out."""

    asset: int
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishWithdrawal(Command):
    """End a withdrawal: final (the units left) or failed (they return)."""

    withdrawal_id: int
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Command):
    """Move available units to another account."""

    to_account: int
    asset: int
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Command):
    """Credit (positive) or debit (negative) an account against the venue's loss account."""

    asset: int
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsset(Command):
    """Define an asset. Its precision can never change afterwards."""

    asset: int
    symbol: str
    unit_decimals: int
    chain_decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMarket(Command):
    """Define the market of the header, or change its filters.

    A new market is closed and free of fees. A maximum of 0 is no maximum. The last three are the
    market's default limits per account.
    """

    symbol: str
    base: int
    quote: int
    tick_mantissa: int
    tick_decimals: int
    lot_units: int
    fee_asset: int = 0
    allow_self_trade: int = 0
    min_lots: int = 1
    max_lots: int = 0
    market_max_lots: int = 0
    min_notional_units: int = 0
    max_notional_units: int = 0
    limit_order_notional_units: int = NO_LIMIT
    limit_open_orders: int = 100
    limit_daily_notional_units: int = NO_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFees(Command):
    """Set the rates of the market of the header. `auction_ppm` -1 is max(maker, 0)."""

    maker_ppm: int
    taker_ppm: int
    auction_ppm: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimits(Command):
    """Set limits of the account in the header, in one market.

    Market 0 sets `open_orders_total` and nothing else. `NO_LIMIT` returns to the default.
    """

    order_notional_units: int = NO_LIMIT
    open_orders: int = NO_LIMIT
    daily_notional_units: int = NO_LIMIT
    open_orders_total: int = NO_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class SetState(Command):
    """Move the market of the header to another state."""

    state: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMode(Command):
    """Move the venue to another mode."""

    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAccountStatus(Command):
    """Move the account of the header to another status."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Command):
    """Let what is due by now happen. Emits nothing of its own."""
