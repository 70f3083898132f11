"""What the venue answers, as structs. Amounts are decimal text; `exact` turns one into a `Decimal`.

The fields are those of the API document, which a test compares. What a newer venue says besides
is passed over, and its words (a status, a reason) are texts, so that a new one breaks nobody.
"""

from decimal import Decimal
from typing import Any, TypeVar, overload

import msgspec
from typing_extensions import override

from outcry.client.errors import ApiError, BadAnswer, Refusal, error_of

_T = TypeVar("_T")

Time = str
"""RFC 3339 with microseconds and Z."""


@overload
def exact(text: str) -> Decimal: ...
@overload
def exact(text: None) -> None: ...
def exact(text: str | None) -> Decimal | None:
    """Return the amount that a text of an answer is, exactly; None for None."""
    return None if text is None else Decimal(text)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Something the venue said."""


class Session(Answer, frozen=True, kw_only=True):
    """Who logged in, and with what they go on: a token, and one that gets the next."""

    token: str
    expires_at: Time
    user_id: int
    refresh_token: str

    @override
    def __repr__(self) -> str:
        return f"Session(user_id={self.user_id!r}, expires_at={self.expires_at!r})"


class OrderFill(Answer, frozen=True, kw_only=True):
    """One trade of an order; the fee is in the order's fee asset, a negative one is a rebate."""

    trade_id: int
    price: str
    quantity: str
    fee: str
    liquidity: str
    time: Time


class Fill(Answer, frozen=True, kw_only=True):
    """One trade of an account. (market, trade_id, order_id) names it for ever."""

    trade_id: int
    order_id: int
    market: str
    side: str
    price: str
    quantity: str
    fee: str
    fee_asset: str
    liquidity: str
    time: Time


OPEN = frozenset({"open", "partially_filled"})


class Order(Answer, frozen=True, kw_only=True):
    """An order as it stands."""

    order_id: int
    client_order_id: str | None
    market: str
    side: str
    type: str
    time_in_force: str
    post_only: bool
    price: str | None
    quantity: str | None
    budget: str | None
    filled_quantity: str
    remaining_quantity: str
    average_price: str | None
    quote_filled: str
    fee: str
    fee_asset: str
    status: str
    reason: str | None
    created_at: Time
    updated_at: Time
    sequence: int
    fills: list[OrderFill]

    @property
    def is_open(self) -> bool:
        """Whether it can still trade."""
        return self.status in OPEN


class Orders(Answer, frozen=True, kw_only=True):
    """A page of orders."""

    orders: list[Order]
    next_cursor: str | None


class Fills(Answer, frozen=True, kw_only=True):
    """A page of fills, newest first."""

    fills: list[Fill]
    next_cursor: str | None


class Batch(Answer, frozen=True, kw_only=True):
    """Per member an order, or an error, in the order sent."""

    results: list[dict[str, Any]]

    def outcomes(self) -> list[Order | ApiError]:
        """Return what became of each member."""
        return [
            error_of(0, convert(result["error"], Refusal))
            if "error" in result
            else convert(result, Order)
            for result in self.results
        ]


class Cancelled(Answer, frozen=True, kw_only=True):
    """How many orders were cancelled."""

    cancelled: int


class CancelAfter(Answer, frozen=True, kw_only=True):
    """When all orders will be cancelled; None where that was called off."""

    timeout_ms: int
    deadline: Time | None


class Balance(Answer, frozen=True, kw_only=True):
    """What an account has of one asset."""

    asset: str
    available: str
    held: str
    total: str


class Balances(Answer, frozen=True, kw_only=True):
    """What an account has."""

    balances: list[Balance]

    def of(self, asset: str) -> Balance:
        """Return what there is of an asset; zeros where there is nothing."""
        for balance in self.balances:
            if balance.asset == asset:
                return balance
        return Balance(asset=asset, available="0", held="0", total="0")


Level = tuple[str, str]
"""(price, quantity)"""


class Depth(Answer, frozen=True, kw_only=True):
    """A book, levels best first."""

    market: str
    sequence: int
    time: Time
    bids: list[Level]
    asks: list[Level]


class Trade(Answer, frozen=True, kw_only=True):
    """A public trade; `side` is the taker's."""

    trade_id: int
    price: str
    quantity: str
    side: str
    time: Time


class Trades(Answer, frozen=True, kw_only=True):
    """Public trades, newest first."""

    trades: list[Trade]


class Kline(Answer, frozen=True, kw_only=True):
    """A candle of [open_time, close_time). `closed` is said by streams only."""

    open_time: Time
    close_time: Time
    open: str
    high: str
    low: str
    close: str
    volume: str
    quote_volume: str
    trades: int
    closed: bool | None = None


