"""What a stream says: the messages as they come, and the events made of them."""

from typing import Any, NamedTuple

import msgspec

from outcry.client import answers as a
from outcry.client.errors import BadAnswer, Refusal
from outcry.client.live.book import LocalBook
from outcry.client.special import answers as s


class Told(msgspec.Struct):
    """Any message: news has a channel, an answer has `ok`."""

    channel: str = ""
    type: str = ""
    id: Any = None
    ok: bool | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Refusal | None = None
    previous: int = 0
    sequence: int = 0
    checksum: int = 0
    bids: list[a.Level] = []
    asks: list[a.Level] = []
    trades: list[a.Trade] = []
    ticker: a.Ticker | None = None
    kline: a.Kline | None = None
    orders: list[a.Order] = []
    fills: list[a.Fill] = []
    balances: list[a.Balance] = []
    lists: list[s.OrderList] = []
    mode: str = ""

    @property
    def is_snapshot(self) -> bool:
        """Whether it says everything, and not what has changed."""
        return self.type == "snapshot"


_decode = msgspec.json.Decoder(Told).decode


def told(text: str | bytes) -> Told:
    """Return the message that a frame holds.

    Raises:
        BadAnswer: it holds none.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadAnswer(f"the venue's message is none: {error}") from None


class Connected(NamedTuple):
    """The stream follows its channels; `again` after it did not for a while."""

    again: bool


class Disconnected(NamedTuple):
    """The stream has lost its connection and will open another. Books are unknown until then."""

    why: str


class BookEvent(NamedTuple):
    """A book has changed. `book` is the living one: it is always the newest that is known."""

    market: str
    book: LocalBook


class TradesEvent(NamedTuple):
    """Trades, oldest first: each once. Those of a `snapshot` happened before the stream began.

    `missed` trades before them could not be had any more, which is 0 while the venue is well.
    """

    market: str
    trades: list[a.Trade]
    snapshot: bool
    missed: int


class TickerEvent(NamedTuple):
    """The last 24 hours of a market, as they are now."""

    market: str
    ticker: a.Ticker


class KlineEvent(NamedTuple):
    """A candle has changed, or has closed."""

    market: str
    interval: str
    kline: a.Kline


class StatusEvent(NamedTuple):
    """The venue's mode."""

    mode: str
    sequence: int


class OrdersEvent(NamedTuple):
    """Orders as they stand now; a `snapshot` holds all that are open."""

    orders: list[a.Order]
    snapshot: bool


class FillsEvent(NamedTuple):
    """Fills, oldest first: each once."""

    fills: list[a.Fill]


class BalancesEvent(NamedTuple):
    """All that the account has."""

    balances: list[a.Balance]


class ListsEvent(NamedTuple):
    """Lists as they stand now; a `snapshot` holds all of which something is open."""

    lists: list[s.OrderList]
    snapshot: bool


Event = (
    Connected | Disconnected | BookEvent | TradesEvent | TickerEvent | KlineEvent | StatusEvent
    | OrdersEvent | FillsEvent | BalancesEvent | ListsEvent
)  # fmt: skip
