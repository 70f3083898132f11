"""What clients send and get, as structs: the OpenAPI document is generated from these.

Amounts are decimal strings. Unknown fields are refused.
"""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta


def _like(description: str, **schema: object) -> Meta:
    """Say in the OpenAPI document what a text looks like; what holds it is the parser."""
    return Meta(description=description, extra_json_schema=schema)


Amount = Annotated[
    str,
    _like("a decimal number as a string", examples=["100.05"], pattern=r"^-?[0-9]+(\.[0-9]+)?$"),
]
OptionalAmount = Amount | None
AmountIn = Annotated[
    str,
    _like(
        "a decimal number above 0 as a string",
        examples=["100.05"],
        pattern=r"^(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?$",
    ),
]
OptionalAmountIn = AmountIn | None
Time = Annotated[str, Meta(description="RFC 3339 with microseconds and Z")]
ClientOrderId = Annotated[str, _like("1 to 36 of A-Z a-z 0-9 _ -", pattern="^[A-Za-z0-9_-]{1,36}$")]
SideIn = Annotated[str, _like("in any case", enum=["buy", "sell"])]
TypeIn = Annotated[str, _like("in any case", enum=["limit", "market"])]
TimeInForceIn = Annotated[str, _like("in any case", enum=["gtc", "ioc", "fok"])]
SelfTradeIn = Annotated[
    str,
    _like(
        "in any case",
        enum=["expire_taker", "expire_maker", "expire_both", "decrement", "none"],
    ),
]


OrderType = Literal[
    "limit",
    "market",
    "stop_limit",
    "stop_market",
    "take_profit_limit",
    "take_profit_market",
    "trailing_stop",
    "pegged",
    "twap",
]
ListKindName = Literal["oco", "oto", "otoco"]


