"""People as staff sees them, and what it may do about one."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.native.schemas import Amount, BalanceOut, In, Time
from outcry.gateway.people.schemas import (
    KeyOut,
    LoginOut,
    OptionalTime,
    SessionItemOut,
    StaffPersonOut,
    SubAccountOut,
    WalletOut,
)
from outcry.gateway.staff.schemas.venue import AccountLimitsOut, LimitText

Limit = Annotated[int, Meta(ge=0, lt=1 << 31)] | Literal["unlimited"]


class FoundPersonOut(msgspec.Struct, kw_only=True):
    """Somebody that a search found."""

    user_id: int
    email: str
    created_at: Time
    status: str
    second_factor: bool
    roles: list[str]


class DirectoryOut(msgspec.Struct):
    """People that were looked for, newest first."""

    people: list[FoundPersonOut]
    next_cursor: str | None


class StaffPersonWholeOut(msgspec.Struct, kw_only=True):
    """Everything that staff may see of somebody. Open orders are a call of their own."""

    person: StaffPersonOut
    balances: list[BalanceOut]
    open_orders: int
    limits: list[AccountLimitsOut]
    logins: list[LoginOut]
    sessions: list[SessionItemOut]
    keys: list[KeyOut]
    wallets: list[WalletOut]
    sub_accounts: list[SubAccountOut]
    credentials_changed_at: OptionalTime


class LimitsIn(In):
    """Limits of an account's own, all of one market; null: the market's, `unlimited`: none.

    Without a market only `open_orders_total` can be set.
    """

    reason: str
    market: str | None = None
    order_notional: LimitText | None = None
    open_orders: Limit | None = None
    daily_notional: LimitText | None = None
    stop_orders: Limit | None = None
    position: LimitText | None = None
    open_orders_total: Limit | None = None


class RolesIn(In):
    """The roles that somebody is to have, and no others; none takes them all away."""

    roles: list[Literal["support", "risk", "finance", "admin"]]
    reason: str


class StaffOrdersCancelIn(In):
    """Which orders to cancel: one, all of an account, all of a market, or of one in the other."""

    reason: str
    order_id: int | None = None
    account: int | None = None
    market: str | None = None


class StaffCancelledOut(msgspec.Struct):
    """How many orders were cancelled."""

    cancelled: int


class StaffOrderOut(msgspec.Struct, kw_only=True):
    """An order as staff sees it."""

    order_id: int
    account: int
    client_order_id: str | None
    market: str
    side: Literal["buy", "sell"]
    kind: Literal["limit", "market"]
    time_in_force: str
    price: Amount | None
    quantity: Amount | None
    filled_quantity: Amount
    remaining_quantity: Amount
    quote_filled: Amount
    fee: Amount
    fee_asset: str
    status: str
    reason: str | None
    waiting: bool
    created_at: Time
    updated_at: Time


class StaffOrdersOut(msgspec.Struct):
    """Orders that were looked for, newest first."""

    orders: list[StaffOrderOut]
    next_cursor: str | None
