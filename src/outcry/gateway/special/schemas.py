"""What clients send and get of orders with terms, as structs. See `native.schemas`."""

from typing import Annotated, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta

from outcry.gateway.errors import ApiError
from outcry.gateway.json_input import convert
from outcry.gateway.native.schemas import (
    AmountIn,
    CancelIn,
    ClientOrderId,
    In,
    ListKindName,
    OptionalAmountIn,
    OrderOut,
    OrderType,
    PlainOrder,
    PlainOrderIn,
    SelfTradeIn,
    SideIn,
    Time,
)

TYPES: tuple[str, ...] = get_args(OrderType)
TYPES_IN_LISTS = TYPES[:-2]
"""All but those that move by themselves."""
LIST_KINDS: tuple[str, ...] = get_args(ListKindName)
MODES = ("stop_on_failure", "allow_failure")
SLICES_MAX = 1_000
SWITCH_LEAST_MS, SWITCH_MOST_MS = 1_000, 86_400_000


def _one_of(names: tuple[str, ...]) -> Meta:
    return Meta(description="in any case", extra_json_schema={"enum": list(names)})


AnyTypeIn = Annotated[str, _one_of(TYPES)]
MemberTypeIn = Annotated[str, _one_of(TYPES_IN_LISTS)]
AnyTimeIn = Annotated[str, _one_of(("gtc", "ioc", "fok", "gtd", "day"))]
PegIn = Annotated[str, _one_of(("bid", "ask", "mid"))]
ListKindIn = Annotated[str, _one_of(LIST_KINDS)]
ModeIn = Annotated[str, _one_of(MODES)]
TimeIn = Annotated[
    str | int,
    Meta(description="RFC 3339 or milliseconds since 1970", examples=["2030-01-01T00:00:00Z"]),
]
Offset = Annotated[
    str,
    Meta(
        description="a decimal number other than 0 as a string",
        examples=["-0.05"],
        extra_json_schema={"pattern": r"^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?$"},
    ),
]
# What is no whole number is refused by its type; the bounds are checked, with a message, later.
Count = Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": SLICES_MAX})]
Milliseconds = Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": 10**12})]
TimeoutMs = Annotated[int, Meta(extra_json_schema={"minimum": 0, "maximum": SWITCH_MOST_MS})]


class NewOrder(PlainOrder):
    """An order. Which fields go with which type: see the guide, `docs/guide/api-orders.md`."""

    special: ClassVar[bool] = True

    type: AnyTypeIn = "limit"
    time_in_force: AnyTimeIn | None = None
    stop_price: OptionalAmountIn = None
    trailing_percent: OptionalAmountIn = None
    protection_price: OptionalAmountIn = None
    display_quantity: OptionalAmountIn = None
    slide: bool = False
    expires_at: TimeIn | None = None
    peg: PegIn | None = None
    peg_offset: Offset | None = None
    slices: Count | None = None
    slice_interval_ms: Milliseconds | None = None
    cancel_on_disconnect: bool = False


class OrderIn(NewOrder):
    """An order; `user_id` is accepted if it is the caller's own."""

    user_id: int | str | None = None


class MemberIn(In):
    """An order of a list."""

    side: SideIn
    quantity: AmountIn
    type: MemberTypeIn = "limit"
    price: OptionalAmountIn = None
    time_in_force: AnyTimeIn | None = None
    post_only: bool = False
    self_trade_prevention: SelfTradeIn = "expire_taker"
    stop_price: OptionalAmountIn = None
    trailing_percent: OptionalAmountIn = None
    display_quantity: OptionalAmountIn = None
    expires_at: TimeIn | None = None


class ListIn(In):
    """Orders that belong together.

    `oco`: one of two. `oto`: the first, and what it places when filled. `otoco`: the first, and
    the oco that it places.
    """

    market: str
    kind: ListKindIn
    orders: list[MemberIn]
    client_order_id: ClientOrderId | None = None
    cancel_on_disconnect: bool = False


class NamedList(In):
    """A list, by its id: that of its first order."""

    list_id: int


class CancelReplaceIn(In):
    """Cancel one order, and place another in the same command."""

    cancel: CancelIn
    order: NewOrder
    mode: ModeIn = "stop_on_failure"


class SwitchIn(In):
    """In how many milliseconds all orders are cancelled unless this is sent again; 0 for never."""

    timeout_ms: TimeoutMs


class ListOut(msgspec.Struct, kw_only=True):
    """A list with its orders, as they stand."""

    list_id: int
    kind: ListKindName
    market: str
    client_order_id: str | None
    status: Literal["open", "done"]
    created_at: Time
    orders: list[OrderOut]


class ListsOut(msgspec.Struct):
    """A page of lists."""

    lists: list[ListOut]
    next_cursor: str | None


class ReplacedOut(msgspec.Struct):
    """What a cancel-replace did; nothing was cancelled where that is null."""

    cancelled: OrderOut | None
    order: OrderOut


class SwitchOut(msgspec.Struct):
    """The switch: when it cancels everything, null where it is not armed."""

    timeout_ms: int
    expires_at: Time | None


def read_order(value: object) -> PlainOrder:
    """Return an order; a plain one where it says nothing else, which is the usual case.

    Raises:
        ApiError: it is none.
    """
    try:
        order: PlainOrder = convert(value, PlainOrder)
    except ApiError:
        order = convert(value, NewOrder)
    return order


def read_own_order(value: object) -> PlainOrderIn | OrderIn:
    """Return the same, where it may say whose it is."""
    try:
        order: PlainOrderIn | OrderIn = convert(value, PlainOrderIn)
    except ApiError:
        order = convert(value, OrderIn)
    return order


def whole(order: PlainOrder) -> NewOrder:
    """Return an order with room for terms."""
    if isinstance(order, NewOrder):
        return order
    return NewOrder(**{name: getattr(order, name) for name in _PLAIN})


_PLAIN: tuple[str, ...] = PlainOrder.__struct_fields__
