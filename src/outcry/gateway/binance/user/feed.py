"""What happens to the accounts that somebody listens for, event by event.

An event reader that runs after the order views. It does nothing for accounts nobody listens for.
"""

from collections.abc import Callable

from typing_extensions import override

from outcry.domain.events import (
    BalanceChanged,
    ChildPlaced,
    Event,
    ListAccepted,
    MatchPrevented,
    OrderAccepted,
    OrderDone,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from outcry.ports import EventBatch, EventReader

_OF_ONE = {
    OrderAccepted, OrderReplaced, OrderDone, OrderTriggered, ChildPlaced, ListAccepted,
}  # fmt: skip

Listener = Callable[[int, list[Event]], None]
"""Called with an account and its events of one batch, in order. Never raises."""


class UserFeed(EventReader):
    """Hands each listened-for account its events after a batch."""

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
        news: dict[int, list[Event]] = {}
        for event in batch.events:
            for account in _accounts(event):
                if account in self._listeners:
                    news.setdefault(account, []).append(event)
        for account, events in news.items():
            for listener in list(self._listeners.get(account, ())):
                listener(account, events)


def _accounts(event: Event) -> tuple[int, ...]:
    """Return whom an event is about."""
    if type(event) in _OF_ONE:
        return (event.account,)
    if isinstance(event, Trade | MatchPrevented):
        if event.account == event.maker_account:
            return (event.account,)
        return event.account, event.maker_account
    if type(event) is BalanceChanged:
        return event.account, event.counter_account
    return ()
