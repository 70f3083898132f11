"""Double entry: what an event moves, as `docs/ledger.md` says, and the balances it moves.

A ledger account is (owner, asset, purpose), a posting a signed change of one by one event. The
postings of an event sum to zero per asset; none is zero, and an event posts at most once to a
ledger account. They come in the order of their ledger accounts.

A balance is one list in the order of the columns of the table `balances`, changed in place: what
the store is given is a copy of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from outcry.domain.events import (
    BalanceChanged,
    Cause,
    ChildPlaced,
    Event,
    MarketSet,
    MatchPrevented,
    OrderAccepted,
    OrderDone,
    OrderReplaced,
    Trade,
)
from outcry.domain.market import FeeAsset, Market
from outcry.domain.units import ASSET_LIMIT, VENUE_ACCOUNT
from outcry.ledger.rows import Row


class Purpose(IntEnum):
    """What a ledger account holds. Those of the venue are the ones from `FEES` on."""

    AVAILABLE = 1
    """Free to use."""
    HELD = 2
    """Behind open orders."""
    IN_FLIGHT = 3
    """Requested withdrawals that are not final."""
    FEES = 4
    """Fees less rebates."""
    LOSS = 5
    """What adjustments took, less what they gave."""
    DEPOSITED = 6
    """Less all that was ever credited from outside: never positive."""
    WITHDRAWN = 7
    """All that has finally left."""


LedgerAccount = tuple[int, int, int]
"""owner, asset, purpose"""
ASSET_SHIFT = 3
OWNER_SHIFT = ASSET_SHIFT + (ASSET_LIMIT - 1).bit_length()
Posting = tuple[int, int, int, int]
"""owner, asset, purpose, change in units."""

_AVAILABLE, _HELD, _IN_FLIGHT, _FEES, _LOSS, _DEPOSITED, _WITHDRAWN = map(int, Purpose)
_VENUE = int(VENUE_ACCOUNT)
_RECEIVED = int(FeeAsset.RECEIVED)

_ROUTES: dict[int, tuple[int, int]] = {
    Cause.DEPOSIT: (_DEPOSITED, _AVAILABLE),
    Cause.WITHDRAWAL_REQUESTED: (_AVAILABLE, _IN_FLIGHT),
    Cause.WITHDRAWAL_FINAL: (_IN_FLIGHT, _WITHDRAWN),
    Cause.WITHDRAWAL_FAILED: (_IN_FLIGHT, _AVAILABLE),
    Cause.TRANSFER: (_AVAILABLE, _AVAILABLE),
    Cause.ADJUST_CREDIT: (_LOSS, _AVAILABLE),
    Cause.ADJUST_DEBIT: (_AVAILABLE, _LOSS),
}
"""From which purpose to which the units of a `BalanceChanged` go."""


def number_of(owner: int, asset: int, purpose: int) -> int:
    """Return the number a ledger account is found by; they are in the order of the accounts."""
    return owner << OWNER_SHIFT | asset << ASSET_SHIFT | purpose


class Poster:
    """Makes the postings of events. It has to see every event, in order, for the markets' rules.

    It runs five times for a trade, so it reads events by name only where that costs nothing.
    """

    def __init__(self, markets: Iterable[Market], side_of: Callable[[int], int]) -> None:
        """Begin with markets as they are; `side_of` tells the side of an open order."""
        self.paid: dict[int, tuple[int, int]] = {}
        """What an order of a market pays in, by its side."""
        self.rules: dict[int, tuple[int, int, int, bool]] = {}
        """Of a market: base, quote, units of a lot, and whether the buyer pays its fee in base."""
        self._side_of = side_of
        for market in markets:
            self._set_rules(market.market, market)
        self.handlers: dict[type, Callable[[Any], Sequence[Posting]]] = {
            OrderAccepted: self._held,
            OrderReplaced: self._held,
            ChildPlaced: self._placed,
            OrderDone: self._done,
            Trade: self._trade,
            MatchPrevented: self._prevented,
            BalanceChanged: _changed,
            MarketSet: self._market_set,
        }
        """By the type of an event, what returns its postings; other events have none."""

    def post(self, event: Event) -> Sequence[Posting]:
        """Return the postings of an event; of most there are none."""
        handler = self.handlers.get(type(event))
        return () if handler is None else handler(event)

    def buyer_pays_in_base(self, market: int) -> bool:
        """Return whether the buyer's fee is taken off what it receives."""
        return self.rules[market][3]

    def _held(self, event: OrderAccepted | OrderReplaced) -> Sequence[Posting]:
        units = event.hold_units
        return _hold(event.account, self.paid[event.market][event.side], units) if units else ()

    def _placed(self, event: ChildPlaced) -> Sequence[Posting]:
        asset = self.paid[event.market][self._side_of(event.order_id)]
        return _hold(event.account, asset, event.hold_units) if event.hold_units else ()

    def _done(self, event: OrderDone) -> Sequence[Posting]:
        units = event.release_units
        return _hold(event.account, self.paid[event.market][event.side], -units) if units else ()

    def _prevented(self, event: MatchPrevented) -> Sequence[Posting]:
        paid, side = self.paid[event.market], event.taker_side
        return _netted(
            *_hold(event.account, paid[side], -event.taker_release_units),
            *_hold(event.maker_account, paid[1 - side], -event.maker_release_units),
        )

    def _trade(self, event: Trade) -> Sequence[Posting]:
        # fmt: off
        (
            _, _, _, buyer, market, _, _, _, seller, taker_side, _, _, lots, notional, buyer_fee,
            seller_fee, buyer_release, seller_release, _, _, _, _,
        ) = event
        # fmt: on
        if taker_side:
            buyer, seller = seller, buyer
            buyer_fee, seller_fee = seller_fee, buyer_fee
            buyer_release, seller_release = seller_release, buyer_release
        base, quote, lot_units, in_base = self.rules[market]
        units, fee_in_base = lots * lot_units, 0
        if in_base:
            fee_in_base, buyer_fee = buyer_fee, 0
        changes = [
            (_VENUE, base, _FEES, fee_in_base),
            (_VENUE, quote, _FEES, buyer_fee + seller_fee),
            (buyer, base, _AVAILABLE, units - fee_in_base),
            (buyer, quote, _AVAILABLE, buyer_release - notional - buyer_fee),
            (buyer, quote, _HELD, -buyer_release),
            (seller, base, _AVAILABLE, seller_release - units),
            (seller, base, _HELD, -seller_release),
            (seller, quote, _AVAILABLE, notional - seller_fee),
        ]
        if buyer == seller:
            return _netted(*changes)
        return sorted([change for change in changes if change[3]])

    def _market_set(self, event: MarketSet) -> Sequence[Posting]:
        self._set_rules(event.market, event)
        return ()

    def _set_rules(self, market: int, rules: Market | MarketSet) -> None:
        in_base = rules.fee_asset == _RECEIVED
        self.paid[market] = rules.quote, rules.base
        self.rules[market] = rules.base, rules.quote, rules.lot_units, in_base


def _hold(account: int, asset: int, units: int) -> tuple[Posting, Posting]:
    """Move units of an account from available to held, or back."""
    return (account, asset, _AVAILABLE, -units), (account, asset, _HELD, units)


def _changed(event: BalanceChanged) -> Sequence[Posting]:
    source, target = _ROUTES[event.cause]
    asset, amount = event.asset, event.amount_units
    receiver = event.counter_account if event.cause == Cause.TRANSFER else event.account
    return _netted(
        (event.account if source < _FEES else _VENUE, asset, source, -amount),
        (receiver if target < _FEES else _VENUE, asset, target, amount),
    )


def _netted(*changes: Posting) -> list[Posting]:
    """Return changes as postings: one a ledger account, in order, none of zero."""
    sums: dict[LedgerAccount, int] = {}
    for owner, asset, purpose, change in changes:
        account = owner, asset, purpose
        sums[account] = sums.get(account, 0) + change
    return [(*account, change) for account, change in sorted(sums.items()) if change]


# Balances

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
    """Post events, in order. `compiled` has a twin of this."""
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
