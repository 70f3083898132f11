"""What a core answers without changing, and what it watches for whoever stands above it."""

from itertools import islice

from outcry import codec
from outcry.domain.market import VenueMode
from outcry.domain.units import DAY_NS
from outcry.engine.core import Levels, OrderTuple, Terms
from outcry.engine.core.reference.state import (
    BUY,
    OFF_HIGH,
    SELL,
    Account,
    AssetState,
    Market,
    Order,
    Withdrawal,
)
from outcry.engine.core.reference.venue.keys import KeyTable

_LAST_OF_A_KEY = "\xff"
"""The last character a key can have: it is bytes, each of them a character of Latin-1."""


class State:
    """Everything there is, and every question about it. See `docs/core.md`."""

    def __init__(self) -> None:
        self.sequence = 0
        self.now_ns = 0
        self.mode: int = VenueMode.NORMAL
        self.rules = 1
        self.next_due_ns = OFF_HIGH
        self.next_order_id = 1
        self.next_withdrawal_id = 1
        self.next_join = 1
        self.assets: dict[int, AssetState] = {}
        self.accounts: dict[int, Account] = {}
        self.markets: dict[int, Market] = {}
        self.orders: dict[int, Order] = {}
        self.withdrawals: dict[int, Withdrawal] = {}
        self.keys = KeyTable()
        self.notes = b""
        self.watched_markets: set[int] = set()

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Return (available, held) units."""
        found = self.accounts.get(account)
        balance = found.balances.get(asset) if found else None
        return (balance.available, balance.held) if balance else (0, 0)

    def balances(self, account: int) -> list[tuple[int, int, int]]:
        """Return (asset, available, held) by asset, without rows of zeros."""
        found = self.accounts.get(account)
        rows = sorted(found.balances.items()) if found else []
        return [(a, b.available, b.held) for a, b in rows if b.available or b.held]

    def account_status(self, account: int) -> int:
        """Return the status, -1 where the account is not known."""
        found = self.accounts.get(account)
        return found.status if found else -1

    def order(self, order_id: int) -> OrderTuple | None:
        """Return an open order."""
        order = self.orders.get(order_id)
        return _order_tuple(order) if order else None

    def open_orders(self, account: int, market: int = 0) -> list[OrderTuple]:
        """Return an account's open orders by id, of one market or (0) all."""
        found = self.accounts.get(account)
        rows = sorted(found.orders.items()) if found else []
        return [_order_tuple(o) for _, o in rows if market in {0, o.market.market}]

    def depth(self, market: int, limit: int) -> tuple[int, Levels, Levels]:
        """Return (update_id, bids, asks), levels as (price_ticks, lots), best first."""
        found = self.markets.get(market)
        if found is None:
            return 0, [], []
        bids, asks = (
            [(lv.price_ticks, lv.lots) for lv in islice(side.best_first(), limit)]
            for side in found.sides
        )
        return found.update_id, bids, asks

    def find_key(self, account: int, key: str) -> tuple[int, int, int] | None:
        """Return (order_id, reason, first_sequence) of a live idempotency key."""
        found = self.accounts.get(account)
        if max(key, default="") > _LAST_OF_A_KEY:
            return None
        key_count = found.key_count if found else 0
        entry = self.keys.find(codec.key_hash(account, key), self.now_ns, key_count)
        return (entry.order_id, entry.reason, entry.first_sequence) if entry else None

    def totals(self, asset: int) -> tuple[int, ...]:
        """Return available, held, fees, in_flight, loss, credited, withdrawn of an asset."""
        found = self.assets.get(asset)
        if found is None:
            return (0,) * 7
        available = held = 0
        for account in self.accounts.values():
            balance = account.balances.get(asset)
            if balance:
                available += balance.available
                held += balance.held
        return (
            available, held, found.fees, found.in_flight, found.loss, found.credited,
            found.withdrawn,
        )  # fmt: skip

    def conservation_failure(self) -> int:
        """Return the first asset whose sums disagree; 0 for none."""
        for asset in sorted(self.assets):
            available, held, fees, in_flight, loss, credited, withdrawn = self.totals(asset)
            if available + held + fees + in_flight + loss != credited - withdrawn:
                return asset
        return 0

    def terms(self, order_id: int) -> Terms | None:
        """Return the terms of an open special order; `docs/core.md` has their order."""
        order = self.orders.get(order_id)
        if order is None or order.terms is None:
            return None
        partner_id = order.partner.order_id if order.partner else 0
        own = (order.time_in_force, order.kind, order.shown_lots, order.limit_ticks, partner_id)
        return (*order.terms, *own)

    def special_orders(self) -> list[int]:
        """Return the open orders that have terms, by id."""
        return sorted(order_id for order_id, order in self.orders.items() if order.terms)

    def open_order_count(self) -> int:
        """Return how many orders are open."""
        return len(self.orders)

    def market(self, market: int) -> tuple[int, ...] | None:
        """Return what there is to know of a market; `docs/core.md` has the order."""
        m = self.markets.get(market)
        if m is None:
            return None
        return (
            m.state, m.last_price, m.update_id, int(m.crossed), m.fee_asset, m.lot_units,
            m.tick_value, m.maker_ppm, m.taker_ppm,
        )  # fmt: skip

    def market_orders(self, market: int) -> list[int]:
        """Return the ids of all open orders of one market or (0) all, ascending."""
        return sorted(i for i, order in self.orders.items() if market in {0, order.market.market})

    def sizes(self, market: int, limit: int) -> tuple[Levels, Levels]:
        """Return bids and asks like `depth`, with everything that is open."""
        found = self.markets.get(market)
        if found is None:
            return [], []
        bids, asks = (
            [
                (level.price_ticks, sum(order.open_lots for order in level.orders.values()))
                for level in islice(side.best_first(), limit)
            ]
            for side in found.sides
        )
        return bids, asks

    def reference_price(self, market: int, side: int) -> int:
        """Return the best price of a displayed order that is not pegged; 0 for none."""
        found = self.markets.get(market)
        return found.reference_price(side) if found and side in {BUY, SELL} else 0

    def group(self, account: int) -> int:
        """Return an account's parent, or itself; 0 where it is not known."""
        found = self.accounts.get(account)
        return found.group if found else 0

    def volumes(self) -> list[tuple[int, int, int]]:
        """Return (account, market, units) traded today outside the account's group."""
        today = self.now_ns // DAY_NS
        rows = (
            (account.account, market, pair.daily_units - pair.inside_units)
            for account in self.accounts.values()
            for market, pair in account.pairs.items()
            if pair.day == today
        )
        return sorted(row for row in rows if row[2])

    def own_rates(self, market: int) -> list[tuple[int, int, int]]:
        """Return (account, maker_ppm, taker_ppm) of accounts with rates of their own."""
        pairs = ((i, account.pairs.get(market)) for i, account in sorted(self.accounts.items()))
        return [(account, *pair.rates) for account, pair in pairs if pair and pair.rates]

    # Watching

    def watch_price(self, market: int, low_ticks: int, high_ticks: int) -> None:
        """Stop after a trade at or below `low_ticks`, or at or above `high_ticks`."""
        if found := self.markets.get(market):
            found.watch_low, found.watch_high = low_ticks, high_ticks

    def watch_order(self, order_id: int, on: bool) -> None:
        """Stop after an open order was filled, decremented or done."""
        if order := self.orders.get(order_id):
            order.watched = on

    def watch_book(self, market: int, on: bool) -> None:
        """Stop after a market's best prices, the lots at them, or its references changed."""
        if found := self.markets.get(market):
            found.seen_best = found.best_prices()
            (self.watched_markets.add if on else self.watched_markets.discard)(market)


def _order_tuple(order: Order) -> OrderTuple:
    return (
        order.order_id, order.account.account, order.market.market, order.side, order.price_ticks,
        order.lots, order.open_lots, order.prevented_lots, order.cap_ppm, order.self_trade,
        order.flags, order.told_hold_units,
    )  # fmt: skip