class In(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Something a client sends."""


class Credentials(In):
    """Who registers. `name` is accepted and ignored."""

    email: str
    password: str
    name: str | None = None


class LoginIn(Credentials):
    """Who logs in; `code` is of their second factor, where they have one."""

    code: str | None = None


class RefreshIn(In):
    """A refresh token, good once."""

    refresh_token: str


class PlainOrder(In):
    """An order without terms. `quantity` or, for a market order, `budget` in the quote asset."""

    special: ClassVar[bool] = False
    """Whether it may have terms: `special.schemas.NewOrder` is all that an order can say."""

    market: str
    side: SideIn
    type: TypeIn = "limit"
    price: OptionalAmountIn = None
    quantity: OptionalAmountIn = None
    budget: OptionalAmountIn = None
    time_in_force: TimeInForceIn | None = None
    post_only: bool = False
    self_trade_prevention: SelfTradeIn = "expire_taker"
    client_order_id: ClientOrderId | None = None


class PlainOrderIn(PlainOrder):
    """An order; `user_id` is accepted if it is the caller's own."""

    user_id: int | str | None = None


class BatchIn(In):
    """Up to 100 orders or cancels, done in this order, each on its own."""

    orders: list[dict[str, Any]]


class BatchCancel(In):
    """In a batch: cancel this order."""

    cancel: int


def _absent() -> msgspec.Raw:
    return msgspec.Raw(b"")


class LegacyOrderIn(In):
    """An order in the short form of `POST /order`; numbers may also be JSON numbers."""

    order_type: SideIn
    order_kind: TypeIn
    market: str
    # A default made anew each time is one that the OpenAPI document does not try to show.
    price: msgspec.Raw = msgspec.field(default_factory=_absent)
    quantity: msgspec.Raw = msgspec.field(default_factory=_absent)


class ReplaceIn(In):
    """A new price, a new total quantity, or both.

    With `keep_priority` it is refused if the order would lose its place in the queue.
    """

    order_id: int | None = None
    client_order_id: ClientOrderId | None = None
    market: str | None = None
    price: OptionalAmountIn = None
    quantity: OptionalAmountIn = None
    cancel_first: bool = False
    keep_priority: bool = False


class CancelIn(In):
    """The order to cancel."""

    order_id: int | None = None
    client_order_id: ClientOrderId | None = None
    market: str | None = None


class CancelAllIn(In):
    """Which orders to cancel: all of them where nothing is named. Null is no name."""

    market: str | msgspec.UnsetType = msgspec.UNSET
    side: SideIn | msgspec.UnsetType = msgspec.UNSET


class FaucetIn(In):
    """Play money."""

    asset: str
    amount: AmountIn


class AssetIn(In):
    """An asset to define."""

    symbol: str
    decimals: int
    chain_decimals: int | None = None


class MarketIn(In):
    """A market to define; it opens at once."""

    symbol: str
    tick: AmountIn
    lot: AmountIn
    base: str | None = None
    quote: str | None = None
    fee_asset: Literal["quote", "received"] = "quote"
    maker_ppm: int = 0
    taker_ppm: int = 0
    min_quantity: OptionalAmountIn = None
    max_quantity: OptionalAmountIn = None
    market_max_quantity: OptionalAmountIn = None
    min_notional: OptionalAmountIn = None
    max_notional: OptionalAmountIn = None
    order_notional_limit: OptionalAmountIn = None
    daily_notional_limit: OptionalAmountIn = None
    open_orders_limit: int | None = None
    allow_self_trade: bool = False


class SessionOut(msgspec.Struct):
    """A session. `refresh_token` is empty where it went into a cookie."""

    token: str
    expires_at: Time
    user_id: int
    refresh_token: str


class OrderFillOut(msgspec.Struct, kw_only=True):
    """One trade of an order; the fee is in the order's fee asset, a negative one is a rebate."""

    trade_id: int
    price: Amount
    quantity: Amount
    fee: Amount
    liquidity: Literal["maker", "taker"]
    time: Time


class FillOut(msgspec.Struct, kw_only=True):
    """One trade of an account."""

    trade_id: int
    order_id: int
    market: str
    side: str
    price: Amount
    quantity: Amount
    fee: Amount
    fee_asset: str
    liquidity: Literal["maker", "taker"]
    time: Time


class OrderOut(msgspec.Struct, kw_only=True):
    """An order as it stands. What comes after `fills` is there only where the order has it.

    `waiting`: it is open, but not in the book. `triggered` is null where nobody knows any more.
    """

    order_id: int
    client_order_id: str | None
    market: str
    side: Literal["buy", "sell"]
    type: OrderType
    time_in_force: Literal["gtc", "ioc", "fok", "gtd", "day"]
    post_only: bool
    price: OptionalAmount
    quantity: OptionalAmount
    budget: OptionalAmount
    filled_quantity: Amount
    remaining_quantity: Amount
    average_price: OptionalAmount
    quote_filled: Amount
    fee: Amount
    fee_asset: str
    status: Literal["open", "partially_filled", "filled", "cancelled", "expired", "rejected"]
    reason: str | None
    created_at: Time
    updated_at: Time
    sequence: int
    fills: list[OrderFillOut]
    stop_price: OptionalAmount = None
    trailing_percent: OptionalAmount = None
    triggered: bool | None = None
    triggered_at: Time | None = None
    protection_price: OptionalAmount = None
    display_quantity: OptionalAmount = None
    slide: bool = False
    expires_at: Time | None = None
    peg: Literal["bid", "ask", "mid"] | None = None
    peg_offset: OptionalAmount = None
    pegged_price: OptionalAmount = None
    slices: int | None = None
    slice_interval_ms: int | None = None
    cancel_on_disconnect: bool = False
    list_id: int | None = None
    list_kind: ListKindName | None = None
    waiting: bool = False


class OrdersOut(msgspec.Struct):
    """A page of orders."""

    orders: list[OrderOut]
    next_cursor: str | None


class FillsOut(msgspec.Struct):
    """A page of fills."""

    fills: list[FillOut]
    next_cursor: str | None


class BatchOut(msgspec.Struct):
    """Per member an order, or an error, in the order sent."""

    results: list[dict[str, Any]]


class CancelledOut(msgspec.Struct):
    """How many orders were cancelled."""

    cancelled: int


class BalanceOut(msgspec.Struct):
    """What an account has of one asset."""

    asset: str
    available: Amount
    held: Amount
    total: Amount


class BalancesOut(msgspec.Struct):
    """What an account has."""

    balances: list[BalanceOut]


class DepthOut(msgspec.Struct):
    """A book: levels as [price, quantity], best first."""

    market: str
    sequence: int
    time: Time
    bids: list[tuple[Amount, Amount]]
    asks: list[tuple[Amount, Amount]]


class TradeOut(msgspec.Struct):
    """A public trade; `side` is the taker's."""

    trade_id: int
    price: Amount
    quantity: Amount
    side: Literal["buy", "sell"]
    time: Time


class TradesOut(msgspec.Struct):
    """Public trades, newest first."""

    trades: list[TradeOut]


class KlineOut(msgspec.Struct):
    """A candle of [open_time, close_time)."""

    open_time: Time
    close_time: Time
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    volume: Amount
    quote_volume: Amount
    trades: int


class KlinesOut(msgspec.Struct):
    """Candles, oldest first."""

    klines: list[KlineOut]


class TickerOut(msgspec.Struct):
    """A market over the last 24 hours."""

    market: str
    last_price: OptionalAmount
    best_bid: OptionalAmount
    best_ask: OptionalAmount
    open_price: OptionalAmount
    high_price: OptionalAmount
    low_price: OptionalAmount
    volume: Amount
    quote_volume: Amount
    price_change: OptionalAmount
    price_change_percent: OptionalAmount
    trades: int
    time: Time


class TickersOut(msgspec.Struct):
    """All tickers."""

    tickers: list[TickerOut]


class MarketOut(msgspec.Struct, kw_only=True):
    """A market's rules. A maximum of null is none."""

    market: str
    base: str
    quote: str
    tick: Amount
    lot: Amount
    min_quantity: Amount
    max_quantity: OptionalAmount
    market_max_quantity: OptionalAmount
    min_notional: Amount
    max_notional: OptionalAmount
    fee_asset: Literal["quote", "received"]
    maker_ppm: int
    taker_ppm: int
    state: str
    version: int


class MarketsOut(msgspec.Struct):
    """All markets."""

    markets: list[MarketOut]


class AssetOut(msgspec.Struct):
    """An asset and the decimals the ledger keeps."""

    asset: str
    decimals: int
    chain_decimals: int


class AssetsOut(msgspec.Struct):
    """All assets."""

    assets: list[AssetOut]


class NewMarketOut(msgspec.Struct):
    """A market that was defined."""

    market: str
    state: str


class ResetOut(msgspec.Struct):
    """What a reset did."""

    accounts: int
    open_orders: int


class StateOut(msgspec.Struct):
    """Whether the venue lives, and what it accepts. `reason`, `by` and `since` are the mode's.

    `circuits` says of each store whether it answers: closed; open, and nobody asks it for a while;
    half_open, and one call finds out.
    """

    status: str
    version: str
    core: str
    mode: str
    development: bool
    sequence: int
    circuits: dict[str, str]
    reason: str | None
    by: str | None
    since: Time | None


class LedgerState(msgspec.Struct):
    """How far the ledger is behind. `doubted`: a follower found something that disagrees."""

    run: Literal["process", "thread", "off"]
    sequence: int
    lag_commands: int
    lag_events: int
    lag_ms: int
    stale_since: Time | None
    doubted: bool


class StatusOut(StateOut):
    """How the venue is.

    `wanted_mode` is what its operator wants, `held` why the venue's guard is stricter. `durability`
    full: what was answered is on disk. `disk`: ok, low, or reserve, which takes nothing new.
    `runbook` names the page of the documentation that says what to do, where there is something.
    """

    ready: bool
    wanted_mode: str
    held: str | None
    durability: Literal["full"]
    log_id: str
    ledger: LedgerState
    disk: str
    runbook: str | None
