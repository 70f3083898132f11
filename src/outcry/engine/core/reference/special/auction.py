"""The uncross: everything that crosses trades at one price, by price and then by time."""

from typing import TYPE_CHECKING

from outcry.domain.rejects import Reject
from outcry.engine.core.reference.checks import SHAPE, Body, Refusal, Result
from outcry.engine.core.reference.match import AUCTION, ended_reason, refill, show, trade
from outcry.engine.core.reference.state import Market, Order

if TYPE_CHECKING:
    from outcry.engine.core.reference.core import Core


def uncross(core: "Core", _account_id: int, market_id: int, body: Body) -> Result:
    """Trade everything that crosses a price, at that price."""
    market = core.markets.get(market_id)
    if market is None:
        return 0, Refusal(Reject.UNKNOWN_MARKET, market_id)
    price_ticks: int = body[0]
    if price_ticks < 1:
        return 0, SHAPE
    last: tuple[Order, ...] = ()
    while pair := _first(market, price_ticks):
        _match(core, *pair, price_ticks)
        last = pair
    for order in last:
        if order.open_lots and order.display_lots and not order.shown_lots:
            refill(core, order)
    return 0, None


def _first(market: Market, price_ticks: int) -> tuple[Order, Order] | None:
    """Return the buy and the sell that are next, None where one side has no more."""
    bid, ask = (side.best() for side in market.sides)
    if bid is None or ask is None or not ask.price_ticks <= price_ticks <= bid.price_ticks:
        return None
    return next(iter(bid.orders.values())), next(iter(ask.orders.values()))


def _match(core: "Core", buy: Order, sell: Order, price_ticks: int) -> None:
    """Let two booked orders trade what both have; the one that joined later is the taker."""
    taker, maker = (buy, sell) if buy.joined > sell.joined else (sell, buy)
    lots = min(buy.open_lots, sell.open_lots)
    trade(core, taker, maker, lots, price_ticks, AUCTION)
    show(core, maker)
    if not taker.display_lots or taker.shown_lots:
        taker.market.update_id += 1
    taker.market.sides[taker.side].take(taker, lots)
    show(core, taker)
    for order in (maker, taker):
        if order.open_lots == 0:
            core.forget(order)
            core.emit_done(order, ended_reason(order), 0)
