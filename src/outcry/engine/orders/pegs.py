"""Pegged orders: once a command is done, their prices follow the book."""

from outcry.domain.commands import MovePeg
from outcry.domain.events import Event, OrderTerms
from outcry.domain.market import MarketState
from outcry.domain.order import Peg, Side
from outcry.domain.units import UNITS_LIMIT
from outcry.engine.core import Core
from outcry.engine.hand import Hand
from outcry.engine.orders.terms import WAITING, Special, market_of, special


class Pegs:
    """The pegged orders of each market, by acceptance."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._markets: dict[int, list[int]] = {}
        for order_id in core.special_orders():
            self._take_in(order_id)

    def _take_in(self, order_id: int) -> None:
        order = special(self._core, order_id)
        if order and order.terms.peg:
            self._markets.setdefault(order.market, []).append(order_id)

    def note(self, event: Event) -> None:
        """Take in an order that has just been accepted."""
        if type(event) is OrderTerms and event.peg:
            self._take_in(event.order_id)

    def markets(self) -> list[int]:
        """Return the markets that have pegged orders."""
        return sorted(self._markets)

    def move(self, hand: Hand) -> None:
        """Let the pegs of every market that trades follow its book: first buys, then sells."""
        for market_id in self.markets():
            orders = [special(self._core, order_id) for order_id in self._markets[market_id]]
            alive = [order for order in orders if order]
            self._markets[market_id] = [order.order_id for order in alive]
            if not alive:
                del self._markets[market_id]
                continue
            market = market_of(self._core, market_id)
            if market is not None and market.state == MarketState.TRADING:
                for side in (Side.BUY, Side.SELL):
                    for order in alive:
                        if order.side == side:
                            self._follow(hand, order, market.tick_value_units)

    def _follow(self, hand: Hand, order: Special, tick_value: int) -> None:
        price = self._price(order)
        if order.open_lots * price * tick_value >= UNITS_LIMIT:
            price = 0
        now = 0 if order.flags & WAITING else order.price_ticks
        if price != now:
            hand.do(MovePeg(order_id=order.order_id, price_ticks=price))

    def _price(self, order: Special) -> int:
        """Return where a peg belongs now; 0 where there is nothing to follow, or no such price."""
        core, terms, buys = self._core, order.terms, order.side == Side.BUY
        bid, ask = (core.reference_price(order.market, side) for side in (Side.BUY, Side.SELL))
        if terms.peg == Peg.MID:
            middle = (bid + ask) // 2 if buys else -(-(bid + ask) // 2)
            reference = middle if bid and ask else 0
        else:
            reference = bid if terms.peg == Peg.BID else ask
        if not reference:
            return 0
        price = reference + terms.peg_offset_ticks
        if terms.limit_ticks:
            price = min(price, terms.limit_ticks) if buys else max(price, terms.limit_ticks)
        return max(self._clamped(order, price), 0)

    def _clamped(self, order: Special, price: int) -> int:
        """Return the price, or one tick behind the opposite best if it would cross that."""
        _, bids, asks = self._core.depth(order.market, 1)
        if order.side == Side.BUY:
            return min(price, asks[0][0] - 1) if asks else price
        return max(price, bids[0][0] + 1) if bids else price
