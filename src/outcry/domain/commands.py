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

    `display_lots`: an iceberg shows so many at a time. `expires_ns`: when a `GTD` order ends.
    `trigger` with `trigger_ticks`: the order waits for a print (see `order.Trigger`); `TRAIL`
    follows the market at a distance of `trail_ppm`. `peg` with `peg_offset_ticks`: its price
    follows the book's (see `order.Peg`), never beyond `price_ticks`. `slices` and `interval_ns`:
    it runs in so many parts, one an interval (TWAP). `session` and `api_key` say what its life is
    tied to.
    """

    display_lots: int = 0
    expires_ns: int = 0
    trigger_ticks: int = 0
    trail_ppm: int = 0
    peg_offset_ticks: int = 0
    interval_ns: int = 0
    session: int = 0
    slices: int = 0
    api_key: int = 0
    trigger: int = 0
    peg: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One order of a list: what `PlaceSpecial` says of an order, without the header."""

    side: int
    kind: int = 0
    time_in_force: int = 0
    self_trade: int = 0
    flags: int = 0
    price_ticks: int = 0
    lots: int = 0
    budget_units: int = 0
    display_lots: int = 0
    expires_ns: int = 0
    trigger_ticks: int = 0
    trail_ppm: int = 0
    peg_offset_ticks: int = 0
    interval_ns: int = 0
    session: int = 0
    slices: int = 0
    api_key: int = 0
    trigger: int = 0
    peg: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceList(Command):
    """Place two or three orders that belong together. See `order.ListKind` for who is who."""

    list_kind: int
    members: tuple[Member, ...]


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
    """Open the account named in the header; with `parent` as a sub-account of that one.

    Sub-accounts and their parent are one group: they do not trade with each other, and may
    transfer to each other.
    """

    parent: int = 0


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

    A new market is closed and free of fees. A maximum of 0 is no maximum. Those that begin with
    `limit_` are the market's default limits per account; a position is in base units.
    `protection_ppm` is how far beyond its trigger a stop-market order may trade.
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
    limit_stop_orders: int = NO_LIMIT
    limit_position_units: int = NO_LIMIT
    protection_ppm: int = 50_000


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
    stop_orders: int = NO_LIMIT
    position_units: int = NO_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class SetState(Command):
    """Move the market of the header to another state.

    A move into trading from a call phase, or with a crossed book, is an uncross; `reference_ticks`
    (0: the last price) is what its price is nearest to where volume and surplus leave a choice.
    """

    state: int
    reference_ticks: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRules(Command):
    """Give the market of the header its bands, its breaker and its auctions.

    Bands are in ppm, 0 for none: `dynamic_ppm` around the last price before a command,
    `static_ppm` around the last auction price, `window_ppm` from the extremes of the last
    `window_ns`. `on_band` 1: a taker that a band stops halts the market; `halt_ns` later an auction
    begins, and `auction_ns` later it ends (0: by command). `collar_ppm` is how far from the last
    price a re-opening may print; outside it is extended once, by `extension_ns`.
    """

    dynamic_ppm: int = 0
    static_ppm: int = 0
    window_ppm: int = 0
    window_ns: int = 0
    collar_ppm: int = 0
    halt_ns: int = 0
    auction_ns: int = 0
    extension_ns: int = 0
    on_band: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTiers(Command):
    """Give the market of the header its fee tiers: rows of (volume_units, maker_ppm, taker_ppm).

    An account has the rates of the last row whose volume, in the quote asset over the last 30
    complete UTC days, it has reached; below the first the market's own. At most eight, ascending.
    """

    tiers: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAccountFees(Command):
    """Give the account of the header rates of its own in the market; `own` 0 takes them back."""

    maker_ppm: int = 0
    taker_ppm: int = 0
    own: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchedule(Command):
    """Plan the day of the market of the header: rows of (time of the UTC day in ns, state).

    At each of these times, every day, the market moves to that state if it can. At most eight,
    ascending; none ends the schedule.
    """

    entries: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewSwitch(Command):
    """Arm a dead man's switch, or renew it: without another renewal within `timeout_ns` it fires.

    It then cancels every order in its scope (see `order.Scope`), once. `timeout_ns` 0 disarms.
    """

    timeout_ns: int
    scope: int = 0
    api_key: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession(Command):
    """A session ended: cancel the orders that are tied to it."""

    session: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetSessions(Command):
    """No session is left, as after a restart: cancel every order that is tied to one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireMarket(Command):
    """Cancel every order of the market of the header and close it for ever."""


# Internal: they follow from other commands and from time, and are never in the log.


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOrder(Command):
    """End an open order for a reason."""

    order_id: int
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOrder(Command):
    """Note that an order has been triggered and waits for its turn."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FireOrder(Command):
    """Let an order that was triggered by a print at `price_ticks` run."""

    order_id: int
    price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChildren(Command):
    """Place the child of a list, or its pair of children, of at most `lots` (0: as they are)."""

    first_order_id: int
    second_order_id: int = 0
    lots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePeg(Command):
    """Move a pegged order to the back of another level, or (0) out of the book."""

    order_id: int
    price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSlice(Command):
    """Let `lots` of an order trade at once; what does not trade waits on."""

    order_id: int
    lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncross(Command):
    """Trade everything that crosses in the market of the header at one price."""

    price_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutState(Command):
    """Move the market of the header to a state."""

    state: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBand(Command):
    """Set between which prices a buyer and a seller may take in the market of the header."""

    buy_low_ticks: int
    buy_high_ticks: int
    sell_low_ticks: int
    sell_high_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRates(Command):
    """Set the rates of the account of the header in the market, or (`own` 0) the market's."""

    own: int
    maker_ppm: int = 0
    taker_ppm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PutFloor(Command):
    """Note the least rates that tiers and own rates of the market of the header give."""

    maker_ppm: int
    taker_ppm: int
