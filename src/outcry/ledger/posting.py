"""What an event moves: double entry, as `docs/ledger.md` says.

A ledger account is (owner, asset, purpose), a posting a signed change of one by one event. The
postings of an event sum to zero per asset; none is zero, and an event posts at most once to a
ledger account. They come in the order of their ledger accounts.
"""

from collections.abc import Callable, Iterable
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
from outcry.domain.units import VENUE_ACCOUNT


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


Posting = tuple[int, int, int, int]
"""owner, asset, purpose, change in units."""

_AVAILABLE, _HELD, _IN_FLIGHT, _FEES, _LOSS, _DEPOSITED, _WITHDRAWN = map(int, Purpose)
_VENUE = int(VENUE_ACCOUNT)
_RECEIVED = int(FeeAsset.RECEIVED)
_NOTHING: list[Posting] = []

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


class Poster:
    """Makes the postings of events. It has to see every event, in order, for the markets' rules."""

    def __init__(self, markets: Iterable[Market], side_of: Callable[[int], int]) -> None:
        """Begin with markets as they are; `side_of` tells the side of an open order."""
        self._rules: dict[int, tuple[int, int, int, bool]] = {}
        self._side_of = side_of
        for market in markets:
            self._set_rules(market.market, market)
        self._handlers: dict[type, Callable[[Any], list[Posting]]] = {
            OrderAccepted: self._held,
            OrderReplaced: self._held,
            ChildPlaced: self._placed,
            OrderDone: self._done,
            Trade: self._trade,
            MatchPrevented: self._prevented,
            BalanceChanged: _changed,
            MarketSet: self._market_set,
        }

    def post(self, event: Event) -> list[Posting]:
        """Return the postings of an event; of most there are none."""
        handler = self._handlers.get(type(event))
        return _NOTHING if handler is None else handler(event)

    def buyer_pays_in_base(self, market: int) -> bool:
        """Return whether the buyer's fee is taken off what it receives."""
        return self._rules[market][3]

    def _pays(self, market: int, side: int) -> int:
        """Return the asset that an order pays in."""
        base, quote, _, _ = self._rules[market]
        return base if side else quote

    def _held(self, event: OrderAccepted | OrderReplaced) -> list[Posting]:
        asset = self._pays(event.market, event.side)
        return _hold(event.account, asset, event.hold_units)

    def _placed(self, event: ChildPlaced) -> list[Posting]:
        asset = self._pays(event.market, self._side_of(event.order_id))
        return _hold(event.account, asset, event.hold_units)

    def _done(self, event: OrderDone) -> list[Posting]:
        asset = self._pays(event.market, event.side)
        return _hold(event.account, asset, -event.release_units)

    def _prevented(self, event: MatchPrevented) -> list[Posting]:
        taker = self._pays(event.market, event.taker_side)
        maker = self._pays(event.market, 1 - event.taker_side)
        return _netted(
            [
                *_hold(event.account, taker, -event.taker_release_units),
                *_hold(event.maker_account, maker, -event.maker_release_units),
            ]
        )

    def _trade(self, event: Trade) -> list[Posting]:
        base, quote, lot_units, in_base = self._rules[event.market]
        taker = event.account, event.taker_fee_units, event.taker_release_units
        maker = event.maker_account, event.maker_fee_units, event.maker_release_units
        buyer, seller = (maker, taker) if event.taker_side else (taker, maker)
        buyer_account, buyer_fee, buyer_release = buyer
        seller_account, seller_fee, seller_release = seller
        units, notional = event.lots * lot_units, event.notional_units
        fee_in_base = buyer_fee if in_base else 0
        fee_in_quote = buyer_fee - fee_in_base
        return _netted(
            [
                (_VENUE, base, _FEES, fee_in_base),
                (_VENUE, quote, _FEES, fee_in_quote + seller_fee),
                (buyer_account, base, _AVAILABLE, units - fee_in_base),
                (buyer_account, quote, _AVAILABLE, buyer_release - notional - fee_in_quote),
                (buyer_account, quote, _HELD, -buyer_release),
                (seller_account, base, _AVAILABLE, seller_release - units),
                (seller_account, base, _HELD, -seller_release),
                (seller_account, quote, _AVAILABLE, notional - seller_fee),
            ]
        )

    def _market_set(self, event: MarketSet) -> list[Posting]:
        self._set_rules(event.market, event)
        return _NOTHING

    def _set_rules(self, market: int, rules: Market | MarketSet) -> None:
        in_base = rules.fee_asset == _RECEIVED
        self._rules[market] = rules.base, rules.quote, rules.lot_units, in_base


def _hold(account: int, asset: int, units: int) -> list[Posting]:
    """Move units of an account from available to held, or back."""
    if not units:
        return _NOTHING
    return [(account, asset, _AVAILABLE, -units), (account, asset, _HELD, units)]


def _changed(event: BalanceChanged) -> list[Posting]:
    source, target = _ROUTES[event.cause]
    asset, amount = event.asset, event.amount_units
    receiver = event.counter_account if event.cause == Cause.TRANSFER else event.account
    return _netted(
        [
            (event.account if source < _FEES else _VENUE, asset, source, -amount),
            (receiver if target < _FEES else _VENUE, asset, target, amount),
        ]
    )


def _netted(changes: list[Posting]) -> list[Posting]:
    """Return changes as postings: one a ledger account, in order, none of zero."""
    sums: dict[tuple[int, int, int], int] = {}
    for owner, asset, purpose, change in changes:
        account = owner, asset, purpose
        sums[account] = sums.get(account, 0) + change
    return [(*account, change) for account, change in sorted(sums.items()) if change]
