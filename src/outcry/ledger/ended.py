"""Orders that ended and are not in the store yet, however many these are.

A dictionary moves all that it holds when it has no room left: 10 to 40 ms of some hundred thousand
orders, in which a venue does nothing else. So orders are kept in pages of neighbouring ids, small
ones, and those of an account in a queue.
"""

from collections import deque
from collections.abc import Iterable

from outcry.ledger.orders import Record
from outcry.ledger.rows import ACCOUNT, ORDER_ID, SEQUENCE

PAGE_BITS = 10
"""The ids of a page have all but these bits in common."""


class EndedOrders:
    """Ended orders, let go in the order in which they came."""

    def __init__(self) -> None:
        self._pages: dict[int, dict[int, Record]] = {}
        self._of_account: dict[int, deque[Record]] = {}
        self._queue: deque[Record] = deque()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def first_sequence(self) -> int:
        """The command that ended the order that has been here longest. There must be one."""
        sequence: int = self._queue[0][SEQUENCE]
        return sequence

    def get(self, order_id: int) -> Record | None:
        """Return an order, None if it is not here."""
        page = self._pages.get(order_id >> PAGE_BITS)
        return None if page is None else page.get(order_id)

    def of_account(self, account: int) -> Iterable[Record]:
        """Return the orders of an account, the one that ended first first."""
        return self._of_account.get(account, ())

    def add(self, record: Record) -> None:
        """Keep an order that ended."""
        order_id, account = record[ORDER_ID], record[ACCOUNT]
        self._queue.append(record)
        try:
            self._pages[order_id >> PAGE_BITS][order_id] = record
        except KeyError:
            self._pages[order_id >> PAGE_BITS] = {order_id: record}
        try:
            self._of_account[account].append(record)
        except KeyError:
            self._of_account[account] = deque((record,))

    def let_go(self) -> None:
        """Forget the order that has been here longest."""
        record = self._queue.popleft()
        order_id, account = record[ORDER_ID], record[ACCOUNT]
        page = self._pages[order_id >> PAGE_BITS]
        del page[order_id]
        if not page:
            del self._pages[order_id >> PAGE_BITS]
        of_account = self._of_account[account]
        of_account.popleft()  # It has been here longest of its account, too.
        if not of_account:
            del self._of_account[account]
