"""What the venue answers about orders that belong together or are tied to something."""

from outcry.client.answers import Answer, Order, Time


class OrderList(Answer, frozen=True, kw_only=True):
    """A list with its orders as they stand; `status` is open or done."""

    list_id: int
    kind: str
    market: str
    client_order_id: str | None
    status: str
    created_at: Time
    orders: list[Order]

    @property
    def is_open(self) -> bool:
        """Whether any of its orders can still trade."""
        return self.status == "open"


class OrderLists(Answer, frozen=True, kw_only=True):
    """A page of open lists."""

    lists: list[OrderList]
    next_cursor: str | None


class Replaced(Answer, frozen=True, kw_only=True):
    """What a cancel-replace did; nothing was cancelled where that is None."""

    cancelled: Order | None
    order: Order


class Switch(Answer, frozen=True, kw_only=True):
    """A dead man's switch: when it cancels everything, None where it is not armed."""

    timeout_ms: int
    expires_at: Time | None
