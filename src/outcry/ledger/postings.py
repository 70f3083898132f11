"""The balances of all ledger accounts, and the rows of the postings that moved them.

A balance is one list in the order of the columns of the table `balances`, changed in place: what
the store is given is a copy of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from outcry.domain.events import Event
from outcry.ledger.posting import ASSET_SHIFT, OWNER_SHIFT, Poster, number_of
from outcry.ledger.rows import Row

Balance = list[int]
"""owner, asset, purpose, balance_units, posting, sequence; the last two of its last posting."""
UNITS, POSTING, SEQUENCE = 3, 4, 5
Afterwards = Mapping[type, Callable[[Any], None]]
"""By the type of an event, what is to be done once it is posted."""


class Postings:
    """Balances as they are, and what has changed since the rows were last taken.

    Invariant: a balance is the sum of the changes that were ever posted to it.
    """

    __slots__ = ("balances", "last", "opened", "poster", "rows", "taken", "touched")

    def __init__(self, poster: Poster, balances: Iterable[Sequence[int]]) -> None:
        """Go on from the rows of `balances`."""
        self.poster = poster
        self.balances: dict[int, Balance] = {number_of(*row[:3]): list(row) for row in balances}
        """By the number of their ledger account."""
        self.last = max((row[POSTING] for row in self.balances.values()), default=0)
        """The number of the last posting: it is the last one of some ledger account."""
        self.taken = self.last
        """The last posting whose row was taken."""
        self.rows: list[Row] = []
        """New rows of `postings`."""
        self.opened: list[Row] = []
        """New rows of `accounts`."""
        self.touched: list[Balance] = []
        """What the new postings moved, each once."""

    def units(self, owner: int, asset: int, purpose: int) -> int:
        """Return the balance of a ledger account."""
        found = self.balances.get(number_of(owner, asset, purpose))
        return found[UNITS] if found else 0

    def take(self) -> tuple[list[Row], list[Row], list[Row]]:
        """Return the new rows of `accounts`, `postings` and `balances`."""
        rows = self.opened, self.rows, [tuple(balance) for balance in self.touched]
        self.rows, self.opened, self.touched, self.taken = [], [], [], self.last
        return rows


def post_all(postings: Postings, events: Iterable[Event], afterwards: Afterwards) -> None:
    """Post events, in order. `ledger.compiled` has a twin of this."""
    balances, touched, taken = postings.balances, postings.touched, postings.taken
    handler_of, append, number = postings.poster.handlers.get, postings.rows.append, postings.last
    for event in events:
        handler = handler_of(type(event))
        if handler is None:
            continue
        index, sequence = event[0], event[1]
        for owner, asset, purpose, change in handler(event):
            account = owner << OWNER_SHIFT | asset << ASSET_SHIFT | purpose
            balance = balances.get(account)
            if balance is None:
                postings.opened.append((owner, asset, purpose, sequence))
                balance = balances[account] = [owner, asset, purpose, 0, 0, 0]
            if balance[POSTING] <= taken:
                touched.append(balance)
            units = balance[UNITS] + change
            number += 1
            balance[UNITS:] = units, number, sequence
            append((number, sequence, index, owner, asset, purpose, change, units))
        if type(event) in afterwards:
            afterwards[type(event)](event)
    postings.last = number
