"""Private channels: what happened to an account's orders, fills and balances.

An event reader that runs after the order views. It does nothing for accounts nobody listens for.
Orders are told once per batch as they then stand, fills one by one, balances once per batch.
"""

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from outcry.domain.events import (
    BalanceChanged,
    ChildPlaced,
    MatchPrevented,
    OrderAccepted,
    OrderBooked,
    OrderDone,
    OrderParked,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from outcry.ports import EventBatch, EventReader

_OF_ONE_ORDER = (
    OrderAccepted, OrderBooked, OrderReplaced, OrderDone, OrderTriggered, OrderParked, ChildPlaced,
)  # fmt: skip
_OF_TWO_ORDERS = (Trade, MatchPrevented)


class AccountNews:
    """What one batch did to one account."""

    __slots__ = ("fills", "order_ids")

    def __init__(self) -> None:
        self.order_ids: dict[int, None] = {}
        self.fills: list[tuple[Trade, bool]] = []
        """(trade, whether the account made it)"""


Listener = Callable[[int, AccountNews], None]
"""Called with the account and its news."""


class PrivateFeed(EventReader):
    """Hands each listened-for account its news after a batch."""

    def __init__(self) -> None:
        self._listeners: dict[int, list[Listener]] = {}

    def listen(self, account: int, listener: Listener) -> None:
        """Begin to tell `listener` about an account."""
        self._listeners.setdefault(account, []).append(listener)

    def unlisten(self, account: int, listener: Listener) -> None:
        """Stop telling it."""
        listeners = self._listeners[account]
        listeners.remove(listener)
        if not listeners:
            del self._listeners[account]

    @override
    def consume(self, batch: EventBatch) -> None:
        if not self._listeners:
            return
        news: dict[int, AccountNews] = {}
        for event in batch.events:
            kind: Any = type(event)
            if kind in _OF_ONE_ORDER:
                self._note(news, event.account, event.order_id)  # type: ignore[union-attr]
            elif kind in _OF_TWO_ORDERS:
                self._note_both(news, event)  # type: ignore[arg-type]
            elif kind is BalanceChanged:
                self._note(news, event.account, 0)
                self._note(news, event.counter_account, 0)  # type: ignore[union-attr]
        for account, told in news.items():
            for listener in list(self._listeners.get(account, ())):
                listener(account, told)

    def _note(self, news: dict[int, AccountNews], account: int, order_id: int) -> None:
        if account in self._listeners:
            found = news.get(account) or news.setdefault(account, AccountNews())
            if order_id:
                found.order_ids[order_id] = None

    def _note_both(self, news: dict[int, AccountNews], event: Trade | MatchPrevented) -> None:
        self._note(news, event.account, event.taker_order_id)
        self._note(news, event.maker_account, event.maker_order_id)
        if isinstance(event, Trade):
            for account, is_maker in ((event.account, False), (event.maker_account, True)):
                if account in news:
                    news[account].fills.append((event, is_maker))