class Klines(Answer, frozen=True, kw_only=True):
    """Candles, oldest first."""

    klines: list[Kline]


class Ticker(Answer, frozen=True, kw_only=True):
    """A market over the last 24 hours."""

    market: str
    last_price: str | None
    best_bid: str | None
    best_ask: str | None
    open_price: str | None
    high_price: str | None
    low_price: str | None
    volume: str
    quote_volume: str
    price_change: str | None
    price_change_percent: str | None
    trades: int
    time: Time


class Tickers(Answer, frozen=True, kw_only=True):
    """All tickers."""

    tickers: list[Ticker]


class Market(Answer, frozen=True, kw_only=True):
    """A market's rules. A maximum of None is none."""

    market: str
    base: str
    quote: str
    tick: str
    lot: str
    min_quantity: str
    max_quantity: str | None
    market_max_quantity: str | None
    min_notional: str
    max_notional: str | None
    fee_asset: str
    maker_ppm: int
    taker_ppm: int
    state: str
    version: int


class Markets(Answer, frozen=True, kw_only=True):
    """All markets."""

    markets: list[Market]


class Asset(Answer, frozen=True, kw_only=True):
    """An asset and the decimals the ledger keeps."""

    asset: str
    decimals: int
    chain_decimals: int


class Assets(Answer, frozen=True, kw_only=True):
    """All assets."""

    assets: list[Asset]


class NewMarket(Answer, frozen=True, kw_only=True):
    """A market that was defined."""

    market: str
    state: str


class Reset(Answer, frozen=True, kw_only=True):
    """What a reset did."""

    accounts: int
    open_orders: int


class State(Answer, frozen=True, kw_only=True):
    """Whether the venue lives, and what it accepts. `reason`, `by` and `since` are the mode's."""

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


class LedgerState(Answer, frozen=True, kw_only=True):
    """How far the ledger is behind."""

    run: str
    sequence: int
    lag_commands: int
    lag_events: int
    lag_ms: int
    stale_since: Time | None
    doubted: bool


class Status(State, frozen=True, kw_only=True):
    """How the venue is."""

    ready: bool
    wanted_mode: str
    held: str | None
    durability: str
    log_id: str
    ledger: LedgerState
    disk: str
    runbook: str | None = None


class StatementLine(Answer, frozen=True, kw_only=True):
    """One posting: how a balance changed, what it was after it, and why."""

    posting: int
    time: Time
    cause: str
    asset: str
    purpose: str
    change: str
    balance: str
    market: str | None
    order_id: int | None
    trade_id: int | None
    withdrawal_id: int | None
    counter_account: int | None
    sequence: int
    event_index: int


class Statement(Answer, frozen=True, kw_only=True):
    """A page of a statement, newest first; one that was filtered may be short and yet go on."""

    statement: list[StatementLine]
    next_cursor: str | None


class Transfer(Answer, frozen=True, kw_only=True):
    """What moved outside of trading; `change` is what it did to the available balance."""

    time: Time
    cause: str
    asset: str
    amount: str
    change: str
    counter_account: int | None
    withdrawal_id: int | None
    sequence: int
    event_index: int


class Transfers(Answer, frozen=True, kw_only=True):
    """A page of transfers, newest first."""

    transfers: list[Transfer]
    next_cursor: str | None


class VolumeDay(Answer, frozen=True, kw_only=True):
    """What an account traded in a market on a UTC day, and the fees less rebates it paid."""

    day: str
    market: str
    trades: int
    volume: str
    quote_volume: str
    base: str
    base_fee: str
    quote: str
    quote_fee: str


class Volume(Answer, frozen=True, kw_only=True):
    """A page of days, newest first."""

    volume: list[VolumeDay]
    next_cursor: str | None


class StatisticsDay(Answer, frozen=True, kw_only=True):
    """What a market traded on a UTC day."""

    day: str
    market: str
    open: str
    high: str
    low: str
    close: str
    trades: int
    volume: str
    quote_volume: str


class Statistics(Answer, frozen=True, kw_only=True):
    """A page of days, newest first."""

    statistics: list[StatisticsDay]
    next_cursor: str | None


def convert(value: object, kind: type[_T]) -> _T:
    """Return a decoded value as a struct.

    Raises:
        BadAnswer: it is none.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"the venue's answer is no {kind.__name__}: {error}") from None


def decode(text: bytes, kind: type[_T]) -> _T:
    """Return JSON text as a struct.

    Raises:
        BadAnswer: it is none.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadAnswer(f"the venue's answer is no {kind.__name__}: {error}") from None
