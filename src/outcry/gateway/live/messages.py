"""What goes over the native WebSocket, as structs: the AsyncAPI document is generated from these.

The busy messages are read and written by hand elsewhere; tests hold every one of them against the
document.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from outcry.gateway.errors import ErrorBody
from outcry.gateway.native.schemas import (
    Amount,
    BalanceOut,
    BatchIn,
    BatchOut,
    CancelAllIn,
    CancelIn,
    CancelledOut,
    FillOut,
    In,
    KlineOut,
    OrderOut,
    ReplaceIn,
    TickerOut,
    TradeOut,
)
from outcry.gateway.special.schemas import (
    CancelReplaceIn,
    ListIn,
    ListOut,
    NamedList,
    NewOrder,
    ReplacedOut,
    SwitchIn,
    SwitchOut,
)

Channel = Annotated[
    str,
    Meta(
        description="book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; "
        "after auth also orders, fills, balances, lists",
        examples=["book:BTC_USDT", "kline:BTC_USDT:1m"],
    ),
]
Crc32 = Annotated[
    int,
    Meta(
        ge=0,
        le=2**32 - 1,
        description="CRC-32 of the best ten asks, then bids, each price:quantity, joined by |",
    ),
]


def _no_id() -> Any:  # noqa: ANN401 - a client's own
    return None


# From clients


class Asks(In, kw_only=True):
    """Something a client asks; `id` may be anything, and comes back with the answer."""

    id: Any = msgspec.field(default_factory=_no_id)


class PlaceMessage(Asks, kw_only=True):
    """Place an order."""

    op: Literal["order.place"]
    args: NewOrder


class CancelMessage(Asks, kw_only=True):
    """Cancel an order."""

    op: Literal["order.cancel"]
    args: CancelIn


class ReplaceMessage(Asks, kw_only=True):
    """Replace an order."""

    op: Literal["order.replace"]
    args: ReplaceIn


class BatchMessage(Asks, kw_only=True):
    """Place and cancel several."""

    op: Literal["order.batch"]
    args: BatchIn


class CancelAllMessage(Asks, kw_only=True):
    """Cancel all orders, those of a market, or of a side."""

    op: Literal["order.cancel_all"]
    args: CancelAllIn | None = None


class CancelReplaceMessage(Asks, kw_only=True):
    """Cancel an order and place another in one command."""

    op: Literal["order.cancel_replace"]
    args: CancelReplaceIn


class PlaceListMessage(Asks, kw_only=True):
    """Place a list: OCO, OTO, OTOCO."""

    op: Literal["list.place"]
    args: ListIn


class CancelListMessage(Asks, kw_only=True):
    """Cancel what is open of a list."""

    op: Literal["list.cancel"]
    args: NamedList


class RenewSwitchMessage(Asks, kw_only=True):
    """Arm, renew or disarm the dead man's switch."""

    op: Literal["switch.renew"]
    args: SwitchIn


class SubscribeMessage(Asks, kw_only=True):
    """Follow channels; each begins with a snapshot. Once more brings another snapshot."""

    op: Literal["subscribe"]
    channels: list[Channel]


class UnsubscribeMessage(Asks, kw_only=True):
    """Follow channels no more."""

    op: Literal["unsubscribe"]
    channels: list[Channel]


class AuthMessage(Asks, kw_only=True):
    """Say who this connection speaks for: by a token, or signed with an API key.

    Signed is the GET of this connection without a body, as the headers of a call would say it.
    With `cancel_on_disconnect` every order placed from here on ends with the connection.
    """

    op: Literal["auth"]
    token: str | None = None
    key: str | None = None
    time: str | None = None
    window: str | None = None
    signature: str | None = None
    cancel_on_disconnect: bool = False


class PingMessage(Asks, kw_only=True):
    """Ask for a pong."""

    op: Literal["ping"]


class FollowBookMessage(In):
    """Follow a book, in short."""

    market: str = msgspec.field(name="SubscribeOrderbook")


# Answers


class Reply(msgspec.Struct, kw_only=True):
    """What every answer that is no refusal has."""

    id: Any
    ok: Literal[True]


