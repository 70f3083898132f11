"""Commands about accounts, money, markets and the venue."""

from dataclasses import dataclass

from outcry.domain.commands.header import NO_LIMIT, Command


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateRules(Command):
    """Let the venue go by newer rules from here on: the next ones, and never back.

    What a command does may only change from one version of the rules to the next, so that what is
    in a log always means what it meant.
    """

    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipCommand(Command):
    """Take a command that the engine fails on out of effect: a `Tick` counts in its place.

    Two people have to order it. It stands in the log behind what it takes out, and every replay
    looks for it before it begins.
    """

    skipped_sequence: int
    first_admin: str
    second_admin: str
    reason: str