class OrderReply(Reply, kw_only=True):
    """An order as it stands."""

    result: OrderOut


class BatchReply(Reply, kw_only=True):
    """What became of each member of a batch."""

    result: BatchOut


class CancelledReply(Reply, kw_only=True):
    """How many orders were cancelled."""

    result: CancelledOut


class ReplacedReply(Reply, kw_only=True):
    """What a cancel-replace did."""

    result: ReplacedOut


class ListReply(Reply, kw_only=True):
    """A list as it stands."""

    result: ListOut


class SwitchReply(Reply, kw_only=True):
    """The dead man's switch."""

    result: SwitchOut


class Channels(msgspec.Struct):
    """Names of channels."""

    channels: list[Channel]


class ChannelsReply(Reply, kw_only=True):
    """What is followed, or no more, from here on."""

    result: Channels


class Caller(msgspec.Struct):
    """Somebody."""

    user_id: int


class AuthReply(Reply, kw_only=True):
    """Who this connection speaks for."""

    result: Caller


class PongReply(Reply, kw_only=True):
    """A pong."""

    result: Literal["pong"]


class RefusalReply(msgspec.Struct, kw_only=True):
    """A refusal. One without an id comes before the venue closes the connection."""

    id: Any
    ok: Literal[False]
    error: ErrorBody


# Events


class BookSnapshot(msgspec.Struct, kw_only=True):
    """A book: levels as [price, quantity], best first. `sequence` is that of REST depth."""

    channel: Channel
    type: Literal["snapshot"]
    sequence: int
    bids: list[tuple[Amount, Amount]]
    asks: list[tuple[Amount, Amount]]
    checksum: Crc32


class BookDelta(msgspec.Struct, kw_only=True):
    """New quantities of levels, "0" for none; `previous` is the sequence of the message before."""

    channel: Channel
    type: Literal["delta"]
    previous: int
    sequence: int
    bids: list[tuple[Amount, Amount]]
    asks: list[tuple[Amount, Amount]]
    checksum: Crc32


class TradesSnapshot(msgspec.Struct, kw_only=True):
    """The last trades, oldest first; `sequence` is the id of the last one."""

    channel: Channel
    type: Literal["snapshot"]
    sequence: int
    trades: list[TradeOut]


class TradesUpdate(msgspec.Struct, kw_only=True):
    """Every trade since the message before, oldest first."""

    channel: Channel
    type: Literal["update"]
    previous: int
    sequence: int
    trades: list[TradeOut]


class TickerEvent(msgspec.Struct, kw_only=True):
    """The last 24 hours of a market."""

    channel: Channel
    type: Literal["snapshot", "update"]
    ticker: TickerOut


class StreamedKline(KlineOut, kw_only=True):
    """A candle; `closed` once it does not change any more."""

    closed: bool


class KlineEvent(msgspec.Struct, kw_only=True):
    """A candle; null before the first trade of the market."""

    channel: Channel
    type: Literal["snapshot", "update"]
    kline: StreamedKline | None


class StatusEvent(msgspec.Struct, kw_only=True):
    """The venue's mode, and the sequence of the command that set it."""

    channel: Literal["status"]
    type: Literal["snapshot", "update"]
    mode: Literal["normal", "cancel_only", "read_only", "halted"]
    sequence: int


class OrdersEvent(msgspec.Struct, kw_only=True):
    """One's orders as they stand; a snapshot has all that are open."""

    channel: Literal["orders"]
    type: Literal["snapshot", "update"]
    orders: list[OrderOut]


class FillsEvent(msgspec.Struct, kw_only=True):
    """One's fills, one by one; a snapshot has none."""

    channel: Literal["fills"]
    type: Literal["snapshot", "update"]
    fills: list[FillOut]


class BalancesEvent(msgspec.Struct, kw_only=True):
    """All that one has."""

    channel: Literal["balances"]
    type: Literal["snapshot", "update"]
    balances: list[BalanceOut]


class ListsEvent(msgspec.Struct, kw_only=True):
    """One's lists as they stand; a snapshot has all of which something is open."""

    channel: Literal["lists"]
    type: Literal["snapshot", "update"]
    lists: list[ListOut]
